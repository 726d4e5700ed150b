"""The example programs: each prints what the docs show below it."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from keyrack.testing import run_in_virtual_time

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS / "examples"

STORY = ["count", "labels", "optional_key", "removed_key", "dataset", "pipeline"]
OTHERS = ["ad_exchange", "catalogue", "families", "orders", "queue_consumer", "transfer", "what_fits"]
FAILING = ["ad_exchange", "queue_consumer"]
"""Programs in which branches fail: the log says so, and goes to stderr."""


@pytest.mark.parametrize("name", STORY + OTHERS)
def test_an_example_prints_what_the_docs_show(name: str) -> None:
    expected = (EXAMPLES / f"{name}.txt").read_text()

    result = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (0, expected)
    assert (result.stderr != "") == (name in FAILING)
    assert [line for line in result.stderr.splitlines() if not re.search(r"^branch \d.* failed", line)] == []


def test_every_example_is_run_and_stands_in_the_docs_with_its_output() -> None:
    expected = sorted(f"{name}.{kind}" for name in STORY + OTHERS for kind in ("py", "txt"))

    files = sorted(path.name for path in EXAMPLES.iterdir() if path.is_file())
    pages = "".join(page.read_text() for page in DOCS.rglob("*.md"))
    included = re.findall(r"^```\{literalinclude\} (?:\.\./)?examples/(\S+)$", pages, re.MULTILINE)

    assert files == expected
    assert sorted(included) == expected


def test_the_pipeline_doubles_every_record_that_it_ingests() -> None:
    expected = [(number, 2 * (number / 2)) for number in range(256)]

    pipeline = runpy.run_path(str(EXAMPLES / "pipeline.py"))
    workflow = pipeline["pipeline"]()
    final = workflow.run()
    doubled = workflow.store.get(pipeline["Keys"].doubled)

    assert final is pipeline["Stage"].COMPLETE
    assert [(record.number, record.value) for record in doubled] == expected


def test_the_threads_of_the_transfer_lose_nothing() -> None:
    transfer = runpy.run_path(str(EXAMPLES / "transfer.py"))
    store, keys = transfer["store"], transfer["Keys"]

    assert store.get_many(keys.ours, keys.theirs) == (10, 90)
    assert sorted(transfer["left"]) == list(range(10, 100))


def test_the_winner_of_the_exchange_pays_what_keeps_it_level_with_the_second_that_was_in_time() -> None:
    exchange = runpy.run_path(str(EXAMPLES / "ad_exchange.py"))
    keys = exchange["Keys"]

    store = run_in_virtual_time(exchange["serve"]("ada", "chess"))
    sale = store.get(keys.sale)

    assert (sale.bidder, sale.cents) == ("Rook", 188)  # Rail bids 250 for three quarters of the relevance
    assert [bid.bidder for bid in store.get(keys.bids)] == ["Rook", "Soap", "Rail"]
    assert store.get(keys.noted) == ["at"]


@pytest.mark.parametrize(("reader", "page", "summaries"), [("bob", "news", 2), ("eve", "chess", 1)])
def test_an_exchange_that_sells_nothing_notes_no_sale(reader: str, page: str, summaries: int) -> None:
    exchange = runpy.run_path(str(EXAMPLES / "ad_exchange.py"))
    keys = exchange["Keys"]

    store = run_in_virtual_time(exchange["serve"](reader, page))

    assert keys.sale not in store
    assert keys.noted not in store
    assert sum(key in store for key in (keys.context, keys.offers, keys.tracking)) == summaries


def test_the_queue_consumer_delivers_or_puts_aside_each_order_once_whatever_chance_brings() -> None:
    consumer = runpy.run_path(str(EXAMPLES / "queue_consumer.py"))
    keys = consumer["Keys"]

    stores = [run_in_virtual_time(consumer["main"](seed)) for seed in range(50)]
    dead = [[one.order.number for one in store.get(keys.dead)] for store in stores]

    assert [store.get(keys.delivered) + len(numbers) for store, numbers in zip(stores, dead, strict=True)] == [8] * 50
    assert all(3 in numbers and len(set(numbers)) == len(numbers) for numbers in dead)
    assert max(map(len, dead)) > 1  # chance has brought some that failed for good

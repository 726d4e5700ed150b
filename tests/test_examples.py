"""The example programs: each prints what the docs show below it."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS / "examples"

STORY = ["count", "labels", "optional_key", "removed_key", "dataset", "pipeline"]
OTHERS = ["catalogue", "families", "orders", "transfer", "what_fits"]


@pytest.mark.parametrize("name", STORY + OTHERS)
def test_an_example_prints_what_the_docs_show(name: str) -> None:
    expected = (EXAMPLES / f"{name}.txt").read_text()

    result = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr, result.stdout) == (0, "", expected)


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

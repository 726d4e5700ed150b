"""`keyrack run`, run as a program."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.demo.running import KEYRACK, environment, run

from keyrack import SQLiteStore, StoreKey

SHOP = """
import asyncio
from datetime import date
from enum import Enum

from pydantic import BaseModel

from keyrack import KeyRegistry, MemoryStore, Retry, StoreKey, Workflow


class Stage(Enum):
    LOAD = "load"
    WAIT = "wait"
    DONE = "done"


class Book(BaseModel):
    title: str


class Keys(KeyRegistry, prefix="shop"):
    count: StoreKey[int]
    name: StoreKey[str] = StoreKey(default="Ada")
    day: StoreKey[date | None] = StoreKey(default=None)
    book: StoreKey[Book]
    seen: StoreKey[list[int]]
    token: StoreKey[str] = StoreKey(secret=True, default="x")


LOOSE = StoreKey("loose", float, default=1.0)
workflow = Workflow(
    Stage,
    initial=Stage.LOAD,
    inputs=[Keys.count],
    outputs=[Keys.seen, Keys.name, Keys.day, Keys.book, Keys.token, LOOSE],
).add_exit_states(Stage.DONE)


@workflow.stage(Stage.LOAD, retry=Retry.fixed(2, on=OSError))
async def load(store: MemoryStore) -> Stage:
    count = store.get(Keys.count)
    if count > 5:
        raise ValueError("too many")
    store.extend(Keys.seen, range(count))
    return Stage.WAIT if count == 0 else Stage.DONE


@workflow.stage(Stage.WAIT)
async def wait(store: MemoryStore) -> Stage:
    print("waiting", flush=True)
    await asyncio.sleep(600)
    return Stage.DONE


def make() -> Workflow[Stage, MemoryStore]:
    return workflow


def broken() -> Workflow[Stage, MemoryStore]:
    raise LookupError("no shop")
"""


PRICES = """
from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LOAD DONE")


class Keys(KeyRegistry):
    rate: StoreKey[float]
    price: KeyFamily[str, float]


workflow = Workflow(Stage, initial=Stage.LOAD, outputs=[Keys.rate, Keys.price["tea"]]).add_exit_states(Stage.DONE)


@workflow.stage(Stage.LOAD)
async def load(store: MemoryStore) -> Stage:
    return Stage.DONE
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a workflow."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run("run", *arguments, COLUMNS="140")


def outputs(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Give the value of each output, as it is shown."""
    rows: dict[str, str] = {}
    for line in done.stdout.splitlines()[3:]:
        name, rest = line.split(None, 1)
        rows[name] = rest
    return rows


def test_it_prints_the_exit_state_and_the_outputs_and_shows_the_states_on_stderr() -> None:
    done = ran("shop", "--set", "shop.count=3")

    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "DONE"
    assert outputs(done)["shop.seen"].split() == ["list[int]", "[0,", "1,", "2]"]
    assert "LOAD" in done.stderr
    assert "ended in DONE after 1 state" in done.stderr


def test_quiet_shows_nothing_on_stderr() -> None:
    done = ran("shop:make", "--set", "shop.count=3", "--quiet")

    assert (done.returncode, done.stderr) == (0, "")


SET = {
    "plain": {
        "shop.name": ("Bob", "'Bob'"),
        "shop.day": ("2026-01-02", "datetime.date(2026, 1, 2)"),
        "shop.book": ('{"title": "Persuasion"}', "Book(title='Persuasion')"),
        "loose": ("2.5", "2.5"),
        "shop.token": ("hunter2", "a secret"),
    },
    "odd": {"shop.name": ("a=b", "'a=b'"), "shop.day": ("null", "None")},
    "a number that is a text": {"shop.name": ("5", "'5'")},
    "a text in quotes": {"shop.name": ('"Bob"', "'Bob'")},
    "nothing": {"shop.name": ("", "''")},
}
"""What is set, by key, with what is shown of it then."""


@pytest.mark.parametrize("name", SET)
def test_what_is_set_is_json_or_a_text_whichever_fits_the_key(name: str) -> None:
    settings = [part for key, (given, _) in SET[name].items() for part in ("--set", f"{key}={given}")]

    done = ran("shop", "--set", "shop.count=1", *settings)

    assert done.returncode == 0, done.stderr
    for key, (_, shown) in SET[name].items():
        assert outputs(done)[key].rstrip().endswith(shown)
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop"], "input 'shop.count' has no value in MemoryStore, and no default"),
        (["shop", "--set", "shop.count"], "--set shop.count: write key=value"),
        (["shop", "--set", "shop.count=x"], "--set shop.count: 'x' is neither JSON for int nor a text for it"),
        (["shop", "--set", 'shop.book={"titel": "Emma"}'], "nor a text for it: shop.book.title is missing"),
        (["shop", "--set", "shop.count=1.5"], "nor a text for it: shop.count should be a valid integer"),
        (["shop", "--set", "shop.conut=1"], "has such a key; did you mean 'shop.count'?"),
        (["shop", "--set", "xxxxxxxxxxxx=1"], "has such a key; there are loose, shop.book, shop.count"),
        (["shop", "--initial", "LAOD"], "there is no state 'LAOD'; did you mean 'LOAD'?"),
        (["shop", "--initial", "NOWHERE"], "there is no state 'NOWHERE'; there are LOAD, WAIT, DONE"),
        (["shopp"], "there is no module 'shopp'; did you mean 'shop'?"),
        (["shop:load"], "it needs arguments"),
        (["shop:broken"], "LookupError: no shop"),
        (["shop", "--store", "redis://x", "--set", "shop.count=1"], "names no kind of store"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line_and_nothing_runs(arguments: list[str], said: str) -> None:
    done = ran(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_of_several_workflows_one_has_to_be_named(place: Path) -> None:
    (place / "two.py").write_text("from shop import make\nfrom copy import copy\na = make()\nb = copy(a)\n")

    done = ran("two")

    assert done.returncode == 1
    assert "it holds several, name one of them: two:a, two:b" in done.stderr


def test_numbers_without_a_name_in_json_and_keys_of_families_can_be_set(place: Path) -> None:
    (place / "prices.py").write_text(PRICES)

    done = ran("prices", "--set", 'price["tea"]=inf', "--set", "rate=-1e3")

    assert done.returncode == 0
    assert outputs(done)['price["tea"]'].split() == ["float", "inf"]
    assert outputs(done)["rate"].split() == ["float", "-1000.0"]


def test_a_key_may_have_the_mark_in_its_name(place: Path) -> None:
    (place / "prices.py").write_text(PRICES.replace('"tea"', '"a=b"'))

    done = ran("prices", "--set", 'price["a=b"]=2.5')

    assert outputs(done)['price["a=b"]'].split() == ["float", "2.5"]


def test_a_field_that_has_a_default_need_not_be_set(place: Path) -> None:
    book = "class Book(BaseModel):\n    title: str"
    (place / "library.py").write_text(SHOP.replace(book, f"{book}\n    copies: int = 3"))

    done = ran("library", "--set", "shop.count=1", "--set", 'shop.book={"title": "Emma"}')

    assert outputs(done)["shop.book"].rstrip().endswith("Book(title='Emma', copies=3)")


def test_a_secret_that_does_not_fit_is_refused_without_a_reason_that_shows_it(place: Path) -> None:
    (place / "safe.py").write_text(
        SHOP.replace(
            'token: StoreKey[str] = StoreKey(secret=True, default="x")', "token: StoreKey[int] = StoreKey(secret=True)"
        )
    )

    done = ran("safe", "--set", "shop.count=1", "--set", "shop.token=hunter2")

    assert done.stderr.rstrip().endswith("a secret is neither JSON for int nor a text for it")


def test_the_keys_to_choose_from_are_inherited_ones_and_families_too(place: Path) -> None:
    (place / "prices.py").write_text(f"{PRICES}\nclass More(Keys):\n    own: StoreKey[int]\n\ndel Keys\n")

    done = ran("prices", "--set", "xxxxxxxxxx=1")

    assert 'there are own, price["tea"], price[...], rate' in done.stderr


def test_what_a_task_raises_is_shown_with_its_place_even_if_it_is_ours(place: Path) -> None:
    (place / "missing.py").write_text(PRICES.replace("return", "store.get(StoreKey('nobody', int))\n    return"))

    done = ran("missing", "--quiet")

    assert done.returncode == 1
    assert "missing.py" in done.stderr
    assert "no value for key 'nobody'" in done.stderr
    assert "while running 'load' in state LOAD" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe breaks as on POSIX")
def test_a_reader_that_goes_away_ends_it_without_a_word(place: Path) -> None:
    (place / "loud.py").write_text(PRICES.replace("return", "for _ in range(100_000): print('x' * 80)\n    return"))
    command = [*KEYRACK, "run", "loud", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        errors = program.stderr.read()

    assert (program.returncode, errors) == (141, b"")


def test_a_task_that_fails_is_shown_with_its_traceback_from_the_task_on() -> None:
    done = ran("shop", "--set", "shop.count=9", "--quiet")

    first, second = [line for line in done.stderr.splitlines() if line][:2]
    assert done.returncode == 1
    assert "not worth another: ValueError: too many" in first
    assert second == "Traceback (most recent call last):"
    assert "shop.py" in done.stderr.splitlines()[2]
    assert "while running 'load' in state LOAD of workflow 'Stage', try 1 of 2" in done.stderr
    assert "keyrack/" not in done.stderr.split("Traceback")[1]


FAILING = """
from enum import Enum
from keyrack import JoinConfig, JoinStrategy, Retry, Workflow

S = Enum("S", "LOAD SPLIT DONE")

def broken(store):
    raise ValueError("no such shelf")

def slow(store):
    raise OSError("no such host")

again = Workflow(S, initial=S.LOAD).register(S.LOAD, broken, retry=Retry.fixed(2)).add_exit_states(S.DONE)
apart = Workflow(S, initial=S.SPLIT).add_exit_states(S.DONE)
apart.register_split(S.SPLIT, [broken, slow], JoinConfig(JoinStrategy.all(), S.DONE), retry=Retry.fixed(2))
"""


@pytest.mark.parametrize(
    ("name", "failures"),
    [("again", ["ValueError: no such shelf"]), ("apart", ["ValueError: no such shelf", "OSError: no such host"])],
    ids=["tried again", "in a split"],
)
def test_what_failed_in_the_end_is_shown_with_its_traceback(place: Path, name: str, failures: list[str]) -> None:
    (place / "failing.py").write_text(FAILING)

    done = ran(f"failing:{name}", "--quiet")
    shown = done.stderr[done.stderr.index("Traceback") :].splitlines()

    assert done.returncode == 1
    assert [line for line in shown if line in failures] == failures
    assert sum("failing.py" in line for line in shown) == len(failures)
    assert "keyrack/" not in "".join(shown)
    assert shown[-1].startswith("keyrack run: ")


def test_it_runs_on_the_store_of_a_url_and_leaves_what_was_written_there(place: Path) -> None:
    for _ in range(2):
        assert ran("shop", "--set", "shop.count=2", "--store", "sqlite:///runs.db").returncode == 0

    with SQLiteStore(place / "runs.db") as store:
        assert store.get(StoreKey[list[int]]("shop.seen")) == [0, 1, 0, 1]


def test_it_starts_in_the_state_that_is_named() -> None:
    done = ran("shop", "--set", "shop.count=3", "--initial", "DONE")

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "DONE")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal is sent as POSIX does")
@pytest.mark.parametrize("trace", [[], ["--trace", "run.html"]], ids=["", "traced"])
def test_ctrl_c_cancels_the_run_and_says_so(place: Path, trace: list[str]) -> None:
    command = [*KEYRACK, "run", "shop", "--set", "shop.count=0", *trace]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "waiting\n"
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)

    assert program.returncode == 130
    assert errors.splitlines()[-1] == "interrupted"
    assert "Traceback" not in errors
    assert (place / "run.html").exists() == bool(trace)


def test_a_trace_lies_where_it_was_asked_for_though_a_task_goes_to_another_folder(place: Path) -> None:
    (place / "below").mkdir()
    (place / "going.py").write_text(PRICES.replace("    return", "    __import__('os').chdir('below')\n    return"))

    done = ran("going", "--trace", "run.html")

    assert "the timeline is in run.html" in done.stderr
    assert "LOAD" in (place / "run.html").read_text()
    assert not list((place / "below").iterdir())


def test_a_trace_is_a_page_with_the_states_and_keys_and_no_value(place: Path) -> None:
    done = ran("shop", "--set", "shop.count=3", "--set", "shop.token=hunter2", "--trace", "run.html")
    page = (place / "run.html").read_text()

    assert done.returncode == 0, done.stderr
    assert "the timeline is in run.html" in done.stderr
    assert {text for text in ("LOAD", "shop.seen", "list[int]", "shop.count") if text not in page} == set()
    assert "hunter2" not in page


def test_a_run_that_fails_has_a_trace_too(place: Path) -> None:
    done = ran("shop", "--set", "shop.count=9", "--trace", "run.html")

    assert done.returncode == 1
    assert "too many" in (place / "run.html").read_text()


@pytest.mark.parametrize("page", ["nowhere/run.html", "folder"])
def test_a_page_that_cannot_be_written_is_said_before_anything_runs(place: Path, page: str) -> None:
    (place / "folder").mkdir()

    done = ran("shop", "--set", "shop.count=1", "--store", "sqlite:///runs.db", "--trace", page)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"--trace: {page} cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (place / "runs.db").exists()

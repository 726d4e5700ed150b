"""`keyrack inspect`, run as a program."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.demo.running import run

from keyrack import KeyFamily, KeyRegistry, NamespacedStore, SQLiteStore, StoreKey

SHOP = """
from keyrack import KeyFamily, KeyRegistry, StoreKey

class Keys(KeyRegistry):
    count: StoreKey[int]
    seen: StoreKey[list[str]]
    token: StoreKey[str] = StoreKey(secret=True)
    price: KeyFamily[str, float]

nothing = 1
"""


class Keys(KeyRegistry):
    count: StoreKey[int]
    seen: StoreKey[list[str]]
    token: StoreKey[str] = StoreKey(secret=True)
    price: KeyFamily[str, float]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a store and the registry of its keys."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.py").write_text(SHOP)
    with SQLiteStore("runs.db") as store:
        store.put(Keys.count, 41)
        store.append(Keys.seen, "one")
        store.append(Keys.seen, "two")
        store.put(Keys.token, "hunter2")
        store.put(Keys.price["tea"], 2.5)
        NamespacedStore(store, "old").put(Keys.count, 7)
        yield tmp_path


def inspected(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run("inspect", *arguments, COLUMNS="140")


def rows(output: str) -> dict[str, list[str]]:
    """The rows of a listing, by key."""
    lines = [re.split(r" {2,}", line.strip()) for line in output.splitlines()]
    return {line[0]: line[1:] for line in lines if len(line) > 2}


def test_it_lists_keys_with_types_sizes_and_ages() -> None:
    result = inspected("sqlite:///runs.db")

    assert (result.returncode, result.stderr) == (0, "")
    found = rows(result.stdout)
    assert [*found] == ["key", "count", "old/count", 'price["tea"]', "seen", "token"]
    assert (found["seen"][0], found["seen"][2]) == ("list[str]", "just now")
    assert re.fullmatch(r"\d+ bytes", found["count"][1])
    assert re.search(r"^5 keys, .* in SQLiteStore\('runs.db'\)$", result.stdout, re.MULTILINE)


def test_with_a_registry_it_reads_the_values_and_shows_no_secret() -> None:
    result = inspected("sqlite:///runs.db", "--registry", "shop:Keys")

    found = rows(result.stdout)
    assert result.returncode == 0
    assert {name: row[-1] for name, row in found.items() if name != "key"} == {
        "count": "41",
        "old/count": "7",
        'price["tea"]': "2.5",
        "seen": "['one', 'two']",
        "token": "a secret",
    }
    assert "hunter2" not in result.stdout


def test_a_value_that_does_not_fit_is_told_and_ends_with_1() -> None:
    with SQLiteStore("runs.db") as store:
        store.put(StoreKey("count", str), "many")

    result = inspected("sqlite:///runs.db", "--registry", "shop:Keys")

    assert result.returncode == 1
    assert "it was put as str" in " ".join(result.stdout.split())
    assert rows(result.stdout)["count"][-1] == "does not fit"
    assert "1 cannot be read" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["seen"], ["['one', 'two']"]),
        (["seen", "--registry", "shop:Keys"], ["['one', 'two']"]),
        (["count"], ["41"]),
        (["old/count", "--registry", "shop:Keys"], ["7"]),
        (['price["tea"]', "--registry", "shop:Keys"], ["2.5"]),
        (["token"], ["a secret: it is not shown"]),
        (["token", "--registry", "shop:Keys"], ["a secret"]),
    ],
)
def test_it_shows_one_value(arguments: list[str], shown: list[str]) -> None:
    result = inspected("sqlite:///runs.db", *arguments)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0].startswith(arguments[0])
    assert result.stdout.splitlines()[1:] == shown


def test_a_value_cannot_speak_to_the_terminal() -> None:
    with SQLiteStore("runs.db") as store:
        store.put(StoreKey("text", str), "\x1b[31mred")
        store.put(StoreKey("texts", list[str]), ["\x9b31mred"])

    shown = [inspected("sqlite:///runs.db", name).stdout for name in ("text", "texts")]

    assert not any(mark in text for text in shown for mark in ("\x1b", "\x9b"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sqlite:///runs.db", "cuont"], "no value for key 'cuont' in SQLiteStore('runs.db'); did you mean 'count'?"),
        (["sqlite:///other.db"], "other.db"),
        (["runs.db"], "names no kind of store"),
        (["sqlite:///runs.db", "--registry", "shop:nothing"], "it is no registry of keys, but 1; write module:Class"),
        (["sqlite:///runs.db", "--registry", "shop:Kyes"], "did you mean 'Keys'?"),
        (["sqlite:///runs.db", "--registry", "shap:Keys"], "there is no module 'shap'"),
        (["sqlite:///shop.py"], "shop.py"),
        (["memory://"], "it ends with its process, and starts empty"),
        (["sqlite:///:memory:"], "there is nothing to read"),
    ],
)
def test_what_it_cannot_do_is_said_on_stderr_and_ends_with_1(arguments: list[str], said: str) -> None:
    result = inspected(*arguments)

    assert (result.returncode, result.stdout) == (1, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_it_makes_and_changes_nothing(place: Path) -> None:
    def content() -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{place}/runs.db?mode=ro", uri=True) as connection:
            return [*connection.iterdump()]  # type: ignore[list-item]

    before = content()

    inspected("sqlite:///runs.db", "--registry", "shop:Keys")
    inspected("sqlite:///none.db")

    assert content() == before
    assert not (place / "none.db").exists()


def test_an_empty_store_is_said_to_be_empty() -> None:
    with SQLiteStore("empty.db"):
        pass

    result = inspected("sqlite:///empty.db")

    assert (result.returncode, result.stdout) == (0, "SQLiteStore('empty.db') is empty\n")


def test_keys_that_look_alike_in_different_namespaces_are_both_there() -> None:
    with SQLiteStore("runs.db") as store:
        store.put(StoreKey("old/count", str), "mine")

    listed, refused, shown = (
        inspected("sqlite:///runs.db"),
        *(inspected("sqlite:///runs.db", name) for name in ("old/count", "old\x1fcount")),
    )

    assert listed.stdout.count("old/count") == 2
    assert (refused.returncode, "'old/count' is 2 keys in different namespaces" in refused.stderr) == (1, True)
    assert shown.stdout.splitlines()[1:] == ["7"]


def test_a_key_that_the_registry_does_not_declare_is_shown_as_it_is_stored() -> None:
    with SQLiteStore("runs.db") as store:
        store.put(StoreKey("other", list[int]), [1])

    result = inspected("sqlite:///runs.db", "other", "--registry", "shop:Keys")

    assert result.stdout.splitlines()[1:] == ["[1]"]
    assert "Keys declares no key named 'other'" in result.stderr

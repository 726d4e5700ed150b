"""Stores by URL, and the durable store as its users meet it."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from pathlib import Path

import pytest

from keyrack import (
    BackendError,
    BackendUnavailableError,
    ConfigurationError,
    KeyRegistry,
    MemoryStore,
    MissingExtraError,
    NamespacedStore,
    SQLiteStore,
    StoreKey,
    open_store,
)


class Keys(KeyRegistry):
    count: StoreKey[int] = StoreKey(default=0)
    seen: StoreKey[list[str]]


# --- URLs -----------------------------------------------------------------------------------------


def test_memory_is_a_new_store_each_time() -> None:
    one, other = open_store("memory://"), open_store("memory://")

    one.put(Keys.count, 1)

    assert isinstance(one, MemoryStore)
    assert other.is_empty()


def test_three_slashes_name_a_file_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with open_store("sqlite:///runs.db") as store:
        store.put(Keys.count, 1)

    assert isinstance(store, SQLiteStore)
    with SQLiteStore(tmp_path / "runs.db") as again:
        assert again.get(Keys.count) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="paths from the root as POSIX has them")
def test_four_slashes_name_a_file_from_the_root(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/runs.db") as store:
        store.put(Keys.count, 1)

    assert (tmp_path / "runs.db").is_file()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "names no kind of store; write memory:// or sqlite:///runs.db"),
        ("runs.db", "names no kind of store"),
        ("sqlit:///runs.db", "did you mean 'sqlite'?"),
        ("sqlite://runs.db", "names no file"),
        ("sqlite:///", "names no file"),
        ("memory://here", "has no place"),
        ("http://example.com", "names no kind of store"),
    ],
)
def test_any_other_url_is_refused_with_one_that_is_right(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)

    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://admin:hunter2@db/0",
        "redis://:hunter2@h",
        "sqlite://me:hunter2@h/db",
        "x://h?key=hunter2",
        "me:hunter2@h",
    ],
)
def test_an_error_about_a_url_shows_no_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///a\0.db", r"a path has no null character, got 'a\x00.db'"),
        ("sqlite:///a\udcff.db", r"SQLite takes paths in UTF-8 only, got 'a\udcff.db'"),
    ],
)
def test_a_url_of_what_can_be_no_path_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)

    assert str(caught.value) == f"open_store(): {reason}"


def test_a_url_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"a URL is a text, got 1 \(int\)"):
        open_store(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# --- to be read -----------------------------------------------------------------------------------


def test_a_store_that_is_opened_to_be_read_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailableError):
        SQLiteStore(tmp_path / "runs.db", read_only=True)

    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_opened_to_be_read_gives_what_is_there_and_writes_nothing(tmp_path: Path) -> None:
    with SQLiteStore(tmp_path / "runs.db") as store:
        store.put(Keys.count, 1)
        store.append(Keys.seen, "one")

    with SQLiteStore(tmp_path / "runs.db", read_only=True) as store:
        read = store.get_many(Keys.count, Keys.seen)
        with pytest.raises(BackendError, match="nothing was written"):
            store.put(Keys.count, 2)
        with pytest.raises(BackendError, match="nothing was written"):
            store.append(Keys.seen, "two")
        with pytest.raises(BackendError, match="nothing was written"):
            store.clear()

        assert read == (1, ["one"])
        assert store.get_many(Keys.count, Keys.seen) == read


def test_what_another_writes_is_seen_by_one_that_reads(tmp_path: Path) -> None:
    with SQLiteStore(tmp_path / "runs.db") as store:
        store.put(Keys.count, 1)
        with SQLiteStore(tmp_path / "runs.db", read_only=True) as reader:
            store.put(Keys.count, 2)

            assert reader.get(Keys.count) == 2


# --- in other processes ---------------------------------------------------------------------------


def test_a_pickled_store_is_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = SQLiteStore("runs.db", durability="process")
    store.put(Keys.count, 1)
    pickled = pickle.dumps([store, NamespacedStore(store, "part")])
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    again, part = pickle.loads(pickled)
    part.put(Keys.count, 2)

    assert (type(again), again.get(Keys.count)) == (SQLiteStore, 1)
    assert NamespacedStore(store, "part").get(Keys.count) == 2


def test_a_store_in_memory_is_not_pickled() -> None:
    with SQLiteStore(":memory:") as store, pytest.raises(TypeError, match="is one place and is not copied"):
        pickle.dumps(store)


def append_many(store: SQLiteStore, name: str) -> None:
    for number in range(20):
        store.append(Keys.seen, f"{name} {number}")
        store.update(Keys.count, lambda count: count + 1)


def test_processes_that_write_to_one_file_lose_nothing(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "runs.db", durability="process")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=append_many, args=(store, name)) for name in ("a", "b", "c")]

    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    seen = store.get(Keys.seen)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert store.get(Keys.count) == 60
    for name in ("a", "b", "c"):
        assert [one for one in seen if one.startswith(name)] == [f"{name} {number}" for number in range(20)]


# --- what it needs --------------------------------------------------------------------------------


def test_without_apsw_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apsw", None)

    with pytest.raises(MissingExtraError) as caught:
        SQLiteStore(":memory:")

    assert str(caught.value) == ("SQLiteStore needs the 'apsw' package; install it with: pip install 'keyrack[sqlite]'")

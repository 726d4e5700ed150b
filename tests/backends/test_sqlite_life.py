"""A SQLite backend is made with options, goes to other processes, and is closed."""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.backends.faults import append, body, entry, large

from keyrack.backends.sqlite import SQLiteBackend
from keyrack.errors import BackendFullError, MissingExtraError, StoreClosedError


def test_after_close_every_verb_says_that_the_store_is_closed(backend: SQLiteBackend) -> None:
    backend.write("a", entry(b"1"))

    backend.close()
    backend.close()

    verbs: list[Callable[[], object]] = [
        lambda: backend.read(["a"]),
        lambda: backend.read(["a", "b"]),
        lambda: backend.write("a", entry(b"1")),
        lambda: backend.write("a", entry(large(1))),
        lambda: append(backend, "a", b"1"),
        lambda: append(backend, "a", large(1)),
        lambda: backend.commit({}, {"a": None}),
        lambda: backend.names(""),
        lambda: backend.exclusively(lambda: None),
    ]
    for verb in verbs:
        with pytest.raises(StoreClosedError):
            verb()
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            backend.names("")
        except StoreClosedError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_close_closes_the_connections_of_all_threads(path: Path) -> None:
    backend = SQLiteBackend(path)
    done, end = threading.Barrier(5, timeout=60), threading.Event()

    def work(number: int) -> None:
        backend.write(f"{number}", entry(b"1"))
        done.wait()
        end.wait(60)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    done.wait()
    backend.close()

    # The last connection to a database takes its log away.
    assert not path.with_name("x.db-wal").exists()
    end.set()
    for thread in threads:
        thread.join()


def test_a_store_in_a_file_is_pickled_as_its_path_and_options(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    backend = SQLiteBackend("x.db", durability="process", lock_timeout=3.0)
    backend.write("a", entry(b"1"))
    pickled = pickle.dumps(backend)
    monkeypatch.chdir("/")

    again = pickle.loads(pickled)

    assert body(again, "a") == b"1"
    assert (backend.label, again.label) == ("SQLiteStore('x.db')", f"SQLiteStore('{path.resolve()}')")
    assert pickle.dumps(again) == pickled


def test_a_store_in_memory_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="lives in this process only"):
        pickle.dumps(SQLiteBackend(":memory:"))


def test_what_a_backend_can_do_is_told() -> None:
    backend = SQLiteBackend(":memory:")

    facts = (
        backend.label,
        backend.persistent,
        backend.shared_between_processes,
        backend.blocking,
        backend.holds_objects,
    )
    assert facts == ("SQLiteStore(':memory:')", False, False, True, False)


def test_what_is_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyrack.backends.sqlite.IN_MEMORY_BYTES", 200_000)
    backend = SQLiteBackend(":memory:")
    backend.write("a", entry(b"old"))

    for verb in (lambda: backend.write("a", entry(bytes(200_001))), lambda: append(backend, "a", bytes(200_001))):
        with pytest.raises(BackendFullError, match=r"200,0.. bytes, and it keeps up to 200,000; nothing was written"):
            verb()

    assert body(backend, "a") == b"old"


@pytest.mark.parametrize("options", [{"durability": "luck"}, {"lock_timeout": 0}, {"lock_timeout": float("nan")}])
def test_options_that_make_no_sense_are_refused(path: Path, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        SQLiteBackend(path, **options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    assert not path.exists()


def test_paths_that_are_none_are_refused() -> None:
    for wrong in ("", "a\0b", "\udcff.db"):
        with pytest.raises(ValueError, match=r"path|null"):
            SQLiteBackend(wrong)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setitem(sys.modules, "apsw", None)

    with pytest.raises(MissingExtraError, match=r"SQLiteStore needs the 'apsw' package; .*keyrack\[sqlite\]"):
        SQLiteBackend(path)

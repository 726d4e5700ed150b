"""Many threads and processes use one database at once."""

from __future__ import annotations

import multiprocessing
import os
import threading
from pathlib import Path

import pytest
from tests.backends.faults import SOAK, append, bodies, body, entry, program
from tests.threads import at_once, numbered

from keyrack.backends.spi import Encoded
from keyrack.backends.sqlite import SQLiteBackend

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


# --- threads ---------------------------------------------------------------------------------------


def test_a_hundred_threads_leave_no_more_descriptors_open_than_are_used_at_once(path: Path) -> None:
    backend = SQLiteBackend(path)
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("only Linux lists the descriptors of a process")
    counts: list[int] = []

    for _ in range(4):
        at_once(*numbered(lambda number: backend.write(f"{number}", entry(b"1")), threads=25))
        counts.append(len(list(descriptors.iterdir())))

    # SQLite keeps the descriptors of a file for later while it is locked, so as not to lose the locks: a round's worth.
    assert counts[3] <= counts[0] + 3
    assert len(backend.names("")) == 25


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_threads_that_append_and_change_at_once_lose_nothing(path: Path, kind: str) -> None:
    backend = SQLiteBackend(path if kind == "file" else ":memory:", durability="process")
    backend.write("count", entry(b"0"))

    def work(number: int) -> None:
        for item in range(25):
            append(backend, "list", b"%d-%d" % (number, item))
            backend.exclusively(lambda: backend.write("count", entry(b"%d" % (int(body(backend, "count") or b"") + 1))))

    at_once(*numbered(work, threads=8))

    found = bodies(backend, "list") or []
    assert sorted(found) == sorted(b"%d-%d" % (number, item) for number in range(8) for item in range(25))
    for number in range(8):
        assert [one for one in found if one.startswith(b"%d-" % number)] == [
            b"%d-%d" % (number, item) for item in range(25)
        ]
    assert body(backend, "count") == b"200"


def test_commits_that_expect_what_they_read_lose_no_change(path: Path) -> None:
    backend = SQLiteBackend(path, durability="process")
    backend.write("count", entry(b"0"))

    def work(_: int) -> None:
        for _ in range(20):
            while True:
                (seen,) = backend.read(["count"])
                assert seen is not None
                assert isinstance(seen.payload, Encoded)
                more = b"%d" % (int(seen.payload.pieces[0].body) + 1)
                if backend.commit({"count": seen}, {"count": entry(more)}):
                    break

    at_once(*numbered(work, threads=6))

    assert body(backend, "count") == b"120"


def test_a_reader_never_sees_a_part_of_a_commit(path: Path) -> None:
    backend = SQLiteBackend(path, durability="process")
    names = [f"{number}" for number in range(20)]
    stop = threading.Event()

    def write() -> None:
        for number in range(300):
            backend.commit({}, dict.fromkeys(names, entry(b"%d" % number)))
        stop.set()

    thread = threading.Thread(target=write)
    thread.start()
    torn: list[object] = []
    while not stop.is_set():
        found = [
            one.payload.pieces[0].body
            for one in backend.read(names)
            if one is not None and isinstance(one.payload, Encoded)
        ]
        if len(set(found)) > 1 or len(found) not in {0, 20}:
            torn.append(found)
    thread.join()

    assert torn == []


# --- processes -------------------------------------------------------------------------------------


def spawned(backend: SQLiteBackend, number: int) -> None:
    append(backend, "list", b"%d" % number)


def test_a_store_goes_to_processes_that_are_spawned(path: Path) -> None:
    backend = SQLiteBackend(path)
    append(backend, "list", b"0")
    context = multiprocessing.get_context("spawn")

    processes = [context.Process(target=spawned, args=(backend, number)) for number in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    found = bodies(backend, "list") or []
    assert (found[0], sorted(found)) == (b"0", [b"0", b"1", b"2"])


MANY = """
    path, count = args[0], int(args[1])
    children = []
    for number in range(16):
        child = os.fork()
        if not child:
            try:
                backend = SQLiteBackend(path, durability="process", lock_timeout=300)
                for item in range(count):
                    append(backend, "list", b"%d-%d" % (number, item))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    print([os.waitpid(child, 0)[1] for child in children])
"""


@forks
@pytest.mark.timeout(3_000)
def test_sixteen_processes_create_one_database_and_append_to_one_list_without_loss(path: Path) -> None:
    count = 10_000 if SOAK else 100

    assert program(MANY, path, count, seconds=2_900) == f"{[0] * 16}\n"

    found = bodies(SQLiteBackend(path), "list") or []
    assert len(found) == 16 * count
    for number in range(16):
        own = [one for one in found if one.startswith(b"%d-" % number)]
        assert own == [b"%d-%d" % (number, item) for item in range(count)]


CREATE = """
    folder = Path(args[0])
    failed = 0
    for round in range(int(args[1])):
        children = []
        for number in range(8):
            child = os.fork()
            if not child:
                code = 1
                try:
                    SQLiteBackend(folder / f"{round}.db").write(f"{number}", entry(b"1"))
                    code = 0
                finally:
                    os._exit(code)
            children.append(child)
        failed += sum(os.waitpid(child, 0)[1] != 0 for child in children)
        failed += len(SQLiteBackend(folder / f"{round}.db").names("")) != 8
    print(failed)
"""


@forks
def test_processes_that_create_a_database_at_once_all_succeed(tmp_path: Path) -> None:
    assert program(CREATE, tmp_path, 60 if SOAK else 6) == "0\n"


QUIET_END = """
    import threading
    backend = SQLiteBackend(args[0])
    backend.write("a", entry(large(1)))
    held = backend.read(["a"])
    thread = threading.Thread(target=lambda: (backend.write("b", entry(b"1")), time.sleep(60)), daemon=True)
    thread.start()
    while "b" not in backend.names(""):
        pass
    print("end")
"""


def test_the_end_of_the_interpreter_is_silent(path: Path) -> None:
    assert program(QUIET_END, path) == "end\n"

"""A child that is forked works on a database as its parent does, or is told why it cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.backends.faults import SOAK, program

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

CHILD = """
    def in_child(run):
        "Run a function in a forked child; give what it says, or what it raises."
        receive, send = os.pipe()
        child = os.fork()
        if not child:
            signal.alarm(60)
            try:
                said = str(run())
            except BaseException as error:
                said = f"{type(error).__name__} {error}"
            os.write(send, said.encode())
            os._exit(0)
        os.close(send)
        with open(receive, "rb") as pipe:
            said = pipe.read().decode()
        os.waitpid(child, 0)
        return said
"""


FORK_IDLE = (
    CHILD
    + """
    backend = SQLiteBackend(args[0])
    memory = SQLiteBackend(":memory:")
    memory.write("m", entry(b"m"))
    backend.write("a", entry(b"1"))

    def run():
        backend.write("b", entry(large(2)))
        append(backend, "a", b"2")
        memory.write("mine", entry(b"1"))
        return backend.names(""), bodies(backend, "a"), memory.names("")

    print(in_child(run))
    backend.write("c", entry(b"3"))
    print(backend.names(""), bodies(backend, "a"), memory.names(""))
"""
)


@forks
def test_a_child_works_with_a_connection_of_its_own_and_so_does_its_parent(path: Path) -> None:
    said = program(FORK_IDLE, path).splitlines()

    assert said == ["(['a', 'b'], [b'1', b'2'], ['m', 'mine'])", "['a', 'b', 'c'] [b'1', b'2'] ['m']"]


FORK_OUTLIVE = """
    backend = SQLiteBackend(args[0])
    backend.write("a", entry(b"1"))
    child = os.fork()
    if not child:
        backend.write("b", entry(b"2"))
        print("ready", flush=True)
        time.sleep(1)   # the parent has ended by then, and was the last to know of the log
        backend.write("c", entry(b"3"))
        os._exit(0)
    while "b" not in backend.names(""):
        pass
    backend.close()
    SQLiteBackend(args[0]).close()
    os.waitpid(child, 0)
    print(SQLiteBackend(args[0]).names(""))
"""


@forks
def test_a_child_keeps_the_log_when_its_parent_closes(path: Path) -> None:
    assert program(FORK_OUTLIVE, path) == "ready\n['a', 'b', 'c']\n"


FORK_BUSY = (
    CHILD
    + """
    import threading
    backend = SQLiteBackend(args[0], durability="process")
    stop = threading.Event()
    failed = []

    def work(number):
        try:
            count = 0
            while not stop.is_set():
                append(backend, f"list {number}", b"%d" % count)
                count += 1
                if count % 20 == 0:
                    backend.write(f"large {number}", entry(large(count)))
            if len(bodies(backend, f"list {number}")) != count:
                failed.append("lost")
        except BaseException as error:
            failed.append(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()

    def run(round):
        append(backend, "children", b"%d" % round)
        return "done"

    said = [in_child(lambda: run(round)) for round in range(int(args[1]))]
    stop.set()
    for thread in threads:
        thread.join()
    print({*said}, failed, len(bodies(backend, "children")))
"""
)


@forks
def test_children_forked_while_threads_write_work_and_the_threads_go_on(path: Path) -> None:
    rounds = 300 if SOAK else 25

    assert program(FORK_BUSY, path, rounds) == f"{{'done'}} [] {rounds}\n"


FORK_WITHIN = (
    CHILD
    + """
    from keyrack.backends.spi import Entry
    backend, path = SQLiteBackend(args[0]), args[0]
    said = []

    def child():
        for verb in (lambda: backend.read(["a"]), lambda: backend.write("b", entry(b"2")),
                     lambda: SQLiteBackend(path), lambda: backend.exclusively(lambda: None)):
            try:
                verb()
                return "worked"
            except BackendError as error:
                said.append(str(error))
        return {*said}

    def change():
        backend.write("a", entry(large(1)))
        print(in_child(child))
        append(backend, "a", b"2")

    backend.exclusively(change)
    print(len(bodies(backend, "a")))

    # The child returns from what it is within, and ends as any program does.
    def leave():
        backend.write("a", entry(large(2)))
        return os.fork()

    try:
        child = backend.exclusively(leave)
    except BackendError as error:
        print("told:", error, flush=True)
        sys.exit(7)
    print(os.waitpid(child, 0)[1] >> 8, body(backend, "a") == large(2))
"""
)


@forks
def test_a_child_forked_within_a_transaction_is_told_why_it_cannot_go_on_and_the_parent_can(path: Path) -> None:
    said = program(FORK_WITHIN, path).splitlines()

    reason = "this process was forked while a thread was in the middle of a transaction, which SQLite does not survive"
    assert len(said) == 4
    assert said[0].count(reason) == 1
    assert "spawn" in said[0]
    assert said[1] == "2"
    assert said[2].startswith("told: ")
    assert reason in said[2]
    assert said[3] == "7 True"


FORK_BESIDE = (
    CHILD
    + """
    import threading
    from keyrack.backends import forks
    forks.PATIENCE = float(args[1])
    backend = SQLiteBackend(args[0])
    entered, leave = threading.Event(), threading.Event()

    def hold():
        backend.write("a", entry(b"1"))
        entered.set()
        leave.wait(float(args[2]))

    thread = threading.Thread(target=backend.exclusively, args=(hold,))
    thread.start()
    entered.wait()
    print(in_child(lambda: append(backend, "b", b"1")))
    leave.set()
    thread.join()
    print(backend.names(""))
"""
)


@forks
def test_a_fork_waits_for_the_transaction_of_another_thread(path: Path) -> None:
    assert program(FORK_BESIDE, path, 60, 0.2) == "True\n['a', 'b']\n"


@forks
def test_a_fork_waits_for_another_thread_no_longer_than_it_should_and_then_tells_the_child(path: Path) -> None:
    said = program(FORK_BESIDE, path, 0.1, 60).splitlines()

    assert said[0].startswith("BackendError ")
    assert "fork outside of transactions, or spawn" in said[0]
    assert said[1] == "['a']"

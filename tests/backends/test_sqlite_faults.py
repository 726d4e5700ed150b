"""The power goes, a process is killed, the disk is full: what was acknowledged is there, and nothing is torn."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from tests.backends.faults import SOAK, append, bodies, body, entry, power, program

from keyrack.backends.sqlite import SQLiteBackend

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and limits of POSIX")


# --- the power goes --------------------------------------------------------------------------------


class Found(NamedTuple):
    """A database as it is found when the power is back."""

    path: Path
    pairs: int
    """How many commits of a pair were acknowledged before."""
    items: int
    """How many appends were."""


def pair(number: int) -> bytes:
    return b"%d," % number * (1 + number % 7 * 300)


def lose_power_while_writing(path: Path, durability: Literal["power", "process"], seed: int) -> list[Found]:
    """Write, and lose the power in the middle and at the end of verbs."""
    chance = random.Random(seed)  # noqa: S311  # to be the same each time
    found: list[Found] = []
    pairs = items = 0

    def lose() -> None:
        if chance.random() < 0.05:
            found.append(Found(shim.lose(path.parent / f"{len(found)}", chance), pairs, items))

    with power() as shim:
        shim.on_write.append(lose)
        backend = SQLiteBackend(path, durability=durability)
        for number in range(100):
            backend.commit({}, {"one": entry(pair(number)), "two": entry(pair(number))})
            pairs += 1
            append(backend, "list", b"%d" % number)
            items += 1
            lose()
            if number % 40 == 39:
                backend._pool.current().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # pyright: ignore[reportPrivateUsage]
        backend.close()
    return found


def what_is_wrong(found: Found) -> tuple[bool, bool]:
    """Whether something acknowledged is lost, and whether something is torn."""
    backend = SQLiteBackend(found.path)
    try:
        one, two = body(backend, "one"), body(backend, "two")
        items = bodies(backend, "list") or []
    finally:
        backend.close()
    last = -1 if one is None else int(one.split(b",")[0])
    lost = last < found.pairs - 1 or len(items) < found.items
    torn = (
        one != two
        or (one is not None and one != pair(last))
        or items != [b"%d" % number for number in range(len(items))]
    )
    return lost, torn


@pytest.mark.parametrize("seed", range(40 if SOAK else 2))
def test_power_takes_nothing_that_was_acknowledged(path: Path, seed: int) -> None:
    found = lose_power_while_writing(path, "power", seed)

    wrong = [what_is_wrong(one) for one in found]

    assert len(wrong) > 10
    assert {*wrong} == {(False, False)}


@pytest.mark.parametrize("seed", range(10 if SOAK else 1))
def test_power_may_take_what_was_to_survive_the_process_alone_but_tears_nothing(path: Path, seed: int) -> None:
    found = lose_power_while_writing(path, "process", seed)

    wrong = [what_is_wrong(one) for one in found]

    assert (True, False) in wrong  # the simulation loses what it can
    assert not any(torn for _, torn in wrong)


# --- a process is killed ---------------------------------------------------------------------------

KILL = """
    import random
    from keyrack.backends.sidecar import GRACE
    path, rounds = args[0], int(args[1])
    chance = random.Random(int(args[2]))

    def work(number, tell, first):
        "Do verbs, and tell each when it is done."
        backend = SQLiteBackend(path, durability="process")
        count = first
        while True:
            count += 1
            value = b"%d" % count
            if count % 5 == 0:
                value = large(count)
            backend.commit({}, {f"one {number}": entry(value), f"two {number}": entry(value)})
            append(backend, "list", b"%d-%d" % (number, count) + b" " * (100_000 if count % 7 == 0 else 0))
            if count % 11 == 0:
                def both():
                    backend.write(f"three {number}", entry(value))
                    backend.write(f"four {number}", entry(value))
                backend.exclusively(both)
            os.write(tell, b"%d\\n" % count)

    def check(number, acknowledged):
        backend = SQLiteBackend(path)
        one, two = body(backend, f"one {number}"), body(backend, f"two {number}")
        assert one == two, "torn"
        assert body(backend, f"three {number}") == body(backend, f"four {number}"), "torn"
        there = 0 if one is None else int(one[:8] if len(one) > 100 else one)
        assert acknowledged <= there <= acknowledged + 1, ("lost", acknowledged, there)
        prefix = b"%d-" % number
        items = [one.rstrip() for one in bodies(backend, "list") or [] if one.startswith(prefix)]
        done = max(there - 1, acknowledged)
        assert items[:done] == [prefix + b"%d" % count for count in range(1, done + 1)], "lost"
        assert len(items) in {there, done}, ("doubled", len(items), done)
        if len(items) < there:   # what was not acknowledged is done now, so that the numbers go on
            append(backend, "list", prefix + b"%d" % there)
        backend.close()
        return there

    counts = [0, 0, 0]
    for round in range(rounds):
        children, pipes = [], []
        for number, first in enumerate(counts):
            receive, send = os.pipe()
            child = os.fork()
            if not child:
                try:
                    work(number, send, first)
                finally:
                    os._exit(1)
            os.close(send)
            children.append(child)
            pipes.append(receive)
        time.sleep(chance.uniform(0.01, 0.12))
        for child in children:
            os.kill(child, signal.SIGKILL)
        ends = [os.waitpid(child, 0)[1] for child in children]
        assert ends == [signal.SIGKILL] * 3, ends
        for number, pipe in enumerate(pipes):
            with open(pipe, "rb") as lines:
                told = lines.read().split()
            counts[number] = check(number, int(told[-1]) if told else counts[number])
    assert min(counts) > 3, counts

    # What the killed left behind goes with the next sweep; what is used stays.
    folder = Path(path + ".values")
    for file in folder.iterdir():
        os.utime(file, (time.time() - GRACE - 60,) * 2)
    backend = SQLiteBackend(path)
    used = sum(len(one) > 65_536 for name in backend.names("") for one in bodies(backend, name))
    assert len(list(folder.glob("*.*"))) == used, "swept"
    print("whole")
"""


@posix
@pytest.mark.timeout(1_000)
def test_a_kill_at_any_moment_takes_nothing_that_was_acknowledged(path: Path) -> None:
    assert program(KILL, path, 200 if SOAK else 10, 7, seconds=900) == "whole\n"


# --- the disk is full ------------------------------------------------------------------------------

FULL = """
    import resource
    path, kind = args
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    backend = SQLiteBackend(path)
    backend.write("a", entry(b"old"))
    append(backend, "l", b"old")
    backend.write("s", entry(large(1)))
    size = max(os.path.getsize(path + end) for end in ("", "-wal"))
    limit = {"log": size + 20_000, "file": 50_000}[kind]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def verbs():
        value = bytes(60_000)
        if kind == "file":
            value = large(2)
        yield lambda: backend.write("a", entry(value))
        yield lambda: append(backend, "l", value)
        yield lambda: backend.commit({}, {"a": entry(value), "l": None, "s": None})
        yield lambda: backend.exclusively(lambda: backend.write("a", entry(value)))

    for verb in verbs():
        try:
            while True:
                verb()
                print("wrote")
        except BackendFullError as error:
            print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    print(bodies(backend, "a"), bodies(backend, "l"), body(backend, "s") == large(1))
    backend.write("a", entry(b"new"))
    print(body(backend, "a"), len(list(Path(path + ".values").glob("*.*"))))
"""


@posix
@pytest.mark.parametrize("kind", ["log", "file"])
def test_a_full_disk_is_told_and_leaves_the_old_values(path: Path, kind: str) -> None:
    *told, old, new = program(FULL, path, kind).splitlines()

    assert len(told) == 4
    assert all(line.startswith(f"SQLiteStore('{path}') is full: ") and "nothing was written" in line for line in told)
    assert old == "[b'old'] [b'old'] True"
    assert new == "b'new' 1"


FULL_ROW = """
    path = args[0]
    backend = SQLiteBackend(path)
    backend.write("a", entry(b"old"))
    connection = backend._pool.current()
    pages = connection.raw.pragma("page_count")
    connection.raw.pragma("max_page_count", pages + 2)
    for verb in (lambda: backend.write("a", entry(bytes(60_000))), lambda: append(backend, "a", bytes(60_000)),
                 lambda: backend.commit({}, {"b": entry(b"1"), "c": entry(bytes(60_000))})):
        try:
            verb()
            print("wrote")
        except BackendFullError as error:
            print(error)

    def change():
        backend.write("b", entry(b"1"))
        try:
            backend.write("c", entry(bytes(60_000)))
        except BackendFullError:
            pass
        backend.write("d", entry(b"2"))

    try:
        backend.exclusively(change)
        print(backend.names(""))
    except BackendError as error:
        print("ended", backend.names(""))
    print(body(backend, "a"))
"""


@posix
def test_a_full_file_is_told_and_a_transaction_is_kept_whole_or_not_at_all(path: Path) -> None:
    *told, names, old = program(FULL_ROW, path).splitlines()

    assert len(told) == 3
    assert all("is full: there is no room left" in line and "nothing was written" in line for line in told)
    assert names in {"['a', 'b', 'd']", "ended ['a']"}
    assert old == "b'old'"

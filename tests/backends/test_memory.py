"""The memory backend: what takes no lock, what is one moment, and what an interrupt leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import pytest
from tests.signals import Stop, needs_signals, signalled, stop

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.spi import Entry
from keyrack.errors import LockError

STAMP = object()


def entry(payload: object) -> Entry:
    return Entry(payload, STAMP)


def held_by_another_thread(backend: MemoryBackend, work: Callable[[], None]) -> None:
    """Run *work* while another thread keeps writers waiting."""
    taken, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        taken.set()
        let_go.wait(10)

    other = threading.Thread(target=lambda: backend.exclusively(hold), daemon=True)
    other.start()
    assert taken.wait(10)
    try:
        work()
    finally:
        let_go.set()
        other.join()


# --- the lock -------------------------------------------------------------------------------------


def test_a_write_and_a_read_of_one_name_take_no_lock() -> None:
    backend = MemoryBackend(lock_timeout=0.01)
    one = entry(1)

    def work() -> None:
        backend.write("one", one)
        assert backend.read(["one"]) == [one]
        assert backend.read(["nothing"]) == [None]

    held_by_another_thread(backend, work)


LOCKING: dict[str, Callable[[MemoryBackend], object]] = {
    "append": lambda backend: backend.append("list", entry([1]), [1]),
    "commit": lambda backend: backend.commit({}, {"one": entry(1)}),
    "names": lambda backend: backend.names(""),
    "read of several": lambda backend: backend.read(["one", "two"]),
    "exclusively": lambda backend: backend.exclusively(lambda: None),
}


@pytest.mark.parametrize("verb", LOCKING.values(), ids=LOCKING)
def test_what_takes_the_lock_gives_up_after_the_time_limit(verb: Callable[[MemoryBackend], object]) -> None:
    backend = MemoryBackend(lock_timeout=0.01)

    def work() -> None:
        with pytest.raises(LockError) as caught:
            verb(backend)
        assert caught.value.waited == 0.01

    held_by_another_thread(backend, work)
    assert backend.names("") == []


def test_a_reader_in_the_middle_of_a_commit_sees_what_was_there_or_what_will_be() -> None:
    backend = MemoryBackend()
    before, after = entry("before"), entry("after")
    backend.write("one", before)
    seen: list[Entry | None] = []
    reader = threading.Thread(target=lambda: seen.extend(backend.read(["one"])), daemon=True)

    class Meanwhile(dict[str, Entry | None]):
        def items(self) -> Any:
            reader.start()
            reader.join(0.05)
            return super().items()

    assert backend.commit(Meanwhile(nothing=None), {"one": after})
    reader.join(10)

    assert seen[0] in (before, after)


# --- one moment -----------------------------------------------------------------------------------


class Slow(dict[str, Entry | None]):
    """Changes that let another thread write between two of them."""

    def __init__(self, changes: Mapping[str, Entry | None], meanwhile: Callable[[], None]) -> None:
        super().__init__(changes)
        self._meanwhile = meanwhile

    def __iter__(self) -> Iterator[str]:
        for number, name in enumerate(super().__iter__()):
            if number == 1:
                self._meanwhile()
            yield name


def test_a_commit_is_one_moment_among_writes() -> None:
    backend = MemoryBackend()
    mine = {"a": entry("mine"), "b": entry("mine")}

    def meanwhile() -> None:
        backend.write("a", entry("theirs"))
        backend.write("b", entry("theirs"))

    backend.commit({}, Slow(mine, meanwhile))

    # They wrote "a" first: if theirs is there, the commit came before, and theirs is in "b" too.
    found = [one and one.payload for one in backend.read(["a", "b"])]
    assert found != ["theirs", "mine"]


def test_a_write_in_the_middle_of_a_commit_stays() -> None:
    backend = MemoryBackend()
    old, new = entry("old"), entry("new")
    backend.write("one", old)

    class Meanwhile(dict[str, Entry | None]):
        def items(self) -> Any:
            backend.write("one", new)
            return super().items()

    backend.commit(Meanwhile(one=old), {"one": entry("mine")})

    assert backend.read(["one"]) == [new]


def test_a_reader_that_comes_in_the_middle_of_a_commit_of_its_own_thread_misses_nothing() -> None:
    backend = MemoryBackend()
    before, after = entry("before"), entry("after")
    backend.write("one", before)
    seen: list[Entry | None] = []

    class Meanwhile(dict[str, Entry | None]):
        """Reads where a finalizer or a signal handler might."""

        def items(self) -> Any:
            if not seen:
                try:
                    seen.extend(backend.read(["one"]))
                except LockError:
                    seen.append(before)  # refused, which is as good
            return super().items()

    backend.commit(Meanwhile(nothing=None), {"one": after})

    assert seen[0] in (before, after)
    assert backend.read(["one"]) == [after]


def test_a_writer_that_comes_in_the_middle_of_a_commit_of_its_own_thread_loses_nothing() -> None:
    backend = MemoryBackend()
    backend.write("list", entry([0]))
    accepted: list[bool] = []

    class Meanwhile(dict[str, Entry | None]):
        """Appends where a finalizer or a signal handler might."""

        def items(self) -> Any:
            if not accepted:
                try:
                    accepted.append(backend.append("list", entry([1]), [1]))
                except LockError:
                    accepted.append(False)
            return super().items()

    (old,) = backend.read(["list"])
    committed = backend.commit(Meanwhile(list=old), {"list": entry([0, 2])})

    (found,) = backend.read(["list"])
    assert found is not None
    if committed:
        assert found.payload == ([0, 2, 1] if accepted == [True] else [0, 2])
    else:
        assert found.payload == [0, 1]


# --- interrupts -----------------------------------------------------------------------------------


class Hostile(dict[str, Entry | None]):
    """A mapping that raises on its *n*th use, however it is used."""

    left = -1

    def _count(self) -> None:
        Hostile.left -= 1
        if Hostile.left == 0:
            raise Stop

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._count()
            yield name

    def __getitem__(self, name: str) -> Entry | None:
        self._count()
        return super().__getitem__(name)

    def items(self) -> Any:
        self._count()
        for item in super().items():
            self._count()
            yield item

    def values(self) -> Any:
        self._count()
        return super().values()


@pytest.mark.parametrize("uses", range(1, 12))
def test_an_error_in_the_middle_of_a_commit_leaves_everything_as_it_was(uses: int) -> None:
    backend = MemoryBackend()
    old = {"a": entry(1), "b": entry(2), "c": entry(3)}
    backend.commit({}, old)
    backend.data["raw"] = None
    new = {name: entry("new") for name in (*old, "raw")}
    Hostile.left = uses

    try:
        backend.commit(Hostile(old), Hostile(new))
    except Stop:
        assert backend.read([*old]) == [*old.values()]
        assert backend.data["raw"] is None
    else:
        assert backend.read([*old]) == [*new.values()][:3]
    assert backend.names("") == ["a", "b", "c", "raw"]


def test_a_commit_that_does_not_hold_puts_back_values_without_an_entry() -> None:
    backend = MemoryBackend()
    backend.data.update(nothing=None, number=3, word="")

    assert not backend.commit({"new": entry(1)}, dict.fromkeys(["nothing", "number", "word", "new"]))

    assert backend.data == {"nothing": None, "number": 3, "word": ""}


@needs_signals
def test_an_interrupt_of_a_commit_loses_nothing_and_tears_nothing_apart() -> None:
    backend = MemoryBackend()
    torn: list[object] = []

    def work(number: int) -> None:
        backend.commit({}, {name: entry(number) for name in "abc"})

    def check() -> None:
        found = [one and one.payload for one in backend.read(["a", "b", "c"])]
        if None in found or len(set(found)) != 1:
            torn.append(found)
            work(0)

    work(0)
    signalled(work, stop, check=check)

    assert torn == []


@needs_signals
@pytest.mark.parametrize("held", [False, True], ids=["", "of a list that was held"])
def test_an_interrupt_of_an_append_leaves_a_list_with_all_that_was_acknowledged(*, held: bool) -> None:
    backend = MemoryBackend()
    backend.write("list", Entry([], STAMP, held=held))
    acknowledged: list[int] = []

    def work(number: int) -> None:
        backend.append("list", entry([number]), [number])
        acknowledged.append(number)

    signalled(work, stop)

    (found,) = backend.read(["list"])
    assert found is not None
    kept = cast("list[int]", found.payload)
    assert set(acknowledged) <= set(kept)
    assert kept == sorted(set(kept))


@needs_signals
def test_an_interrupt_leaves_nobody_waiting() -> None:
    backend = MemoryBackend(lock_timeout=0.5)
    backend.write("list", entry([]))

    signalled(lambda number: backend.append("list", entry([number]), [number]), stop)
    signalled(lambda _: backend.exclusively(lambda: None), stop)

    others: list[list[str]] = []
    other = threading.Thread(target=lambda: others.append(backend.names("")), daemon=True)
    other.start()
    other.join(10)
    assert others == [["list"]]

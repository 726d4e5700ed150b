"""What the contract offers to backends; its duties are in `keyrack.testing.suite`, and run in tests/testing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.backends.dict_backend import DictBackend

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.overlay import OverlayBackend
from keyrack.backends.prefix import PrefixBackend
from keyrack.backends.spi import Backend, Encoded, Entry, Piece, pinned
from keyrack.backends.sqlite import SQLiteBackend
from keyrack.testing.suite.at_once import PATIENCE
from keyrack.testing.suite.payloads import entry, look, there

BACKENDS: dict[str, Callable[[Path], Backend]] = {
    "memory": lambda _: MemoryBackend(),
    "prefix": lambda _: PrefixBackend(MemoryBackend(), "a"),
    "sqlite": lambda place: SQLiteBackend(place / "entries.db", durability="process"),
    "sqlite in memory": lambda _: SQLiteBackend(":memory:"),
    "a third party's": lambda _: DictBackend(),
}


@pytest.mark.parametrize("kind", BACKENDS)
def test_engines_that_can_keep_other_writers_waiting_do(kind: str, tmp_path: Path) -> None:
    backend = BACKENDS[kind](tmp_path)
    order: list[str] = []

    def write() -> None:
        backend.commit({}, {"one": entry(backend, 2)})
        order.append("other")

    other = threading.Thread(target=write, daemon=True)

    def work() -> bool:
        found = pinned(backend, ["one"])
        other.start()
        other.join(0.05)
        order.append("mine")
        return backend.commit({"one": found[0]}, {"one": entry(backend, 1)})

    committed = backend.exclusively(work)
    other.join(PATIENCE)

    assert (committed, order) == (True, ["mine", "other"])
    assert look(backend, "one") == [there(2)]
    backend.close()


@pytest.mark.parametrize("kind", BACKENDS)
def test_what_stands_on_another_backend_can_do_what_that_one_can(kind: str, tmp_path: Path) -> None:
    backend = BACKENDS[kind](tmp_path)

    for wrapping in (PrefixBackend(backend, "a"), OverlayBackend(backend), PrefixBackend(OverlayBackend(backend), "a")):
        assert _abilities(wrapping) == _abilities(backend)

    backend.close()


def _abilities(backend: Backend) -> tuple[object, ...]:
    return (
        *(backend.persistent, backend.shared_between_processes, backend.blocking),
        *(backend.holds_objects, backend.max_value_bytes),
    )


def test_the_size_of_what_is_encoded_is_that_of_all_heads_and_bodies() -> None:
    assert Encoded(Piece(b"", b"")).size == 0
    assert Encoded(Piece(b"head", b"body"), Piece(b"h", memoryview(b"a body")[2:])).size == 4 + 4 + 1 + 4


def test_pinning_keeps_lists_as_they_are_and_leaves_the_rest_alone() -> None:
    backend = MemoryBackend()
    growing, fixed = Entry([1], "stamp"), Entry((1,), "stamp")
    backend.write("list", growing)
    backend.write("tuple", fixed)

    assert pinned(backend, ["list", "nothing", "tuple"]) == [growing, None, fixed]

    assert (growing.held, fixed.held) == (True, False)
    growing.unpin()
    assert not growing.held

"""Duties towards threads that show in a store."""

# ruff: noqa: D102, PLR2004, S101
# The name of a duty is its sentence, its numbers are its point, and a suite asserts.

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...keys.key import ABSENT, StoreKey
from ...store import KeyValueStore
from .at_once import at_once, while_others_work
from .duties import Duties
from .threads import ROUNDS, WRITERS

if TYPE_CHECKING:
    from ...backends.spi import Backend

LEFT = StoreKey[int]("left", default=100)
RIGHT = StoreKey[int]("right", default=0)
OWNER = StoreKey("owner", int)
LOG = StoreKey("log", list[int])


class StoreThreads(Duties):
    """Duties towards threads that show in a store on the backend."""

    def test_appends_of_threads_are_all_kept(self, backend: Backend) -> None:
        store = KeyValueStore(backend)

        def append(writer: int) -> None:
            for number in range(writer, WRITERS * ROUNDS, WRITERS):
                store.append(LOG, number)

        at_once(*(partial(append, writer) for writer in range(WRITERS)))

        log = store.get(LOG)
        assert sorted(log) == list(range(WRITERS * ROUNDS))

    def test_updates_of_threads_are_all_kept(self, backend: Backend) -> None:
        store = KeyValueStore(backend)

        def add() -> None:
            for _ in range(ROUNDS):
                store.update(RIGHT, lambda number: number + 1)

        at_once(*[add] * WRITERS)

        assert store.get(RIGHT) == WRITERS * ROUNDS

    def test_one_thread_of_many_becomes_the_owner(self, backend: Backend) -> None:
        store = KeyValueStore(backend)
        owners: list[int] = []

        def try_it(writer: int) -> None:
            if store.compare_and_set(OWNER, ABSENT, writer):
                owners.append(writer)

        at_once(*(partial(try_it, writer) for writer in range(WRITERS)))

        assert owners == [store.get(OWNER)]

    def test_no_reader_sees_half_a_transaction(self, backend: Backend) -> None:
        store = KeyValueStore(backend)

        def move(tx: KeyValueStore) -> None:
            tx.put(LEFT, tx.get(LEFT) - 1)
            tx.put(RIGHT, tx.get(RIGHT) + 1)
            tx.append(LOG, tx.get(RIGHT))

        def write() -> None:
            for _ in range(ROUNDS):
                store.transact(move)

        def read() -> None:
            assert sum(store.get_many(LEFT, RIGHT)) == 100

        while_others_work(read, write, write)

        assert store.get_many(LEFT, RIGHT) == (100 - 2 * ROUNDS, 2 * ROUNDS)
        assert store.get(LOG) == list(range(1, 2 * ROUNDS + 1))

"""Threads that read while others write, on stores of every kind that may be shared: nothing is seen half-way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.kinds import COUNT, NUMBERS, User
from tests.threads import ROUNDS, THREADS, Until, at_once, numbered

from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

pytestmark = pytest.mark.usefixtures("threads_change_often")
ACCOUNTS = [StoreKey(f"account.{number}", int) for number in range(8)]
LISTS = [StoreKey(f"list.{number}", list[int]) for number in range(3)]


@pytest.fixture
def store(shared_store: KeyValueStore) -> KeyValueStore:
    return shared_store


# --- nothing is torn ------------------------------------------------------------------------------


def test_transfers_never_change_the_sum_that_readers_see(store: KeyValueStore) -> None:
    store.put_many(*[account.to(100) for account in ACCOUNTS])
    writers = Until(THREADS - 8)

    def transfer(thread: int) -> None:
        for number in range(8 * ROUNDS):
            source, target = ACCOUNTS[(thread + number) % 8], ACCOUNTS[(thread * 3 + number + 1) % 8]

            def move(inside: KeyValueStore, source: StoreKey[int] = source, target: StoreKey[int] = target) -> None:
                amount = min(7, inside.get(source))
                inside.update(source, lambda balance: balance - amount)
                inside.update(target, lambda balance: balance + amount)

            store.transact(move)

    def read() -> None:
        balances = store.get_many(*ACCOUNTS)
        assert sum(balances) == 800
        assert min(balances) >= 0

    at_once(*numbered(writers.writing(transfer), THREADS - 8), *numbered(writers.reading(read), 8))

    assert sum(store.get_many(*ACCOUNTS)) == 800


def test_readers_of_several_lists_see_them_at_one_moment(store: KeyValueStore) -> None:
    store.put_many(*[key.to([]) for key in LISTS])
    writers = Until(4)

    def write(_: int) -> None:
        for number in range(80 * ROUNDS):
            for key in LISTS:
                store.append(key, number)

    def read() -> None:
        lengths = [len(found) for found in store.get_many(*LISTS)]
        assert lengths[0] >= lengths[1] >= lengths[2] >= lengths[0] - 4

    at_once(*numbered(writers.writing(write), 4), *numbered(writers.reading(read), 8))


def test_a_reader_never_misses_a_key_while_it_is_replaced(store: KeyValueStore) -> None:
    user = StoreKey("user", User)
    store.put_many(COUNT.to(0), NUMBERS.to([0]), user.to(User(name="Ada", age=0)))
    writers = Until(16)

    def write(thread: int) -> None:
        for number in range(25 * ROUNDS):
            match (thread + number) % 5:
                case 0:
                    store.put_many(COUNT.to(number), NUMBERS.to([number]))
                case 1:
                    store.update(user, lambda one: one.model_copy(update={"age": one.age + 1}))
                case 2:
                    store.transact(lambda inside: inside.append(NUMBERS, 1) or inside.put(COUNT, 1))
                case 3:
                    store.compare_and_set(COUNT, store.get(COUNT), number)
                case _:
                    store.restore(store.snapshot())

    def read() -> None:
        assert store.contains_key(COUNT)
        store.get(COUNT)
        store.get(NUMBERS)
        store.get_shared(NUMBERS)
        store.get(user)
        assert len(store.get_many(COUNT, NUMBERS, user)) == 3
        assert len(store) == 3

    at_once(*numbered(writers.writing(write), 16), *numbered(writers.reading(read), 16))


def test_a_key_that_one_thread_alone_changes_is_what_that_thread_put(store: KeyValueStore) -> None:
    mine = [StoreKey(f"mine.{number}", int) for number in range(16)]
    for key in mine:
        store.put(key, -1)
    owners = Until(16)

    def own(thread: int) -> None:
        for number in range(30 * ROUNDS):
            store.put(mine[thread], number)
            assert store.get(mine[thread]) == number
            assert store.get_shared(mine[thread]) == number

    def disturb(thread: int) -> Callable[[], object]:
        """Write every key, but nothing that it does not hold already."""
        one, other = mine[thread % 16], mine[(thread + 1) % 16]
        return [
            lambda: store.update(one, lambda value: value),
            lambda: store.transact(lambda inside: [inside.put(key, inside.get(key)) for key in (one, other)]),
            lambda: store.compare_and_set(one, -5, -6),
            lambda: store.put(COUNT, thread),
        ][thread % 4]

    disturbers = [owners.reading(disturb(thread)) for thread in range(32)]
    at_once(*numbered(owners.writing(own), 16), *[partial(one, 0) for one in disturbers])

    assert store.get_many(*mine) == (30 * ROUNDS - 1,) * 16


def test_after_a_put_a_list_holds_what_was_appended_since(store: KeyValueStore) -> None:
    store.put(NUMBERS, [])
    putters = Until(2)
    appended = [0] * 16

    def put(_: int) -> None:
        for _ in range(200 * ROUNDS):
            store.put(NUMBERS, [])

    def append(thread: int) -> Callable[[], None]:
        def once() -> None:
            store.append(NUMBERS, thread * 1_000_000 + appended[thread])
            appended[thread] += 1

        return once

    appenders = [putters.reading(append(thread)) for thread in range(16)]
    at_once(*numbered(putters.writing(put), 2), *[partial(one, 0) for one in appenders])

    found = store.get(NUMBERS)
    for thread in range(16):
        own = [number % 1_000_000 for number in found if number // 1_000_000 == thread]
        assert own == list(range(appended[thread] - len(own), appended[thread]))


def test_two_puts_and_a_put_of_both_leave_what_some_order_leaves(store: KeyValueStore) -> None:
    first, second = ACCOUNTS[:2]
    for number in range(0, 120 * ROUNDS, 2):
        store.remove(first)
        store.remove(second)

        def one_by_one(number: int = number) -> None:
            store.put(first, number)
            store.put(second, number)

        at_once(one_by_one, partial(store.put_many, first.to(number + 1), second.to(number + 1)))

        assert store.get_many(first, second) != (number, number + 1)


# --- nothing changes in other hands ---------------------------------------------------------------


def test_a_shared_list_does_not_change_under_any_of_its_holders(store: KeyValueStore) -> None:
    store.put(NUMBERS, [0])
    writers = Until(16)

    def write(thread: int) -> None:
        for number in range(30 * ROUNDS):
            if thread % 4 == 0:
                store.extend(NUMBERS, [number, number])
            else:
                store.append(NUMBERS, number)

    def hold() -> None:
        held = store.get_shared(NUMBERS)
        copied = list(held)
        for _ in range(5):
            assert len(held) == len(copied)
        assert held == copied

    at_once(*numbered(writers.writing(write), 16), *numbered(writers.reading(hold), 16))

    assert len(store.get(NUMBERS)) == 1 + 30 * ROUNDS * (4 * 2 + 12)


def test_a_snapshot_taken_among_writers_is_of_one_moment_and_stays(store: KeyValueStore) -> None:
    first, second = LISTS[:2]
    store.put_many(first.to([]), second.to([]))
    writers = Until(8)

    def write(thread: int) -> None:
        for number in range(30 * ROUNDS):
            if thread % 2:
                store.transact(lambda inside: inside.append(first, number) or inside.append(second, number))  # noqa: B023  # run at once
            else:
                store.append(first, number)
                store.append(second, number)

    def take() -> None:
        snapshot = store.snapshot()
        seen: list[tuple[list[int], list[int]]] = []
        for _ in range(2):
            other = MemoryStore()
            other.restore(snapshot)
            seen.append(other.get_many(first, second))
        assert seen[0] == seen[1]
        assert len(seen[0][0]) >= len(seen[0][1]) >= len(seen[0][0]) - 4

    at_once(*numbered(writers.writing(write), 8), *numbered(writers.reading(take), 4))

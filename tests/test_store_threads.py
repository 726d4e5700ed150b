"""Many threads on one store, of every kind that may be shared: nothing is lost, torn, or seen half-way."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

import pytest
from annotated_types import Gt
from tests.kinds import COUNT, NUMBERS, TABLE, User

from keyrack.keys.key import ABSENT, StoreKey
from keyrack.stores import MemoryStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

THREADS = 64
ROUNDS = 20 if os.environ.get("KEYRACK_SOAK") == "1" else 1
ACCOUNTS = [StoreKey(f"account.{number}", int) for number in range(8)]
LISTS = [StoreKey(f"list.{number}", list[int]) for number in range(3)]


@pytest.fixture(autouse=True)
def _threads_change_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def store(shared_store: KeyValueStore) -> KeyValueStore:
    return shared_store


def at_once(*work: Callable[[], object]) -> None:
    """Run each function in a thread of its own, all at once, and raise the first error of any."""
    start = threading.Barrier(len(work))
    errors: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            start.wait()
            one()
        except BaseException as error:  # noqa: BLE001  # raised below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def numbered(work: Callable[[int], object], threads: int = THREADS) -> list[Callable[[], object]]:
    """The same work, told which thread it is, for a number of threads."""
    return [partial(work, number) for number in range(threads)]


class Until:
    """Lets readers go on as long as there are writers."""

    def __init__(self, writers: int) -> None:
        self._left = writers
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self._left > 0

    def writing(self, work: Callable[[int], object]) -> Callable[[int], object]:
        def counted(number: int) -> None:
            try:
                work(number)
            finally:
                with self._lock:
                    self._left -= 1

        return counted

    def reading(self, read: Callable[[], object]) -> Callable[[int], None]:
        def over_and_over(_: int) -> None:
            read()
            while self:
                read()

        return over_and_over


# --- nothing is lost ------------------------------------------------------------------------------


def test_no_update_is_lost(store: KeyValueStore) -> None:
    store.put(COUNT, 0)
    each = 30 * ROUNDS

    def count(_: int) -> None:
        for _ in range(each):
            store.update(COUNT, lambda number: number + 1)

    at_once(*numbered(count))

    assert store.get(COUNT) == THREADS * each


def test_no_append_is_lost_and_those_of_one_thread_stay_in_order(store: KeyValueStore) -> None:
    each = 30 * ROUNDS

    def add(thread: int) -> None:
        items = iter(range(thread * 1_000_000, thread * 1_000_000 + 3 * each))
        for number in range(each):
            store.append(NUMBERS, next(items))
            if number % 7 == 0:
                store.get_shared(NUMBERS)
            store.extend(NUMBERS, [next(items), next(items)])

    at_once(*numbered(add))

    found = store.get(NUMBERS)
    of_one_thread = [[item % 1_000_000 for item in found if item // 1_000_000 == thread] for thread in range(THREADS)]
    assert of_one_thread == [list(range(3 * each))] * THREADS


def test_no_append_is_lost_to_those_who_replace_the_list(store: KeyValueStore) -> None:
    each = 40 * ROUNDS
    store.put(NUMBERS, [])

    def longer(numbers: list[int]) -> list[int]:
        return [*numbers[-20:], *numbers[:-20], -1]

    def swap() -> None:
        while not store.compare_and_set(NUMBERS, old := store.get(NUMBERS), longer(old)):
            pass

    ways: list[Callable[[int], object]] = [
        lambda number: store.append(NUMBERS, number),
        lambda number: store.extend(NUMBERS, [number]),
        lambda number: store.transact(lambda inside: inside.append(NUMBERS, number)),
        lambda _: store.update(NUMBERS, longer),
        lambda _: store.transact(lambda inside: inside.put(NUMBERS, longer(inside.get(NUMBERS)))),
        lambda _: swap(),
    ]

    def write(thread: int) -> None:
        for number in range(each):
            ways[thread % len(ways)](number)

    at_once(*numbered(write, 12))

    found = store.get(NUMBERS)
    assert sorted(found) == sorted([*range(each)] * 6 + [-1] * each * 6)


def test_no_compare_and_set_is_lost(store: KeyValueStore) -> None:
    each = 10 * ROUNDS

    def count(_: int) -> None:
        for _ in range(each):
            while True:
                old = store.get(COUNT, None)
                if store.compare_and_set(COUNT, ABSENT if old is None else old, (old or 0) + 1):
                    break

    at_once(*numbered(count, 16))

    assert store.get(COUNT) == 16 * each


def test_one_of_many_sets_a_key_that_is_absent(store: KeyValueStore) -> None:
    for number in range(10 * ROUNDS):
        key = StoreKey(f"claim.{number}", int)
        won: list[int] = []

        def claim(thread: int, key: StoreKey[int] = key, won: list[int] = won) -> None:
            if store.compare_and_set(key, ABSENT, thread):
                won.append(thread)

        at_once(*numbered(claim, 16))

        assert won == [store.get(key)]


def test_all_kinds_of_writers_at_once_lose_nothing(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(0), TABLE.to({}))
    each = 20 * ROUNDS

    def write(thread: int) -> None:
        for number in range(each):
            match thread % 4:
                case 0:
                    store.update(COUNT, lambda count: count + 1)
                case 1:
                    store.transact(lambda inside: inside.update(COUNT, lambda count: count + 1))
                case 2:
                    store.append(NUMBERS, number)
                case _:
                    store.transact(lambda inside: [inside.append(NUMBERS, number), inside.extend(LISTS[0], [1, 2])])  # noqa: B023  # run at once

    at_once(*numbered(write))

    quarter = THREADS // 4 * each
    assert store.get(COUNT) == 2 * quarter
    assert len(store.get(NUMBERS)) == 2 * quarter
    assert store.get(LISTS[0]) == [1, 2] * quarter


# --- nothing is torn ------------------------------------------------------------------------------


def test_transfers_never_change_the_sum_that_readers_see(store: KeyValueStore) -> None:
    store.put_many(*[account.to(100) for account in ACCOUNTS])
    writers = Until(THREADS - 8)

    def transfer(thread: int) -> None:
        for number in range(15 * ROUNDS):
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
        for number in range(150 * ROUNDS):
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
        for number in range(40 * ROUNDS):
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
        for number in range(60 * ROUNDS):
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

    assert store.get_many(*mine) == (60 * ROUNDS - 1,) * 16


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
    for number in range(0, 200 * ROUNDS, 2):
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
        for number in range(60 * ROUNDS):
            if thread % 4 == 0:
                store.extend(NUMBERS, [number, number])
            else:
                store.append(NUMBERS, number)

    def hold() -> None:
        held = store.get_shared(NUMBERS)
        copied = list(held)
        for _ in range(20):
            assert len(held) == len(copied)
        assert held == copied

    at_once(*numbered(writers.writing(write), 16), *numbered(writers.reading(hold), 16))

    assert len(store.get(NUMBERS)) == 1 + 60 * ROUNDS * (4 * 2 + 12)


def test_a_snapshot_taken_among_writers_is_of_one_moment_and_stays(store: KeyValueStore) -> None:
    first, second = LISTS[:2]
    store.put_many(first.to([]), second.to([]))
    writers = Until(8)

    def write(thread: int) -> None:
        for number in range(60 * ROUNDS):
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


# --- the first use of a key -----------------------------------------------------------------------


def test_keys_of_one_new_type_are_of_one_type_whoever_uses_them_first(store: KeyValueStore) -> None:
    for number in range(10 * ROUNDS):
        keys = [StoreKey("list", list[Annotated[int, Gt(-number - 1)]]) for _ in range(2)]

        at_once(*[partial(store.append, keys[thread % 2], thread) for thread in range(16)])

        assert keys[0].stamp is keys[1].stamp
        assert keys[0].schema is keys[1].schema
        found = store.get(keys[0])
        assert sorted(found) == list(range(16))
        store.clear()

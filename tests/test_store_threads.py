"""Many threads that write to one store, of every kind that may be shared: nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import pytest
from annotated_types import Gt
from tests.kinds import COUNT, NUMBERS, TABLE
from tests.threads import ROUNDS, THREADS, at_once, numbered

from keyrack.keys.key import ABSENT, StoreKey

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

pytestmark = pytest.mark.usefixtures("threads_change_often")
OTHERS = StoreKey("others", list[int])


@pytest.fixture
def store(shared_store: KeyValueStore) -> KeyValueStore:
    return shared_store


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
                    store.transact(lambda inside: [inside.append(NUMBERS, number), inside.extend(OTHERS, [1, 2])])  # noqa: B023  # run at once

    at_once(*numbered(write))

    quarter = THREADS // 4 * each
    assert store.get(COUNT) == 2 * quarter
    assert len(store.get(NUMBERS)) == 2 * quarter
    assert store.get(OTHERS) == [1, 2] * quarter


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

"""Transactions inside others, and beside writes that overtake them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.kinds import COUNT, LIMIT, NUMBERS, TITLE, contents

from keyrack.errors import KeyrackError
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore, NamespacedStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore


def test_a_transaction_inside_another_is_part_of_it(store: KeyValueStore) -> None:
    store.put(COUNT, 1)

    def outer(inside: KeyValueStore) -> None:
        inside.put(COUNT, 2)
        inside.transact(lambda innermost: innermost.update(COUNT, lambda count: count * 10))
        assert inside.get(COUNT) == 20
        assert store.get(COUNT) == 1
        raise LookupError

    with pytest.raises(LookupError):
        store.transact(outer)
    assert store.get(COUNT) == 1


def test_a_transaction_inside_another_that_raises_leaves_the_outer_one_as_it_was(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), NUMBERS.to([1]))

    def fail(innermost: KeyValueStore) -> None:
        innermost.put(COUNT, 3)
        innermost.append(NUMBERS, 3)
        raise LookupError

    def outer(inside: KeyValueStore) -> None:
        inside.put(COUNT, 2)
        inside.append(NUMBERS, 2)
        with pytest.raises(LookupError):
            inside.transact(fail)

    store.transact(outer)
    assert contents(store) == {"count": 2, "numbers": [1, 2]}


def test_a_namespace_in_a_transaction_is_part_of_it(store: KeyValueStore) -> None:
    def work(inside: KeyValueStore) -> None:
        NamespacedStore(inside, "v2").put(COUNT, 2)
        assert inside.is_empty()
        raise LookupError

    with pytest.raises(LookupError):
        store.transact(work)
    assert NamespacedStore(store, "v2").is_empty()

    store.transact(lambda inside: NamespacedStore(inside, "v2").put(COUNT, 2))
    assert NamespacedStore(store, "v2").get(COUNT) == 2


def test_an_update_on_the_store_inside_a_transaction_is_no_part_of_it(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), LIMIT.to(1))

    def work(inside: KeyValueStore) -> None:
        inside.put(COUNT, 2)
        store.update(LIMIT, lambda limit: limit + 1)
        raise LookupError

    with pytest.raises(LookupError):
        store.transact(work)
    assert contents(store) == {"count": 1, "limit": 2}


OVERTAKING: dict[str, Callable[[KeyValueStore], object]] = {
    "put": lambda store: store.put(NUMBERS, [7]),
    "append": lambda store: store.append(NUMBERS, 7),
    "extend": lambda store: store.extend(NUMBERS, [7]),
    "remove": lambda store: store.remove(NUMBERS),
    "append and share": lambda store: [store.append(NUMBERS, 7), store.get_shared(NUMBERS)],
}


@pytest.mark.parametrize("write", OVERTAKING.values(), ids=OVERTAKING)
def test_a_transaction_whose_reads_are_overtaken_runs_again(
    store: KeyValueStore, write: Callable[[KeyValueStore], object]
) -> None:
    store.put(NUMBERS, [1])
    tries: list[list[int]] = []

    def work(inside: KeyValueStore) -> None:
        tries.append(inside.get(NUMBERS, []))
        if len(tries) == 1:
            write(store)
        inside.put(NUMBERS, [*inside.get(NUMBERS, []), 99])

    store.transact(work)

    assert len(tries) == 2
    assert tries[0] == [1]
    assert store.get(NUMBERS) == [*tries[1], 99]


def test_a_transaction_that_only_reads_is_of_one_moment(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), LIMIT.to(1))
    tries: list[int] = []

    def work(inside: KeyValueStore) -> tuple[int, int]:
        count = inside.get(COUNT)
        tries.append(count)
        if len(tries) == 1:
            store.put_many(COUNT.to(2), LIMIT.to(2))
        return count, inside.get(LIMIT)

    assert store.transact(work) == (2, 2)


def test_a_value_read_twice_in_a_transaction_is_the_same(store: KeyValueStore) -> None:
    store.put(COUNT, 1)
    seen: list[int] = []

    def work(inside: KeyValueStore) -> None:
        seen.append(inside.get(COUNT))
        if len(seen) == 1:
            store.put(COUNT, 2)
        seen.append(inside.get(COUNT))

    store.transact(work)

    assert seen == [1, 1, 2, 2]


def test_a_transaction_that_overtakes_itself_for_ever_ends_with_an_error(store: KeyValueStore) -> None:
    store.put(COUNT, 0)

    def work(inside: KeyValueStore) -> None:
        store.put(COUNT, inside.get(COUNT) + 1)
        inside.put(TITLE, "never")

    with pytest.raises(KeyrackError) as caught:
        store.transact(work)

    assert store.label in str(caught.value)
    assert TITLE not in store


def test_a_failed_try_gives_back_a_none_that_it_took_out() -> None:
    store, nothing, tries = MemoryStore(), StoreKey("nothing", None), list[int]()
    store.put_many(COUNT.to(1))
    store.put(nothing, None)

    def work(inside: KeyValueStore) -> None:
        tries.append(inside.get(COUNT))
        if len(tries) > 1:
            raise LookupError
        inside.put(nothing, None)
        store.put(COUNT, 2)

    with pytest.raises(LookupError):
        store.transact(work)

    assert store.get(nothing, "lost") is None
    assert store.keys() == ["count", "nothing"]

"""Several steps as one, on stores of every kind: what a transaction sees, what it leaves, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.kinds import COUNT, KINDS, LIMIT, NUMBERS, SAMPLES, TITLE, contents, equal_contents

from keyrack.errors import KeyNotFoundError, StoreClosedError, TypeMismatchError
from keyrack.keys.key import ABSENT, StoreKey
from keyrack.stores import MemoryStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore


def test_what_a_transaction_writes_is_there_when_it_ends_and_its_result_is_given(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), TITLE.to("one"), LIMIT.to(5))

    def work(inside: KeyValueStore) -> str:
        inside.update(COUNT, lambda count: count + 1)
        inside.append(NUMBERS, 1)
        inside.remove(TITLE)
        return "done"

    assert store.transact(work) == "done"
    assert contents(store) == {"count": 2, "limit": 5, "numbers": [1]}


def test_a_transaction_sees_what_is_stored_and_what_it_wrote(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), TITLE.to("one"))

    def work(inside: KeyValueStore) -> None:
        inside.put(COUNT, 2)
        inside.remove(TITLE)
        inside.put(LIMIT, 3)

        assert inside.get_many(COUNT, LIMIT) == (2, 3)
        assert inside.keys() == ["count", "limit"]
        assert TITLE not in inside
        assert inside.compare_and_set(TITLE, ABSENT, "two")
        assert inside.get_shared(TITLE) == "two"
        inside.clear()
        assert inside.is_empty()
        inside.put(TITLE, "three")

    store.transact(work)
    assert contents(store) == {"title": "three"}


def test_nothing_of_a_transaction_is_seen_before_it_ends(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), TITLE.to("one"))

    def work(inside: KeyValueStore) -> dict[str, Any]:
        inside.put(COUNT, 2)
        inside.append(NUMBERS, 1)
        inside.remove(TITLE)
        return contents(store)

    assert store.transact(work) == {"count": 1, "title": "one"}
    assert contents(store) == {"count": 2, "numbers": [1]}


@pytest.mark.parametrize("error", [LookupError("no"), KeyError("no"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
def test_a_transaction_that_raises_leaves_every_key_as_it_was(store: KeyValueStore, error: BaseException) -> None:
    for sample in SAMPLES:
        store.put(sample.key, sample.value())
    was = contents(store)

    def fail(inside: KeyValueStore) -> None:
        for sample in SAMPLES:
            inside.put(sample.key, sample.other())
        inside.append(NUMBERS, 3)
        inside.remove(COUNT)
        inside.put(StoreKey("new", int), 1)
        raise error

    with pytest.raises(type(error)) as caught:
        store.transact(fail)

    assert caught.value is error
    assert equal_contents(contents(store), was)


def test_what_a_transaction_raises_has_a_note(store: KeyValueStore) -> None:
    with pytest.raises(KeyNotFoundError) as caught:
        store.transact(lambda inside: inside.get(COUNT))

    assert caught.value.__notes__ == [f"while running a transaction on {store.label}; nothing was written"]


def test_a_miss_in_a_transaction_says_what_is_near(store: KeyValueStore) -> None:
    store.put(StoreKey("users", int), 1)

    with pytest.raises(KeyNotFoundError) as caught:
        store.transact(lambda inside: inside.get(StoreKey("usres", int)))

    assert str(caught.value) == f"no value for key 'usres' in {store.label}; did you mean 'users'?"


def test_a_transaction_refuses_what_does_not_fit_under_the_name_of_the_store(store: KeyValueStore) -> None:
    wrong: Any = "x"

    with pytest.raises(TypeMismatchError) as caught:
        store.transact(lambda inside: inside.put(COUNT, wrong))

    assert caught.value.store == store.label
    assert store.is_empty()


def test_a_list_appended_to_in_a_transaction_does_not_grow_outside(store: KeyValueStore) -> None:
    store.put(NUMBERS, [1])
    held = store.get_shared(NUMBERS)

    def work(inside: KeyValueStore) -> list[int]:
        inside.append(NUMBERS, 2)
        between = inside.get_shared(NUMBERS)
        inside.append(NUMBERS, 3)
        assert store.get(NUMBERS) == [1]
        return between

    between = store.transact(work)
    store.append(NUMBERS, 4)

    assert held == [1]
    assert between == [1, 2]
    assert store.get(NUMBERS) == [1, 2, 3, 4]


def test_a_list_put_in_a_transaction_that_fails_is_not_kept_by_later_ones(store: KeyValueStore) -> None:
    def work(inside: KeyValueStore) -> None:
        inside.append(NUMBERS, 1)
        raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            store.transact(work)

    store.append(NUMBERS, 5)
    assert store.get(NUMBERS) == [5]


# --- the end --------------------------------------------------------------------------------------

USES: dict[str, Callable[[KeyValueStore], object]] = {
    "get": lambda inside: inside.get(COUNT),
    "get with a default": lambda inside: inside.get(COUNT, 1),
    "get_shared": lambda inside: inside.get_shared(COUNT),
    "get_many": lambda inside: inside.get_many(COUNT, TITLE),
    "put": lambda inside: inside.put(COUNT, 1),
    "put_shared": lambda inside: inside.put_shared(NUMBERS, [1]),
    "put_many": lambda inside: inside.put_many(COUNT.to(1)),
    "append": lambda inside: inside.append(NUMBERS, 1),
    "extend": lambda inside: inside.extend(NUMBERS, [1]),
    "update": lambda inside: inside.update(COUNT, lambda count: count),
    "compare_and_set": lambda inside: inside.compare_and_set(COUNT, 1, 2),
    "remove": lambda inside: inside.remove(COUNT),
    "contains_key": lambda inside: inside.contains_key(COUNT),
    "keys": lambda inside: inside.keys(),
    "clear": lambda inside: inside.clear(),
    "snapshot": lambda inside: inside.snapshot(),
    "restore": lambda inside: inside.restore(MemoryStore().snapshot()),
    "transact": lambda inside: inside.transact(lambda innermost: None),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("failed", [False, True], ids=["after it ended", "after it failed"])
def test_the_store_of_a_transaction_ends_with_it(
    store: KeyValueStore, use: Callable[[KeyValueStore], object], *, failed: bool
) -> None:
    store.put(COUNT, 1)
    leaked: list[KeyValueStore] = []

    def work(inside: KeyValueStore) -> None:
        leaked.append(inside)
        inside.get_many(COUNT)
        if failed:
            raise LookupError

    try:
        store.transact(work)
    except LookupError:
        assert failed

    with pytest.raises(StoreClosedError, match=r"the transaction on .* is closed"):
        use(leaked[0])
    assert contents(store) == {"count": 1}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, LookupError])
def test_a_transaction_that_raises_lets_other_writers_go_on(
    make: Callable[[], KeyValueStore], error: type[BaseException]
) -> None:
    store = make()

    def fail(inside: KeyValueStore) -> None:
        inside.put(COUNT, 1)
        raise error

    with pytest.raises(error):
        store.transact(fail)
    other = threading.Thread(target=lambda: store.append(NUMBERS, 1), daemon=True)
    other.start()
    other.join(10)

    assert contents(store) == {"numbers": [1]}

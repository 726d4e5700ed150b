"""Stores that are closed, and stores that another thread keeps busy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.kinds import COUNT, KINDS, NUMBERS, SEEN, TITLE, contents

from keyrack.backends.memory import MemoryBackend
from keyrack.errors import LockError, StoreClosedError
from keyrack.keys.key import ABSENT, StoreKey
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore, NamespacedStore

NOTHING_ASKED: list[StoreKey[int]] = []
READS: dict[str, Callable[[KeyValueStore], object]] = {
    "get": lambda store: store.get(COUNT),
    "get of a list": lambda store: store.get(NUMBERS),
    "get with a default": lambda store: store.get(TITLE, "none"),
    "get with the default of the key": lambda store: store.get(SEEN),
    "get_shared": lambda store: store.get_shared(COUNT),
    "get_shared of a list": lambda store: store.get_shared(NUMBERS),
    "contains_key": lambda store: store.contains_key(TITLE),
    "in": lambda store: COUNT in store,
}
LOOKS: dict[str, Callable[[KeyValueStore], object]] = {
    "get_many": lambda store: store.get_many(COUNT, NUMBERS),
    "get_many of nothing": lambda store: store.get_many(*NOTHING_ASKED),
    "keys": lambda store: store.keys(),
    "len": len,
    "is_empty": lambda store: store.is_empty(),
    "snapshot": lambda store: store.snapshot(),
}
PUTS: dict[str, Callable[[KeyValueStore], object]] = {
    "put": lambda store: store.put(COUNT, 2),
    "put of a list": lambda store: store.put(NUMBERS, [2]),
    "put_shared": lambda store: store.put_shared(NUMBERS, [2]),
}
WRITES: dict[str, Callable[[KeyValueStore], object]] = {
    "put_many": lambda store: store.put_many(COUNT.to(2), TITLE.to("two")),
    "put_many of nothing": lambda store: store.put_many(),
    "append": lambda store: store.append(NUMBERS, 2),
    "append to nothing": lambda store: store.append(SEEN, 2),
    "extend": lambda store: store.extend(NUMBERS, [2]),
    "extend by nothing": lambda store: store.extend(NUMBERS, []),
    "update": lambda store: store.update(COUNT, lambda count: count + 1),
    "update of a default": lambda store: store.update(SEEN, lambda seen: seen),
    "compare_and_set": lambda store: store.compare_and_set(COUNT, 1, 2),
    "compare_and_set of nothing": lambda store: store.compare_and_set(TITLE, ABSENT, "two"),
    "remove": lambda store: store.remove(COUNT),
    "clear": lambda store: store.clear(),
    "transact": lambda store: store.transact(lambda inside: inside.put(COUNT, 2)),
    "transact of nothing": lambda store: store.transact(lambda inside: None),
    "restore": lambda store: store.restore(MemoryStore().snapshot()),
}
SLOTS: dict[str, Callable[[KeyValueStore], object]] = {
    "at get": lambda store: store.at(COUNT).get(),
    "at exists": lambda store: store.at(COUNT).exists(),
    "at append": lambda store: store.at(NUMBERS).append(2),
}

# --- closed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [*READS, *LOOKS, *PUTS, *WRITES, *SLOTS])
@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nested namespaces"])
def test_every_verb_of_a_closed_store_says_that_it_is_closed(verb: str, kind: str, *, filled: bool) -> None:
    store = KINDS[kind]()
    if filled:
        store.put_many(COUNT.to(1), NUMBERS.to([1]))
        store.get_shared(NUMBERS)
    store.close()

    with pytest.raises(StoreClosedError) as caught:
        (READS | LOOKS | PUTS | WRITES | SLOTS)[verb](store)

    assert str(caught.value) == f"{store.label} is closed; open a new one"
    assert caught.value.store == store.label


def test_a_store_can_be_closed_twice(store: KeyValueStore) -> None:
    store.close()
    store.close()


def test_a_store_is_closed_at_the_end_of_a_with_block() -> None:
    with MemoryStore() as store:
        store.put(COUNT, 1)
        inside = store

    with pytest.raises(StoreClosedError):
        inside.get(COUNT)


def test_a_store_is_closed_where_a_with_block_raises() -> None:
    store = MemoryStore()

    with pytest.raises(LookupError), store:
        raise LookupError

    with pytest.raises(StoreClosedError):
        store.get(COUNT, 1)


@pytest.mark.parametrize("verb", [*READS, *LOOKS, *PUTS, *WRITES])
def test_closing_a_store_closes_the_namespaces_in_it(verb: str) -> None:
    store = MemoryStore()
    inner = NamespacedStore(NamespacedStore(store, "a"), "b")
    inner.put_many(COUNT.to(1), NUMBERS.to([1]))

    store.close()

    with pytest.raises(StoreClosedError, match="is closed; open a new one"):
        (READS | LOOKS | PUTS | WRITES)[verb](inner)


def test_closing_a_namespace_leaves_it_and_the_store_open(store: KeyValueStore) -> None:
    with NamespacedStore(store, "a") as inner:
        inner.put(COUNT, 1)
    inner.close()
    store.put(COUNT, 2)

    assert inner.get(COUNT) == 1
    assert store.get(COUNT) == 2


@pytest.mark.parametrize("verb", [*READS, *LOOKS, *PUTS, *WRITES])
def test_closing_the_backend_by_another_way_closes_the_store(verb: str) -> None:
    store = MemoryStore()
    store.put_many(COUNT.to(1), NUMBERS.to([1]))
    store.get_shared(NUMBERS)

    KeyValueStore(store.backend).close()

    with pytest.raises(StoreClosedError):
        (READS | LOOKS | PUTS | WRITES)[verb](store)


def test_closing_a_store_lets_go_of_what_it_held() -> None:
    store = MemoryStore()
    store.put_shared(NUMBERS, held := [1])

    store.close()

    assert not [found for found in _referrers(held) if isinstance(found, dict) and "numbers" in found]


def _referrers(value: object) -> list[Any]:
    import gc

    return [outer for inner in gc.get_referrers(value) for outer in [inner, *gc.get_referrers(inner)]]


def test_a_store_closed_by_a_transaction_keeps_nothing_of_it() -> None:
    store = MemoryStore()

    def work(inside: KeyValueStore) -> None:
        inside.put(COUNT, 1)
        store.close()

    with pytest.raises(StoreClosedError):
        store.transact(work)


# --- busy -----------------------------------------------------------------------------------------

BUSY: dict[str, Callable[[], KeyValueStore]] = {
    "memory": lambda: MemoryStore(lock_timeout=0.01),
    "the common way": lambda: KeyValueStore(MemoryBackend(lock_timeout=0.01)),
    "a namespace": lambda: NamespacedStore(MemoryStore(lock_timeout=0.01), "a"),
}
each_busy = pytest.mark.parametrize("make", BUSY.values(), ids=BUSY)


@contextmanager
def busy(store: KeyValueStore, verb: str) -> Generator[None]:
    """Have another thread in the middle of an update or a transaction."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(value: Any) -> Any:
        begun.set()
        go_on.wait(10)
        return value

    def work() -> None:
        store.update(COUNT, wait) if verb == "update" else store.transact(wait)

    other = threading.Thread(target=work, daemon=True)
    other.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        go_on.set()
        other.join()


@each_busy
@pytest.mark.parametrize("by", ["update", "transact"])
@pytest.mark.parametrize("verb", WRITES)
def test_a_writer_gives_up_after_the_time_limit_and_writes_nothing(
    make: Callable[[], KeyValueStore], by: str, verb: str
) -> None:
    store = make()
    store.put_many(COUNT.to(1), NUMBERS.to([1]))
    held = store.get_shared(NUMBERS)  # or MemoryStore would append without waiting

    with busy(store, by), pytest.raises(LockError) as caught:
        WRITES[verb](store)

    assert isinstance(caught.value, TimeoutError)
    assert caught.value.waited == 0.01
    assert str(caught.value) == "gave up on MemoryStore after 0.0 s: another writer holds it; the verb wrote nothing"
    assert contents(store) == {"count": 1, "numbers": held}


@each_busy
@pytest.mark.parametrize("by", ["update", "transact"])
@pytest.mark.parametrize("verb", [verb for verb in [*READS, *PUTS] if verb != "get_shared of a list"])
def test_a_read_of_one_key_and_a_put_wait_for_nobody(make: Callable[[], KeyValueStore], by: str, verb: str) -> None:
    store = make()
    store.put_many(COUNT.to(1), NUMBERS.to([1]))
    store.get_shared(NUMBERS)

    with busy(store, by):
        (READS | PUTS)[verb](store)


def test_a_list_that_was_shared_before_is_shared_again_without_waiting() -> None:
    store = MemoryStore(lock_timeout=0.01)
    store.put_many(COUNT.to(1), NUMBERS.to([1]))
    first = store.get_shared(NUMBERS)

    with busy(store, "update"):
        assert store.get_shared(NUMBERS) is first


@each_busy
def test_a_writer_that_waited_long_enough_goes_on(make: Callable[[], KeyValueStore]) -> None:
    store = make()
    store.put(COUNT, 1)

    with busy(store, "update"), pytest.raises(LockError):
        store.append(NUMBERS, 1)
    store.append(NUMBERS, 2)

    assert store.get(NUMBERS) == [2]


@pytest.mark.parametrize("wrong", [0, -1, -0.5, float("nan"), "5", None])
def test_a_time_limit_that_is_none_is_refused_when_the_store_is_made(wrong: Any) -> None:
    with pytest.raises(ValueError, match="lock_timeout"):
        MemoryStore(lock_timeout=wrong)


@pytest.mark.parametrize("long", [1e30, float("inf")])
def test_a_time_limit_may_be_as_long_as_one_likes(long: float) -> None:
    store = MemoryStore(lock_timeout=long)

    store.append(NUMBERS, 1)

    assert store.get(NUMBERS) == [1]

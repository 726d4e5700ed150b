"""Right uses: code that is generic over keys, families, slots and stores."""

from collections.abc import Callable, Iterable
from typing import TypeVar, assert_type

from keyrack import ABSENT, KeyFamily, KeyValueStore, MemoryStore, NamespacedStore, Slot, StoreKey

from .declared import COUNT, INTS, MAYBE, RESULT, TEXT, Base, Derived, Point, T, keys, store

Q = TypeVar("Q")
StoreT = TypeVar("StoreT", bound=KeyValueStore)


def swap(store: KeyValueStore, key: StoreKey[T], value: T) -> T:
    old = store.get(key)
    store.put(key, value)
    return old


def swap_slot(slot: Slot[T], value: T) -> T:
    old = slot.get()
    slot.put(value)
    return old


def every_verb(store: KeyValueStore, key: StoreKey[T], items: StoreKey[list[T]], value: T) -> T:
    store.put(key, value)
    store.put_shared(key, value)
    store.put_many(key.to(value), items.to([value]))
    store.append(items, value)
    store.extend(items, [value])
    store.compare_and_set(key, ABSENT, value)
    store.compare_and_set(key, value, value)
    store.put(items, [value])
    store.put(items, [])
    store.at(key).put(value)
    store.at(items).append(value)
    assert_type(store.get(items), list[T])
    assert_type(store.get_many(key, items), tuple[T, list[T]])
    assert_type(store.get(key, None), T | None)
    store.update(key, lambda old: value)
    return store.get(key, value)


def total(store: KeyValueStore, family: KeyFamily[Q, T], parameters: Iterable[Q]) -> list[T]:
    return [store.get(family[parameter]) for parameter in parameters]


def filled(store: StoreT) -> StoreT:
    store.put(COUNT, 1)
    return store


def grow(slot: Slot[list[T]], item: T) -> list[T]:
    slot.append(item)
    return slot.get()


def memo(store: KeyValueStore, key: StoreKey[T], make: Callable[[], T]) -> T:
    if key in store:
        return store.get(key)
    value = make()
    store.put(key, value)
    return value


assert_type(swap(store, COUNT, 1), int)
assert_type(swap(store, MAYBE, None), int | None)
assert_type(swap_slot(keys.count, 1), int)
assert_type(swap_slot(store.at(TEXT), "x"), str)
assert_type(total(store, RESULT, [1, 2]), list[Point])
assert_type(filled(store), MemoryStore)
assert_type(filled(NamespacedStore(store, "v2")), NamespacedStore[MemoryStore])
assert_type(grow(keys.ints, 1), list[int])
assert_type(grow(keys.bases, Derived()), list[Base])
assert_type(memo(store, INTS, list), list[int])
assert_type(every_verb(store, COUNT, INTS, 1), int)

put_count: Callable[[int], None] = store.at(COUNT).put
put_count(1)

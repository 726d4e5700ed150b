"""A generator that is left runs its `finally`; one that is unpacked or spread runs to its end."""

from collections.abc import Iterator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "LEFT UNPACKED SPREAD READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


def watched(store: MemoryStore) -> Iterator[int]:
    try:
        yield 1
    finally:
        store.remove(Keys.a)


def counted(store: MemoryStore, key: StoreKey[int]) -> Iterator[int]:
    yield 1
    store.remove(key)


async def left(store: MemoryStore) -> Stage:
    store.put_many(Keys.a.to(1), Keys.b.to(1), Keys.c.to(1))
    print(store.get_many(Keys.a, Keys.b, Keys.c))
    for step in watched(store):
        print(step)
        break
    return Stage.UNPACKED


async def unpacked(store: MemoryStore) -> Stage:
    [*_rest] = counted(store, Keys.b)
    return Stage.SPREAD


async def spread(store: MemoryStore) -> Stage:
    print(*counted(store, Keys.c))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR104 a
    print(store.get(Keys.b))  # expect: KR104 b
    print(store.get(Keys.c))  # expect: KR104 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LEFT)
    .register(Stage.LEFT, left)
    .register(Stage.UNPACKED, unpacked)
    .register(Stage.SPREAD, spread)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

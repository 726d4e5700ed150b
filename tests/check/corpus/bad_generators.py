"""A generator that is never taken, taken by one `next`, or left by `break` has not run to its end."""

from collections.abc import Iterator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "UNUSED STEP LEFT DONE")


class Keys(KeyRegistry):
    enough: StoreKey[bool] = StoreKey(default=True)
    unused: StoreKey[int]
    last: StoreKey[int]
    rest: StoreKey[int]


def write_unused(store: MemoryStore) -> Iterator[int]:
    store.put(Keys.unused, 1)
    yield 1


def write_last(store: MemoryStore) -> Iterator[int]:
    yield 1
    store.put(Keys.last, 2)


def write_rest(store: MemoryStore) -> Iterator[int]:
    yield 1
    store.put(Keys.rest, 2)


async def unused(store: MemoryStore) -> Stage:
    write_unused(store)
    print(store.get(Keys.unused))  # expect: KR101 unused
    return Stage.STEP


async def step(store: MemoryStore) -> Stage:
    steps = write_last(store)
    print(next(steps))
    print(store.get(Keys.last))  # expect: KR101 last
    return Stage.LEFT


async def left(store: MemoryStore) -> Stage:
    for _ in write_rest(store):
        if store.get(Keys.enough):
            break
    print(store.get(Keys.rest))  # expect: KR102 rest
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.UNUSED)
    .register(Stage.UNUSED, unused)
    .register(Stage.STEP, step)
    .register(Stage.LEFT, left)
    .add_exit_states(Stage.DONE)
)

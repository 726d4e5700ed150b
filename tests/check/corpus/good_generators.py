"""A generator function that a for loop takes to its end has run as a whole."""

from collections.abc import Iterator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    first: StoreKey[int]
    last: StoreKey[int]
    each: StoreKey[list[int]] = StoreKey(default_factory=list)


def steps(store: MemoryStore) -> Iterator[int]:
    store.put(Keys.first, 1)
    yield 1
    yield store.get(Keys.first) + 1
    store.put(Keys.last, 2)


async def write(store: MemoryStore) -> Stage:
    for step in steps(store):
        store.append(Keys.each, step)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.first), store.get(Keys.last), store.get(Keys.each))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Context managers from a generator function and from a class write when they are entered and left."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from typing import Self

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FUNCTION CLASS READ DONE")


class Keys(KeyRegistry):
    begun: StoreKey[int]
    ended: StoreKey[int]
    entered: StoreKey[int]
    left: StoreKey[int]


@contextmanager
def timed(store: MemoryStore) -> Generator[None]:
    store.put(Keys.begun, 1)
    try:
        yield
    finally:
        store.put(Keys.ended, 2)


class Watch:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def __enter__(self) -> Self:
        self.store.put(Keys.entered, 1)
        return self

    def __exit__(self, *failure: object) -> None:
        self.store.put(Keys.left, 1)


async def function(store: MemoryStore) -> Stage:
    with timed(store):
        print(store.get(Keys.begun))
    return Stage.CLASS


async def cls(store: MemoryStore) -> Stage:
    with Watch(store) as watch:
        print(store.get(Keys.entered), watch.store.get(Keys.ended))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.ended), store.get(Keys.left))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FUNCTION)
    .register(Stage.FUNCTION, function)
    .register(Stage.CLASS, cls)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

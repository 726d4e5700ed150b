"""A class with `__aenter__` and `__aexit__`, a generator that hands on with `yield from`, `while` with `else`."""

from collections.abc import Iterator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "ENTER HAND ELSE READ DONE")


class Keys(KeyRegistry):
    limit: StoreKey[int] = StoreKey(default=2)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


class Session:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    async def __aenter__(self) -> MemoryStore:
        self.store.put(Keys.a, 1)
        return self.store

    async def __aexit__(self, *failure: object) -> None:
        self.store.put(Keys.b, 1)


def inner(store: MemoryStore) -> Iterator[int]:
    yield 1
    store.put(Keys.c, 1)


def outer(store: MemoryStore) -> Iterator[int]:
    yield from inner(store)


async def enter(store: MemoryStore) -> Stage:
    async with Session(store) as same:
        print(same.get(Keys.a))
    return Stage.HAND


async def hand(store: MemoryStore) -> Stage:
    for step in outer(store):
        print(step, store.get(Keys.b))
    return Stage.ELSE


async def otherwise(store: MemoryStore) -> Stage:
    turns = 0
    while turns < store.get(Keys.limit):
        turns += 1
    else:  # noqa: PLW0120
        store.put(Keys.d, turns)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.c), store.get(Keys.d))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.ENTER)
    .register(Stage.ENTER, enter)
    .register(Stage.HAND, hand)
    .register(Stage.ELSE, otherwise)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

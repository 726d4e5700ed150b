"""Partials of functions and methods are tasks and helpers like any other."""

from enum import Enum
from functools import partial

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FIRST SECOND READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


async def put_one(key: StoreKey[int], following: Stage, store: MemoryStore) -> Stage:
    store.put(key, 1)
    return following


def add(store: MemoryStore, key: StoreKey[int], value: int = 0) -> None:
    store.put(key, value)


async def read(store: MemoryStore) -> Stage:
    write = partial(add, store, value=3)
    write(Keys.c)
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FIRST)
    .register(Stage.FIRST, partial(put_one, Keys.a, Stage.SECOND))
    .register(Stage.SECOND, partial(put_one, Keys.b, Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""`sys.exit`, a NoReturn helper, `raise` and an assert of what is false end a path."""

import sys
from enum import Enum
from typing import NoReturn

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "A B C D READ DONE")


class Keys(KeyRegistry):
    flag: StoreKey[int] = StoreKey(default=1)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


def give_up(reason: str) -> NoReturn:
    raise RuntimeError(reason)


async def first(store: MemoryStore) -> Stage:
    if store.get(Keys.flag) > 1:
        sys.exit("no")
    else:
        store.put(Keys.a, 1)
    return Stage.B


async def second(store: MemoryStore) -> Stage:
    if store.get(Keys.flag) == 1:
        store.put(Keys.b, 1)
    else:
        give_up("no")
    return Stage.C


async def third(store: MemoryStore) -> Stage:
    if store.get(Keys.flag) != 1:
        message = "no"
        raise ValueError(message)
    store.put(Keys.c, 1)
    return Stage.D


async def fourth(store: MemoryStore) -> Stage:
    if store.get(Keys.flag) == 1:
        store.put(Keys.d, 1)
    else:
        raise AssertionError
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.A)
    .register(Stage.A, first)
    .register(Stage.B, second)
    .register(Stage.C, third)
    .register(Stage.D, fourth)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

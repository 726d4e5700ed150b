"""Verbs of the store and functions of it as callbacks: of map, of sorted, of an executor, of a loop."""

import asyncio
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "MAP SORT LOOP READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


async def mapped(store: MemoryStore) -> Stage:
    store.put_many(Keys.a.to(1), Keys.b.to(1), Keys.c.to(1))
    print(store.get_many(Keys.a, Keys.b, Keys.c))
    print(list(map(store.remove, [Keys.a])))
    return Stage.SORT


def weight(store: MemoryStore, number: int) -> int:
    store.remove(Keys.b)
    return -number


async def ordered(store: MemoryStore) -> Stage:
    print(sorted([1, 2], key=lambda number: weight(store, number)))
    return Stage.LOOP


async def loop(store: MemoryStore) -> Stage:
    await asyncio.get_running_loop().run_in_executor(None, store.remove, Keys.c)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR104 a
    print(store.get(Keys.b))  # expect: KR104 b
    print(store.get(Keys.c))  # expect: KR104 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.MAP)
    .register(Stage.MAP, mapped)
    .register(Stage.SORT, ordered)
    .register(Stage.LOOP, loop)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

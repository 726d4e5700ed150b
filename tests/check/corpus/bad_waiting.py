"""A coroutine that is not awaited does not run; one that is read before it is awaited may not have run."""

import asyncio
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "EARLY TRIED READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    a: StoreKey[int]
    b: StoreKey[int]


async def write_a(store: MemoryStore) -> None:
    store.put(Keys.a, 1)


async def write_b(store: MemoryStore) -> None:
    store.put(Keys.b, int(store.get(Keys.text)))


async def early(store: MemoryStore) -> Stage:
    task = asyncio.create_task(write_a(store))
    print(store.get(Keys.a))  # expect: KR102 a
    await task
    return Stage.TRIED


async def tried(store: MemoryStore) -> Stage:
    await asyncio.gather(write_b(store), write_a(store), return_exceptions=True)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.EARLY)
    .register(Stage.EARLY, early)
    .register(Stage.TRIED, tried)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""What is cut off by a time limit may not have written."""

import asyncio
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WAIT LIMIT READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def slow(store: MemoryStore) -> None:
    await asyncio.sleep(3600)
    store.put(Keys.a, 1)


async def wait(store: MemoryStore) -> Stage:
    try:
        await asyncio.wait_for(slow(store), 0.001)
    except TimeoutError:
        print("too slow")
    return Stage.LIMIT


async def limit(store: MemoryStore) -> Stage:
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(3600)
            store.put(Keys.b, 1)
    except TimeoutError:
        print("too slow again")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WAIT)
    .register(Stage.WAIT, wait)
    .register(Stage.LIMIT, limit)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

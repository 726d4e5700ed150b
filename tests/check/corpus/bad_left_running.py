"""What a task has started and not waited for acts when it likes, also in the states that come later."""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "START FILL READ LEFT AGAIN DONE")
POOL = ThreadPoolExecutor()


class Keys(KeyRegistry):
    cached: StoreKey[int]
    steps: StoreKey[int]
    started: StoreKey[int]


def expire(store: MemoryStore) -> None:
    time.sleep(0.01)
    store.remove(Keys.cached)


async def numbers(store: MemoryStore) -> AsyncIterator[int]:
    try:
        yield 1
        yield 2
    finally:
        store.remove(Keys.steps)


async def start(store: MemoryStore) -> Stage:
    print(store.contains_key(Keys.cached), store.contains_key(Keys.steps))
    store.put(Keys.started, 1)
    store.put(Keys.cached, 1)
    print(store.get(Keys.cached))
    POOL.submit(expire, store)  # expect: KR905
    return Stage.FILL


async def fill(store: MemoryStore) -> Stage:
    store.put(Keys.cached, 2)
    store.put(Keys.steps, 2)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    await asyncio.sleep(0.02)
    print(store.get(Keys.started), store.get(Keys.steps))
    print(store.get(Keys.cached))  # expect: KR104 cached
    return Stage.LEFT


async def left(store: MemoryStore) -> Stage:
    async for _ in numbers(store):
        break
    store.put(Keys.steps, 3)
    return Stage.AGAIN


async def again(store: MemoryStore) -> Stage:
    await asyncio.sleep(0)
    print(store.get(Keys.steps))  # expect: KR104 steps
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.START)
    .register(Stage.START, start)
    .register(Stage.FILL, fill)
    .register(Stage.READ, read)
    .register(Stage.LEFT, left)
    .register(Stage.AGAIN, again)
    .add_exit_states(Stage.DONE)
)

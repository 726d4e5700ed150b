"""An async generator that is left, and a task group whose error is caught."""

import asyncio
from collections.abc import AsyncIterator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "LEFT GROUP READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    enough: StoreKey[bool] = StoreKey(default=True)
    a: StoreKey[int]
    b: StoreKey[int]


async def numbers(store: MemoryStore) -> AsyncIterator[int]:
    yield 1
    yield 2
    store.put(Keys.a, 1)


async def parse(store: MemoryStore) -> None:
    number = int(store.get(Keys.text))
    store.put(Keys.b, number)


async def left(store: MemoryStore) -> Stage:
    async for number in numbers(store):
        print(number)
        if store.get(Keys.enough):
            break
    return Stage.GROUP


async def group(store: MemoryStore) -> Stage:
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(parse(store))
    except* ValueError:
        print("no number")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LEFT)
    .register(Stage.LEFT, left)
    .register(Stage.GROUP, group)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

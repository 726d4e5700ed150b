"""A task that is started and never awaited: nobody knows when it writes, or whether it does."""

import asyncio
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "START READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


async def write(store: MemoryStore) -> None:
    store.put(Keys.a, 1)


async def start(store: MemoryStore) -> Stage:
    asyncio.create_task(write(store))  # noqa: RUF006  # expect: KR905
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.START)
    .register(Stage.START, start)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

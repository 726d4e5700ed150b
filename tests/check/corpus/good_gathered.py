"""A list of coroutines, a list of tasks, a loop in a task group: each is waited for."""

import asyncio
from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "GATHER TASKS GROUP READ DONE")


class Keys(KeyRegistry):
    flag: StoreKey[int] = StoreKey(default=1)
    part: KeyFamily[int, int]


async def one(store: MemoryStore, number: int) -> None:
    await asyncio.sleep(0)
    store.put(Keys.part[number], number)


async def gather(store: MemoryStore) -> Stage:
    await asyncio.gather(*[one(store, number) for number in range(3)])
    return Stage.TASKS


async def tasks(store: MemoryStore) -> Stage:
    started = [asyncio.create_task(one(store, number)) for number in (3, 4)]
    for task in started:
        await task
    return Stage.GROUP


async def group(store: MemoryStore) -> Stage:
    async with asyncio.TaskGroup() as started:
        for number in (5, 6):
            started.create_task(one(store, number))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.part[0]) + store.get(Keys.part[2]))
    print(store.get(Keys.part[3]) + store.get(Keys.part[4]))
    print(store.get(Keys.part[5]) + store.get(Keys.part[6]))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.GATHER)
    .register(Stage.GATHER, gather)
    .register(Stage.TASKS, tasks)
    .register(Stage.GROUP, group)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

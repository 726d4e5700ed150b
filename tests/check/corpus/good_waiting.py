"""What is awaited has happened: gather, tasks, groups of tasks, wait_for, threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, Workflow

Stage = Enum("Stage", "GATHER TASKS GROUP THREADS READ DONE")


class Keys(KeyRegistry):
    part: KeyFamily[int, int]


async def one(store: MemoryStore, number: int) -> None:
    await asyncio.sleep(0)
    store.put(Keys.part[number], number)


def plain(store: MemoryStore, number: int) -> None:
    store.put(Keys.part[number], number)


async def gather(store: MemoryStore) -> Stage:
    await asyncio.gather(one(store, 0), one(store, 1))
    return Stage.TASKS


async def tasks(store: MemoryStore) -> Stage:
    task = asyncio.create_task(one(store, 2))
    await task
    await asyncio.wait_for(one(store, 3), 60)
    return Stage.GROUP


async def group(store: MemoryStore) -> Stage:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one(store, 4))
        tasks.create_task(one(store, 5))
    print(store.get(Keys.part[5]))
    return Stage.THREADS


async def threads(store: MemoryStore) -> Stage:
    await asyncio.to_thread(plain, store, 6)
    with ThreadPoolExecutor() as pool:
        pool.submit(plain, store, 7).result()
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.part[0]), store.get(Keys.part[1]), store.get(Keys.part[2]), store.get(Keys.part[3]))
    print(store.get(Keys.part[4]), store.get(Keys.part[5]), store.get(Keys.part[6]), store.get(Keys.part[7]))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.GATHER)
    .register(Stage.GATHER, gather)
    .register(Stage.TASKS, tasks)
    .register(Stage.GROUP, group)
    .register(Stage.THREADS, threads)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

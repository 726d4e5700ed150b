"""What runs beside a task has happened when it was waited for, where its order is no matter."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "TASKS COUNT GROUP POOL SHIELD STOPPED CHOSEN READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="7")
    count: StoreKey[int]
    temporary: StoreKey[int]
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]
    part: KeyFamily[int, int]


async def write(store: MemoryStore, key: StoreKey[int]) -> None:
    await asyncio.sleep(0)
    store.put(key, len(store.get(Keys.text)))


async def count(store: MemoryStore) -> None:
    number = store.get(Keys.count, 0)
    await asyncio.sleep(0)
    store.put(Keys.count, number + 1)


async def choose(store: MemoryStore) -> bool:
    store.put(Keys.f, 1)
    return True


def job(store: MemoryStore, number: int) -> int:
    store.put(Keys.part[number], int(store.get(Keys.text)))
    return number


def work(store: MemoryStore) -> None:
    store.put(Keys.e, int(store.get(Keys.text)))


async def tasks(store: MemoryStore) -> Stage:
    store.put(Keys.temporary, 1)
    first = asyncio.create_task(write(store, Keys.a))
    second = asyncio.create_task(write(store, Keys.a))
    await asyncio.sleep(0)
    store.remove(Keys.temporary)
    await first
    print(store.get(Keys.a))
    await second
    print(store.get(Keys.a), first.result())
    return Stage.COUNT


async def counted(store: MemoryStore) -> Stage:
    await asyncio.gather(count(store), count(store))
    return Stage.GROUP


async def group(store: MemoryStore) -> Stage:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write(store, Keys.b))
        later = tasks.create_task(write(store, Keys.c))
        store.put(Keys.d, 1)
    print(store.get(Keys.b), store.get(Keys.c), later.result())
    return Stage.POOL


def pool(store: MemoryStore) -> Stage:
    with ThreadPoolExecutor() as workers:
        futures = [workers.submit(job, store, number) for number in range(3)]
        total = sum(future.result() for future in futures)
        store.put(Keys.count, total)
    with ThreadPoolExecutor() as workers:
        late = workers.submit(job, store, 3)
    print(late.result(), store.get(Keys.part[3]))
    return Stage.SHIELD


async def shield(store: MemoryStore) -> Stage:
    await asyncio.shield(write(store, Keys.b))
    await asyncio.wait_for(asyncio.to_thread(work, store), 60)
    print(store.get(Keys.e))
    return Stage.STOPPED


async def stopped(store: MemoryStore) -> Stage:
    task = asyncio.create_task(write(store, Keys.d))
    try:
        await asyncio.wait_for(asyncio.to_thread(work, store), 60)
    except TimeoutError:
        task.cancel()
        store.put(Keys.e, 0)
    else:
        await task
    return Stage.CHOSEN


async def chosen(store: MemoryStore) -> Stage:
    task = asyncio.create_task(choose(store))
    await asyncio.sleep(0)
    if task.result():
        print(store.get(Keys.f))
    for _ in range(int(store.get(Keys.text))):
        again = asyncio.create_task(choose(store))
        await again
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d), store.get(Keys.e))
    print(store.get(Keys.part[0]), store.get(Keys.part[2]), store.get(Keys.f), store.get(Keys.count))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.TASKS)
    .register(Stage.TASKS, tasks)
    .register(Stage.COUNT, counted)
    .register(Stage.GROUP, group)
    .register(Stage.POOL, pool)
    .register(Stage.SHIELD, shield)
    .register(Stage.STOPPED, stopped)
    .register(Stage.CHOSEN, chosen)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

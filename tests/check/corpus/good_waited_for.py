"""What was started and waited for, in whatever way, does nothing any more in the states that come later."""

import asyncio
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "MANY GROUP POOL CANCELLED FIRST EACH NAMED IN_TIME READ DONE")


class Keys(KeyRegistry):
    words: StoreKey[str] = StoreKey(default="some words")
    draft: StoreKey[int] = StoreKey(default=0)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


NAMES = {"a": Keys.a, "b": Keys.b}


def begin(store: MemoryStore) -> None:
    store.put(Keys.c, 0)
    print(store.get(Keys.c))


async def tidy(store: MemoryStore, number: int) -> None:
    await asyncio.sleep(number * 0)
    store.remove(Keys.c)


def tidy_up(store: MemoryStore) -> None:
    store.remove(Keys.c)


async def fill(store: MemoryStore, key: StoreKey[int]) -> int:
    await asyncio.sleep(0)
    store.put(key, 1)
    return 1


def filled(store: MemoryStore, key: StoreKey[int]) -> int:
    store.put(key, 1)
    return 1


async def many(store: MemoryStore) -> Stage:
    begin(store)
    await asyncio.gather(*[tidy(store, number) for number in range(9)])
    tasks = [asyncio.create_task(tidy(store, number)) for number in range(9)]
    for task in tasks:
        await task
    return Stage.GROUP


async def group(store: MemoryStore) -> Stage:
    begin(store)
    async with asyncio.TaskGroup() as tasks:
        for word in store.get(Keys.words).split():
            tasks.create_task(tidy(store, len(word)))
    return Stage.POOL


def pool(store: MemoryStore) -> Stage:
    begin(store)
    with ThreadPoolExecutor() as workers:
        for _ in store.get(Keys.words):
            workers.submit(tidy_up, store)
    return Stage.CANCELLED


async def cancelled(store: MemoryStore) -> Stage:
    begin(store)
    task = asyncio.create_task(tidy(store, 1))
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return Stage.FIRST


async def first(store: MemoryStore) -> Stage:
    begin(store)
    tasks = [asyncio.create_task(tidy(store, 1)), asyncio.create_task(tidy(store, 2))]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    print(len(done))
    return Stage.EACH


async def each(store: MemoryStore) -> Stage:
    total = 0
    for one in asyncio.as_completed([fill(store, Keys.a), fill(store, Keys.b)]):
        total += await one
    print(total + store.get(Keys.a) + store.get(Keys.b))
    return Stage.NAMED


def named(store: MemoryStore) -> Stage:
    store.remove(Keys.a)
    store.remove(Keys.b)
    with ThreadPoolExecutor() as workers:
        futures = {workers.submit(filled, store, key): name for name, key in NAMES.items()}
        for future in as_completed(futures):
            print(futures[future], future.result())
        done, _ = wait([workers.submit(filled, store, Keys.draft)])
        for future in done:
            future.result()
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.draft))
    return Stage.IN_TIME


async def in_time(store: MemoryStore) -> Stage:
    store.remove(Keys.b)
    done, late = await asyncio.wait([asyncio.create_task(fill(store, Keys.b))], timeout=5)
    if late:
        raise TimeoutError
    for task in done:
        task.result()
    store.put(Keys.c, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    await asyncio.sleep(0)
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.MANY)
    .register(Stage.MANY, many)
    .register(Stage.GROUP, group)
    .register(Stage.POOL, pool)
    .register(Stage.CANCELLED, cancelled)
    .register(Stage.FIRST, first)
    .register(Stage.EACH, each)
    .register(Stage.NAMED, named)
    .register(Stage.IN_TIME, in_time)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Results of a pool that are taken, by whatever name; loops that start what they are given; objects that are copied."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import Enum
from functools import partial

from keyrack import KeyRegistry, KeyValueStore, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "NAMED LOOPED LISTED SHOWN MOVED READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    moved: StoreKey[int]


@dataclass
class Settings:
    key: StoreKey[int]
    name: str = "e"


def save(store: MemoryStore, key: StoreKey[int]) -> str:
    store.put(key, 1)
    return key.name


def named(store: MemoryStore) -> Stage:
    with ThreadPoolExecutor() as pool:
        results = pool.map(partial(save, store), [Keys.a, Keys.b])
        for name in results:
            print(name)
    return Stage.LOOPED


async def looped(store: MemoryStore) -> Stage:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, save, store, Keys.c)
    return Stage.LISTED


def listed(store: MemoryStore) -> Stage:
    with ThreadPoolExecutor() as pool:
        print(sorted(pool.map(partial(save, store), [Keys.d])))
    return Stage.SHOWN


async def shown(store: MemoryStore) -> Stage:
    settings = Settings(Keys.e)
    print(json.dumps({"name": settings.name}), asdict(settings))
    store.put(settings.key, 1)
    return Stage.MOVED


async def moved(store: MemoryStore) -> Stage:
    def move(tx: KeyValueStore) -> None:
        tx.put(Keys.moved, store.get(Keys.a))
        tx.remove(Keys.a)

    store.transact(move)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(*store.get_many(Keys.b, Keys.c, Keys.d, Keys.e, Keys.moved))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.NAMED)
    .register(Stage.NAMED, named)
    .register(Stage.LOOPED, looped)
    .register(Stage.LISTED, listed)
    .register(Stage.SHOWN, shown)
    .register(Stage.MOVED, moved)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

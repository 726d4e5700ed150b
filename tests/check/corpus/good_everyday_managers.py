"""Files, locks, time limits and redirected output swallow nothing."""

import asyncio
import threading
from contextlib import redirect_stdout, suppress
from enum import Enum
from io import StringIO
from tempfile import TemporaryDirectory

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FILE LOCK LIMIT READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


LOCK = threading.Lock()


async def file(store: MemoryStore) -> Stage:
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        store.put(Keys.a, len(folder))
    return Stage.LOCK


async def lock(store: MemoryStore) -> Stage:
    with LOCK:
        store.put(Keys.b, store.get(Keys.a))
    return Stage.LIMIT


async def limit(store: MemoryStore) -> Stage:
    gate = asyncio.Semaphore(1)
    async with asyncio.timeout(60), gate:
        store.put(Keys.c, store.get(Keys.b))
    with suppress(FileNotFoundError):
        print(len(folder_of(store)))
        store.put(Keys.d, 1)
    return Stage.READ


def folder_of(store: MemoryStore) -> str:
    return str(store.get(Keys.c))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.c), store.get(Keys.d, 0))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FILE)
    .register(Stage.FILE, file)
    .register(Stage.LOCK, lock)
    .register(Stage.LIMIT, limit)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Async generators in `async for`, async comprehensions, and `async with`."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    opened: StoreKey[int]
    closed: StoreKey[int]
    first: StoreKey[int]
    last: StoreKey[int]
    numbers: StoreKey[list[int]]


async def numbers(store: MemoryStore) -> AsyncIterator[int]:
    store.put(Keys.first, 1)
    yield 1
    yield 2
    store.put(Keys.last, 2)


@asynccontextmanager
async def session(store: MemoryStore) -> AsyncGenerator[int]:
    store.put(Keys.opened, 1)
    yield 5
    store.put(Keys.closed, 1)


async def write(store: MemoryStore) -> Stage:
    async with session(store) as limit:
        store.put(Keys.numbers, [number async for number in numbers(store) if number < limit])
        print(store.get(Keys.opened))
    async for number in numbers(store):
        print(number, store.get(Keys.first))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.closed), store.get(Keys.last), store.get(Keys.numbers))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""What a generator does when it is closed is done where a loop through it is left, and no key is lost by it."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LEFT NAMED ASYNC RAISED POOL READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="7")
    temporary: StoreKey[int]
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    part: KeyFamily[int, int]


def steps(store: MemoryStore) -> Iterator[int]:
    store.put(Keys.temporary, 1)
    try:
        yield 1
        yield store.get(Keys.temporary)
    finally:
        store.put(Keys.a, 1)
        store.remove(Keys.temporary)


async def numbers(store: MemoryStore) -> AsyncIterator[int]:
    try:
        yield 1
        yield 2
    finally:
        store.put(Keys.temporary, 1)


def job(store: MemoryStore, number: int) -> int:
    store.put(Keys.part[number], int(store.get(Keys.text)))
    return number


async def left(store: MemoryStore) -> Stage:
    for step in steps(store):
        if step == int(store.get(Keys.text)):
            break
    print(store.get(Keys.a))
    return Stage.NAMED


async def named(store: MemoryStore) -> Stage:
    going = steps(store)
    for step in going:
        store.put(Keys.b, step)
        if step == int(store.get(Keys.text)):
            break
    store.put(Keys.b, 0)
    return Stage.ASYNC


async def in_turn(store: MemoryStore) -> Stage:
    async for number in numbers(store):
        if number == int(store.get(Keys.text)):
            break
    store.put(Keys.c, store.get(Keys.a))
    return Stage.RAISED


async def raised(store: MemoryStore) -> Stage:
    try:
        for step in steps(store):
            store.put(Keys.d, step // int(store.get(Keys.text)))
    except ValueError:
        store.put(Keys.d, 0)
        print(store.get(Keys.a))
    else:
        store.put(Keys.d, 1)
    return Stage.POOL


def pool(store: MemoryStore) -> Stage:
    with ThreadPoolExecutor() as workers:
        print(sum(workers.map(partial(job, store), [0, 1])))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d), store.get(Keys.part[1]))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LEFT)
    .register(Stage.LEFT, left)
    .register(Stage.NAMED, named)
    .register(Stage.ASYNC, in_turn)
    .register(Stage.RAISED, raised)
    .register(Stage.POOL, pool)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

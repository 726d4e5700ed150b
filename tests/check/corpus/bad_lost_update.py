"""Get, then put, in two branches: an update may be lost over an await or in threads; without, the order decides."""

import asyncio
from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN AWAITING STRAIGHT THREADS READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put_many(Keys.a.to(0), Keys.b.to(0), Keys.c.to(0))
    return Stage.AWAITING


async def awaiting(store: MemoryStore) -> None:
    value = store.get(Keys.a)
    await asyncio.sleep(0)
    store.put(Keys.a, value + 1)


async def straight(store: MemoryStore) -> None:
    store.put(Keys.b, store.get(Keys.b) + 1)


def threaded(store: MemoryStore) -> None:
    store.put(Keys.c, store.get(Keys.c) + 1)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


ALL = JoinStrategy.all()

workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register_split(Stage.AWAITING, [awaiting] * 2, JoinConfig(ALL, Stage.STRAIGHT))  # expect: error KR401 a
    .register_split(Stage.STRAIGHT, [straight] * 2, JoinConfig(ALL, Stage.THREADS))  # expect: warning KR401 b
    .register_split(Stage.THREADS, [threaded] * 2, JoinConfig(ALL, Stage.READ))  # expect: error KR401 c
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

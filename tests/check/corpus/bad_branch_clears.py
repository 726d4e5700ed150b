"""A branch that clears the store, or brings back what was before, takes away what the other has put."""

import asyncio
from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "CLEAR RESTORE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def put_a(store: MemoryStore) -> None:
    store.put(Keys.a, 1)


async def clear(store: MemoryStore) -> None:
    await asyncio.sleep(0.001)
    store.clear()


async def put_b(store: MemoryStore) -> None:
    store.put(Keys.b, 1)


async def restore(store: MemoryStore) -> None:
    before = store.snapshot()
    await asyncio.sleep(0.001)
    store.restore(before)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR104 a
    print(store.get(Keys.b))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.CLEAR)
    .register_split(Stage.CLEAR, [put_a, clear], JoinConfig(JoinStrategy.all(), Stage.RESTORE))  # expect: KR401 a
    .register_split(Stage.RESTORE, [restore, put_b], JoinConfig(JoinStrategy.all(), Stage.READ))  # expect: KR401 b
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""A join that waits for any branch goes on without the one that writes."""

import asyncio
from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "SPLIT READ DONE")


class Keys(KeyRegistry):
    slow: StoreKey[int]


async def slow(store: MemoryStore) -> None:
    await asyncio.sleep(3600)
    store.put(Keys.slow, 1)


async def quick(store: MemoryStore) -> None:
    print(len(store))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.slow))  # expect: KR105 slow
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SPLIT)
    .register_split(Stage.SPLIT, [slow, quick], JoinConfig(JoinStrategy.any(), Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

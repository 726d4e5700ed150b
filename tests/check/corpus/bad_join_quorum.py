"""A quorum of two in three does without one branch, and one branch writes."""

import asyncio
from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "SPLIT READ DONE")


class Keys(KeyRegistry):
    both: StoreKey[list[int]]
    slow: StoreKey[int]


async def slow(store: MemoryStore) -> None:
    await asyncio.sleep(3600)
    store.put(Keys.slow, 1)


async def quick(store: MemoryStore) -> None:
    store.append(Keys.both, 1)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.both))
    print(store.get(Keys.slow))  # expect: KR105 slow
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SPLIT)
    .register_split(Stage.SPLIT, [slow, quick, quick], JoinConfig(JoinStrategy.quorum(2), Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

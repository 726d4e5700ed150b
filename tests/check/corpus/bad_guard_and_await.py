"""A guard holds until the next await, where what runs beside may remove the key."""

import asyncio
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BESIDE DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


async def drop(store: MemoryStore) -> None:
    store.remove(Keys.a)


async def look(store: MemoryStore) -> None:
    if store.contains_key(Keys.a):
        await asyncio.sleep(0)
        print(store.get(Keys.a))  # expect: KR104 a


async def beside(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    await asyncio.gather(look(store), drop(store))
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.BESIDE).register(Stage.BESIDE, beside).add_exit_states(Stage.DONE)

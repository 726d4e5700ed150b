"""Removing a key that is only known at run time may have removed any."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    name: StoreKey[str] = StoreKey(default="other")
    own: StoreKey[int]
    other: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.own, 1)
    key: StoreKey[Any] = Keys[store.get(Keys.name)]
    store.remove(key)  # expect: KR902
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

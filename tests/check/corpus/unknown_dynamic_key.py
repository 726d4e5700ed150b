"""A key that is looked up by a name from the data, for writing and for reading."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    name: StoreKey[str] = StoreKey(default="own")
    own: StoreKey[int]
    kept: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.kept, 1)
    key: StoreKey[Any] = Keys[store.get(Keys.name)]
    store.put(key, 1)  # expect: KR902
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    print(store.get(Keys.kept))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

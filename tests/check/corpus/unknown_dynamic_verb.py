"""A verb of the store that is chosen by a string of the data."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    name: StoreKey[str] = StoreKey(default="put")
    own: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    verb: Any = getattr(store, store.get(Keys.name))
    verb(Keys.own, 1)  # expect: KR901
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

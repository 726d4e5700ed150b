"""The store is given to functions of C, which may do with it what they like, removing too."""

import operator
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    own: StoreKey[int]
    kept: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.kept, 1)
    put = operator.methodcaller("put", Keys.own, 1)
    put(store)  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    print(store.get(Keys.kept))  # expect: KR106 kept
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

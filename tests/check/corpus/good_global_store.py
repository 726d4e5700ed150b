"""The workflow's own store as a global is the store that tasks are given; another store is another store."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")

STORE = MemoryStore()
CACHE = MemoryStore()


class Keys(KeyRegistry):
    fast: StoreKey[bool] = StoreKey(default=True)
    a: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    if store.get(Keys.fast):
        STORE.put(Keys.a, 1)
    else:
        store.put(Keys.a, 2)
    CACHE.put(Keys.a, 3)
    CACHE.remove(Keys.a)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), STORE.get(Keys.a), CACHE.get(Keys.a, 0))
    return Stage.DONE


workflow = (
    Workflow(Stage, STORE, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

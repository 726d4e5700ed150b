"""A store that a task makes itself, or takes in place of its own, is another store."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE REBIND READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    own = MemoryStore()
    own.put(Keys.a, 1)
    print(own.get(Keys.a), len(store))
    return Stage.REBIND


async def rebind(store: MemoryStore) -> Stage:
    print(len(store))
    store = MemoryStore()
    store.put(Keys.b, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR101 a
    print(store.get(Keys.b))  # expect: KR101 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.REBIND, rebind)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

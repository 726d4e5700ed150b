"""A transaction that came to its end has written what its function writes."""

from enum import Enum

from keyrack import KeyRegistry, KeyValueStore, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


def both(store: KeyValueStore) -> int:
    store.put(Keys.a, 1)
    store.put(Keys.b, store.get(Keys.a) + 1)
    return store.get(Keys.b)


async def write(store: MemoryStore) -> Stage:
    total = store.transact(both)
    store.transact(lambda inner: inner.put(Keys.c, total))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

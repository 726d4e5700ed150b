"""What was there when the snapshot was taken is there again after restore."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    before = store.snapshot()
    print(store.get(Keys.a))
    store.remove(Keys.a)
    store.restore(before)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Restore takes back what was written since the snapshot; clear takes everything."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "RESTORE CLEAR READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def restore(store: MemoryStore) -> Stage:
    before = store.snapshot()
    store.put(Keys.a, 1)
    print(store.get(Keys.a))
    store.restore(before)
    print(store.get(Keys.a))  # expect: KR101 a
    return Stage.CLEAR


async def clear(store: MemoryStore) -> Stage:
    store.put(Keys.b, 1)
    print(store.get(Keys.b))
    store.clear()
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.b))  # expect: KR104 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.RESTORE)
    .register(Stage.RESTORE, restore)
    .register(Stage.CLEAR, clear)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

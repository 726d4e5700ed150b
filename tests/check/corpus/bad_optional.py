"""None may be a value that was stored, and what is falsy too: neither says that the key is missing."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE NONE FALSY DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    maybe: StoreKey[int | None]
    count: StoreKey[int]
    a: StoreKey[int]
    b: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        store.put(Keys.maybe, None)
        store.put(Keys.count, 0)
    else:
        store.put(Keys.a, 1)
        store.put(Keys.b, 1)
    return Stage.NONE


async def none(store: MemoryStore) -> Stage:
    if store.get(Keys.maybe, None) is None:
        print(store.get(Keys.a))  # expect: KR102 a
    return Stage.FALSY


async def falsy(store: MemoryStore) -> Stage:
    if not store.get(Keys.count, 0):
        print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.NONE, none)
    .register(Stage.FALSY, falsy)
    .add_exit_states(Stage.DONE)
)

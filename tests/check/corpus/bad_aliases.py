"""Through another name it is the same store: what was removed there is missing here."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    print(store.get(Keys.a))
    other = store
    drop = other.remove
    drop(Keys.a)
    key = Keys.a
    if store.is_empty():
        key = Keys.b
    print(store.get(Keys.a), key)  # expect: KR104 a
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    get = store.get
    print(get(Keys.b))  # expect: KR101 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

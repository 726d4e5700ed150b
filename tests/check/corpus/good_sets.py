"""Sets of keys are gone through in whatever order."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]


NEEDED = {Keys.a, Keys.b, Keys.c, Keys.d, Keys.e}


async def write(store: MemoryStore) -> Stage:
    for key in {Keys.a, Keys.b}:
        store.put(key, 1)
    for key in {Keys.c, Keys.d, Keys.c}:
        if key not in store:
            store.put(key, 1)
    total = sum([store.get(key) for key in {Keys.a, Keys.b, Keys.c}])
    first, second = {Keys.a, Keys.b}
    store.put(Keys.e, total + store.get(first) + store.get(second))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    for key in NEEDED:
        print(store.get(key))
    print(*{1, 2}, all(key in store for key in NEEDED))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

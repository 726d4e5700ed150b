"""Sets of more than a few items are gone through in an order that nobody knows, and yet all of them are met."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    last: StoreKey[str]


FOUR = frozenset({Keys.a, Keys.b, Keys.c, Keys.d})
NAMES = {"ann", "bob", "cid", "dan"}


async def write(store: MemoryStore) -> Stage:
    for key in FOUR:
        store.put(key, 1)
    for key in {Keys.a, Keys.b, Keys.c, Keys.d, Keys.e}:
        if not store.contains_key(key):
            store.put(key, 2)
    for name in NAMES:
        store.put(Keys.last, name)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print([store.get(key) for key in FOUR], {store.get(key) for key in {*FOUR, Keys.e}}, store.get(Keys.last))
    if all(key in store for key in FOUR):
        print(any(store.contains_key(key) for key in FOUR))
    for key in FOUR:
        if key is Keys.c:
            break
    else:
        store.get(Keys.e)
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

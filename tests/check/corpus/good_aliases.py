"""Other names of the store, and its verbs taken out of it."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    s = store
    put = s.put
    put(Keys.a, 1)
    (again := store).put(Keys.b, 2)
    first, *_ = (again, 1, 2)
    key = Keys.c
    verb = getattr(first, "put")  # noqa: B009
    verb(key, 3)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    get, known = store.get, store.contains_key
    print(get(Keys.a), get(Keys.b))
    if known(Keys.c):
        print(get(Keys.c))
    print(store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""A global store, used inside a plain `if`: that it is no argument does not make it another store."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE DROP READ DONE")

STORE = MemoryStore()


class Keys(KeyRegistry):
    fast: StoreKey[bool] = StoreKey(default=True)
    a: StoreKey[int]
    b: StoreKey[int]


def drop() -> None:
    STORE.remove(Keys.b)


async def write(store: MemoryStore) -> Stage:
    if not STORE.get(Keys.fast):
        STORE.put(Keys.a, 1)
    store.put(Keys.b, 1)
    print(STORE.get(Keys.b))
    return Stage.DROP


async def drop_all(store: MemoryStore) -> Stage:
    if store.get(Keys.fast):
        drop()
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR104 b
    return Stage.DONE


workflow = (
    Workflow(Stage, STORE, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.DROP, drop_all)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""A transaction that fails takes back what it has written before it failed."""

from enum import Enum

from keyrack import KeyRegistry, KeyValueStore, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    a: StoreKey[int]
    b: StoreKey[int]


def both(store: KeyValueStore) -> None:
    store.put(Keys.a, 1)
    store.put(Keys.b, int(store.get(Keys.text)))


async def write(store: MemoryStore) -> Stage:
    try:
        store.transact(both)
    except ValueError:
        print("nothing was written")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

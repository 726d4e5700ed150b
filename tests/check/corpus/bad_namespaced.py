"""What lies in a namespace is not in the store around it, nor in another namespace."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, NamespacedStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    inner = NamespacedStore(store, "v2")
    inner.put(Keys.a, 1)
    store.put(Keys.b, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR101 a
    print(NamespacedStore(store, "v2").get(Keys.b))  # expect: KR101 v2::b
    print(NamespacedStore(store, "v3").get(Keys.a))  # expect: KR101 v3::a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

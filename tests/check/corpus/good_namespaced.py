"""A namespace of the store holds its own keys, and gives them back through any store of that namespace."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, NamespacedStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    inner = NamespacedStore(store, "v2")
    inner.put(Keys.a, 1)
    NamespacedStore(inner, "deep").put(Keys.a, 2)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    inner = NamespacedStore(store, "v2")
    print(inner.get(Keys.a), NamespacedStore(inner, "deep").get(Keys.a))
    print(store.get(Keys.a, 0))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

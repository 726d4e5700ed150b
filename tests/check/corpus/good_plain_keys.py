"""Keys without a registry: module constants, and keys of a list."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    unused: StoreKey[int]


A = StoreKey("a", int)
B = StoreKey("b", int)
PAIR = [A, B]


async def write(store: MemoryStore) -> Stage:
    store.put(A, 1)
    store.put(PAIR[1], 2)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(PAIR[0]), store.get(B))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

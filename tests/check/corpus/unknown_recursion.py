"""A helper that calls itself is not followed to the end: what it writes there is not claimed."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    depth: StoreKey[int] = StoreKey(default=3)
    own: StoreKey[int]


def descend(store: MemoryStore, depth: int) -> None:
    if depth > 0:
        descend(store, depth - 1)  # expect: KR901
        return
    store.put(Keys.own, depth)


async def write(store: MemoryStore) -> Stage:
    descend(store, store.get(Keys.depth))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""The variable of a comprehension hides a key of that name inside the comprehension alone."""

from enum import Enum

from keyrack import MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")
key = StoreKey("key", int)


async def write(store: MemoryStore) -> Stage:
    print([key.upper() for key in ("a", "b")])
    store.put(key, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print({key: len(key) for key in ("a", "b")}, store.get(key))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""A `return` in `finally` swallows the error, and with it what was still to be written."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "LOAD READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    number: StoreKey[int]


async def load(store: MemoryStore) -> Stage:
    try:
        number = int(store.get(Keys.text))
        store.put(Keys.number, number)
    finally:
        return Stage.READ  # noqa: B012


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.number))  # expect: KR102 number
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

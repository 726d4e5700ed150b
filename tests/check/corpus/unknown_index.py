"""A member of a family whose index is only known at run time may be one that was written, or not."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    count: StoreKey[int] = StoreKey(default=2)
    result: KeyFamily[int, int]


async def write(store: MemoryStore) -> Stage:
    number = store.get(Keys.count)
    store.put(Keys.result[number], number)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.result[store.get(Keys.count)]))  # expect: KR106 result[...]
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

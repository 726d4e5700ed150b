"""compare_and_set with a value writes nothing where the key is missing."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "SWAP READ DONE")


class Keys(KeyRegistry):
    lucky: StoreKey[bool] = StoreKey(default=False)
    owner: StoreKey[str]


async def swap(store: MemoryStore) -> Stage:
    if store.get(Keys.lucky):
        store.put(Keys.owner, "you")
    store.compare_and_set(Keys.owner, "you", "me")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.owner))  # expect: KR102 owner
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SWAP)
    .register(Stage.SWAP, swap)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

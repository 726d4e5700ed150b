"""A default helps the read that has it, not the next one, and `is None` taken the wrong way round helps nobody."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BEGIN READ DONE")


class Keys(KeyRegistry):
    fast: StoreKey[bool] = StoreKey(default=True)
    name: StoreKey[str]
    size: StoreKey[int]
    depth: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    if not store.get(Keys.fast):
        store.put(Keys.name, "someone")
        store.put(Keys.size, 3)
        store.put(Keys.depth, 3)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.name, "nobody"))
    print(store.get(Keys.name))  # expect: KR102 name
    if store.get(Keys.size, None) is None:
        print(store.get(Keys.size))  # expect: KR102 size
    store.update(Keys.depth, lambda depth: depth + 1)  # expect: KR102 depth
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

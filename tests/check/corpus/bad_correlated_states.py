"""The guard asks for a key that another stage writes alone."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE AGAIN USE DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=False)
    header: StoreKey[str]
    body: StoreKey[str]


async def write(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        store.put(Keys.header, "a letter")
        store.put(Keys.body, "dear reader")
    return Stage.AGAIN


async def again(store: MemoryStore) -> Stage:
    if not store.contains_key(Keys.header):
        store.put(Keys.header, "no letter")
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.header):
        print(store.get(Keys.header))
        print(store.get(Keys.body))  # expect: KR102 body
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.AGAIN, again)
    .register(Stage.USE, use)
    .add_exit_states(Stage.DONE)
)

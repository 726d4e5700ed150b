"""A guard far down the way asks for one key, and what it says of another was written together with it."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE PASS USE DONE")


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    header: StoreKey[str]
    body: StoreKey[str]
    noise: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        store.put(Keys.header, "a letter")
        store.put(Keys.body, "dear reader")
    return Stage.PASS


async def go_on(store: MemoryStore) -> Stage:
    if not store.get(Keys.flag):
        store.put(Keys.noise, 1)
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.header):
        print(store.get(Keys.header), store.get(Keys.body))
    print(store.get(Keys.noise, 0))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.PASS, go_on)
    .register(Stage.USE, use)
    .add_exit_states(Stage.DONE)
)

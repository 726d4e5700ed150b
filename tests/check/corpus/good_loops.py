"""Loops that surely run, or whose way out says what was written."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "RANGE FOREVER ELSE CONTINUE READ DONE")


class Keys(KeyRegistry):
    limit: StoreKey[int] = StoreKey(default=3)
    items: StoreKey[list[int]] = StoreKey(default_factory=list)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]


async def constant(store: MemoryStore) -> Stage:
    for number in range(3):
        store.put(Keys.a, number)
        print(store.get(Keys.a))
    for name in ("x", "y"):
        store.put(Keys.e, len(name))
        print(store.get(Keys.e))
    return Stage.FOREVER


async def forever(store: MemoryStore) -> Stage:
    turns = 0
    while True:
        turns += 1
        if turns > store.get(Keys.limit):
            store.put(Keys.b, turns)
            break
    return Stage.ELSE


async def otherwise(store: MemoryStore) -> Stage:
    for item in store.get(Keys.items):
        if item > 3:
            store.put(Keys.c, item)
            break
    else:
        store.put(Keys.c, 0)
    return Stage.CONTINUE


async def onward(store: MemoryStore) -> Stage:
    store.put(Keys.d, 0)
    for item in store.get(Keys.items):
        if item < 0:
            continue
        store.put(Keys.d, store.get(Keys.d) + item)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d), store.get(Keys.e))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.RANGE)
    .register(Stage.RANGE, constant)
    .register(Stage.FOREVER, forever)
    .register(Stage.ELSE, otherwise)
    .register(Stage.CONTINUE, onward)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

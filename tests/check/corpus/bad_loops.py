"""What is written only in a loop over data is missing when there is none, and what is written after `break` always."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "FOR WHILE BREAK READ DONE")


class Keys(KeyRegistry):
    limit: StoreKey[int] = StoreKey(default=0)
    items: StoreKey[list[int]] = StoreKey(default_factory=list)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


async def over_data(store: MemoryStore) -> Stage:
    for item in store.get(Keys.items):
        store.put(Keys.a, item)
    return Stage.WHILE


async def counted(store: MemoryStore) -> Stage:
    turns = 0
    while turns < store.get(Keys.limit):
        store.put(Keys.b, turns)
        turns += 1
    return Stage.BREAK


async def cut(store: MemoryStore) -> Stage:
    while True:
        if store.get(Keys.limit) < 1:
            break
        store.put(Keys.c, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: warning KR103 a
    print(store.get(Keys.b))  # expect: warning KR103 b
    print(store.get(Keys.c))  # expect: KR102 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FOR)
    .register(Stage.FOR, over_data)
    .register(Stage.WHILE, counted)
    .register(Stage.BREAK, cut)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

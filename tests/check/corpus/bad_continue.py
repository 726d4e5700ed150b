"""A loop that skips an item, a loop in a loop, a write behind `break`."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "SKIP NESTED READ DONE")


class Keys(KeyRegistry):
    items: StoreKey[list[int]] = StoreKey(default_factory=lambda: [-1])
    a: StoreKey[int]
    b: StoreKey[int]


async def skip(store: MemoryStore) -> Stage:
    for number in range(3):
        if number > store.get(Keys.items)[0]:
            continue
        store.put(Keys.a, number)
    return Stage.NESTED


async def nested(store: MemoryStore) -> Stage:
    for _ in range(2):
        for item in store.get(Keys.items):
            if item < 0:
                break
            store.put(Keys.b, item)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SKIP)
    .register(Stage.SKIP, skip)
    .register(Stage.NESTED, nested)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Functions that call themselves are followed while they are given something else each time."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WALK COUNT READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


class Step:
    def __init__(self, key: StoreKey[int], *after: "Step") -> None:
        self.key = key
        self.after = after

    def walk(self, store: MemoryStore) -> None:
        store.put(self.key, 1)
        for step in self.after:
            step.walk(store)


STEPS = Step(Keys.a, Step(Keys.b))


async def walk(store: MemoryStore) -> Stage:
    STEPS.walk(store)
    return Stage.COUNT


def try_to_count(store: MemoryStore, times: int) -> None:
    if times == 0:
        store.put(Keys.c, store.get(Keys.a))
    else:
        try_to_count(store, times - 1)


async def count(store: MemoryStore) -> Stage:
    try_to_count(store, 3)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WALK)
    .register(Stage.WALK, walk)
    .register(Stage.COUNT, count)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

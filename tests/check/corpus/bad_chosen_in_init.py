"""A runnable class whose attribute is chosen in __init__ by a condition that is known for this object."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WORK READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


class Step:
    def __init__(self, *, fast: bool) -> None:
        self.key = Keys.a if fast else Keys.b
        self.fast = fast

    def run(self, store: MemoryStore) -> Stage:
        store.put(self.key, 1)
        return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))
    print(store.get(Keys.b))  # expect: KR101 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK)
    .register(Stage.WORK, Step(fast=True))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

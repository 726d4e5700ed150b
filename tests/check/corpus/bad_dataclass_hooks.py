"""A dataclass runs `__post_init__` and the factories of its fields when it is made."""

from dataclasses import dataclass
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "MAKE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


@dataclass
class Made:
    store: MemoryStore

    def __post_init__(self) -> None:
        self.store.remove(Keys.a)


async def make(store: MemoryStore) -> Stage:
    store.put_many(Keys.a.to(1), Keys.b.to(1))
    print(store.get_many(Keys.a, Keys.b))
    made = Made(store)
    print(made.store is store)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.b))
    print(store.get(Keys.a))  # expect: KR104 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.MAKE)
    .register(Stage.MAKE, make)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

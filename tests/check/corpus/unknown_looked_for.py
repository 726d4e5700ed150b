"""A key that something opaque may have written, and that is looked for before it is read: it may be there."""

from enum import Enum
from operator import methodcaller
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FILL READ DONE")


class Keys(KeyRegistry):
    price: StoreKey[int]


FILL: Any = methodcaller("put", Keys.price, 1)


async def fill(store: MemoryStore) -> Stage:
    FILL(store)  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    if store.contains_key(Keys.price):
        print("found")
    print(store.get(Keys.price))  # expect: KR106 price
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FILL)
    .register(Stage.FILL, fill)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

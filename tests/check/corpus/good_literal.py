"""A Literal annotation says where a task goes whose next state comes from somewhere that cannot be followed."""

from enum import Enum
from typing import Literal, cast

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow


class Stage(Enum):
    CHOOSE = "choose"
    LEFT = "left"
    RIGHT = "right"
    READ = "read"
    DONE = "done"


class Keys(KeyRegistry):
    way: StoreKey[str] = StoreKey(default="left")
    a: StoreKey[int]


async def choose(store: MemoryStore) -> Literal[Stage.LEFT, Stage.RIGHT]:
    return cast("Literal[Stage.LEFT, Stage.RIGHT]", Stage(store.get(Keys.way)))


async def left(store: MemoryStore) -> Literal[Stage.READ]:
    store.put(Keys.a, 1)
    return Stage.READ


async def right(store: MemoryStore) -> Literal[Stage.READ]:
    store.put(Keys.a, 2)
    return Stage.READ


async def read(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(Keys.a))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.CHOOSE)
    .register(Stage.CHOOSE, choose)
    .register(Stage.LEFT, left)
    .register(Stage.RIGHT, right)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

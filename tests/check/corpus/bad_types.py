"""An append to a key that is declared as no list."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK DONE")


class Keys(KeyRegistry):
    total: StoreKey[int]
    items: StoreKey[list[int]]


async def work(store: MemoryStore) -> Stage:
    untyped: Any = store
    untyped.append(Keys.total, 1)  # expect: KR502 total
    untyped.append(Keys.items, 1)
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.WORK).register(Stage.WORK, work).add_exit_states(Stage.DONE)

"""Tasks made by a factory keep what they were made with, also those that a loop makes, and those of a decorator."""

from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FIRST SECOND THIRD READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


Task = Callable[[MemoryStore], Coroutine[Any, Any, Stage]]


def writer(key: StoreKey[int], following: Stage) -> Task:
    async def write(store: MemoryStore) -> Stage:
        store.put(key, 1)
        return following

    return write


workflow = Workflow(Stage, initial=Stage.FIRST).add_exit_states(Stage.DONE)
TABLE = ((Stage.FIRST, Keys.a, Stage.SECOND), (Stage.SECOND, Keys.b, Stage.THIRD))
for state, key, following in TABLE:
    workflow.register(state, writer(key, following))


@workflow.stage(Stage.THIRD)
async def third(store: MemoryStore) -> Stage:
    store.put(Keys.c, store.get(Keys.a) + store.get(Keys.b))
    return Stage.READ


@workflow.stage(Stage.READ)
async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE

"""Objects with `__call__`, functions in attributes, dicts of functions that are there when the check begins."""

from collections.abc import Callable
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE TABLE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


def put_b(store: MemoryStore) -> None:
    store.put(Keys.b, 1)


def put_c(store: MemoryStore) -> None:
    store.put(Keys.c, 1)


class Write:
    def __init__(self, also: Callable[[MemoryStore], None]) -> None:
        self.also = also

    async def __call__(self, store: MemoryStore) -> Stage:
        store.put(Keys.a, 1)
        self.also(store)
        return Stage.TABLE


HANDLERS = {"c": put_c}


async def table(store: MemoryStore) -> Stage:
    HANDLERS["c"](store)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, Write(put_b))
    .register(Stage.TABLE, table)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Context managers that were made before, and `closing`, swallow and close like any other."""

from contextlib import closing, suppress
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "KEPT CLOSED READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    a: StoreKey[int]
    c: StoreKey[int]


QUIET = suppress(ValueError)


class Dropping:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def close(self) -> None:
        self.store.remove(Keys.c)


async def kept(store: MemoryStore) -> Stage:
    with QUIET:
        number = int(store.get(Keys.text))
        store.put(Keys.a, number)
    return Stage.CLOSED


async def closed(store: MemoryStore) -> Stage:
    store.put(Keys.c, 1)
    with closing(Dropping(store)):
        print(store.get(Keys.c))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.c))  # expect: KR104 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.KEPT)
    .register(Stage.KEPT, kept)
    .register(Stage.CLOSED, closed)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

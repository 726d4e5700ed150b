"""Context managers that were made before, or that decorate a function, swallow and close like any other."""

from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "KEPT DECORATED CLOSED READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


QUIET = suppress(ValueError)


@contextmanager
def forgiving() -> Generator[None]:
    try:
        yield
    except ValueError:
        print("never mind")


class Dropping:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def close(self) -> None:
        self.store.remove(Keys.c)


@forgiving()
def number_of(store: MemoryStore) -> None:
    number = int(store.get(Keys.text))
    store.put(Keys.b, number)


async def kept(store: MemoryStore) -> Stage:
    with QUIET:
        number = int(store.get(Keys.text))
        store.put(Keys.a, number)
    return Stage.DECORATED


async def decorated(store: MemoryStore) -> Stage:
    number_of(store)
    return Stage.CLOSED


async def closed(store: MemoryStore) -> Stage:
    store.put(Keys.c, 1)
    with closing(Dropping(store)):
        print(store.get(Keys.c))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    print(store.get(Keys.c))  # expect: KR104 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.KEPT)
    .register(Stage.KEPT, kept)
    .register(Stage.DECORATED, decorated)
    .register(Stage.CLOSED, closed)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""What is chosen by chance, or by a value that is not known: a function, an object, a member of an enum."""

import random
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FUNCTION OBJECT MEMBER VALUE MISSING READ DONE NONE")


class Keys(KeyRegistry):
    mode: StoreKey[str] = StoreKey(default="fast")
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]


class Mode(Enum):
    FAST = "fast"
    SLOW = "slow"

    def write(self, store: MemoryStore) -> None:
        store.put(Keys.c, 1 if self is Mode.FAST else 2)


class Table:
    def load(self, store: MemoryStore) -> None:
        store.put(Keys.b, 1)


class File(Table):
    def load(self, store: MemoryStore) -> None:
        store.put(Keys.b, 2)


SOURCES: list[Table] = [Table(), File()]


def quick(store: MemoryStore) -> None:
    store.put(Keys.a, 1)


def careful(store: MemoryStore) -> None:
    store.put(Keys.a, 2)


async def function(store: MemoryStore) -> Stage:
    random.choice([quick, careful])(store)  # noqa: S311
    return Stage.OBJECT


async def object_(store: MemoryStore) -> Stage:
    random.choice(SOURCES).load(store)  # noqa: S311
    return Stage.MEMBER


async def member(store: MemoryStore) -> Stage:
    random.choice(list(Mode)).write(store)  # noqa: S311
    return Stage.VALUE


async def value(store: MemoryStore) -> Stage:
    match Mode(store.get(Keys.mode)):
        case Mode.FAST:
            store.put(Keys.d, 1)
        case Mode.SLOW:
            store.put(Keys.d, 2)
    return Stage.MISSING


async def missing(store: MemoryStore) -> Stage:
    if random.random() < 0.5:  # noqa: S311
        store.put(Keys.e, 1)
    lacking = [key.name for key in (Keys.d, Keys.e) if key not in store]
    return Stage.NONE if lacking else Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(*store.get_many(Keys.a, Keys.b, Keys.c, Keys.d, Keys.e))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FUNCTION)
    .register(Stage.FUNCTION, function)
    .register(Stage.OBJECT, object_)
    .register(Stage.MEMBER, member)
    .register(Stage.VALUE, value)
    .register(Stage.MISSING, missing)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE, Stage.NONE)
)

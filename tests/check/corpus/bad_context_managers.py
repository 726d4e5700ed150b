"""What a context manager writes when it is left is not there inside; one that swallows errors may leave half undone."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "INSIDE HALF READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    ended: StoreKey[int]
    number: StoreKey[int]


@contextmanager
def timed(store: MemoryStore) -> Generator[None]:
    yield
    store.put(Keys.ended, 2)


class Forgiving:
    def __enter__(self) -> None:
        print("in")

    def __exit__(self, *failure: object) -> bool:
        return True


async def inside(store: MemoryStore) -> Stage:
    with timed(store):
        print(store.get(Keys.ended))  # expect: KR101 ended
    return Stage.HALF


async def half(store: MemoryStore) -> Stage:
    with Forgiving():
        number = int(store.get(Keys.text))
        store.put(Keys.number, number)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.ended))
    print(store.get(Keys.number))  # expect: KR102 number
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.INSIDE)
    .register(Stage.INSIDE, inside)
    .register(Stage.HALF, half)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

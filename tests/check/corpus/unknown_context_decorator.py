"""A context manager as a decorator: the library's wrapper may swallow what is raised inside."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    a: StoreKey[int]


@contextmanager
def forgiving() -> Generator[None]:
    try:
        yield
    except ValueError:
        print("never mind")


@forgiving()
def number_of(store: MemoryStore) -> None:
    number = int(store.get(Keys.text))
    store.put(Keys.a, number)


async def work(store: MemoryStore) -> Stage:
    number_of(store)  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR106 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK)
    .register(Stage.WORK, work)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

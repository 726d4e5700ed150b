"""A context manager whose class is not known here may swallow the error, and what stands behind it is not written."""

from contextlib import ExitStack, suppress
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "LOAD READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str] = StoreKey(default="seven")
    number: StoreKey[int]


async def load(store: MemoryStore) -> Stage:
    with ExitStack() as stack:
        stack.enter_context(suppress(ValueError))
        number = int(store.get(Keys.text))
        store.put(Keys.number, number)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.number))  # expect: KR102 number
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

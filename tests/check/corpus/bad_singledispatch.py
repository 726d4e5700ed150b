"""Which function a singledispatch calls is said by a value: its base writes the key, one of the others does not."""

from enum import Enum
from functools import singledispatch

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    amount: StoreKey[int] = StoreKey(default=1)
    own: StoreKey[int]


@singledispatch
def write_down(value: object, store: MemoryStore) -> None:
    store.put(Keys.own, len(str(value)))


@write_down.register
def _(value: int, store: MemoryStore) -> None:
    print(value, len(store))


async def write(store: MemoryStore) -> Stage:
    write_down(store.get(Keys.amount), store)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR102 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""What is computed once and kept: cached properties and functions whose results never change."""

from enum import Enum
from functools import cache, cached_property

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


class Settings:
    @cached_property
    def size(self) -> int:
        return 2

    @cached_property
    def keys(self) -> tuple[StoreKey[int], ...]:
        return Keys.a, Keys.b


@cache
def needed() -> tuple[StoreKey[int], ...]:
    return Keys.a, Keys.b


SETTINGS = Settings()


async def write(store: MemoryStore) -> Stage:
    own = Settings()
    for key in needed():
        store.put(key, 1)
    for key in SETTINGS.keys:
        print(store.get(key))
    if own.size == 2 and SETTINGS.size == 2:
        return Stage.READ
    return Stage.DONE


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

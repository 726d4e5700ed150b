"""Attributes are set by their names."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


class Options:
    key: StoreKey[int]
    store: MemoryStore

    def __init__(self, **options: object) -> None:
        for name, value in options.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class Frozen:
    store: MemoryStore
    key: Any = Keys.a

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", Keys.b)


async def write(store: MemoryStore) -> Stage:
    options = Options(key=Keys.a, store=store)
    options.store.put(options.key, 1)
    store.put(Frozen(store).key, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""An attribute of a shared object that another task sets is not folded."""

from dataclasses import dataclass
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "TURN WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


@dataclass
class Config:
    writes: bool = True


CONFIG = Config()


async def turn(store: MemoryStore) -> Stage:
    CONFIG.writes = False
    print(len(store))
    return Stage.WRITE


async def write(store: MemoryStore) -> Stage:
    if CONFIG.writes:
        store.put(Keys.a, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.TURN)
    .register(Stage.TURN, turn)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

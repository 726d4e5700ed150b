"""A cached helper may give what it remembers, and its body may not run."""

from enum import Enum
from functools import lru_cache

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    own: StoreKey[int]


@lru_cache(maxsize=1)
def write_once(store: MemoryStore) -> int:
    store.put(Keys.own, 1)
    return 1


async def write(store: MemoryStore) -> Stage:
    write_once(store)  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

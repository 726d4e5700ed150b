"""get_many fails when one of its keys is missing; a Put that is made and not stored writes nothing."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[str]
    c: StoreKey[int]


async def write(store: MemoryStore) -> Stage:
    kept = Keys.b.to("two")
    store.put_many(Keys.a.to(1))
    print(kept)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get_many(Keys.a, Keys.b, Keys.c))  # expect: KR101 b; KR101 c
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

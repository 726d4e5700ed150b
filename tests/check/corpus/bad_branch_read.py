"""A branch reads what nobody wrote: an error where all are needed, a warning where the join does without."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "TOLERANT STRICT READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def tolerated(store: MemoryStore) -> None:
    print(store.get(Keys.a))  # expect: warning KR101 a


async def needed(store: MemoryStore) -> None:
    print(store.get(Keys.b))  # expect: error KR101 b


async def idle(store: MemoryStore) -> None:
    print(len(store))


async def read(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.TOLERANT)
    .register_split(Stage.TOLERANT, [tolerated, idle], JoinConfig(JoinStrategy.any(), Stage.STRICT))
    .register_split(Stage.STRICT, [needed, idle], JoinConfig(JoinStrategy.all(), Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

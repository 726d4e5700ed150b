"""A branch that removes a key has removed it behind the join, and may have where the join did without it."""

from enum import Enum

from keyrack import JoinConfig, JoinStrategy, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "BEGIN ALL ANY READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    store.put(Keys.b, 1)
    return Stage.ALL


async def remove_a(store: MemoryStore) -> None:
    print(store.get(Keys.a))
    store.remove(Keys.a)


async def remove_b(store: MemoryStore) -> None:
    print(store.get(Keys.b))
    store.remove(Keys.b)


async def idle(store: MemoryStore) -> None:
    print(len(store))


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR104 a
    print(store.get(Keys.b))  # expect: KR104 b
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register_split(Stage.ALL, [remove_a, idle], JoinConfig(JoinStrategy.all(), Stage.ANY))
    .register_split(Stage.ANY, [idle, remove_b], JoinConfig(JoinStrategy.any(), Stage.READ))
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""A map or a generator expression that nobody takes has done nothing."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "LAZY EXPRESSION TAKEN DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


async def lazy(store: MemoryStore) -> Stage:
    rest = map(lambda number: store.put(Keys.a, number), (1, 2))  # noqa: C417
    print(type(rest))
    print(store.get(Keys.a))  # expect: KR101 a
    return Stage.EXPRESSION


async def expression(store: MemoryStore) -> Stage:
    rest = (store.put(key, 1) for key in (Keys.b,))
    print(type(rest))
    print(store.get(Keys.b))  # expect: KR101 b
    return Stage.TAKEN


async def taken(store: MemoryStore) -> Stage:
    print([store.put(key, 1) for key in (Keys.c,)])
    print(store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LAZY)
    .register(Stage.LAZY, lazy)
    .register(Stage.EXPRESSION, expression)
    .register(Stage.TAKEN, taken)
    .add_exit_states(Stage.DONE)
)

"""A nested function that is never called writes nothing; of two lambdas on one line only one runs; nonlocal rebinds."""

from collections.abc import Callable
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Pair = tuple[Callable[[], None], Callable[[], None]]
Stage = Enum("Stage", "INNER REBOUND LAMBDAS DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]


async def inner(store: MemoryStore) -> Stage:
    def write(value: int) -> None:
        store.put(Keys.a, value)

    print(write)
    print(store.get(Keys.a))  # expect: KR101 a
    return Stage.REBOUND


async def rebound(store: MemoryStore) -> Stage:
    key = Keys.b

    def turn() -> None:
        nonlocal key
        key = Keys.c

    turn()
    store.put(key, 2)
    print(store.get(Keys.c))
    print(store.get(Keys.b))  # expect: KR101 b
    return Stage.LAMBDAS


async def lambdas(store: MemoryStore) -> Stage:
    both: Pair = (lambda: store.put(Keys.d, 3)), (lambda: store.put(Keys.e, 4))
    first, second = both
    second()
    print(store.get(Keys.e))
    print(store.get(Keys.d), first)  # expect: KR101 d
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.INNER)
    .register(Stage.INNER, inner)
    .register(Stage.REBOUND, rebound)
    .register(Stage.LAMBDAS, lambdas)
    .add_exit_states(Stage.DONE)
)

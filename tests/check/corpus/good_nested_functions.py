"""Nested functions, closures with nonlocal, lambdas that share a line."""

from collections.abc import Callable
from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Pair = tuple[Callable[[], None], Callable[[], None]]
Stage = Enum("Stage", "INNER REBOUND LAMBDAS READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]


async def inner(store: MemoryStore) -> Stage:
    def write(value: int) -> None:
        store.put(Keys.a, value)

    write(1)
    print(store.get(Keys.a))
    return Stage.REBOUND


async def rebound(store: MemoryStore) -> Stage:
    key = Keys.a

    def turn() -> None:
        nonlocal key
        key = Keys.b

    turn()
    store.put(key, 2)
    return Stage.LAMBDAS


async def lambdas(store: MemoryStore) -> Stage:
    both: Pair = (lambda: store.put(Keys.c, 3)), (lambda: store.put(Keys.d, 4))
    first, second = both
    first()
    second()
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.INNER)
    .register(Stage.INNER, inner)
    .register(Stage.REBOUND, rebound)
    .register(Stage.LAMBDAS, lambdas)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Generators that have a name, are numbered, or of which a list is made: each is gone through once."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "NAMED NUMBERED LISTED READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]


def steps(store: MemoryStore, first: StoreKey[int], second: StoreKey[int]) -> Iterator[int]:
    store.put(first, 1)
    yield 1
    store.put(second, 2)
    yield 2


def keys() -> Iterator[StoreKey[int]]:
    yield Keys.d
    yield Keys.e


def names(count: int) -> Iterator[str]:
    for number in range(count):
        yield f"name {number}"


async def named(store: MemoryStore) -> Stage:
    going = steps(store, Keys.a, Keys.b)
    print(next(going), store.get(Keys.a))
    whole = steps(store, Keys.a, Keys.b)
    for number in whole:
        print(number)
    return Stage.NUMBERED


async def numbered(store: MemoryStore) -> Stage:
    print(store.get(Keys.a) + store.get(Keys.b))
    for place, number in enumerate(steps(store, Keys.b, Keys.c)):
        print(place, number)
    return Stage.LISTED


async def listed(store: MemoryStore) -> Stage:
    for key in list(keys()):
        store.put(key, 1)
    found = list(names(store.get(Keys.d)))
    if found:
        print(found[0])
    first: Any = next(keys())
    print(store.get(first), next(names(0), None))
    made = steps(store, Keys.f, Keys.a)
    print(list(made))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print([store.get(key) for key in (Keys.a, Keys.b, Keys.c, Keys.d, Keys.e, Keys.f)])
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.NAMED)
    .register(Stage.NAMED, named)
    .register(Stage.NUMBERED, numbered)
    .register(Stage.LISTED, listed)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

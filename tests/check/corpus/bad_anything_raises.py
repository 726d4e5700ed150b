"""Anything may raise before a put: a subscript, a division, an unpacking, an attribute, the put itself."""

import asyncio
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "SUBSCRIPT DIVIDE UNPACK ATTRIBUTE PUT AWAIT READ DONE")


class Keys(KeyRegistry):
    size: StoreKey[int] = StoreKey(default=0)
    pair: StoreKey[list[int]] = StoreKey(default_factory=list)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]


WORDS: dict[int, str] = {}
UNTYPED: Any = "three"


async def subscript(store: MemoryStore) -> Stage:
    try:
        print(WORDS[store.get(Keys.size)])
        store.put(Keys.a, 1)
    except KeyError:
        print("no such word")
    return Stage.DIVIDE


async def divide(store: MemoryStore) -> Stage:
    try:
        print(1 // store.get(Keys.size))
        store.put(Keys.b, 1)
    except ArithmeticError:
        print("by zero")
    return Stage.UNPACK


async def unpack(store: MemoryStore) -> Stage:
    try:
        _left, _right = store.get(Keys.pair)
        store.put(Keys.c, 1)
    except ValueError:
        print("not two")
    return Stage.ATTRIBUTE


async def attribute(store: MemoryStore) -> Stage:
    try:
        print(UNTYPED.missing)
        store.put(Keys.d, 1)
    except AttributeError:
        print("it has none")
    return Stage.PUT


async def put(store: MemoryStore) -> Stage:
    try:
        store.put(Keys.e, UNTYPED)
    except TypeError:
        print("it does not fit")
    return Stage.AWAIT


async def wait(store: MemoryStore) -> Stage:
    try:
        await asyncio.wait_for(asyncio.sleep(3600), 0.001)
        store.put(Keys.f, 1)
    except TimeoutError:
        print("too long")
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR102 a
    print(store.get(Keys.b))  # expect: KR102 b
    print(store.get(Keys.c))  # expect: KR102 c
    print(store.get(Keys.d))  # expect: KR102 d
    print(store.get(Keys.e))  # expect: KR102 e
    print(store.get(Keys.f))  # expect: KR102 f
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.SUBSCRIPT)
    .register(Stage.SUBSCRIPT, subscript)
    .register(Stage.DIVIDE, divide)
    .register(Stage.UNPACK, unpack)
    .register(Stage.ATTRIBUTE, attribute)
    .register(Stage.PUT, put)
    .register(Stage.AWAIT, wait)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

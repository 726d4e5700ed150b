"""What Python makes of constants is known: parts of a text, what is sorted, what has an attribute or can be awaited."""

import itertools
from collections.abc import Awaitable
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "PARTS SORTED ASKED READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]
    g: StoreKey[int]


NAMED = {"a": Keys.a, "b": Keys.b}
SETTINGS = {"mode": "fast", "level": 3}


class Step:
    def run(self, store: MemoryStore) -> None:
        store.put(Keys.f, 1)


STEP = Step()


def parts(store: MemoryStore) -> Stage:
    for name in "a b".split():  # noqa: SIM905  # that is what is looked at
        store.put(NAMED[name], 1)
    head, _, tail = "c=d".partition("=")
    if (head, tail) == ("c", "d"):
        store.put(Keys.c, 1)
    return Stage.SORTED


def sorted_(store: MemoryStore) -> Stage:
    for number in sorted({3, 1, 2, 5}):
        if number == 5:
            store.put(Keys.d, number + store.get(Keys.a))
    for key in sorted([Keys.e, Keys.d], key=lambda key: key.name, reverse=True):
        store.put(key, 2)
    return Stage.ASKED


async def one(store: MemoryStore) -> int:
    store.put(Keys.g, 1)
    return 1


def two(store: MemoryStore) -> int:
    return store.get(Keys.g)


async def asked(store: MemoryStore) -> Stage:
    if hasattr(STEP, "run"):
        STEP.run(store)
    for step in (one, two):
        made: Any = step(store)
        if isinstance(made, Awaitable):
            await made
    for number in itertools.count(1):
        store.put(Keys.a, number)
        if number > store.get(Keys.b):
            break
    match SETTINGS:
        case {"mode": "slow"}:
            store.remove(Keys.c)
        case {"mode": "fast", "level": 3}:
            if Keys.c.name not in store.keys():  # noqa: SIM118  # that is what is looked at
                store.put(Keys.c, 2)
        case _:
            store.remove(Keys.c)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print([store.get(key) for key in (Keys.a, Keys.b, Keys.c, Keys.d, Keys.e, Keys.f, Keys.g)])
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.PARTS)
    .register(Stage.PARTS, parts)
    .register(Stage.SORTED, sorted_)
    .register(Stage.ASKED, asked)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

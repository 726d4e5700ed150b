"""Keys and the store come through star arguments, keywords and defaults."""

import json
from enum import Enum
from functools import partial

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]
    d: StoreKey[int]
    e: StoreKey[int]
    f: StoreKey[int]


def put_all(store: MemoryStore, *keys: StoreKey[int]) -> None:
    for key in keys:
        store.put(key, 1)


def put_named(*, into: MemoryStore, key: StoreKey[int] = Keys.c) -> None:
    into.put(key, 1)


def forward(*args: MemoryStore, **options: StoreKey[int]) -> None:
    put_named(into=args[0], **options)


def note(text: str, *parts: object, end: str = "", **more: object) -> None:
    print(text, len(parts), more, end=end)


def put_first(store: MemoryStore, key: StoreKey[int], /, *values: int, name: str = "", **more: int) -> None:
    if name:
        print(name)
    store.put(key, len(values) + len(more))


async def write(store: MemoryStore) -> Stage:
    put_all(store, Keys.a, Keys.b)
    put_named(into=store)
    forward(store, key=Keys.d)
    numbers = json.loads("[1, 2]")
    options = json.loads('{"name": "e"}')
    note("text", *numbers, 3, **options)
    put_first(store, Keys.e, *numbers, 3, **options)
    partial(put_first, store, Keys.f, **options)(*numbers, key=1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c), store.get(Keys.d))
    print(store.get(Keys.e), store.get(Keys.f))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Errors that do not catch a missing key, and handlers that read what was not there."""

from contextlib import suppress
from enum import Enum

from keyrack import KeyNotFoundError, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "VALUE HANDLER SUPPRESS DONE")


class Keys(KeyRegistry):
    lucky: StoreKey[bool] = StoreKey(default=True)
    first: StoreKey[int]
    second: StoreKey[int]
    third: StoreKey[int]
    fourth: StoreKey[int]


async def value(store: MemoryStore) -> Stage:
    if not store.get(Keys.lucky):
        store.put(Keys.third, 1)
    try:
        print(store.get(Keys.first))  # expect: KR101 first
    except ValueError:
        print("not that")
    return Stage.HANDLER


async def handler(store: MemoryStore) -> Stage:
    try:
        print(store.get(Keys.second))
    except KeyNotFoundError:
        print(store.get(Keys.second))  # expect: KR101 second
    return Stage.SUPPRESS


async def quiet(store: MemoryStore) -> Stage:
    with suppress(KeyNotFoundError):
        print(store.get(Keys.third))
        store.put(Keys.fourth, 1)
    print(store.get(Keys.fourth))  # expect: KR102 fourth
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.VALUE)
    .register(Stage.VALUE, value)
    .register(Stage.HANDLER, handler)
    .register(Stage.SUPPRESS, quiet)
    .add_exit_states(Stage.DONE)
)

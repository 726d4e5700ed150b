"""Exceptions that go on, or come in groups; and the variables of a comprehension, which are its own."""

import asyncio
from enum import Enum

from keyrack import KeyNotFoundError, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FIND GATHER DONE")


class Keys(KeyRegistry):
    text: StoreKey[str]
    total: StoreKey[int]


async def parse(store: MemoryStore, text: str) -> None:
    store.put(Keys.total, int(text))


def size_of(store: MemoryStore) -> int:
    try:
        return int(store.get(Keys.text))
    except ValueError as error:
        print(store.get(Keys.text))
        raise error  # noqa: TRY201  # that is what is tested


async def find(store: MemoryStore) -> Stage:
    key = Keys.text
    if any(key in "abc" for key in ("a", "d")) and [key.upper() for key in "ab"]:
        store.put(key, "12")
    try:
        print(size_of(store))
    except ValueError:
        print(store.get(key))
    except KeyNotFoundError:
        store.put(key, "0")
    print([*map(lambda key: f"{key}!", ("a", "b"))])  # noqa: C417
    print(store.get(key))
    return Stage.GATHER


async def gather(store: MemoryStore) -> Stage:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(parse(store, store.get(Keys.text)))
    except* ValueError:
        store.put(Keys.total, 0)
    except* TypeError:
        store.put(Keys.total, 1)
    print(store.get(Keys.total))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FIND)
    .register(Stage.FIND, find)
    .register(Stage.GATHER, gather)
    .add_exit_states(Stage.DONE)
)

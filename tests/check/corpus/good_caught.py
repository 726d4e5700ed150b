"""A missing key is caught: by its own error, by KeyError, by Exception, by suppress."""

from contextlib import suppress
from enum import Enum

from keyrack import KeyNotFoundError, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "OWN PLAIN WIDE SUPPRESS ELSE DONE")


class Keys(KeyRegistry):
    maybe: StoreKey[int]
    found: StoreKey[int]


async def own(store: MemoryStore) -> Stage:
    try:
        value = store.get(Keys.maybe)
    except KeyNotFoundError:
        return Stage.PLAIN
    print(value, store.get(Keys.maybe))
    return Stage.PLAIN


async def plain(store: MemoryStore) -> Stage:
    try:
        print(store.get(Keys.maybe))
    except KeyError:
        print("missing")
    return Stage.WIDE


async def wide(store: MemoryStore) -> Stage:
    try:
        print(store.get(Keys.maybe))
    except Exception as problem:  # noqa: BLE001
        print(problem)
    return Stage.SUPPRESS


async def quiet(store: MemoryStore) -> Stage:
    with suppress(KeyNotFoundError):
        print(store.get(Keys.maybe))
        print(store.get(Keys.maybe))
    return Stage.ELSE


async def otherwise(store: MemoryStore) -> Stage:
    try:
        value = store.get(Keys.maybe)
    except (KeyNotFoundError, TypeError):
        store.put(Keys.maybe, 1)
    else:
        print(value, store.get(Keys.maybe))
    finally:
        store.put(Keys.found, 1)
    print(store.get(Keys.maybe), store.get(Keys.found))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.OWN)
    .register(Stage.OWN, own)
    .register(Stage.PLAIN, plain)
    .register(Stage.WIDE, wide)
    .register(Stage.SUPPRESS, quiet)
    .register(Stage.ELSE, otherwise)
    .add_exit_states(Stage.DONE)
)

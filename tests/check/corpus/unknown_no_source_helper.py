"""The store goes to a function that is made at run time and has no source, with what it is to call."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE OTHER READ DONE")


class Keys(KeyRegistry):
    own: StoreKey[int]
    kept: StoreKey[int]


def _made(code: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(code, {"Keys": Keys}, names)  # noqa: S102
    made: Callable[..., Any] = names["made"]
    return made


OPAQUE = _made("def made(store): store.put(Keys.own, 1)")


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.kept, 1)
    return Stage.OTHER


async def other(store: MemoryStore) -> Stage:
    OPAQUE(store)  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    print(store.get(Keys.own))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.OTHER, other)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

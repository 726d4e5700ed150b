"""What comes back out of an opaque call that was given the store may be the store."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    own: StoreKey[int]
    more: StoreKey[int]


def _made(code: str) -> Any:
    names: dict[str, Any] = {}
    exec(code, {}, names)  # noqa: S102
    return names["made"]


CODE = """
def made(store):
    from contextlib import nullcontext
    return nullcontext(store)
"""
TX = _made(CODE)


async def write(store: MemoryStore) -> Stage:
    with TX(store) as s:  # expect: KR901; KR901
        s.put(Keys.own, 1)  # expect: KR901
        s.remove(Keys.more)  # expect: KR901
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

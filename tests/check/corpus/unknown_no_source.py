"""A task without source: nothing is known of it, and nothing false is claimed."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "KEEP WRITE READ DONE")


class Keys(KeyRegistry):
    kept: StoreKey[int]
    own: StoreKey[int]


CODE = """
async def made(store):
    store.put(Keys.own, 1)
    return Stage.READ
"""


def _made(code: str) -> Any:
    names: dict[str, Any] = {}
    exec(code, {"Keys": Keys, "Stage": Stage}, names)  # noqa: S102
    return names["made"]


async def keep(store: MemoryStore) -> Stage:
    store.put(Keys.kept, 1)
    return Stage.WRITE


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR106 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.KEEP)
    .register(Stage.KEEP, keep)
    .register(Stage.WRITE, _made(CODE))  # expect: KR903; KR206 WRITE
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

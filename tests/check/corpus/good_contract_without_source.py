"""A task without source is believed: its contract says what it reads and writes, and where it goes."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow, task

Stage = Enum("Stage", "BEGIN WRITE READ DONE")


class Keys(KeyRegistry):
    source: StoreKey[int]
    own: StoreKey[int]


CODE = """
async def made(store):
    store.put(Keys.own, store.get(Keys.source))
    return Stage.READ
"""


def _made(code: str) -> Any:
    names: dict[str, Any] = {}
    exec(code, {"Keys": Keys, "Stage": Stage}, names)  # noqa: S102
    return names["made"]


MADE = task(reads=[Keys.source], writes=[Keys.own], removes=[], to=[Stage.READ])(_made(CODE))


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.source, 1)
    return Stage.WRITE


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own), store.get(Keys.source))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.WRITE, MADE)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""Where a task calls what cannot be read, its contract is taken for it, for the keys that it names."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow, task

Stage = Enum("Stage", "BEGIN WORK READ DONE")


class Keys(KeyRegistry):
    source: StoreKey[int]
    own: StoreKey[int]


def _made(code: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(code, {"Keys": Keys}, names)  # noqa: S102
    made: Callable[..., Any] = names["made"]
    return made


OPAQUE = _made("def made(store): store.put(Keys.own, store.get(Keys.source))")


async def begin(store: MemoryStore) -> Stage:
    store.put(Keys.source, 1)
    return Stage.WORK


@task(reads=[Keys.source], writes=[Keys.own], removes=[], to=[Stage.READ])
async def work(store: MemoryStore) -> Stage:
    OPAQUE(store)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)
    .register(Stage.BEGIN, begin)
    .register(Stage.WORK, work)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

"""A task that returns nothing on one of its ways, and a switch of states that forgets a case."""

from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BARE FORGETS DONE")


class Keys(KeyRegistry):
    way: StoreKey[int] = StoreKey(default=0)


async def bare(store: MemoryStore) -> Stage | None:
    if store.get(Keys.way) == 3:
        return Stage.FORGETS
    return None  # expect: KR205 BARE


async def forgets(store: MemoryStore) -> Stage | None:  # type: ignore[return]  # noqa: RET503  # expect: KR205 FORGETS
    match store.get(Keys.way):
        case 1:
            return Stage.DONE
        case 2:
            return Stage.BARE
        case _:
            print("what now?")


tasks: dict[str, Any] = {"bare": bare, "forgets": forgets}

workflow = (
    Workflow(Stage, initial=Stage.BARE)
    .register(Stage.BARE, tasks["bare"])
    .register(Stage.FORGETS, tasks["forgets"])
    .add_exit_states(Stage.DONE)
)

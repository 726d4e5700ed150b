"""An exit state whose task never runs; the workflow refuses it, so it is put there by hand."""

from enum import Enum
from typing import Any

from keyrack import MemoryStore, Workflow

Stage = Enum("Stage", "WORK DONE")


async def work(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


async def done(store: MemoryStore) -> Stage:
    print(len(store))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK).register(Stage.WORK, work).register(Stage.DONE, done)  # expect: KR204 DONE
)
inside: Any = vars(workflow)["_definition"]
inside.exits[Stage.DONE] = (__file__, 1)

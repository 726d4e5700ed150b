"""What cannot raise leaves no way out of a ``try``: constants, names, displays, texts and attributes that are there."""

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "COUNT SHOW DONE")
LOG = logging.getLogger(__name__)
STEP = 2


class Keys(KeyRegistry):
    count: StoreKey[int]
    shown: StoreKey[Any]


@dataclass
class Notes:
    text: str = ""


async def count(store: MemoryStore) -> Stage:
    notes = Notes()
    try:
        half = 7 // STEP
        below = -half
        notes.text = f"{half:>3} {below}"
        names = {"half": half, "below": below}
        steps = {1, STEP}
        stage = Stage.SHOW
        log = LOG.info
        first, *others = (half, below)
    except (ArithmeticError, ValueError):
        return Stage.SHOW
    store.put(Keys.count, half)
    log("%s %s %s %s", notes, steps, first, others)
    store.put(Keys.shown, names)
    return stage


async def show(store: MemoryStore) -> Stage:
    print(store.get(Keys.count), store.get(Keys.shown))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.COUNT)
    .register(Stage.COUNT, count)
    .register(Stage.SHOW, show)
    .add_exit_states(Stage.DONE)
)

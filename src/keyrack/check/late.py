"""Who removes a key beside the tasks: what a state that came before has left running, or an observer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from .fixpoint import same_key
from .model import star_of

if TYPE_CHECKING:
    from .fixpoint import Solution
    from .model import Effects, Stage, Write


class Late(NamedTuple):
    """Something that removes a key while tasks run."""

    name: str
    """A state, or an observer."""
    who: str
    """What acts: ``what START has started``."""
    remedy: str
    write: Write


def removed_late(solution: Solution, stage: Stage, key: str) -> Late | None:
    """Give what removes a key while a stage runs; None where the stage does it itself, or nothing does."""
    if first_write(stage.effects, key, remove=True) is None:
        for _, other, _ in solution.reached():
            if (late := left_to_remove(other, key)) is not None:
                return late
        if (write := _first(solution.model.observing, key)) is not None:
            return Late("an observer", "an observer", "let no observer remove it", write)
    return None


def left_to_remove(stage: Stage, key: str) -> Late | None:
    """Give what a stage has left running that removes a key."""
    late = [effects for effects in stage.effects if any(same_key(one, key) for one, _ in effects.left)]
    write = first_write(late, key, remove=True)
    started = f"what {stage.state.name} has started"
    return None if write is None else Late(stage.state.name, started, f"wait for {started} before it returns", write)


def first_write(effects: Iterable[Effects], key: str, *, remove: bool) -> Write | None:
    """Give the first place at which tasks write a key, or remove it."""
    return _first([one for each in effects for one in each.writes if (one.kind == "remove") is remove], key)


def _first(writes: Iterable[Write], key: str) -> Write | None:
    for wanted in (key, star_of(key)):
        for write in writes:
            if wanted and write.key == wanted:
                return write
    return None

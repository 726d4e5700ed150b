"""Puts a way through a workflow into words: what each state on it did to the key that is looked for.

It finds no way and judges none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from .._text import cut
from .late import Late, first_write, removed_late
from .relation import ABSENT, LOST, PRESENT, REMOVED, SKIPPED, UNKNOWN
from .report import Hop

if TYPE_CHECKING:
    from .fixpoint import Solution
    from .model import Stage, Step
    from .witness import Passed

_MOST_STEPS: Final = 3
_LONGEST: Final = 60
"""The most characters of a condition."""
_MOST_STATES: Final = 12
"""How many states a path names in a sentence."""


def hops(solution: Solution, path: Iterable[Passed], key: str) -> list[Hop]:
    """Give a hop for each state on a path, the last one, where the key is read, left out."""
    found: list[Hop] = []
    for passed in path:
        way = passed.way
        if way.source == solution.hub:
            continue
        stage = solution.stages[way.source]
        found.append(Hop(stage.state.name, way.spot, _why(solution, stage, passed, key)))
    return found


def route(names: Sequence[str]) -> str:
    """Write a path into a sentence: ``ROUTE -> FAST -> BILL``; the middle of a long one is left out."""
    if len(names) > _MOST_STATES:
        half = _MOST_STATES // 2
        names = [*names[:half], "...", *names[-half:]]
    return " -> ".join(names)


def _why(solution: Solution, stage: Stage, passed: Passed, key: str) -> str:
    way, name = passed.way, stage.state.name
    shown = repr(solution.name(key))
    if way.kind == "retry":
        return f"{name} fails half-way and is tried again{_left(passed, shown)}"
    if way.goal is None:
        return f"{name} may go to any state: where it goes is not known"
    if stage.join is not None:
        return f"{name} joins by {stage.join.strategy} and goes on in {way.goal.name}{_joined(passed, shown)}"
    condition = "" if way.outcome is None else when(way.outcome.trail)
    changed = passed.before != passed.after
    late: Late | None = None
    if passed.after == REMOVED and (changed or _found(stage, key) == "writes"):
        late = removed_late(solution, stage, key)
    if late is not None:
        return f"{name} returns {way.goal.name}{condition}, while {late.who} removes {shown}"
    if changed and passed.after == REMOVED:
        return f"{name} removes {shown} and returns {way.goal.name}{condition}"
    if changed and passed.after == PRESENT:
        return f"{name} {_found(stage, key)} {shown} and returns {way.goal.name}{condition}"
    if changed and passed.after == SKIPPED:
        return f"{name} returns {way.goal.name}{condition}: the loop that writes {shown} did not run"
    if changed and passed.after == UNKNOWN:
        return f"{name} returns {way.goal.name}{condition}, and may have changed {shown}"
    # Who takes a branch, and never writes the key, is told by the branch; who takes none has only this to say.
    silent = bool(condition) and not any(write.key == key for one in stage.effects for write in one.writes)
    without = f" without writing {shown}" if passed.after & ABSENT and not silent else ""
    return f"{name} returns {way.goal.name}{condition}{without}"


def _found(stage: Stage, key: str) -> str:
    return "finds" if first_write(stage.effects, key, remove=False) is None else "writes"


def _left(passed: Passed, shown: str) -> str:
    if passed.before == passed.after:
        return ""
    if passed.after == PRESENT:
        return f", when it has written {shown}"
    return f", when it has removed {shown}" if passed.after == REMOVED else f", when it may have changed {shown}"


def _joined(passed: Passed, shown: str) -> str:
    if passed.after == LOST and passed.before != LOST:
        return f", maybe without the branch that writes {shown}"
    if passed.after == REMOVED and passed.before != REMOVED:
        return f", when a branch has removed {shown}"
    if passed.after == UNKNOWN and passed.before != UNKNOWN:
        return f", when a branch may have changed {shown}"
    if passed.after == PRESENT:
        return "" if passed.before == PRESENT else f", when a branch has written {shown}"
    return f" without writing {shown}"


def when(trail: Sequence[Step]) -> str:
    """Say under which conditions a way is taken; nothing where there are none."""
    parts = [_condition(step) for step in trail[-_MOST_STEPS:]]
    return f" when {' and '.join(parts)}" if parts else ""


def _condition(step: Step) -> str:
    text = cut(step.text, _LONGEST)
    return f"`{text}`" if step.taken else f"not `{text}`"

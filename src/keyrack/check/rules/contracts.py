"""KR601 to KR605: does the code keep to what ``@task(...)`` says of it?

What a task leaves unsaid is not checked. Where the code cannot be read, what it says is believed, and there is nothing
to hold it against. Keys of other stores are none of the contract's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ..model import STAR, star_of
from ..relation import NEVER, UNKNOWN, applied, surely_writes
from ..uses import exposed
from .finding import finding

if TYPE_CHECKING:
    from ..fixpoint import Solution
    from ..model import Declared, Effects, Stage
    from ..report import Diagnostic, Spot


def contract_findings(solution: Solution) -> Iterator[Diagnostic]:
    """Hold every task that runs against what it says of itself."""
    for stage in solution.stages:
        for effects in stage.effects:
            if effects.declared is not None and not effects.believed:
                yield from _Checked(solution, stage, effects, effects.declared).findings()


@dataclass(frozen=True, slots=True)
class _Checked:
    """One task and its contract."""

    solution: Solution
    stage: Stage
    effects: Effects
    declared: Declared

    def findings(self) -> Iterator[Diagnostic]:
        yield from self._reads()
        yield from self._writes()
        yield from self._uncertain()
        yield from self._goals()
        if not self.effects.opaque:
            yield from self._stale()

    def _found(self, code: str, spot: Spot, key: str = "", subject: str = "", **facts: object) -> Diagnostic:
        facts |= {"task": self.effects.name}
        if key:
            facts["key"] = self.solution.name(key)
        name = self.stage.state.name
        subject = f"{self.effects.name} {subject}".strip()
        return finding(self.solution, code, spot, facts, state=name, key=key, subject=subject)

    def _foreign(self, key: str) -> bool:
        info = self.solution.model.keys.get(key)
        return info is not None and info.foreign

    def _reads(self) -> Iterator[Diagnostic]:
        allowed, told = self.declared.reads, set[str]()
        for read in () if allowed is None else self.effects.reads:
            if allowed is None or _covered(read.key, allowed) or read.key in told or self._foreign(read.key):
                continue
            if exposed(read):
                told.add(read.key)
                yield self._found("KR601", read.spot, read.key)

    def _writes(self) -> Iterator[Diagnostic]:
        said, told = self.declared, set[tuple[str, bool]]()
        written = None if said.writes is None and said.may_write is None else _both(said.writes, said.may_write)
        for write in self.effects.writes:
            is_remove = write.kind == "remove"
            allowed = said.removes if is_remove else written
            mark = (write.key, is_remove)
            if allowed is None or _covered(write.key, allowed) or mark in told or self._foreign(write.key):
                continue
            told.add(mark)
            yield self._found("KR602", write.spot, write.key, "remove" if is_remove else "")

    def _uncertain(self) -> Iterator[Diagnostic]:
        """Find the first way out on which a declared write is missing; where it cannot be told, nothing is claimed."""
        for key in sorted(self.declared.writes or ()):
            if key.endswith(STAR):
                continue
            for outcome in self.effects.outcomes:
                relation = outcome.keys.of(key)
                if not surely_writes(relation) and applied(relation, NEVER) != UNKNOWN:
                    yield self._found("KR603", outcome.spot, key, line=outcome.spot.line)
                    break

    def _goals(self) -> Iterator[Diagnostic]:
        allowed, told = self.declared.to, set[Enum]()
        for outcome in self.effects.outcomes:
            goal = outcome.next
            if allowed is None or not isinstance(goal, Enum) or goal in allowed or goal in told:
                continue
            told.add(goal)
            yield self._found("KR604", outcome.spot, subject=goal.name, target=goal.name)

    def _stale(self) -> Iterator[Diagnostic]:
        said, effects = self.declared, self.effects
        spot = said.spot or effects.spot
        read = {one.key for one in effects.reads}
        written = {one.key for one in effects.writes if one.kind != "remove"}
        removed = {one.key for one in effects.writes if one.kind == "remove"}
        parts = (
            ("reads", said.reads, read, "reads it"),
            ("writes", said.writes, written, "writes it"),
            ("may_write", said.may_write, written, "writes it"),
            ("removes", said.removes, removed, "removes it"),
        )
        for part, keys, touched, does in parts:
            for key in sorted(keys or ()):
                if not _touched(key, touched) and not (part == "writes" and key not in written and self._missing(key)):
                    shown = repr(self.solution.name(key))
                    yield self._found("KR605", spot, key, part, what=shown, does=does)
        gone = {outcome.next for outcome in effects.outcomes}
        for goal in () if said.annotated else said.to or ():
            if goal not in gone:
                yield self._found("KR605", spot, subject=f"to {goal.name}", what=f"to={goal.name}", does="goes there")

    def _missing(self, key: str) -> bool:
        """Say whether a declared write that never happens is told as one that is not certain."""
        return not key.endswith(STAR) and any(
            not surely_writes(outcome.keys.of(key)) and applied(outcome.keys.of(key), NEVER) != UNKNOWN
            for outcome in self.effects.outcomes
        )


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str]:
    return (one or frozenset()) | (other or frozenset())


def _covered(key: str, declared: frozenset[str]) -> bool:
    return key in declared or star_of(key) in declared


def _touched(key: str, touched: Iterable[str]) -> bool:
    """Say whether a declared key is among those touched; one of a family may be any of it."""
    star = star_of(key)
    return any(one == key or (star and star in {one, star_of(one)} and STAR in one + key) for one in touched)

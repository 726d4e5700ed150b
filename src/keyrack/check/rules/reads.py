"""KR101 to KR106: is what a state reads there, whatever way a run took to it?

How it works: the fix-point gives what each key may be in, each for itself; what could be wrong by that is looked at
again by a search that follows guards too, and that finds the shortest way on which it is. What is found to be missing
has one of four reasons, and the reason is the code. A read that cannot be decided is never counted as proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from ..codes import CODES, said
from ..hops import hops, route, when
from ..late import Late, first_write, left_to_remove, removed_late
from ..model import STAR, star_of
from ..relation import ABSENT, LOST, NEVER, REMOVED, SKIPPED, UNKNOWN, Mask, applied
from ..report import Hop, Related, Spot
from ..witness import Candidate, Searches
from .finding import MOST_RELATED, branch_names, finding, placed, written_at

if TYPE_CHECKING:
    from ..fixpoint import Solution
    from ..model import Read, Stage, Write
    from ..report import Diagnostic, Severity
    from ..ways import Point
    from ..witness import Passed, Sight

Site: TypeAlias = tuple[int, str, Spot]
"""A read as it is counted: its node, its key, its place."""

_PROBLEM: Final = ABSENT | UNKNOWN
_REASONS: Final = ((REMOVED, "KR104"), (LOST, "KR105"), (NEVER, "KR102"), (SKIPPED, "KR103"), (UNKNOWN, "KR106"))
"""Worst first: where there are several reasons, the first is told."""
_PLAIN: Final = re.compile(r"[^\W\d]\w*(\[\w+\])?")


@dataclass(frozen=True, slots=True)
class Reads:
    """What was found of all reads."""

    diagnostics: tuple[Diagnostic, ...]
    proved: int
    refuted: int
    unproven: int

    @property
    def total(self) -> int:
        """How many reads have to find a value."""
        return self.proved + self.refuted + self.unproven


def read_findings(solution: Solution, raced: frozenset[tuple[int, str]]) -> Reads:
    """Look at every read that has to find a value.

    Args:
        solution: what the keys may be in.
        raced: keys over which branches race, each with the node of the split: that is one finding, and what they miss
            for that reason is none besides.
    """
    sites: dict[Site, int] = {}
    waiting: dict[str, list[Candidate]] = {}
    for node, stage, point in solution.reached():
        for branch, effects in enumerate(stage.effects):
            for read in effects.reads:
                if read.needed:
                    sites.setdefault((node, read.key, read.spot), 0)
                    candidate = _candidate(solution, node, branch, read, point)
                    if candidate is not None:
                        waiting.setdefault(read.key, []).append(candidate)
    failing = _looked_at(solution, waiting)
    writers = Writers(solution)
    for candidate in failing:
        site = candidate.node, candidate.read.key, candidate.read.spot
        sites[site] = max(sites[site], 2 if _absent(writers, candidate) else 1)
    verdicts = [*sites.values()]
    told = tuple(_told(solution, writers, failing, raced))
    return Reads(told, verdicts.count(0), verdicts.count(2), verdicts.count(1))


def _looked_at(solution: Solution, waiting: dict[str, list[Candidate]]) -> list[Candidate]:
    """Give those that can fail, each with how."""
    if not waiting:
        return []
    searches = Searches(solution)
    for key, candidates in waiting.items():
        searches.look(key, candidates)
    return [one for candidates in waiting.values() for one in candidates if one.sights]


def _candidate(solution: Solution, node: int, branch: int, read: Read, point: Point) -> Candidate | None:
    """Give a read that may fail as far as its key for itself tells."""
    here = solution.status(node, read.key)
    here = solution.disturbed(node, branch, read.key, here)
    masks = [solution.disturbed(node, branch, read.key, applied(one.keys.of(read.key), here)) for one in read.arrivals]
    if not any(mask & _PROBLEM for mask in masks):
        return None
    open_ = [solution.feasible(node, branch, arrival.keys, point) for arrival in read.arrivals]
    mask = 0
    for found, is_open in zip(masks, open_, strict=True):
        mask |= found if is_open else 0
    wrong = [
        arrival
        for arrival, found, is_open in zip(read.arrivals, masks, open_, strict=True)
        if is_open and found & _PROBLEM
    ]
    return Candidate(node, branch, read, tuple(wrong), mask) if wrong else None


def _absent(writers: Writers, candidate: Candidate) -> bool:
    """Say whether a key is missing.

    Where it is not known which key of a family is read, it may be another one, that is there.
    """
    if not any(status & ABSENT for status in candidate.sights):
        return False
    return not candidate.read.key.endswith(STAR) or not writers.may_write(candidate.read.key)


class Writers:
    """Who writes which key."""

    def __init__(self, solution: Solution) -> None:
        self._places: dict[str, dict[str, Write]] = {}
        self._families: set[str] = set()
        self.anything: bool = False
        """Whether a state that is reached may write any key."""
        for key in solution.model.inputs:
            self._places.setdefault(key, {})
            self._families.add(star_of(key))
        for _, stage, _ in solution.reached():
            self._look(stage)
        self._families.discard("")

    def _look(self, stage: Stage) -> None:
        for effects in stage.effects:
            self.anything |= effects.opaque
            for write in effects.writes:
                if write.kind != "remove":
                    self._places.setdefault(write.key, {}).setdefault(stage.state.name, write)
                    self._families.add(star_of(write.key))

    def may_write(self, key: str) -> bool:
        """Say whether a state that is reached may write a key, or one that may be it; an input was written as well."""
        star = star_of(key)
        return self.anything or key in self._places or star in self._places or (key == star and key in self._families)

    def places(self, key: str) -> list[tuple[str, Write]]:
        """Give the states that write a key, each with the first place."""
        found = self._places.get(key) or self._places.get(star_of(key), {})
        return [*found.items()]


# --- what is said ---------------------------------------------------------------------------------


def _told(
    solution: Solution, writers: Writers, failing: Sequence[Candidate], raced: frozenset[tuple[int, str]]
) -> Iterator[Diagnostic]:
    """Say each cause once: of one key, in one state, for one reason; of one family at one place too."""
    told: set[tuple[int, int, str, str]] = set()
    places: set[tuple[str, Spot, str]] = set()
    for candidate in sorted(failing, key=lambda one: (one.read.spot.file, one.read.spot.line, one.read.spot.col)):
        key, node = candidate.read.key, candidate.node
        if (node, key) in raced:
            continue
        report = _Report(solution, writers, candidate)
        mark = (node, candidate.branch, key, report.code)
        family = (star_of(key) or key, candidate.read.spot, report.code)
        if mark in told or (star_of(key) and (*family[:2], f"{report.code} {node}") in places):
            continue
        told.add(mark)
        places.add((*family[:2], f"{report.code} {node}"))
        yield report.diagnostic()


class _Report:
    """What is said of one read."""

    def __init__(self, solution: Solution, writers: Writers, candidate: Candidate) -> None:
        self.solution: Solution = solution
        self.writers: Writers = writers
        self.candidate: Candidate = candidate
        self.read: Read = candidate.read
        self.key: str = candidate.read.key
        self.stage: Stage = solution.stages[candidate.node]
        status, self.code = next(reason for reason in _REASONS if reason[0] in candidate.sights)
        self.status: Mask = status
        self.sight: Sight = candidate.sights[status]
        if {*candidate.sights} == {NEVER} and self._nobody_writes():
            self.code = "KR101"
        elif not _absent(writers, candidate):
            self.code = "KR106"
        self.late: Late | None = self._removed_late() if self.code == "KR104" else None
        """What removes the key beside the tasks."""

    def _removed_late(self) -> Late | None:
        stage, _ = self._origin()
        return left_to_remove(stage, self.key) or removed_late(self.solution, stage, self.key)

    def _nobody_writes(self) -> bool:
        """Say whether nobody has written the key on any way that leads there."""
        candidate = self.candidate
        if self.key.endswith(STAR):  # what is written to one key of a family says nothing of another
            return not self.writers.may_write(self.key)
        entry = self.solution.status(candidate.node, self.key)
        entry = self.solution.disturbed(candidate.node, candidate.branch, self.key, entry)
        # A read leaves the key present behind it, so that in a cycle it looks as if somebody had written it.
        return (candidate.mask == NEVER and entry == NEVER) or not self.writers.may_write(self.key)

    def diagnostic(self) -> Diagnostic:
        facts: dict[str, object] = {"key": self.solution.name(self.key), "state": self._where()}
        details = {
            "KR101": self._never,
            "KR102": self._on_path,
            "KR103": self._in_loop,
            "KR104": self._removed,
            "KR105": self._lost,
            "KR106": self._unknown,
        }
        facts |= details[self.code]()
        return finding(
            self.solution,
            self.code,
            self.read.spot,
            facts,
            state=self.stage.state.name,
            key=self.key,
            severity=self._severity(),
            path=() if self.code == "KR101" else self._hops(),
            related=self._related(),
            help_=self._help(),
            subject=self._branch(),
        )

    # --- the parts --------------------------------------------------------------------------------

    def _branch(self) -> str:
        return "" if self.stage.join is None else branch_names(self.stage)[self.candidate.branch]

    def _where(self) -> str:
        name = self.stage.state.name
        return name if self.stage.join is None else f"branch {self._branch()} of {name}"

    def _severity(self) -> Severity:
        """What fails in a branch that the join can do without ends nothing."""
        severity = CODES[self.code].severity
        join = self.stage.join
        tolerated = join is not None and join.required < len(self.stage.effects)
        return "warning" if tolerated and severity == "error" else severity

    def _states(self) -> list[str]:
        nodes = [passed.way.source for passed in self.sight.path]
        names = [self.solution.stages[node].state.name for node in nodes if node != self.solution.hub]
        return [*names, self.stage.state.name]

    def _hops(self) -> list[Hop]:
        found = hops(self.solution, self.sight.path, self.key)
        condition = when(self.sight.arrival.trail)
        if condition:
            why = f"{self._where()} reads {self.solution.name(self.key)!r}{condition}"
            found.append(Hop(self.stage.state.name, self.read.spot, why))
        if self.late is not None and self._origin()[1] is None:
            why = f"{self._where()} runs, while {self.late.who} removes {self.solution.name(self.key)!r}"
            found.append(Hop(self.stage.state.name, self.late.write.spot, why))
        return found

    def _never(self) -> dict[str, object]:
        initial = self.solution.model.initial
        return {"initial": "" if initial is None else initial.name}

    def _on_path(self) -> dict[str, object]:
        return {"path": route(self._states())}

    def _in_loop(self) -> dict[str, object]:
        stage, passed = self._origin()
        write = first_write(stage.effects, self.key, remove=False)
        spot = write.spot if write else self._spot(passed)
        return {"writer": stage.state.name, "place": placed(spot)}

    def _removed(self) -> dict[str, object]:
        stage, passed = self._origin()
        name, write = stage.state.name, first_write(stage.effects, self.key, remove=True)
        if self.late is not None:
            name, write = self.late.name, self.late.write
        spot = write.spot if write else self._spot(passed)
        return {"remover": name, "place": placed(spot), "path": route(self._states())}

    def _lost(self) -> dict[str, object]:
        stage, _ = self._origin()
        join = stage.join
        total = len(stage.effects)
        writers = sum(any(write.key == self.key for write in one.writes) for one in stage.effects)
        return {
            "strategy": "" if join is None else join.strategy,
            "split": stage.state.name,
            "required": 0 if join is None else join.required,
            "branches": f"{total} {'branch' if total == 1 else 'branches'}",
            "writers": f"{writers or 'any'} {'writes' if writers == 1 else 'write'} it",
        }

    def _unknown(self) -> dict[str, object]:
        return {"reason": self._reason()}

    def _reason(self) -> str:
        """Say why it cannot be told whether the key is there."""
        info = self.solution.model.keys.get(self.key)
        if info is not None and info.foreign:
            return "it lies in another store"
        stage, passed = self._origin()
        if passed is not None and passed.way.goal is None:
            return f"the next state of {stage.state.name} is not known"
        if self.key.endswith(STAR):
            return "which of its family it is, is only known at run time"
        for effects in stage.effects:
            for remark in effects.remarks:
                if CODES[remark.code].family == "limits":
                    return f"{said(remark.code, **remark.facts)} ({placed(remark.spot)})"
        return f"{stage.state.name} may or may not have changed it ({placed(self._spot(passed))})"

    def _origin(self) -> tuple[Stage, Passed | None]:
        """Give the state after which the key was in the status in question for good."""
        found: Passed | None = None
        if self.sight.entry == self.status:
            for passed in self.sight.path:
                if passed.after == self.status and (passed.before != self.status):
                    found = passed
        if found is None or found.way.source == self.solution.hub:
            return self.stage, None
        return self.solution.stages[found.way.source], found

    def _spot(self, passed: Passed | None) -> Spot:
        return self.read.spot if passed is None else passed.way.spot

    def _related(self) -> Iterable[Related]:
        if self.code == "KR106":
            return ()
        writers = self.writers.places(self.key)
        only = "written only by {state}" if len(writers) == 1 else "written by {state}"
        return written_at(writers[:MOST_RELATED], only)

    def _help(self) -> str:
        name = self.solution.name(self.key)
        guard = f"guard with contains_key(Keys.{name})" if _PLAIN.fullmatch(name) else "guard with contains_key()"
        if self.code == "KR101":
            return f"write it before, {guard}, give the key a default, or declare it as an input"
        if self.code == "KR106":
            return f"{guard}, give the key a default, or declare with @task(writes=...) what cannot be followed"
        if self.code == "KR105":
            return f"wait for every branch that has to write it, {guard}, or give the key a default"
        if self.late is not None:
            return f"{self.late.remedy}, or give the key a default"
        if self.code == "KR104":
            return f"read it before it is removed, write it again, {guard}, or give the key a default"
        return f"write it on this path, {guard}, give the key a default, or declare it as an input"

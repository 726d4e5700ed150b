"""KR401, KR402 and KR405: what branches of one split do to each other; KR403 stands with the graph.

Two branches race over a key when one writes what the other writes or reads. ``append`` and ``update`` are atomic, so
that two of the same kind come to the same whichever is first; two removes do as well.

KR404, a write of a branch that runs in a thread after its join, is a code that no rule reports. Nobody can stop a
thread, but a split waits for every branch that it has cancelled, those in threads too, before the run goes on in the
next state. So nothing is written after the join. What such a branch writes between the verdict and the end of the split
is what a cancelled branch may leave behind at any time, and the fix-point counts it so for every reader. The code is
kept for engines that do not wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import TYPE_CHECKING, Final

from ..model import STAR, Write, star_of
from ..report import SEVERITIES, Diagnostic, Related
from .finding import branch_names, finding

if TYPE_CHECKING:
    from ..fixpoint import Solution
    from ..model import Effects, Read, Stage
    from ..report import Severity

_TIMING: Final = "the result depends on timing"
_LOST: Final = "an update can be lost"
_ATOMIC: Final = frozenset({"update", "compare_and_set", "append", "extend"})
"""Verbs whose reading and writing nothing comes between."""
_PUT: Final = frozenset({"put"})
_HARMLESS: Final = (frozenset({"append"}), frozenset({"update"}), frozenset({"remove"}))
"""What both may do: whichever is first, it comes to the same."""
_HELP: Final = "give each branch a key of its own, as a KeyFamily does, or let one state do it after the join"


@dataclass(frozen=True, slots=True)
class Race:
    """Two branches that race over a key."""

    code: str
    severity: Severity
    key: str
    one: int
    """The branch that writes, or that reads where the other writes."""
    other: int
    effect: str
    places: tuple[Related, ...]


def parallel_findings(solution: Solution) -> tuple[list[Diagnostic], frozenset[tuple[int, str]]]:
    """Look at every split that is reached.

    Returns:
        The findings, and the keys over which branches race, each with the node of the split.
    """
    found: list[Diagnostic] = []
    raced: set[tuple[int, str]] = set()
    for node, stage, _ in solution.reached():
        if stage.join is None:
            continue
        for race in _races(stage):
            found.append(_told(solution, stage, race))
            if race.severity == "error":
                raced.add((node, race.key))
        found += _ignored_states(solution, stage)
    return found, frozenset(raced)


def _told(solution: Solution, stage: Stage, race: Race) -> Diagnostic:
    names, state = branch_names(stage), stage.state.name
    one, other, shown = names[race.one], names[race.other], solution.name(race.key)
    if race.code == "KR106":
        message = f"cannot prove that branches {one} and {other} of {state} do not touch the same {shown!r}"
        return Diagnostic(
            race.code,
            race.severity,
            f"{message}: which of the family it is, is only known at run time",
            stage.spot,
            solution.model.name,
            shown,
            state,
            related=race.places,
            help=_HELP,
            subject="race",
        )
    facts = {"one": one, "other": other, "state": state, "key": shown, "effect": race.effect}
    return finding(
        solution,
        race.code,
        stage.spot,
        facts,
        state=state,
        key=race.key,
        severity=race.severity,
        related=race.places,
        help_=_HELP,
        subject="lost update" if race.effect == _LOST else "",
    )


# --- what a branch does to one key ----------------------------------------------------------------


@dataclass(slots=True)
class _Use:
    """What one branch does to one key."""

    branch: int
    effects: Effects
    reads: list[Read]
    writes: list[Write]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(write.kind for write in self.writes)

    @property
    def unsure(self) -> bool:
        """Whether it is not known which key it writes."""
        return any(write.key.endswith(STAR) for write in self.writes)

    @property
    def read_first(self) -> list[Write]:
        """The puts that follow a read of the key, from which their value may come."""
        return [write for write in self.writes if write.kind == "put" and write.after_read]

    @property
    def interrupted(self) -> bool:
        """Whether another branch may come between the read and the put."""
        return self.effects.threaded or any(write.after_await for write in self.read_first)

    @property
    def plain_reads(self) -> list[Read]:
        """The reads that are no part of an atomic verb, nor of a loop around ``compare_and_set``."""
        if any(read.verb == "compare_and_set" for read in self.reads):
            return []
        return [read for read in self.reads if read.verb not in _ATOMIC]


def _uses(stage: Stage) -> dict[str, dict[int, _Use]]:
    """Give what each branch does, by key; what is written is listed first."""
    found: dict[str, dict[int, _Use]] = {}
    for branch, effects in enumerate(stage.effects):
        for write in effects.writes:
            _use(found, write.key, branch, effects).writes.append(write)
        for read in effects.reads:
            _use(found, read.key, branch, effects).reads.append(read)
    for branch, effects in enumerate(stage.effects):
        if (clears := effects.clears) is None:
            continue
        for key in [*found]:
            if {*found[key]} - {branch}:
                _use(found, key, branch, effects).writes.append(Write(key, clears, "remove"))
    return found


def _use(found: dict[str, dict[int, _Use]], key: str, branch: int, effects: Effects) -> _Use:
    of_key = found.setdefault(key, {})
    if branch not in of_key:
        of_key[branch] = _Use(branch, effects, [], [])
    return of_key[branch]


# --- races ----------------------------------------------------------------------------------------


def _races(stage: Stage) -> Iterator[Race]:
    """Give one race a key, the worst: writers who race are a race of readers as well."""
    found = _uses(stage)
    for key, uses in found.items():
        if key.endswith(STAR):
            continue
        races = [race for one, other in combinations(uses.values(), 2) for race in _between(stage, key, one, other)]
        if races:
            yield _hedged(stage, uses, min(races, key=_badness))
    for key, uses in found.items():
        if key.endswith(STAR) and (race := _unsure_race(key, uses, found)) is not None:
            yield race


def _badness(race: Race) -> tuple[str, int]:
    return race.code, SEVERITIES.index(race.severity)


def _between(stage: Stage, key: str, one: _Use, other: _Use) -> Iterator[Race]:
    """Give the race between two branches over a key, if any."""
    places = _places(stage, one, other)
    if one.writes and other.writes:
        judged = _both_write(one, other)
        if judged is not None:
            severity, effect = judged
            yield Race("KR401", severity, key, one.branch, other.branch, effect, places)
            return
    for reader, writer in ((one, other), (other, one)):
        if writer.writes and reader.plain_reads:
            yield Race("KR402", "error", key, reader.branch, writer.branch, "", places)
            return


def _both_write(one: _Use, other: _Use) -> tuple[Severity, str] | None:
    """Judge two branches that write one key; None: whichever is first, they come to the same."""
    together = one.kinds | other.kinds
    if one.read_first and other.read_first:
        return "error" if one.interrupted or other.interrupted else "warning", _LOST
    if together in _HARMLESS:
        return None
    if together == frozenset({"append", "update"}):
        return "warning", _TIMING
    for reader, writer in ((one, other), (other, one)):
        if reader.read_first and writer.kinds <= {"append", "update"} and reader.kinds == _PUT:
            return ("error", _LOST) if reader.interrupted or writer.effects.threaded else ("warning", _TIMING)
    return "error", _TIMING


def _hedged(stage: Stage, uses: Mapping[int, _Use], race: Race) -> Race:
    """Under a join that takes the first success, branches that all put one key are meant to race."""
    join = stage.join
    everybody = len(uses) == len(stage.effects) and all(use.kinds == _PUT for use in uses.values())
    if join is None or join.required != 1 or not join.cancels or not everybody or race.effect == _LOST:
        return race
    return Race(race.code, "warning", race.key, race.one, race.other, race.effect, race.places)


def _unsure_race(key: str, uses: Mapping[int, _Use], found: Mapping[str, Mapping[int, _Use]]) -> Race | None:
    """Give the race between two branches that may mean the same key of a family, if any."""
    family = [use for other, some in found.items() if star_of(other) == key and other != key for use in some.values()]
    for one in uses.values():
        for other in (*uses.values(), *family):
            if other.branch == one.branch:
                continue
            if _may_clash(one, other):
                places = tuple(_writes_of(one, "") + _writes_of(other, ""))
                return Race("KR106", "note", key, one.branch, other.branch, "", places)
    return None


def _may_clash(one: _Use, other: _Use) -> bool:
    if one.writes and other.writes:
        return _both_write(one, other) is not None
    return bool((one.writes and other.plain_reads) or (other.writes and one.plain_reads))


def _places(stage: Stage, *uses: _Use) -> tuple[Related, ...]:
    names = branch_names(stage)
    return tuple(place for use in uses for place in _writes_of(use, names[use.branch])[:2])


_DONE: Final = {"put": "puts", "append": "appends to", "update": "updates", "remove": "removes"}


def _writes_of(use: _Use, name: str) -> list[Related]:
    name = name or use.effects.name
    reads = [Related(f"{name} reads it", read.spot) for read in use.plain_reads[:1]]
    return [*reads, *(Related(f"{name} {_DONE[write.kind]} it", write.spot) for write in use.writes)]


# --- where branches go ----------------------------------------------------------------------------


def _ignored_states(solution: Solution, stage: Stage) -> Iterable[Diagnostic]:
    join = stage.join
    if join is None:
        return
    names, told = branch_names(stage), set[tuple[str, Enum]]()
    for name, effects in zip(names, stage.effects, strict=True):
        for outcome in effects.outcomes:
            goal = outcome.next
            if not isinstance(goal, Enum) or goal is join.state or (name, goal) in told:
                continue
            told.add((name, goal))
            facts = {"branch": name, "target": goal.name, "state": join.state.name}
            state = stage.state.name
            place = Related(f"{name} returns {goal.name}", outcome.spot)
            yield finding(
                solution, "KR405", stage.spot, facts, state=state, related=[place], subject=f"{name} {goal.name}"
            )

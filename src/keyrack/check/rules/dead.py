"""KR301, KR302 and KR303: values that nobody reads.

Where nothing is said of what a run is for, every value that is there at its end may be read then, and only what is
always gone before is dead. Keys of other stores, keys of a family of which it is not known which, and what a join sums
up are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..model import STAR, star_of
from ..relation import PRESENT, UNKNOWN
from .finding import finding

if TYPE_CHECKING:
    from ..fixpoint import Solution
    from ..model import Stage, Write
    from ..report import Diagnostic
    from ..uses import Uses
    from ..ways import KeySet, Point


def dead_findings(solution: Solution, uses: Uses) -> Iterator[Diagnostic]:
    """Give everything that is written or removed for nobody."""
    outputs = solution.model.outputs
    ignored = _ignored(solution)
    anything = uses.live(uses.everything)
    wanted_at_exit = uses.everything if outputs is None else _wanted(solution, outputs)
    wanted = anything if outputs is None else uses.live(wanted_at_exit)
    for node, stage, point in solution.reached():
        left = used = wished = 0
        for way in uses.ways[node]:
            if way.kind != "retry":
                leaves = uses.left(way)
                left |= leaves
                used |= leaves & uses.after(way, anything, uses.everything)
                wished |= leaves & uses.after(way, wanted, wanted_at_exit)
        dead = uses.written[node] & left & ~(ignored | uses.read_at_all[node] | (used & wished))
        for key, write in _written(stage).items() if dead else ():
            bit = solution.universe.bits[key]
            if dead & bit:
                facts = {"key": solution.name(key), "state": stage.state.name}
                code = "KR301" if used & bit else "KR302"
                yield finding(solution, code, write.spot, facts, state=stage.state.name, key=key)
        yield from _useless_removes(solution, uses, node, stage, point, ignored)


def _ignored(solution: Solution) -> KeySet:
    universe, found = solution.universe, 0
    for key, bit in universe.bits.items():
        info = solution.model.keys.get(key)
        if key.endswith(STAR) or (info is not None and info.foreign):
            found |= bit
    for stage in solution.stages:
        if stage.join is not None and stage.join.summary:
            found |= universe.bits[stage.join.summary]
    return found


def _wanted(solution: Solution, outputs: frozenset[str]) -> KeySet:
    """Give the keys that a run is for; a family stands for all of its keys."""
    universe = solution.universe
    found = universe.union(outputs)
    for key in outputs:
        if key.endswith(STAR):
            found |= universe.families[key]
    for key, info in solution.model.keys.items():
        if info.foreign:
            found |= universe.bits[key]
    return found


def _written(stage: Stage) -> dict[str, Write]:
    """Give the last write of each key in a state: that is the one whose value goes on."""
    found: dict[str, Write] = {}
    for effects in stage.effects:
        for write in effects.writes:
            if write.kind != "remove":
                found[write.key] = write
    unsure = {write.key for effects in stage.effects for write in effects.writes if not write.certain}
    unsure |= {key for effects in stage.effects for key, _ in effects.left}
    return {key: write for key, write in found.items() if key not in unsure}


def _useless_removes(
    solution: Solution, uses: Uses, node: int, stage: Stage, point: Point, ignored: KeySet
) -> Iterator[Diagnostic]:
    told: set[str] = set()
    for effects in stage.effects:
        for write in effects.writes:
            key = write.key
            if write.kind != "remove" or not write.certain or key in told or (key, "remove") in effects.left:
                continue
            bit = solution.universe.bits[key]
            others = uses.written[node] | uses.read_at_all[node] | ignored
            family = solution.universe.bits.get(star_of(key), 0)
            if (bit | family) & others or solution.universe.status(point, key) & (PRESENT | UNKNOWN):
                continue
            told.add(key)
            facts = {"state": stage.state.name, "key": solution.name(key)}
            yield finding(solution, "KR303", write.spot, facts, state=stage.state.name, key=key)

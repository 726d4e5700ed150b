"""The model as a graph of numbers: keys are bits, states are nodes, and each way says what it changes.

How it works: what the keys are in at one point is kept as six integers, one a status, with one bit a key; a way groups
its keys by relation, so that a thousand keys that nothing touches cost no more than one. Where the next state is not
known, the way leads to the *hub*, a node of its own, from which every state may follow.
It knows nothing of findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .model import STAR, UNKNOWN_STATE, Effects, Keyed, Model, Outcome, Stage, star_of
from .relation import MAYBE_PUT, SAME, STATUSES, Mask, Relation, prunes, then

if TYPE_CHECKING:
    from .report import Spot

KeySet: TypeAlias = int
"""A set of keys, one bit each."""
Point: TypeAlias = tuple[KeySet, KeySet, KeySet, KeySet, KeySet, KeySet]
"""For each status the keys that may be in it."""
Groups: TypeAlias = tuple[tuple[Relation, KeySet], ...]
"""The keys of each relation that changes something."""

OUT: Final = -1
"""Stands for what lies outside: an exit state, a state without a task."""

UNKNOWN_NEXT: Final = MAYBE_PUT
"""What a next state that is not known does to every key: what was there is there, what was not may not matter."""

WayKind: TypeAlias = Literal["task", "join", "retry", "hub"]


def members(chosen: KeySet) -> Iterator[int]:
    """Give the numbers of what is in a set."""
    while chosen:
        lowest = chosen & -chosen
        yield lowest.bit_length() - 1
        chosen ^= lowest


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way from one node to another."""

    source: int
    target: int
    keys: Keyed
    groups: Groups
    guards: Groups
    """Those of the groups whose relation leads nowhere from some status."""
    changed: KeySet
    spot: Spot
    kind: WayKind
    goal: Enum | None
    """The state in which it ends; None where that is not known."""
    outcome: Outcome | None = None

    def leads(self, point: Point) -> Point | None:
        """Give what the keys are in at its end; None where it is not taken."""
        if not open_to(self.guards, point):
            return None
        kept = ~self.changed
        out = [keys & kept for keys in point]
        for relation, group in self.groups:
            for at, target in enumerate(relation):
                if chosen := point[at] & group:
                    for to, status in enumerate(STATUSES):
                        if target & status:
                            out[to] |= chosen
        a, b, c, d, e, f = out
        return a, b, c, d, e, f


def open_to(guards: Groups, point: Point) -> bool:
    """Say whether every guard lets something through."""
    for relation, group in guards:
        through = 0
        for at, target in enumerate(relation):
            if target:
                through |= point[at]
        if group & ~through:
            return False
    return True


class Universe:
    """All keys of a model, each with its bit."""

    def __init__(self, model: Model) -> None:
        self.ids: list[str] = list(dict.fromkeys(_ids(model)))
        self.bits: dict[str, KeySet] = {key: 1 << at for at, key in enumerate(self.ids)}
        self.all: KeySet = (1 << len(self.ids)) - 1
        self.families: dict[str, KeySet] = {}
        for key, bit in self.bits.items():
            if star := star_of(key):
                self.families[star] = self.families.get(star, 0) | bit

    def groups(self, keyed: Keyed) -> Groups:
        """Give the keys of each relation, those left out that stay as they are."""
        found: dict[Relation, KeySet] = {}
        listed = 0
        stars: list[tuple[str, Relation]] = []
        bits = self.bits
        for key, relation in keyed.relations.items():
            bit = bits[key]
            listed |= bit
            if relation != SAME:
                found[relation] = found.get(relation, 0) | bit
            if key.endswith(STAR):
                stars.append((key, relation))
        others = 0
        for key, relation in stars:
            family = self.families[key] & ~listed
            others |= family
            found[relation] = found.get(relation, 0) | family
        if keyed.rest != SAME:
            found[keyed.rest] = found.get(keyed.rest, 0) | (self.all & ~listed & ~others)
        return tuple((relation, keys) for relation, keys in found.items() if keys and relation != SAME)

    def keys(self, chosen: KeySet) -> list[str]:
        """Give the ids of a set of keys."""
        return [self.ids[at] for at in members(chosen)]

    def union(self, keys: Iterable[str]) -> KeySet:
        """Give the set of the keys with these ids."""
        found = 0
        for key in keys:
            found |= self.bits[key]
        return found

    def status(self, point: Point, key: str) -> Mask:
        """Give the statuses in which one key may be."""
        bit = self.bits[key]
        found = 0
        for status, keys in zip(STATUSES, point, strict=True):
            if keys & bit:
                found |= status
        return found


def start(model: Model, universe: Universe) -> Point:
    """Give what the keys are in when a run starts."""
    there = unknown = 0
    for key in model.inputs:
        there |= universe.bits[key]
        if key.endswith(STAR):
            there |= universe.families[key]
        elif star := star_of(key):  # an element is there: which one a read by [*] means is not known
            unknown |= universe.bits.get(star, 0)
    for key, info in model.keys.items():
        if info.foreign:
            unknown |= universe.bits[key]
    unknown &= ~there
    never = universe.all & ~there & ~unknown
    return never, 0, 0, 0, there, unknown


def _ids(model: Model) -> Iterator[str]:
    yield from model.keys
    yield from model.inputs
    yield from model.outputs or ()
    for stage in model.stages.values():
        if stage.join is not None and stage.join.summary:
            yield stage.join.summary
        for effects in stage.effects:
            yield from _touched(effects)


def _touched(effects: Effects) -> Iterator[str]:
    yield from effects.keys
    yield from effects.anytime.relations
    for outcome in effects.outcomes:
        yield from outcome.keys.relations
    for read in effects.reads:
        yield read.key
        for arrival in read.arrivals:
            yield from arrival.keys.relations
    for write in effects.writes:
        yield write.key
    said = effects.declared
    for keys in () if said is None else (said.reads, said.writes, said.may_write, said.removes):
        yield from keys or ()


class Ways:
    """Makes the ways of a model.

    Args:
        model: the model.
        universe: its keys.
    """

    def __init__(self, model: Model, universe: Universe) -> None:
        self.model: Model = model
        self.universe: Universe = universe
        self.stages: list[Stage] = [stage for state, stage in model.stages.items() if state not in model.exits]
        """The stages that run, by the number of their node."""
        self.nodes: dict[Enum, int] = {stage.state: at for at, stage in enumerate(self.stages)}
        self.hub: int = len(self.stages)

    def fixed(self, node: int) -> list[Way]:
        """Give the ways that do not depend on what the keys are in: all but the join of a split."""
        if node == self.hub:
            return [self.way(node, at, Keyed(), stage.spot, "hub", stage.state) for at, stage in enumerate(self.stages)]
        stage = self.stages[node]
        found: list[Way] = []
        if stage.retried:
            found += (
                self.way(node, node, effects.anytime, effects.spot, "retry", stage.state) for effects in stage.effects
            )
        if stage.join is None:
            for effects in stage.effects:
                found += (way for outcome in effects.outcomes for way in self._task(node, outcome))
        return found

    def _task(self, node: int, outcome: Outcome) -> Iterator[Way]:
        if outcome.next is UNKNOWN_STATE:
            keys = {key: then(relation, UNKNOWN_NEXT) for key, relation in outcome.keys.relations.items()}
            unknown = Keyed(keys, then(outcome.keys.rest, UNKNOWN_NEXT))
            yield self.way(node, self.hub, unknown, outcome.spot, "task", None, outcome)
        elif isinstance(outcome.next, Enum):
            target = self.nodes.get(outcome.next, OUT)
            yield self.way(node, target, outcome.keys, outcome.spot, "task", outcome.next, outcome)

    def way(
        self,
        source: int,
        target: int,
        keys: Keyed,
        spot: Spot,
        kind: WayKind,
        goal: Enum | None,
        outcome: Outcome | None = None,
    ) -> Way:
        """Make a way."""
        groups = self.universe.groups(keys)
        changed = 0
        for _, group in groups:
            changed |= group
        return Way(source, target, keys, groups, guards_of(groups), changed, spot, kind, goal, outcome)


def guards_of(groups: Groups) -> Groups:
    """Give those groups that do not let every status through."""
    return tuple((relation, group) for relation, group in groups if prunes(relation))

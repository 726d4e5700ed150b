"""What each key may be in when a run enters each state: a fix-point over the graph of states.

It finds nothing and says nothing; rules ask it.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum

from .joins import joined
from .model import STAR, UNKNOWN_STATE, Effects, Keyed, Model, Outcome, Stage, star_of
from .relation import SAME, Mask, Relation, applied, either
from .ways import OUT, Groups, Point, Universe, Way, Ways, guards_of, open_to, start


class Waiting:
    """Nodes that wait to be looked at, each once, in rounds: each round goes through them in their order.

    Args:
        order: a number for each node; the lowest comes first.
        nodes: those that wait at the beginning.
    """

    def __init__(self, order: Sequence[int], nodes: Iterable[int]) -> None:
        self._order: Sequence[int] = order
        self._nodes: set[int] = {*nodes}
        self._round: int = 0
        self._at: int = -1 << 60
        self._heap: list[tuple[int, int, int]] = [(0, order[node], node) for node in self._nodes]
        heapq.heapify(self._heap)

    def add(self, node: int) -> None:
        """Let a node wait; one that does already waits once."""
        if node not in self._nodes:
            self._nodes.add(node)
            # What lies behind waits for the next round: going back at once, loops in loops would never end.
            later = self._order[node] <= self._at
            heapq.heappush(self._heap, (self._round + later, self._order[node], node))

    def __iter__(self) -> Iterator[int]:
        """Give one after another until none waits; more may be added meanwhile."""
        while self._heap:
            self._round, self._at, node = heapq.heappop(self._heap)
            self._nodes.discard(node)
            yield node


class Solution:
    """What a model comes to.

    Args:
        model: the model; where its initial state has no task, nothing is reached.
    """

    def __init__(self, model: Model) -> None:
        self.model: Model = model
        self.universe: Universe = Universe(model)
        self._made: Ways = Ways(model, self.universe)
        self.stages: list[Stage] = self._made.stages
        self.nodes: dict[Enum, int] = self._made.nodes
        self.hub: int = self._made.hub
        self.entry: list[Point | None] = [None] * (self.hub + 1)
        """What the keys may be in at the entry of each node; None where it is not reached."""
        self.ways: list[list[Way]] = [self._made.fixed(node) for node in range(self.hub)]
        """The ways out of each node; those of joins as they are once all is settled."""
        self.ways.append([])
        self._joins: dict[int, tuple[object, Way | None]] = {}
        self._guards: dict[int, Groups] = {}
        self._disturbances: dict[tuple[int, int, str], Relation] = {}
        self.first: int = OUT if model.initial is None else self.nodes.get(model.initial, OUT)
        self.order: list[int] = self._order()
        """Numbers the nodes so that a way leads to a higher number, but for those that go back."""
        if self.first != OUT:
            self._solve()
        for node, (_, way) in self._joins.items():
            self.ways[node] += [way] if way is not None else []

    # --- the fix-point ----------------------------------------------------------------------------

    def _solve(self) -> None:
        self.entry[self.first] = start(self.model, self.universe)
        waiting = Waiting(self.order, [self.first])
        for node in waiting:
            point = self.entry[node]
            if point is None:
                continue
            if node == self.hub and not self.ways[node]:
                self.ways[node] = self._made.fixed(node)
            for way in [*self.ways[node], *self._join(node, point)]:
                there = None if way.target == OUT else way.leads(point)
                if there is not None and self._enter(way.target, there):
                    waiting.add(way.target)

    def _enter(self, node: int, there: Point) -> bool:
        here = self.entry[node]
        if here is None:
            self.entry[node] = there
            return True
        a, b, c, d, e, f = (old | new for old, new in zip(here, there, strict=True))
        self.entry[node] = (a, b, c, d, e, f)
        return self.entry[node] != here

    def _order(self) -> list[int]:
        order = [0] * (self.hub + 1)
        if self.first == OUT:
            return order
        seen = {self.first}
        done: list[int] = []
        stack: list[tuple[int, Iterator[int]]] = [(self.first, self._next(self.first))]
        while stack:
            node, targets = stack[-1]
            for target in targets:
                if target not in seen:
                    seen.add(target)
                    stack.append((target, self._next(target)))
                    break
            else:
                done.append(node)
                stack.pop()
        for at, node in enumerate(reversed(done)):
            order[node] = at
        return order

    def _next(self, node: int) -> Iterator[int]:
        if node == self.hub:
            return iter(range(self.hub))
        join = self.stages[node].join
        targets = [way.target for way in self.ways[node]]
        targets += () if join is None else (self.nodes.get(join.state, OUT),)
        return iter([target for target in targets if target != OUT])

    # --- splits -----------------------------------------------------------------------------------

    def _join(self, node: int, point: Point) -> list[Way]:
        """Give the way out of a split: it depends on which ways out its branches have."""
        if node == self.hub or (stage := self.stages[node]).join is None:
            return []
        live = self.live(node, point)
        mark = [[id(outcome) for outcome in outcomes] for outcomes in live]
        known = self._joins.get(node)
        if known is None or known[0] != mark:
            keys = joined(stage.effects, live, stage.join)
            target = self.nodes.get(stage.join.state, OUT)
            way = None
            if keys is not None:
                way = self._made.way(node, target, keys, stage.spot, "join", stage.join.state)
            known = self._joins[node] = (mark, way)
        return [] if known[1] is None else [known[1]]

    def live(self, node: int, point: Point) -> list[list[Outcome]]:
        """Give the ways out of each task of a stage that can be taken."""
        return [
            [outcome for outcome in effects.outcomes if self.feasible(node, branch, outcome.keys, point)]
            for branch, effects in enumerate(self.stages[node].effects)
        ]

    def feasible(self, node: int, branch: int, keys: Keyed, point: Point) -> bool:
        """Say whether some statuses at the entry of a stage lead to a point in one of its tasks."""
        guards = self._guards.get(id(keys))
        if guards is None:
            guards = self._guards[id(keys)] = guards_of(self.universe.groups(keys))
        if not guards or open_to(guards, point):
            return True
        if len(self.stages[node].effects) == 1:
            return False
        return all(
            applied(relation, self.disturbed(node, branch, key, self.universe.status(point, key)))
            for relation, group in guards
            for key in self.universe.keys(group)
        )

    def disturbed(self, node: int, branch: int, key: str, mask: Mask) -> Mask:
        """Give what a key may be in for a branch, where the others may change it at any time."""
        effects = self.stages[node].effects
        if len(effects) == 1:
            return mask
        relation = self._others(node, branch, key)
        while (more := mask | applied(relation, mask)) != mask:
            mask = more
        return mask

    def _others(self, node: int, branch: int, key: str) -> Relation:
        """Give what the other branches of a split may do to a key."""
        found = self._disturbances.get((node, branch, key))
        if found is None:
            found = SAME
            for at, one in enumerate(self.stages[node].effects):
                if at != branch and may_change(one, key):
                    found = either(found, one.anytime.of(key))
                    for outcome in one.outcomes:
                        found = either(found, outcome.keys.of(key))
            self._disturbances[node, branch, key] = found
        return found

    # --- answers ----------------------------------------------------------------------------------

    def reached(self) -> Iterator[tuple[int, Stage, Point]]:
        """Give the stages that a run may come to."""
        for node, stage in enumerate(self.stages):
            point = self.entry[node]
            if point is not None:
                yield node, stage, point

    def status(self, node: int, key: str) -> Mask:
        """Give what a key may be in at the entry of a node; 0 where that is not reached."""
        point = self.entry[node]
        return 0 if point is None else self.universe.status(point, key)

    def open_ways(self, node: int) -> list[Way]:
        """Give the ways out of a node that can be taken."""
        point = self.entry[node]
        return [] if point is None else [way for way in self.ways[node] if open_to(way.guards, point)]

    def name(self, key: str) -> str:
        """Give what people call a key."""
        info = self.model.keys.get(key)
        return key if info is None else info.name


def may_change(effects: Effects, key: str) -> bool:
    """Say whether a task may write or remove a key, and not only look at it."""
    return (
        effects.opaque
        or effects.clears is not None
        or effects.anytime.rest != SAME
        or any(same_key(write.key, key) for write in effects.writes)
    )


def same_key(one: str, other: str) -> bool:
    """Say whether two ids may stand for one key."""
    return one == other or (star_of(one) == star_of(other) != "" and (one.endswith(STAR) or other.endswith(STAR)))


def syntactic(model: Model) -> dict[Enum, tuple[set[Enum], bool]]:
    """Give the states to which each stage may lead by its code, and whether it may lead to any other as well."""
    return {state: goals_of(stage) for state, stage in model.stages.items()}


def goals_of(stage: Stage) -> tuple[set[Enum], bool]:
    """Give the states to which a stage may lead by its code, and whether it may lead to any other as well."""
    if stage.join is not None:
        return {stage.join.state}, False
    nexts = [outcome.next for effects in stage.effects for outcome in effects.outcomes]
    return {one for one in nexts if isinstance(one, Enum)}, UNKNOWN_STATE in nexts


def walk(first: Iterable[Enum], goals: Mapping[Enum, tuple[set[Enum], bool]], exits: Collection[Enum]) -> set[Enum]:
    """Give every state to which the code may lead from some states, those included."""
    waiting = [*first]
    found = {*waiting}
    anywhere = [*goals, *exits]
    while waiting:
        state = waiting.pop()
        if state in exits or state not in goals:
            continue
        targets, unknown = goals[state]
        new = [target for target in (*targets, *(anywhere if unknown else ())) if target not in found]
        if unknown:
            anywhere = []  # once is enough
        found.update(new)
        waiting += new
    return found

"""Follows one key, together with those that guard the ways, from the start to a read: is it really missing there?

How it works: a fix-point says of each key for itself what it may be in. Two keys may never be in two of those statuses
at once: the branch that writes one goes here, the other goes there. A breadth-first search over states *and* statuses
finds what can be true at once, and the shortest way to it. It gives up on guards where there are too many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from .relation import ABSENT, NEVER, STATUSES, UNKNOWN, Mask, Relation, applied, prunes
from .ways import OUT, KeySet, Point, Universe, Way, start

if TYPE_CHECKING:
    from .fixpoint import Solution
    from .model import Arrival, Keyed, Read

MOST_KEYS: Final = 12
"""How many keys are followed at once."""
MOST_STEPS: Final = 50_000
"""How many steps from one pair of state and statuses to another a search takes."""
MOST_IN_ALL: Final = 100_000
"""How many steps all searches of a model take, before they follow one key at a time."""

_BITS: Final = tuple(tuple(at for at in range(6) if mask >> at & 1) for mask in range(64))
_PROBLEM: Final = ABSENT | UNKNOWN

Visit: TypeAlias = tuple[int, tuple[int, ...]]
"""A node, and the status of each key that is followed, by its number."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A way on a path, and what the key was in before and after it."""

    way: Way
    before: Mask
    after: Mask


@dataclass(frozen=True, slots=True)
class Sight:
    """How a read was found to be wrong."""

    path: tuple[Passed, ...]
    arrival: Arrival
    entry: Mask
    """What the key was in at the entry of the state that reads it."""


@dataclass(slots=True, eq=False)
class Candidate:
    """A read that may be wrong, as far as its key for itself tells."""

    node: int
    branch: int
    read: Read
    arrivals: tuple[Arrival, ...]
    """The ways on which it is reached that are open, each key seen for itself."""
    mask: Mask
    """What its key may be in there."""
    sights: dict[Mask, Sight] = field(default_factory=dict[Mask, Sight])
    """The shortest way to each status in which it would fail; none: it cannot."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to be found."""
        return sum(self.sights) == self.mask & _PROBLEM


class Searches:
    """All searches in one solution.

    Args:
        solution: what the keys may be in, each for itself.
    """

    def __init__(self, solution: Solution) -> None:
        self.solution: Solution = solution
        self.left: int = MOST_IN_ALL
        self.start: Point = start(solution.model, solution.universe)
        self.open: list[list[Way]] = [solution.open_ways(node) for node in range(solution.hub + 1)]
        self._guarding: list[tuple[int, frozenset[str]]] = [
            (node, guards) for node in range(solution.hub + 1) if (guards := self._guards(node))
        ]

    def _guards(self, node: int) -> frozenset[str]:
        """Give the keys that decide which ways out of a node are taken, as far as they are not always the same."""
        solution, found = self.solution, set[str]()
        for way in self.open[node]:
            for relation, group in way.guards:
                for key in solution.universe.keys(group):
                    mask = solution.status(node, key)
                    if any(mask & status and not target for status, target in zip(STATUSES, relation, strict=True)):
                        found.add(key)
        return frozenset(found)

    def look(self, key: str, candidates: Sequence[Candidate]) -> None:
        """Find how the candidates of a key can be wrong, those that cannot get no sight."""
        followed = self._followed(key, candidates)
        limit = min(MOST_STEPS, self.left)
        if len(followed) > 1 and limit > 0:
            search = _Search(self, followed, candidates)
            complete = search.run(limit)
            self.left -= search.steps
            if complete:
                return
        _Search(self, [key], [one for one in candidates if not one.settled]).run(None)

    def _followed(self, key: str, candidates: Sequence[Candidate]) -> list[str]:
        """Choose the keys to follow: those that guard the reads, then those that guard ways near what is followed."""
        found = dict.fromkeys([key])
        for candidate in candidates:
            for arrival in candidate.arrivals:
                found |= dict.fromkeys(guarding(arrival.keys, self.solution.universe))
        if self._guarding:
            touched = self._touching(found)
            for near in (True, False):
                for node, guards in self._guarding:
                    if (node in touched) is near:
                        found |= dict.fromkeys(sorted(guards))
        return [*found][:MOST_KEYS]

    def _touching(self, keys: Iterable[str]) -> set[int]:
        wanted = self.solution.universe.union(keys)
        return {way.source for ways in self.open for way in ways if way.changed & wanted}


def guarding(keys: Keyed, universe: Universe) -> list[str]:
    """Give the keys on which it depends whether a point is reached."""
    return [key for key, relation in keys.relations.items() if prunes(relation) and key in universe.bits]


class _Search:
    """One breadth-first search."""

    def __init__(self, searches: Searches, followed: Sequence[str], candidates: Iterable[Candidate]) -> None:
        self.solution: Solution = searches.solution
        self.open: list[list[Way]] = searches.open
        self.start: Point = searches.start
        self.followed: Sequence[str] = followed
        self.goals: dict[int, list[Candidate]] = {}
        for candidate in candidates:
            self.goals.setdefault(candidate.node, []).append(candidate)
        self.unsettled: int = sum(len(some) for some in self.goals.values())
        self.steps: int = 0
        self.bits: KeySet = searches.solution.universe.union(followed)
        self._steps: dict[int, list[tuple[Way, tuple[Relation, ...] | None]]] = {}
        """For each node its ways, with the relations of the keys that are followed; None where none changes."""
        self._came: dict[Visit, tuple[Visit, Way] | None] = {}

    def run(self, limit: int | None) -> bool:
        """Search.

        Returns:
            Whether everything was seen, or nothing was left to be found.
        """
        queue = deque(self._starts())
        self._came = dict.fromkeys(queue)
        while queue and self.unsettled:
            visit = queue.popleft()
            self._see(visit)
            for way, after in self._after(visit):
                self.steps += 1
                if limit is not None and self.steps > limit:
                    return False
                if after not in self._came:
                    self._came[after] = (visit, way)
                    queue.append(after)
        return True

    def _starts(self) -> Iterator[Visit]:
        solution = self.solution
        masks = [solution.universe.status(self.start, key) for key in self.followed]
        return ((solution.first, values) for values in product(*(_BITS[mask] for mask in masks)))

    def _after(self, visit: Visit) -> Iterator[tuple[Way, Visit]]:
        node, values = visit
        steps = self._steps.get(node)
        if steps is None:
            ways = [way for way in self.open[node] if way.target != OUT]
            steps = self._steps[node] = [
                (way, tuple(map(way.keys.of, self.followed)) if way.changed & self.bits else None) for way in ways
            ]
        for way, relations in steps:
            if relations is None:
                yield way, (way.target, values)
                continue
            masks = [relation[value] for relation, value in zip(relations, values, strict=True)]
            if all(masks):
                for after in product(*(_BITS[mask] for mask in masks)):
                    yield way, (way.target, after)

    def _see(self, visit: Visit) -> None:
        for candidate in self.goals.get(visit[0], ()):
            if candidate.settled:
                continue
            for arrival in candidate.arrivals:
                entry = STATUSES[visit[1][0]]
                for at in _BITS[self._at(visit, candidate, arrival) & _PROBLEM]:
                    # what cannot be told is not told either where the code has looked, and not found it
                    status = UNKNOWN if entry == UNKNOWN and STATUSES[at] == NEVER else STATUSES[at]
                    if status not in candidate.sights:
                        candidate.sights[status] = Sight(self._path(visit), arrival, entry)
            self.unsettled -= candidate.settled

    def _at(self, visit: Visit, candidate: Candidate, arrival: Arrival) -> Mask:
        """Give what the key may be in at a read; 0 where it is not reached from there."""
        disturbed, found = self.solution.disturbed, 0
        for at, (key, value) in enumerate(zip(self.followed, visit[1], strict=True)):
            mask = disturbed(candidate.node, candidate.branch, key, STATUSES[value])
            mask = applied(arrival.keys.of(key), mask)
            if not mask:
                return 0
            if at == 0:
                found = disturbed(candidate.node, candidate.branch, key, mask)
        return found

    def _path(self, visit: Visit) -> tuple[Passed, ...]:
        found: list[Passed] = []
        while (came := self._came[visit]) is not None:
            before, way = came
            found.append(Passed(way, STATUSES[before[1][0]], STATUSES[visit[1][0]]))
            visit = before
        return tuple(reversed(found))

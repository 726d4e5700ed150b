"""Which values reach which reads: who needs what is there, and where what is written goes.

How it works: a backward fix-point gives for each state the keys whose value may still be read, a forward one the writes
whose value may still be there. Both count keys as bits. Reads and writes of what cannot be followed are not seen here;
a task with any such part is taken to read everything and to overwrite nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .fixpoint import Waiting
from .model import STAR, star_of
from .relation import PRESENT, PUT, SAME, UNKNOWN
from .ways import OUT, KeySet, Way, members

if TYPE_CHECKING:
    from .fixpoint import Solution
    from .model import Read, Stage


def exposed(read: Read) -> bool:
    """Say whether a read may see what was there before its task; one that need not find anything may always."""
    return not read.needed or any(arrival.keys.of(read.key) != PUT for arrival in read.arrivals)


class Uses:
    """What the tasks of a solution read and write, as sets of keys.

    Args:
        solution: what the keys may be in.
    """

    def __init__(self, solution: Solution) -> None:
        self.solution: Solution = solution
        universe = solution.universe
        size = solution.hub + 1
        self.ways: list[list[Way]] = [solution.open_ways(node) for node in range(size)]
        self.read: list[KeySet] = [0] * size
        """For each node the keys whose value it may read from before."""
        self.read_at_all: list[KeySet] = [0] * size
        """The same, with what it reads of its own."""
        self.put: list[KeySet] = [0] * size
        """The keys that it writes in no other way than by certain puts and removes."""
        self.written: list[KeySet] = [0] * size
        """The keys that it puts, appends to or updates."""
        self.opaque: list[bool] = [False] * size
        for node, stage, _ in solution.reached():
            self._look(node, stage)
        self.everything: KeySet = universe.all

    def _look(self, node: int, stage: Stage) -> None:
        for effects in stage.effects:
            self.opaque[node] |= effects.opaque
            for read in effects.reads:
                keys = self._meant(read.key)
                self.read_at_all[node] |= keys
                if exposed(read):
                    self.read[node] |= keys
        self.opaque[node] |= any(one.anytime.rest != SAME for one in stage.effects)
        if self.opaque[node]:
            self.read[node] = self.read_at_all[node] = self.solution.universe.all
        unsure = 0
        for effects in stage.effects:
            for write in effects.writes:
                bit = self.solution.universe.bits[write.key]
                if write.kind not in {"put", "remove"} or not write.certain:
                    unsure |= bit
                self.put[node] |= bit
                if write.kind != "remove":
                    self.written[node] |= bit
        self.put[node] &= ~unsure

    def _meant(self, key: str) -> KeySet:
        """Give the keys that a read of *key* may mean: all of a family where it is not known which."""
        universe = self.solution.universe
        keys = universe.bits[key]
        if key.endswith(STAR):
            keys |= universe.families[key]
        elif star := star_of(key):
            keys |= universe.bits.get(star, 0)
        return keys

    def killed(self, way: Way) -> KeySet:
        """Give the keys whose value from before is gone for sure at the end of a way."""
        if way.kind not in {"task", "join"} or self.opaque[way.source]:
            return 0
        found = 0
        for relation, keys in way.groups:
            gone = not relation[4] & (PRESENT | UNKNOWN) or relation == PUT
            found |= keys if gone else 0
        return found & self.put[way.source]

    @staticmethod
    def left(way: Way) -> KeySet:
        """Give the keys that may be there at the end of a way though they were absent before it."""
        found = 0
        for relation, keys in way.groups:
            if relation[0] & (PRESENT | UNKNOWN):
                found |= keys
        return found

    def live(self, at_exit: KeySet) -> list[KeySet]:
        """Give for each node the keys whose value at its entry may be read, there or later.

        Args:
            at_exit: the keys that are read when a run is over.
        """
        size = len(self.read)
        live = list(self.read)
        steps: list[list[tuple[int, KeySet]]] = [[] for _ in range(size)]
        sources: list[list[int]] = [[] for _ in range(size)]
        for node, ways in enumerate(self.ways):
            for way in ways:
                if way.target == OUT:
                    live[node] |= at_exit & ~self.killed(way)
                else:
                    steps[node].append((way.target, ~self.killed(way)))
                    sources[way.target].append(node)
        waiting = Waiting([-at for at in self.solution.order], range(size))
        for node in waiting:
            needed = live[node]
            for target, kept in steps[node]:
                needed |= live[target] & kept
            if needed != live[node]:
                live[node] = needed
                for source in sources[node]:
                    waiting.add(source)
        return live

    @staticmethod
    def after(way: Way, live: list[KeySet], at_exit: KeySet) -> KeySet:
        """Give the keys whose value may be read after a way."""
        return at_exit if way.target == OUT else live[way.target]

    def flows(self) -> Iterator[tuple[str, int, int]]:
        """Give each key with the node that writes it and one that may read that value; OUT stands for inputs."""
        marks = _Marks(self)
        there = self._arriving(marks)
        universe = self.solution.universe
        for node in range(self.solution.hub):
            if self.solution.entry[node] is None or self.opaque[node]:
                continue
            for key in universe.keys(self.read[node]):
                for writer in marks.writers(key, there[node]):
                    yield key, writer, node

    def _arriving(self, marks: _Marks) -> list[int]:
        """Give for each node the writes whose value may be there at its entry."""
        there = [0] * (self.solution.hub + 1)
        if self.solution.first == OUT:
            return there
        there[self.solution.first] = marks.inputs
        steps = [[(way.target, *self._changes(way, marks)) for way in ways if way.target != OUT] for ways in self.ways]
        waiting = Waiting(self.solution.order, range(len(there)))
        for node in waiting:
            here = there[node]
            for target, kept, made in steps[node]:
                new = there[target] | (here & kept) | made
                if new != there[target]:
                    there[target] = new
                    waiting.add(target)
        return there

    def _changes(self, way: Way, marks: _Marks) -> tuple[int, int]:
        """Give the writes that a way does not overwrite, and those that it makes."""
        source = way.source
        if source == self.solution.hub:
            return -1, 0
        keys = self.solution.universe.keys
        lost = made = 0
        gone = self.killed(way) & marks.wanted
        if len(self.ways[source]) > 1:  # a way that only reads looks like one that puts
            gone &= ~self.read_at_all[source]
        for key in keys(gone):
            lost |= marks.of(key)
        for key in keys(self.written[source] & self.left(way) & marks.wanted):
            made |= marks.mark(key, source)
        return ~lost, made


class _Marks:
    """Numbers every write of a key that somebody reads, those of one key next to each other."""

    def __init__(self, uses: Uses) -> None:
        universe = uses.solution.universe
        self.wanted: KeySet = 0
        """The keys that are read."""
        for keys in uses.read:
            self.wanted |= keys
        self._nodes: dict[str, list[int]] = {}
        inputs = [key for key in uses.solution.model.inputs if universe.bits[key] & self.wanted]
        for key in inputs:
            self._nodes[key] = [OUT]
        for node in range(uses.solution.hub):
            for key in universe.keys(uses.written[node] & self.wanted):
                self._nodes.setdefault(key, []).append(node)
        self._first: dict[str, int] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        at = 0
        for key, nodes in self._nodes.items():
            self._first[key] = at
            for node in nodes:
                self._numbers[key, node] = at
                at += 1
        self.inputs: int = 0
        for key in inputs:
            self.inputs |= 1 << self._numbers[key, OUT]

    def mark(self, key: str, node: int) -> int:
        """Give the mark of the write of a key by a node."""
        return 1 << self._numbers[key, node]

    def of(self, key: str) -> int:
        """Give the marks of all writes of a key."""
        nodes = self._nodes.get(key)
        return 0 if nodes is None else ((1 << len(nodes)) - 1) << self._first[key]

    def writers(self, key: str, marks: int) -> Iterator[int]:
        """Give the nodes whose write of a key is among *marks*."""
        nodes = self._nodes.get(key)
        if nodes is not None:
            chosen = (marks >> self._first[key]) & ((1 << len(nodes)) - 1)
            yield from (nodes[at] for at in members(chosen))

"""Which values reach which reads: who needs what is there, and where what is written goes.

How it works: a backward fix-point gives for each state the keys whose value may still be read, a forward one the writes
whose value may still be there. Both count keys as bits. Reads and writes of what cannot be followed are not seen here;
a task with any such part is taken to read everything and to overwrite nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .relation import NEVER, PRESENT, PUT, SAME, UNKNOWN, applied
from .ways import OUT, STAR, KeySet, Way, star_of

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

    def live(self, at_exit: KeySet) -> list[KeySet]:
        """Give for each node the keys whose value at its entry may be read, there or later.

        Args:
            at_exit: the keys that are read when a run is over.
        """
        live = list(self.read)
        sources: dict[int, set[int]] = {}
        for node, ways in enumerate(self.ways):
            for way in ways:
                sources.setdefault(way.target, set()).add(node)
        waiting = {*range(len(live))}
        while waiting:
            node = waiting.pop()
            needed = self.read[node]
            for way in self.ways[node]:
                needed |= self.after(way, live, at_exit) & ~self.killed(way)
            if needed != live[node]:
                live[node] = needed
                waiting |= sources.get(node, set())
        return live

    @staticmethod
    def after(way: Way, live: list[KeySet], at_exit: KeySet) -> KeySet:
        """Give the keys whose value may be read after a way."""
        return at_exit if way.target == OUT else live[way.target]

    def flows(self) -> Iterator[tuple[str, int, int]]:
        """Give each key with the node that writes it and one that may read that value; OUT stands for inputs."""
        universe = self.solution.universe
        marks: dict[tuple[int, str], int] = {}
        of_key: dict[str, KeySet] = {}
        for key in self.solution.model.inputs:
            self._mark(marks, of_key, OUT, key)
        for node in range(self.solution.hub):
            for key in universe.keys(self.written[node]):
                self._mark(marks, of_key, node, key)
        there = self._arriving(marks, of_key)
        names = [*marks]
        for node in range(self.solution.hub):
            if self.solution.entry[node] is None or self.opaque[node]:
                continue
            for key in universe.keys(self.read[node]):
                for at in _numbers(there[node] & of_key.get(key, 0)):
                    yield key, names[at][0], node

    @staticmethod
    def _mark(marks: dict[tuple[int, str], int], of_key: dict[str, KeySet], node: int, key: str) -> None:
        at = marks.setdefault((node, key), len(marks))
        of_key[key] = of_key.get(key, 0) | 1 << at

    def _arriving(self, marks: dict[tuple[int, str], int], of_key: dict[str, KeySet]) -> list[int]:
        """Give for each node the writes whose value may be there at its entry."""
        there = [0] * (self.solution.hub + 1)
        if self.solution.first == OUT:
            return there
        for key in self.solution.model.inputs:
            there[self.solution.first] |= 1 << marks[OUT, key]
        changes = {way: self._changes(way, marks, of_key) for ways in self.ways for way in ways if way.target != OUT}
        waiting = {self.solution.first}
        done: set[int] = set()
        while waiting:
            node = waiting.pop()
            done.add(node)
            for way in self.ways[node]:
                if way.target == OUT:
                    continue
                lost, made = changes[way]
                new = there[way.target] | (there[node] & ~lost) | made
                if new != there[way.target] or way.target not in done:
                    there[way.target] = new
                    waiting.add(way.target)
        return there

    def _changes(self, way: Way, marks: dict[tuple[int, str], int], of_key: dict[str, KeySet]) -> tuple[int, int]:
        """Give the writes that a way overwrites, and those that it makes."""
        universe = self.solution.universe
        lost = made = 0
        if way.source == self.solution.hub:
            return 0, 0
        single = len(self.ways[way.source]) == 1
        gone = self.killed(way)
        if not single:  # a way that only reads looks like one that puts
            gone &= ~self.read_at_all[way.source]
        for key in universe.keys(gone):
            lost |= of_key.get(key, 0)
        for key in universe.keys(self.written[way.source]):
            if applied(way.keys.of(key), NEVER) & (PRESENT | UNKNOWN):
                made |= 1 << marks[way.source, key]
        return lost, made


def _numbers(chosen: int) -> Iterable[int]:
    while chosen:
        low = chosen & -chosen
        yield low.bit_length() - 1
        chosen ^= low

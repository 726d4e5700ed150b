"""A year in the life of a scheduler: what its clock does, and what has to become of a job; knows no engine.

The year is cut into stretches in which nobody sets the clock. In each, what becomes of a job follows from its due
times, from how long its runs take and from which of them fail; see `outcome`. Due times come from the oracle.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count, pairwise
from math import inf
from typing import Literal, NamedTuple, Protocol

from tests.scheduler.oracle import due

HOUR, DAY = 3600.0, 86400.0
START = datetime(2026, 1, 1, 0, 0, 7, tzinfo=UTC).timestamp()
CORRECTION = 3 * HOUR


class Change(NamedTuple):
    """Something happens to the machine, so many seconds of its event loop after the start."""

    at: float
    kind: Literal["set", "stop", "start"]
    by: float = 0.0
    """By how much the clock is put forward; of a machine that sleeps, by how long it slept."""


class Stretch(NamedTuple):
    """A time in which the clock of a job runs evenly."""

    begin: float
    end: float
    """In seconds of the event loop."""
    ahead: float
    """What the clock of the job is ahead of that of the loop."""
    alive: bool


def stretches(changes: Sequence[Change], end: float, *, steady: bool) -> list[Stretch]:
    """Give the stretches of a year on the clock of people, or on one that is set to it at each start only."""
    found: list[Stretch] = []
    wall = ahead = START
    alive = True
    for change, following in pairwise([Change(0.0, "start"), *changes, Change(end, "stop")]):
        wall += change.by
        alive = alive if change.kind == "set" else change.kind == "start"
        if not steady or change.kind == "start":
            ahead = wall
        found.append(Stretch(change.at, following.at, ahead, alive))
    return found


class Work(NamedTuple):
    """What the runs of a job do, by their number, from 0."""

    seconds: Callable[[int], float]
    fails: Callable[[int], bool]
    delay: Callable[[int], float]
    """The seconds that the job is left alone after so many failures in a row."""


class Times(Protocol):
    """The due times of a job; all on its clock."""

    def pending(self, now: float) -> list[float]:
        """Give those up to *now* that nobody has dealt with."""
        ...

    def following(self) -> float:
        """Give the next one."""
        ...

    def set_back(self, now: float) -> bool:
        """See that the clock shows *now*, and say whether everything is planned anew, because it was wrong before."""
        ...

    def dealt(self, now: float) -> None:
        """Take those up to *now* for dealt with."""
        ...


class OfCron:
    """Those of an expression."""

    def __init__(self, expression: str, zone: str, begin: float, end: float) -> None:
        self._all = _due(expression, zone, begin, end)
        self._seen = begin

    def pending(self, now: float) -> list[float]:
        return self._all[bisect_right(self._all, self._seen) : bisect_right(self._all, now)]

    def following(self) -> float:
        place = bisect_right(self._all, self._seen)
        return self._all[place] if place < len(self._all) else inf

    def set_back(self, now: float) -> bool:
        if was_wrong := self._seen > now + CORRECTION:
            self._seen = now
        return was_wrong

    def dealt(self, now: float) -> None:
        self._seen = now


@lru_cache(maxsize=64)
def _due(expression: str, zone: str, begin: float, end: float) -> list[float]:
    return due(expression, zone, begin, end)


class OfInterval:
    """Those of an interval, counted from the last one that was planned."""

    def __init__(self, seconds: float, begin: float) -> None:
        self._seconds = seconds
        self._seen = begin
        self._next = begin + seconds

    def pending(self, now: float) -> list[float]:
        last = int((now - self._next) // self._seconds)
        return [self._next + step * self._seconds for step in range(last + 1)]

    def following(self) -> float:
        return self._next

    def set_back(self, now: float) -> bool:
        is_far = self._seen > now and self._next > now + self._seconds + 1
        if was_wrong := is_far or self._seen > now + CORRECTION:
            self._seen, self._next = now, now + self._seconds
        return was_wrong

    def dealt(self, now: float) -> None:
        self._next += len(self.pending(now)) * self._seconds
        self._seen = now


@dataclass
class Outcome:
    """What became of a job."""

    runs: list[tuple[float, float | None]] = field(default_factory=list[tuple[float, float | None]])
    """When each began, on the clock of the loop, and when it was due, on that of people or of the start."""
    skipped: int = 0
    held: int = 0
    missed: int = 0
    failures: int = 0


def outcome(times: Times, life: Sequence[Stretch], work: Work) -> Outcome:
    """Find what has to become of a job that is due by itself.

    1. Of the due times that have come since anybody looked, one is run, and the others are missed.
    2. While it runs, they are skipped.
    3. Those before the end of a delay are held.
    """
    found, state = Outcome(), _State()
    for stretch in life:
        now = stretch.begin
        while now < stretch.end:
            _report(found, state, stretch, now, work)
            if stretch.alive:
                if times.set_back(stretch.ahead + now):
                    state.held_until = 0.0
                _fire(found, state, times, stretch.ahead + now, now, work)
            coming = times.following() - stretch.ahead if stretch.alive else inf
            now = min(one for one in (coming, state.busy, inf) if one > now)
    return found


@dataclass
class _State:
    busy: float = -inf
    """Until when the last run runs, on the clock of the loop."""
    is_reported: bool = True
    streak: int = 0
    held_until: float = 0.0


def _report(found: Outcome, state: _State, stretch: Stretch, now: float, work: Work) -> None:
    """See how the last run ended, if it has: that is looked at in the stretch in which it did."""
    if state.is_reported or state.busy > now:
        return
    failed = work.fails(len(found.runs) - 1)
    state.streak = state.streak + 1 if failed else 0
    state.held_until = stretch.ahead + state.busy + work.delay(state.streak) if failed else 0.0
    state.is_reported = True
    found.failures += failed


def _fire(found: Outcome, state: _State, times: Times, clock: float, now: float, work: Work) -> None:
    pending = times.pending(clock)
    if not pending:
        return
    times.dealt(clock)
    if state.busy > now:
        found.skipped += len(pending)
        return
    held = sum(one < state.held_until for one in pending)
    found.held += held
    if held < len(pending):
        found.missed += len(pending) - held - 1
        state.busy, state.is_reported = now + work.seconds(len(found.runs)), False
        found.runs.append((now, pending[held]))


def triggered(moments: Sequence[float], work: Work) -> Outcome:
    """Find what has to become of a job that is triggered."""
    found = Outcome()
    busy = -inf
    numbers = count()
    for moment in moments:
        if moment < busy:
            found.skipped += 1
            continue
        number = next(numbers)
        found.runs.append((moment, None))
        found.failures += work.fails(number)
        busy = moment + work.seconds(number)
    return found

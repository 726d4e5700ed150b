"""What is drawn of a run: lanes from top to bottom, with bars from left to right.

How it works: a run of few visits has a lane for each of them, so that it reads from top to bottom. One of many has a
lane for each state, and bars too narrow to be told apart become one. Either way the number of bars is limited. Knows
nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._text import counted
from .model import Bar, merged

if TYPE_CHECKING:
    from .model import RunLine

MOST_VISITS = 40
"""The most visits that have a lane each."""

MOST_LANES = 120
"""The most lanes of states: of more, those that took longest."""

MOST_BRANCHES = 400
"""About the most lanes of branches of a run, shared out evenly among its splits; each has 8, if it needs them."""

MOST_BARS = 8_000
"""About the most bars on all lanes of a run together."""

FINEST = 1 / 500
"""The least share of a run that is drawn by itself on the lane of a state."""


def _lanes() -> list[Lane]:
    return []


@dataclass(slots=True)
class Lane:
    """A line of the picture."""

    bars: list[Bar]
    """In order."""
    is_branch: bool = False
    note: str = ""
    branches: list[Lane] = field(default_factory=_lanes)
    hidden: int = 0
    """How many of its branches are not drawn."""

    @property
    def name(self) -> str:
        """What it stands for."""
        return self.bars[0].name

    @property
    def task(self) -> str:
        """What runs there."""
        return self.bars[0].task

    @property
    def visits(self) -> int:
        """How many visits its bars stand for."""
        return sum(bar.count for bar in self.bars)

    @property
    def seconds(self) -> float:
        """How long they took."""
        return sum(bar.seconds for bar in self.bars)

    def written(self) -> list[str]:
        """Give the keys that were written on it."""
        return [*dict.fromkeys(key for bar in self._own() for key in bar.written)]

    def read(self) -> list[str]:
        """Give the keys that were read on it."""
        return [*dict.fromkeys(key for bar in self._own() for key in bar.read)]

    def errors(self) -> list[str]:
        """Give what failed on it, each text once: what its attempts failed with, or else it itself."""
        bad = [bar for bar in self._own() if bar.error and bar.outcome != "cancelled"]
        attempts = [bar for bar in bad if bar.kind == "attempt"]
        return [*dict.fromkeys(bar.error for bar in attempts or bad if bar.error)]

    def all(self) -> Iterator[Lane]:
        """Give it, and the lanes of its branches."""
        yield self
        yield from self.branches

    def _own(self) -> Iterator[Bar]:
        return (one for bar in self.bars for one in bar.own())


@dataclass(frozen=True, slots=True)
class Picture:
    """The lanes of a run."""

    lanes: tuple[Lane, ...]
    notes: tuple[str, ...] = ()
    """What of the run is not drawn, in sentences."""


def picture(run: RunLine) -> Picture:
    """Say what is drawn of a run."""
    if run.visits <= MOST_VISITS and sum(len(bar.branches()) for bar in run.bars) <= MOST_BRANCHES:
        return Picture(tuple(_of([bar], MOST_BRANCHES) for bar in run.bars))
    visits: dict[str, list[Bar]] = {}
    for bar in run.bars:
        visits.setdefault(bar.name, []).append(bar)
    longest = sorted(visits.values(), key=lambda bars: -sum(bar.seconds for bar in bars))[:MOST_LANES]
    splits = sum(any(bar.branches() for bar in bars) for bars in longest)
    branches = max(MOST_BRANCHES // max(splits, 1), 8)
    lanes = [_of(bars, branches) for bars in sorted(longest, key=lambda bars: bars[0].start)]
    drawn = [lane for each in lanes for lane in each.all()]
    finest = run.seconds * max(FINEST, 2 * len(drawn) / MOST_BARS)
    for lane in drawn:
        lane.bars = joined(lane.bars, finest)
    return Picture(tuple(lanes), tuple(_notes(run, drawn, len(visits) - len(lanes))))


def joined(bars: Iterable[Bar], finest: float) -> list[Bar]:
    """Make one bar of each series that is together no longer than *finest*."""
    series: list[list[Bar]] = []
    for bar in bars:
        if series and bar.end - series[-1][0].start <= finest:
            series[-1].append(bar)
        else:
            series.append([bar])
    return [merged(each) for each in series]


def _of(visits: list[Bar], most: int) -> Lane:
    """Make a lane of visits of a state, with lanes for that many branches at most."""
    branches: dict[int, list[Bar]] = {}
    for visit in visits:
        for bar in visit.branches():
            branches.setdefault(bar.number, []).append(bar)
    lanes = [Lane(branches[number], is_branch=True) for number in sorted(branches)]
    bad = [lane for lane in lanes if any(bar.is_flawed for bar in lane.bars)]
    # What failed is drawn first of all, in its place among the others.
    kept = {*list(dict.fromkeys(lane.bars[0].number for lane in (*bad, *lanes)))[:most]}
    shown = [lane for lane in lanes if lane.bars[0].number in kept]
    return Lane(visits, note=visits[-1].note, branches=shown, hidden=len(lanes) - len(shown))


def _notes(run: RunLine, drawn: list[Lane], hidden: int) -> Iterator[str]:
    if any(bar.count > 1 for lane in drawn for bar in lane.bars):
        yield "Bars that are too narrow to be told apart are drawn as one."
    if len(run.bars) < run.visits:
        kept = counted(len(run.bars), "bar")
        yield f"Of the {run.visits:,} visits {kept} were kept; branches and attempts only of some."
    if hidden:
        yield f"Left out: {counted(hidden, 'state')} that took least."

"""What a timeline is made of: runs, in them states as bars over time, in those branches and attempts; and the keys.

Times are seconds since the run began. What is kept of a run is limited, however long it is: of many visits of a state
neighbours become one bar that says for how many it stands, and of many uses or errors the first and the last are kept.
What is counted is counted in full. No value of a key is known here, and nothing of events and pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

Outcome: TypeAlias = Literal["running", "succeeded", "failed", "timed out", "cancelled"]
"""How something ended; it is running where that was never told."""

MOST_BARS = 15_000
"""About the most visits and branches together that a run keeps one by one."""

MOST_KEPT = 100
"""The most uses of a key, or errors of a run, that are kept."""

T = TypeVar("T")


def keep(kept: list[T], one: T) -> None:
    """Append to a list that keeps its first and its last ones."""
    if len(kept) >= MOST_KEPT:
        del kept[MOST_KEPT // 2]
    kept.append(one)


@dataclass(frozen=True, slots=True)
class Touch:
    """A use of a key."""

    time: float
    """When it was over."""
    verb: str
    writes: bool
    """Whether the verb is one that writes; it has written, unless there is an error."""
    state: str
    task: str
    branch: int | None
    attempt: int
    error: str | None
    """The class of what it raised; its text might tell of the value."""

    def __str__(self) -> str:
        where = f"{self.task} in {self.state}" if self.state else "outside of any state"
        branch = "" if self.branch is None else f", branch {self.branch}"
        tries = f", attempt {self.attempt}" if self.attempt > 1 else ""
        failed = "" if self.error is None else f", which failed: {self.error}"
        return f"{self.verb} by {where}{branch}{tries}{failed}"


@dataclass(slots=True)
class KeyLine:
    """A key that a run has used."""

    name: str
    type: str
    size: int | None = None
    """The bytes of the value as it was last, where they were plain to see."""
    length: int | None = None
    """Its items or characters."""
    touches: list[Touch] = field(default_factory=list[Touch])
    """The first and the last uses of it, in order."""
    writes: int = 0
    """How often it was used by verbs that write."""
    reads: int = 0

    @property
    def left_out(self) -> int:
        """How many uses between the first and the last ones are not kept."""
        return self.writes + self.reads - len(self.touches)

    def take(self, touch: Touch) -> None:
        """Take one more use."""
        keep(self.touches, touch)
        if touch.writes:
            self.writes += 1
        else:
            self.reads += 1


def _bars() -> list[Bar]:
    return []


@dataclass(slots=True)
class Bar:
    """A state, a branch or an attempt, from its beginning to its end."""

    kind: Literal["state", "branch", "attempt"]
    name: str
    """The state, the task of the branch, or which attempt it is."""
    task: str
    start: float
    end: float
    outcome: Outcome = "running"
    error: str | None = None
    note: str = ""
    """How the branches were joined."""
    number: int = 1
    """Which attempt it is, from 1, or which branch, from 0."""
    bars: list[Bar] = field(default_factory=_bars)
    """What is in it; nothing where it stands for several."""
    written: dict[str, None] = field(default_factory=dict[str, None])
    """The keys that were written in it itself, in order."""
    read: dict[str, None] = field(default_factory=dict[str, None])
    """Those that were read, whether or not they were written, too."""
    count: int = 1
    """For how many that follow each other it stands."""
    flaws: int = 0
    """How many of them did not succeed, or not at the first attempt, where it stands for several."""
    busy: float | None = None
    """The seconds of all that it stands for, where it stands for several."""

    @property
    def seconds(self) -> float:
        """How long it took; without what lies between, where it stands for several."""
        return self.end - self.start if self.busy is None else self.busy

    @property
    def is_flawed(self) -> bool:
        """Whether it did not succeed, or not at the first attempt."""
        return self.outcome in _BAD or self.flaws > 0 or any(one.outcome in _BAD for one in self.bars)

    def over(self, time: float, outcome: Outcome, error: str | None = None) -> None:
        """End it, and everything in it that has not ended: that has ended with it, as it did."""
        if self.outcome != "running":
            return
        for bar in self.bars:
            bar.over(time, outcome, error)
        self.end, self.outcome, self.error = max(time, self.start), outcome, error

    def attempts(self) -> list[Bar]:
        """Give the attempts in it."""
        return [one for one in self.bars if one.kind == "attempt"]

    def branches(self) -> list[Bar]:
        """Give the branches in it."""
        return [one for one in self.bars if one.kind == "branch"]

    def own(self) -> Iterator[Bar]:
        """Give it and its attempts, without its branches."""
        yield self
        yield from self.attempts()

    def all(self) -> Iterator[Bar]:
        """Give it, and all that is in it."""
        yield self
        for bar in self.bars:
            yield from bar.all()


_BAD = frozenset({"failed", "timed out", "cancelled"})


def merged(bars: list[Bar]) -> Bar:
    """Make one bar of several that follow each other; what is in branches becomes its own."""
    if len(bars) == 1:
        return bars[0]
    first, last = bars[0], bars[-1]
    bad = [bar for bar in bars if bar.outcome in _BAD]
    inner = [one for bar in bars for one in bar.own()]
    return Bar(
        first.kind,
        first.name,
        first.task,
        first.start,
        last.end,
        outcome="running" if last.outcome == "running" else bad[-1].outcome if bad else "succeeded",
        error=bad[-1].error if bad else None,
        note=last.note,
        number=first.number,
        written={key: None for one in inner for key in one.written},
        read={key: None for one in inner for key in one.read},
        count=sum(bar.count for bar in bars),
        flaws=sum(bar.flaws if bar.count > 1 else bar.is_flawed for bar in bars),
        busy=sum(bar.seconds for bar in bars),
    )


def thinned(bars: list[Bar]) -> list[Bar]:
    """Make one bar of each two visits of a state that follow each other, but for the last one of each."""
    visits: dict[str, list[Bar]] = {}
    for bar in bars:
        visits.setdefault(bar.name, []).append(bar)
    halves = [
        one
        for each in visits.values()
        for one in (*(merged(each[at : min(at + 2, len(each) - 1)]) for at in range(0, len(each) - 1, 2)), each[-1])
    ]
    return sorted(halves, key=lambda bar: bar.start)


@dataclass(slots=True)
class StateLine:
    """A state, over all its visits."""

    name: str
    task: str
    visits: int = 0
    seconds: float = 0.0
    """What those visits took that are over."""
    longest: float = 0.0
    failed: int = 0
    """How many attempts failed, those of branches too."""
    branches: dict[Outcome, int] = field(default_factory=dict[Outcome, int])
    """How many of its branches ended how."""
    written: dict[str, int] = field(default_factory=dict[str, int])
    """How often each key was written."""
    read: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """Something that failed."""

    time: float
    where: str
    text: str


@dataclass(slots=True)
class RunLine:
    """A run, and its states in order."""

    number: int
    workflow: str
    store: str
    began: float
    """When it did, on the clock of its event loop."""
    end: float = 0.0
    outcome: Outcome = "running"
    error: str | None = None
    exit: str | None = None
    """The exit state, if it came to one."""
    visits: int = 0
    """How many states were visited."""
    bars: list[Bar] = field(default_factory=list[Bar])
    """Those, in the order of their beginnings."""
    states: dict[str, StateLine] = field(default_factory=dict[str, StateLine])
    """The same by state, in the order of their first visits."""
    keys: dict[str, KeyLine] = field(default_factory=dict[str, KeyLine])
    """Those that were used, in order."""
    errors: list[ErrorLine] = field(default_factory=list[ErrorLine])
    """The first and the last attempts and branches that failed, in order."""
    failures: int = 0
    """How many of these there were."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end

    def seconds_of(self, state: StateLine) -> float:
        """Give how long the visits of a state took, with one that is not over."""
        last = self.bars[-1]
        return state.seconds + (last.seconds if (last.name, last.outcome) == (state.name, "running") else 0.0)

    def fail(self, error: ErrorLine) -> None:
        """Take one more error."""
        keep(self.errors, error)
        self.failures += 1

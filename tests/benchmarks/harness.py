"""How numbers are taken: short rounds in which every measurement has its turn, over and over.

How it works: a `Probe` measures one thing once and gives a number. A round asks the probes of all cases one after
another, so that whatever else the machine does disturbs all of them alike. What is compared is measured side by side
in the same round, and the ratio of a case is the median of the ratios of its rounds. Loops are compiled with local
variables only, timed by the processor time of their thread, and what the empty loop costs is taken off.

What is measured, this file must not know.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from statistics import median
from time import perf_counter_ns, thread_time_ns
from typing import Any, Literal, NamedTuple, Protocol

LOOP_NS = 50_000
"""How long a loop shall run in a round, in nanoseconds: long against the clock, short against other load."""

SLOW_NS = 5_000
"""From where on a statement is so slow that the loop around it weighs nothing, in nanoseconds."""

BUDGET_NS = 2_000_000
"""What a probe may take of each round on average, in nanoseconds; one that takes longer sits rounds out."""

FEWEST = 5
"""How often a probe is asked all the same, where there are so many rounds."""

LINES = 10
"""How many times a quick statement stands in its loop."""


class Probe(Protocol):
    """Something that can be measured any number of times."""

    def sample(self) -> float:
        """Measure once."""
        ...


class Loop:
    """The processor time of a statement, in nanoseconds.

    Args:
        statement: what is timed; it may await something.
        before: called before each round, not timed.
        names: the local variables of the statement.
    """

    def __init__(self, statement: str, before: Callable[[], object] | None = None, /, **names: object) -> None:
        self._before = before
        self._steps = self._lines = 1
        self._timed, self._empty = (_compiled(text, names, 1) for text in (statement, "pass"))
        if self._warm() < SLOW_NS:
            self._lines = LINES
            self._timed, self._empty = (_compiled(text, names, LINES) for text in (statement, "pass"))
            for _ in range(3):  # a statement in a warm loop is quicker than it was alone
                self._steps = max(1, round(LOOP_NS / LINES / self.sample()))

    def sample(self) -> float:
        """Run the loop once, and the empty loop."""
        if self._before is not None:
            self._before()
        loop, empty = self._timed(self._steps), self._empty(self._steps)
        return max(loop - empty, 1) / (self._steps * self._lines)

    def _warm(self) -> float:
        """Run what is quick some times: the interpreter adapts itself to what it runs."""
        once = self.sample()
        return once if once > LOOP_NS else median(self.sample() for _ in range(20))


def _compiled(statement: str, names: Mapping[str, object], lines: int) -> Callable[[int], int]:
    """Make a function that runs a loop of some steps and gives its processor time."""
    head = "async def" if statement.startswith("await ") else "def"
    body = "\n".join([f"        {statement}"] * lines)
    source = (
        f"{head} loop(clock_, steps_, {', '.join(names)}):\n"
        f"    start_ = clock_()\n    for step_ in steps_:\n{body}\n    return clock_() - start_\n"
    )
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102  # the statements are ours
    loop = space["loop"]

    def run(steps: int) -> int:
        elapsed = loop(thread_time_ns, repeat(None, steps), **names)
        return asyncio.run(elapsed) if inspect.iscoroutine(elapsed) else elapsed

    return run


@dataclass(frozen=True, slots=True)
class Goal:
    """A number to reach.

    Args:
        limit: the number; nanoseconds or bytes where it is no ratio.
        of: what has to stay under it: the ratio to the floor, what is measured, or by how much it exceeds the floor.
    """

    limit: float
    of: Literal["ratio", "value", "excess"] = "ratio"


class Probes(NamedTuple):
    """The measurements of a case."""

    subject: Probe
    floor: Probe
    others: Mapping[str, Probe | None] = {}
    """What else does the job, by name; None where it cannot."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table, not measured yet."""

    what: str
    floor: str
    """What the floor is."""
    probes: Callable[[], Probes]
    """Sets everything up, so that nothing is paid for a case that is not asked for."""
    goal: Goal | None = None
    unit: Literal["ns", "B"] = "ns"
    big: bool = False
    """Whether it takes a gigabyte."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, measured."""

    case: Case
    value: float
    floor: float
    ratio: float
    excess: float
    others: Mapping[str, float | None]

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        goal = self.case.goal
        return None if goal is None else bool(getattr(self, goal.of) <= goal.limit)


def measure(cases: Sequence[Case], rounds: int, progress: Callable[[int], object] = lambda done: None) -> list[Row]:
    """Measure *cases* in so many interleaved rounds.

    Args:
        cases: what to measure.
        rounds: how many; at least 1.
        progress: called after each round with the number of rounds done.
    """
    groups = [_Groups(case) for case in cases]
    with _quiet():
        for number in range(rounds):
            for group in groups:
                group.take_turn(number, rounds)
            gc.collect()
            progress(number + 1)
    return [group.row() for group in groups]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the collector of cyclic garbage out of the timings."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class _Group:
    """Probes that are asked in the same rounds."""

    def __init__(self, *probes: Probe) -> None:
        self.samples: list[list[float]] = [[] for _ in probes]
        self._probes = probes
        self._spent = 0

    def take_turn(self, number: int, rounds: int) -> None:
        """Ask, unless what was spent is over the budget."""
        taken = len(self.samples[0])
        wanted = min(FEWEST, rounds)
        if self._spent > BUDGET_NS * len(self._probes) * (number + 1) and taken * rounds > number * wanted:
            return
        start = perf_counter_ns()
        for probe, samples in zip(self._probes, self.samples, strict=True):
            samples.append(probe.sample())
        self._spent += perf_counter_ns() - start


class _Groups:
    """A case while it is measured: the subject beside its floor, and each of the others on its own."""

    def __init__(self, case: Case) -> None:
        subject, floor, others = case.probes()
        self._case = case
        self._main = _Group(subject, floor)
        self._others = {name: None if other is None else _Group(other) for name, other in others.items()}

    def take_turn(self, number: int, rounds: int) -> None:
        self._main.take_turn(number, rounds)
        for other in self._others.values():
            if other is not None:
                other.take_turn(number, rounds)

    def row(self) -> Row:
        values, floors = self._main.samples
        pairs = list(zip(values, floors, strict=True))
        return Row(
            self._case,
            value=median(values),
            floor=median(floors),
            ratio=median(value / floor for value, floor in pairs),
            excess=median(value - floor for value, floor in pairs),
            others={name: other and median(other.samples[0]) for name, other in self._others.items()},
        )

"""How numbers are taken: short rounds in which every measurement has its turn, over and over.

How it works: a `Probe` measures one thing once and gives a number. A round asks the probes of all cases one after
another, so that whatever else the machine does disturbs all of them alike. A case's subject and floor are measured
side by side in the same rounds, and its ratio is the median of the ratios of these rounds. Loops are compiled with
local variables only, timed by the processor time of their thread, and what the empty loop costs is taken off.

What is measured, this file must not know.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from statistics import median
from time import perf_counter_ns, thread_time_ns
from typing import Any, Literal, NamedTuple, Protocol

LOOP_NS = 100_000
"""How long a loop shall run in a round, in nanoseconds: long against the clock, short against other load."""

SLOW_NS = 5_000
"""From where on a statement is so slow that the loop around it weighs nothing, in nanoseconds."""

LINES = 10
"""How many times a quick statement stands in its loop."""

BUDGET_NS = 1_500_000
"""What a probe may take of each round on average, in nanoseconds; one that takes longer sits rounds out."""

FEWEST = 5
"""How often a probe is asked all the same, where there are so many rounds."""


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
        self._lines = self._steps = 1
        self._timed, self._empty = (_compiled(text, names, 1) for text in (statement, "pass"))
        if self._warmed_up() < SLOW_NS:
            self._lines = LINES
            self._timed, self._empty = (_compiled(text, names, LINES) for text in (statement, "pass"))
        for _ in range(3):  # a statement is quicker in a loop than it is alone
            self._steps = max(1, round(LOOP_NS / self._lines / self._warmed_up()))

    def sample(self) -> float:
        """Run the loop once, and the empty loop."""
        if self._before is not None:
            self._before()
        self._timed(max(1, self._steps // 4))  # the processor's caches are full of what was measured before
        elapsed = self._timed(self._steps) - self._empty(self._steps)
        return max(elapsed, 1) / (self._steps * self._lines)

    def _warmed_up(self) -> float:
        """Run what is quick some times: the interpreter adapts itself to what it runs."""
        once = self.sample()
        return once if once > LOOP_NS else median(self.sample() for _ in range(10))


def _compiled(statement: str, names: Mapping[str, object], lines: int) -> Callable[[int], int]:
    """Make a function that runs a loop of some steps and gives its processor time."""
    kind = "async def" if "await " in statement else "def"
    body = f"        {statement}\n" * lines
    source = (
        f"{kind} loop({', '.join(['clock_', 'steps_', *names])}):\n"
        f"    start_ = clock_()\n    for step_ in steps_:\n{body}    return clock_() - start_\n"
    )
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102  # the statements are our own
    loop = space["loop"]

    def run(steps: int) -> int:
        elapsed: Any = loop(thread_time_ns, repeat(None, steps), **names)
        return int(asyncio.run(elapsed) if inspect.iscoroutine(elapsed) else elapsed)

    return run


class Part:
    """A part of what another probe measures.

    Args:
        whole: the other probe.
        parts: how many parts it has.
        less: what is taken off the whole before.
    """

    def __init__(self, whole: Probe, parts: int, less: Probe | None = None) -> None:
        self._whole = whole
        self._parts = parts
        self._less = less

    def sample(self) -> float:
        """Measure the whole, and what is taken off."""
        less = 0 if self._less is None else self._less.sample()
        return max(self._whole.sample() - less, 1) / self._parts


@dataclass(frozen=True, slots=True)
class Goal:
    """A number to reach."""

    limit: float
    """The number; nanoseconds or bytes where it is no ratio."""
    of: Literal["ratio", "value", "excess"] = "ratio"
    """What has to stay at or below it: the ratio to the floor, what is measured, or what it has over the floor."""


class Probes(NamedTuple):
    """The measurements of a case."""

    subject: Probe
    floor: Probe
    others: Mapping[str, Probe | None] = {}
    """What else does the job, by name; None where it cannot."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table, to be measured."""

    what: str
    goal: Goal | None
    floor: str
    """What the floor is."""
    probes: Callable[[], Probes]
    """Sets everything up: nothing is paid for a case that is not asked for."""
    unit: Literal["ns", "B"] = "ns"
    big: bool = False
    """Whether it takes a gigabyte."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, measured: medians over the rounds."""

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
    """Measure *cases* in interleaved rounds.

    Args:
        cases: what to measure.
        rounds: how many; at least 1.
        progress: called after each round with the number of those done.
    """
    turns = [_Turn(case) for case in cases]
    with _collector_off():
        for number in range(rounds):
            for turn in turns:
                turn.take(number, rounds)
            gc.collect()
            progress(number + 1)
    return [turn.row() for turn in turns]


@contextmanager
def _collector_off() -> Generator[None]:
    """Keep the collector of cyclic garbage out of what is timed."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class _Turn:
    """A case while it is measured."""

    def __init__(self, case: Case) -> None:
        subject, floor, others = case.probes()
        self._case = case
        self._main = _Group(subject, floor)
        self._others = {name: None if other is None else _Group(other) for name, other in others.items()}

    def take(self, number: int, rounds: int) -> None:
        for group in (self._main, *self._others.values()):
            if group is not None:
                group.take_turn(number, rounds)

    def row(self) -> Row:
        pairs = self._main.samples
        return Row(
            self._case,
            value=median(value for value, _ in pairs),
            floor=median(floor for _, floor in pairs),
            ratio=median(value / floor for value, floor in pairs),
            excess=median(value - floor for value, floor in pairs),
            others={name: None if group is None else group.median() for name, group in self._others.items()},
        )


class _Group:
    """Probes that are asked side by side."""

    def __init__(self, *probes: Probe) -> None:
        self.samples: list[tuple[float, ...]] = []
        self._probes = probes
        self._spent = 0

    def median(self) -> float:
        """Give the median of the first of the probes."""
        return median(sample for sample, *_ in self.samples)

    def take_turn(self, number: int, rounds: int) -> None:
        """Ask, unless the time is spent; the few times that a slow probe is asked are spread over all rounds."""
        allowed = BUDGET_NS * len(self._probes) * number
        due = number * min(FEWEST, rounds) / rounds
        if self._spent > allowed and len(self.samples) > due:
            return
        order = 1 if number % 2 == 0 else -1  # who comes first finds the caches worse
        start = perf_counter_ns()
        self.samples.append(tuple([probe.sample() for probe in self._probes[::order]][::order]))
        self._spent += perf_counter_ns() - start

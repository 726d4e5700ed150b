"""The transition table of a workflow, what is wrong with it, and the arithmetic of joins.

Pure: data in, a list of problems out. The engine, static checks and diagrams read this one table,
so it must know neither how a task runs nor what a store is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import ceil, isfinite
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from .._text import counted, described, place, preview
from ..errors import ConfigurationError

S = TypeVar("S", bound=Enum)

ProblemKind: TypeAlias = Literal[
    "no-task",
    "no-exit-state",
    "bad-initial",
    "exit-with-task",
    "no-handler",
    "unreachable",
    "no-exit",
    "empty-split",
    "impossible-join",
    "no-deadline",
]

StrategyKind: TypeAlias = Literal["all", "any", "quorum", "percentage", "partial_results", "partial_timeout"]

Verdict: TypeAlias = Literal["open", "satisfied", "impossible"]


class Place(NamedTuple):
    """Where something was written down."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


# --- joins ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JoinStrategy:
    """When a join goes on: how many of its branches have to succeed, and whether it waits for the others.

    >>> from keyrack import JoinStrategy
    >>> JoinStrategy.quorum(3)
    JoinStrategy.quorum(3)
    """

    kind: StrategyKind
    needs: int | Fraction | None = None
    """How many branches (an integer) or which share of them (a fraction) has to succeed, where the kind leaves it
    open."""

    @classmethod
    def all(cls) -> JoinStrategy:
        """Wait for every branch; each has to succeed. When some fail, the error holds what each of them raised."""
        return cls("all")

    @classmethod
    def any(cls) -> JoinStrategy:
        """Go on with the first success; fail when every branch has failed."""
        return cls("any")

    @classmethod
    def quorum(cls, successes: int, /) -> JoinStrategy:
        """Go on with the given number of successes; fail once they cannot be reached.

        Raises:
            ConfigurationError: it is no integer.
        """
        return cls("quorum", _whole("quorum", successes))

    @classmethod
    def percentage(cls, share: float | Fraction, /) -> JoinStrategy:
        """Go on when a share of the branches, above 0 and up to 1, has succeeded; fail once it cannot be reached.

        Args:
            share: a float is read as the fraction that it stands for: 0.07 of 100 branches are 7.

        Raises:
            ConfigurationError: it is no number.
        """
        return cls("percentage", _fraction(share))

    @classmethod
    def partial_results(cls, successes: int, /) -> JoinStrategy:
        """Go on with the given number of results and do without the others.

        It counts as `quorum` does; the name tells a reader that the rest is not needed.

        Raises:
            ConfigurationError: it is no integer.
        """
        return cls("partial_results", _whole("partial_results", successes))

    @classmethod
    def partial_timeout(cls) -> JoinStrategy:
        """Wait for every branch until the time limit of the split, and go on with what is there; never fail."""
        return cls("partial_timeout")

    def __post_init__(self) -> None:
        wanted = _NEEDS.get(self.kind, ())
        if self.kind not in _NEEDS or type(self.needs) is not wanted:
            reason = "it is made by JoinStrategy.all(), any(), quorum() and so on"
            raise ConfigurationError(
                subject="JoinStrategy", problems=[f"{reason}, not of {preview(self.kind)} and {described(self.needs)}"]
            )

    @property
    def waits_for_all(self) -> bool:
        """Whether it waits for every branch, however many have succeeded or failed."""
        return self.kind in {"all", "partial_timeout"}

    def __str__(self) -> str:
        return self.kind if self.needs is None else f"{self.kind}({_number(self.needs)})"

    def __repr__(self) -> str:
        needs = "" if self.needs is None else _number(self.needs)
        return f"{type(self).__name__}.{self.kind}({needs})"


_NEEDS: Mapping[str, type] = {
    "all": type(None),
    "any": type(None),
    "quorum": int,
    "percentage": Fraction,
    "partial_results": int,
    "partial_timeout": type(None),
}
"""What each kind has to be told."""


def _whole(kind: StrategyKind, successes: object) -> int:
    if isinstance(successes, bool) or not isinstance(successes, int):
        raise _unfit(kind, "the number of successes is an integer", successes)
    return int(successes)


def _fraction(share: object) -> Fraction:
    """Read a share; a float is not quite what was written, so that a simple fraction beside it is meant."""
    if isinstance(share, bool) or not isinstance(share, (int, float, Fraction)):
        raise _unfit("percentage", "a share is an int, a float or a Fraction", share)
    if not isinstance(share, float):
        return Fraction(share)
    if not isfinite(share):
        raise _unfit("percentage", "a share is above 0 and up to 1", share)
    exact = Fraction(share)
    simple = exact.limit_denominator(1_000_000)
    return simple if abs(simple - exact) * 10**12 <= abs(exact) else exact


def _unfit(kind: StrategyKind, reason: str, needs: object) -> ConfigurationError:
    return ConfigurationError(subject=f"JoinStrategy.{kind}()", problems=[f"{reason}, got {described(needs)}"])


def _number(needs: int | Fraction) -> str:
    """Write a number as one would write it in code."""
    if needs.denominator == 1:
        return preview(int(needs))
    try:
        number = float(needs)
    except OverflowError:
        return preview(needs)
    short = f"{number:g}"
    return short if Fraction(short) == needs else repr(number)


def required_successes(strategy: JoinStrategy, branches: int) -> int:
    """Give how many of *branches* have to succeed so that a join goes on; exact, 0 for ``partial_timeout``."""
    match strategy.kind, strategy.needs:
        case "any", _:
            return 1
        case "partial_timeout", _:
            return 0
        case "percentage", int() | Fraction() as share:
            return max(1, ceil(branches * share))
        case _, int() as successes:
            return successes
        case _:
            return branches


class Tally:
    """How a join stands, and when it is decided.

    Args:
        strategy: when the join goes on.
        branches: how many there are.
    """

    __slots__ = ("branches", "lost", "required", "succeeded", "waits")

    def __init__(self, strategy: JoinStrategy, branches: int) -> None:
        self.branches: int = branches
        self.required: int = required_successes(strategy, branches)
        self.waits: bool = strategy.waits_for_all
        self.succeeded: int = 0
        """How many branches have succeeded."""
        self.lost: int = 0
        """How many branches have ended otherwise, or ran out of time."""

    def verdict(self) -> Verdict:
        """Say whether the join goes on, fails, or is not decided yet."""
        if self.waits and self.succeeded + self.lost < self.branches:
            return "open"
        if self.succeeded >= self.required:
            return "satisfied"
        return "impossible" if self.branches - self.lost < self.required else "open"


@dataclass(frozen=True, slots=True)
class Join:
    """How the branches of a split come together again."""

    strategy: JoinStrategy
    branches: tuple[str, ...]
    """The name of the task of each branch."""
    timeout: float | None
    """The seconds after which what has not ended is cancelled."""


def join_problems(join: Join) -> Iterator[tuple[ProblemKind, str]]:
    """Say why *join* can never be satisfied, or never end, if so."""
    branches, strategy = len(join.branches), join.strategy
    if not branches:
        yield "empty-split", "has no branches"
    elif not _sensible(strategy):
        range_ = "a share above 0 and up to 1" if strategy.kind == "percentage" else "at least 1"
        yield "impossible-join", f"joins by {strategy}, which has to be {range_}"
    elif required_successes(strategy, branches) > branches:
        yield (
            "impossible-join",
            f"joins by {strategy}, which {counted(branches, 'branch', 'branches')} can never satisfy",
        )
    if strategy.kind == "partial_timeout" and join.timeout is None:
        yield "no-deadline", "joins by partial_timeout, which needs a timeout"


def _sensible(strategy: JoinStrategy) -> bool:
    if strategy.needs is None:
        return True
    return strategy.needs > 0 and (strategy.kind != "percentage" or strategy.needs <= 1)


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row(Generic[S]):
    """A state with a task or a split, and where it leads."""

    state: S
    task: str
    """The name of the task, or how a split calls itself."""
    targets: tuple[S, ...] | None
    """The states to which the task says that it goes, none if it always raises; None: not said."""
    place: Place
    """Where the task was registered."""
    join: Join | None = None
    """How the branches come together, where the state has a split; None where it has one task."""


@dataclass(frozen=True, slots=True)
class Graph(Generic[S]):
    """The transition table: the states with a task, and the states in which a run ends."""

    rows: Mapping[S, Row[S]]
    exits: Mapping[S, Place]
    """The exit states, each with the place that names it one."""
    initial: S | None
    """Where a run starts; None where each run says it."""
    place: Place
    """Where the workflow was made."""


@dataclass(frozen=True, slots=True)
class GraphProblem(Generic[S]):
    """One thing that is wrong with a transition table."""

    kind: ProblemKind
    states: tuple[S, ...]
    """The states concerned, if any."""
    message: str
    place: Place
    """The registration concerned, or the workflow where there is none."""

    def __str__(self) -> str:
        return self.message + place(*self.place)


def problems(graph: Graph[S]) -> list[GraphProblem[S]]:
    """Give everything that is wrong with *graph*, most basic first; nothing when it is sound.

    What depends on targets is reported only where it is certain: a task that does not say where it
    goes may go anywhere.
    """
    reached = reachable(graph)
    return [
        *_missing_parts(graph),
        *_bad_initial(graph),
        *_exits_with_task(graph),
        *_bad_joins(graph),
        *_targets_without_task(graph),
        *_unreachable(graph, reached),
        *_without_way_out(graph, reached),
    ]


def reachable(graph: Graph[S]) -> dict[S, Row[S]] | None:
    """Give the rows that a run can come to from the initial state.

    Returns:
        The rows, nearest first; None where there is no initial state, or where a row on the way
        does not say where it leads.
    """
    if graph.initial is None:
        return None
    found: dict[S, Row[S]] = {}
    waiting = [graph.initial]
    for state in waiting:  # grows while it is read: a breadth-first walk
        row = graph.rows.get(state)
        if row is None or state in found or state in graph.exits:
            continue
        if row.targets is None:
            return None
        found[state] = row
        waiting += row.targets
    return found


def _missing_parts(graph: Graph[S]) -> Iterator[GraphProblem[S]]:
    if not graph.rows:
        yield GraphProblem("no-task", (), "no state has a task", graph.place)
    if not graph.exits:
        yield GraphProblem("no-exit-state", (), "no state is an exit state", graph.place)


def _bad_initial(graph: Graph[S]) -> Iterator[GraphProblem[S]]:
    initial = graph.initial
    if initial is not None and initial not in graph.rows and initial not in graph.exits:
        message = f"the initial state {initial.name} has no task and is no exit state"
        yield GraphProblem("bad-initial", (initial,), message, graph.place)


def _exits_with_task(graph: Graph[S]) -> Iterator[GraphProblem[S]]:
    for row in graph.rows.values():
        if row.state in graph.exits:
            message = f"{row.state.name} is an exit state; its task {row.task!r} never runs"
            yield GraphProblem("exit-with-task", (row.state,), message, row.place)


def _bad_joins(graph: Graph[S]) -> Iterator[GraphProblem[S]]:
    for row in graph.rows.values():
        for kind, reason in () if row.join is None else join_problems(row.join):
            yield GraphProblem(kind, (row.state,), f"the split in state {row.state.name} {reason}", row.place)


def _targets_without_task(graph: Graph[S]) -> Iterator[GraphProblem[S]]:
    for row in graph.rows.values():
        for target in row.targets or ():
            if target not in graph.rows and target not in graph.exits:
                message = (
                    f"{row.task!r} in state {row.state.name} goes to {target.name}, "
                    "which has no task and is no exit state"
                )
                yield GraphProblem("no-handler", (row.state, target), message, row.place)


def _unreachable(graph: Graph[S], reached: Mapping[S, Row[S]] | None) -> Iterator[GraphProblem[S]]:
    if not reached or graph.initial is None:  # not known, or already wrong at the initial state
        return
    for row in graph.rows.values():
        if row.state not in reached and row.state not in graph.exits:
            message = f"{row.state.name} cannot be reached from {graph.initial.name}"
            yield GraphProblem("unreachable", (row.state,), message, row.place)


def _without_way_out(graph: Graph[S], reached: Mapping[S, Row[S]] | None) -> Iterator[GraphProblem[S]]:
    if not graph.exits:
        return
    ending = _may_end(graph)
    rows = (graph.rows if reached is None else reached).values()
    trapped = [row for row in rows if row.state not in ending]
    if trapped:
        states = tuple(row.state for row in trapped)
        message = f"no exit state can be reached from {_listed(states)}"
        yield GraphProblem("no-exit", states, message, trapped[0].place)


def _may_end(graph: Graph[S]) -> set[S]:
    """Give the states from which a run may end, be it by an error; from others it never does."""
    sources: dict[S, list[S]] = {}
    waiting = list(graph.exits)
    for row in graph.rows.values():
        if not row.targets:
            waiting.append(row.state)
        for target in row.targets or ():
            sources.setdefault(target, []).append(row.state)
    waiting += (target for target in sources if target not in graph.rows)
    ending: set[S] = set()
    for state in waiting:
        if state not in ending:
            ending.add(state)
            waiting += sources.get(state, ())
    return ending


def _listed(states: Iterable[Enum]) -> str:
    return ", ".join(state.name for state in states)

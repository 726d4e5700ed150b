"""The transition table of a workflow, and what is wrong with it.

Pure: data in, a list of problems out. The engine, static checks and diagrams read this one table,
so it must know neither how a task runs nor what a store is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from .._text import place

S = TypeVar("S", bound=Enum)

ProblemKind: TypeAlias = Literal[
    "no-task",
    "no-exit-state",
    "bad-initial",
    "exit-with-task",
    "no-handler",
    "unreachable",
    "no-exit",
]


class Place(NamedTuple):
    """Where something was written down."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Row(Generic[S]):
    """A state with a task, and where it leads."""

    state: S
    task: str
    """The name of the task."""
    targets: tuple[S, ...] | None
    """The states to which the task says that it goes, none if it always raises; None: not said."""
    place: Place
    """Where the task was registered."""


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

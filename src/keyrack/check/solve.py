"""From the model of a workflow to its report: the fix-point, then every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING

from .fixpoint import Solution, syntactic
from .report import Assumption, Edge, Flow, StateNode, WorkflowReport, in_order
from .rules.contracts import contract_findings
from .rules.dead import dead_findings
from .rules.graph import graph_findings
from .rules.parallel import parallel_findings
from .rules.reads import read_findings
from .rules.remarks import remark_findings
from .uses import Uses
from .ways import OUT

if TYPE_CHECKING:
    from .model import Model, Stage
    from .report import Diagnostic, Spot, StateKind


def solve(model: Model, *, target: str) -> WorkflowReport:
    """Say what is wrong with a workflow, and what is proved of it.

    Args:
        model: the workflow as the interpreter has read it.
        target: what named it, as in ``app.pipeline:workflow``.
    """
    solution = Solution(model)
    uses = Uses(solution)
    races, raced = parallel_findings(solution)
    reads = read_findings(solution, raced)
    diagnostics = [
        *reads.diagnostics,
        *races,
        *graph_findings(solution),
        *contract_findings(solution),
        *dead_findings(solution, uses),
        *remark_findings(solution),
    ]
    goals = syntactic(model)
    return WorkflowReport(
        model.name,
        target,
        "" if model.initial is None else model.initial.name,
        model.spot,
        tuple(_states(model, goals)),
        tuple(_edges(model, goals)),
        tuple(_flows(solution, uses)),
        tuple(in_order(_once(diagnostics))),
        tuple(_assumptions(model)),
        reads.total,
        reads.proved,
        reads.refuted,
        reads.unproven,
    )


def _once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Leave out what was said before: a task of several states has its own faults once."""
    found: dict[tuple[str, Spot, str], Diagnostic] = {}
    for one in diagnostics:
        found.setdefault((one.code, one.spot, one.message), one)
    return [*found.values()]


# --- the picture ----------------------------------------------------------------------------------


def _states(model: Model, goals: dict[Enum, tuple[set[Enum], bool]]) -> Iterator[StateNode]:
    """Give the states: those with a task, the exits, and those to which something leads and that have no task."""
    for state, stage in model.stages.items():
        yield _state(model, stage, "exit" if state in model.exits else "task" if stage.join is None else "split")
    named = {*model.stages, *model.exits}
    for state, spot in model.exits.items():
        if state not in model.stages:
            yield StateNode(state.name, "exit", initial=state is model.initial, spot=spot)
    led_to = [
        target
        for state, (targets, _) in goals.items()
        if state not in model.exits
        for target in _sorted(targets, model)
    ]
    for state in dict.fromkeys((*led_to, *(() if model.initial is None else (model.initial,)))):
        if state not in named:
            yield StateNode(state.name, "missing", initial=state is model.initial)


def _state(model: Model, stage: Stage, kind: StateKind) -> StateNode:
    join = stage.join
    names = tuple(effects.name for effects in stage.effects)
    return StateNode(
        stage.state.name,
        kind,
        label=f"split of {len(names)}" if join is not None else "".join(names[:1]),
        branches=() if join is None else names,
        strategy="" if join is None else join.strategy,
        initial=stage.state is model.initial,
        spot=stage.spot,
        functions=tuple(dict.fromkeys(spot for effects in stage.effects for spot in effects.spots)),
    )


def _edges(model: Model, goals: dict[Enum, tuple[set[Enum], bool]]) -> Iterator[Edge]:
    """Give the ways between states; from a state whose next is not known one to each that it could be."""
    anywhere = list(dict.fromkeys((*model.stages, *model.exits)))
    for state, (targets, unknown) in goals.items():
        if state in model.exits:
            continue
        for target in _sorted(targets, model):
            yield Edge(state.name, target.name)
        for target in anywhere if unknown else ():
            if target not in targets:
                yield Edge(state.name, target.name, certain=False)


def _sorted(states: set[Enum], model: Model) -> list[Enum]:
    """Put states in the order of their enum."""
    return sorted(states, key=model.states.index) if len(states) > 1 else [*states]


def _flows(solution: Solution, uses: Uses) -> Iterable[Flow]:
    states = [stage.state.name for stage in solution.stages]
    names = {key: solution.name(key) for key in solution.universe.ids}
    ways = uses.flows()
    found = dict.fromkeys((names[key], "" if one == OUT else states[one], states[other]) for key, one, other in ways)
    return [Flow(*flow) for flow in found]


def _assumptions(model: Model) -> Iterable[Assumption]:
    of_tasks = (one for stage in model.stages.values() for effects in stage.effects for one in effects.assumptions)
    return [Assumption(text, spot) for text, spot in dict.fromkeys((*model.assumptions, *of_tasks))]

"""KR201 to KR207, and KR403: what is wrong with the graph of states itself.

It looks at where the code may lead, not at which keys are there: a state behind a guard that never opens is reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from ..fixpoint import Solution, syntactic, walk
from ..model import UNKNOWN_STATE, Join
from .finding import finding, listed

if TYPE_CHECKING:
    from ..model import Effects, Stage
    from ..report import Diagnostic

Goals: TypeAlias = Mapping[Enum, tuple[set[Enum], bool]]

_SHARE = re.compile(r"percentage\((.+)\)")


def graph_findings(solution: Solution) -> Iterator[Diagnostic]:
    """Give everything that is wrong with the graph."""
    model = solution.model
    goals = syntactic(model)
    known = model.initial in model.stages or model.initial in model.exits
    seen = (
        walk([model.initial], goals, model.exits)
        if known and model.initial is not None
        else {*model.stages, *model.exits}
    )
    yield from _bad_initial(solution)
    yield from _exits_with_handler(solution)
    yield from _without_handler(solution, seen)
    if known:
        yield from _unreachable(solution, seen)
    yield from _without_exit(solution, goals, seen)
    yield from _unknown_next(solution, seen)
    yield from _joins(solution, seen)


def _bad_initial(solution: Solution) -> Iterator[Diagnostic]:
    model = solution.model
    if model.initial is None:
        reason, name = "the workflow has no initial state; name one with initial=", ""
    elif model.initial in model.stages or model.initial in model.exits:
        return
    else:
        name = model.initial.name
        reason = f"initial state {name} is neither registered nor an exit state"
    yield finding(solution, "KR207", model.spot, {"reason": reason}, state=name)


def _exits_with_handler(solution: Solution) -> Iterator[Diagnostic]:
    model = solution.model
    for state, stage in model.stages.items():
        if state in model.exits:
            yield finding(solution, "KR204", stage.spot, {"state": state.name}, state=state.name)


def _without_handler(solution: Solution, seen: set[Enum]) -> Iterator[Diagnostic]:
    model = solution.model
    told: set[tuple[Enum, Enum]] = set()
    for state, stage in _running(solution, seen):
        join = stage.join
        ways = [] if join is None else [(join.state, stage.spot)]
        if join is None:
            for effects in stage.effects:
                ways += ((one.next, one.spot) for one in effects.outcomes if isinstance(one.next, Enum))
        for target, spot in ways:
            if target in model.stages or target in model.exits or (state, target) in told:
                continue
            told.add((state, target))
            facts = {"state": state.name, "target": target.name}
            yield finding(solution, "KR202", spot, facts, state=state.name, subject=target.name)


def _unreachable(solution: Solution, seen: set[Enum]) -> Iterator[Diagnostic]:
    model = solution.model
    if model.initial is None or model.initial in model.exits:
        return
    for state, stage in model.stages.items():
        if state not in seen and state not in model.exits:
            facts = {"state": state.name, "initial": model.initial.name}
            yield finding(solution, "KR201", stage.spot, facts, state=state.name)


def _without_exit(solution: Solution, goals: Goals, seen: set[Enum]) -> Iterator[Diagnostic]:
    """One finding for all states from which a run neither comes to an end nor to an error."""
    model = solution.model
    ending = _may_end(solution, goals)
    trapped = [state for state, _ in _running(solution, seen) if state not in ending]
    if not trapped:
        return
    names = [state.name for state in trapped]
    yield finding(
        solution,
        "KR203",
        model.stages[trapped[0]].spot,
        {"state": listed(names)},
        state=names[0],
        help_="let one of them go to an exit state, or name one with add_exit_states()",
    )


def _may_end(solution: Solution, goals: Goals) -> set[Enum]:
    """Give the states from which a run may end, be it by an error."""
    model = solution.model
    sources: dict[Enum, list[Enum]] = {}
    ending: set[Enum] = set()
    waiting: list[Enum] = [*model.exits]
    for state, (targets, unknown) in goals.items():
        if not targets or unknown or _may_stop(solution, state):
            waiting.append(state)
        for target in targets:
            sources.setdefault(target, []).append(state)
            if target not in model.stages:
                waiting.append(target)
    while waiting:
        state = waiting.pop()
        if state not in ending:
            ending.add(state)
            waiting += sources.get(state, ())
    return ending


def _may_stop(solution: Solution, state: Enum) -> bool:
    """Say whether a task may end without a next state: that is an error of its own."""
    stage = solution.model.stages[state]
    return stage.join is None and any(one.next is None for effects in stage.effects for one in effects.outcomes)


def _unknown_next(solution: Solution, seen: set[Enum]) -> Iterator[Diagnostic]:
    for state, stage in _running(solution, seen):
        if stage.join is not None:
            continue
        for effects in stage.effects:
            unknown = [one for one in effects.outcomes if one.next is UNKNOWN_STATE]
            if unknown:
                facts = {"state": state.name, "task": effects.name}
                yield finding(solution, "KR206", unknown[0].spot, facts, state=state.name)


def _joins(solution: Solution, seen: set[Enum]) -> Iterator[Diagnostic]:
    for state, stage in _running(solution, seen):
        if stage.join is None:
            continue
        reason = _impossible(stage.join, len(stage.effects)) or _failing(stage.join, stage.effects)
        if reason:
            facts = {"strategy": stage.join.strategy, "state": state.name, "reason": reason}
            yield finding(solution, "KR403", stage.spot, facts, state=state.name)


def _impossible(join: Join, branches: int) -> str:
    if not branches:
        return "the split has no branches"
    share = _SHARE.fullmatch(join.strategy)
    if share is not None and not 0 < _number(share[1]) <= 1:
        return "a share is above 0 and up to 1"
    if join.required > branches:
        return f"it needs {join.required} branches and there {'is' if branches == 1 else 'are'} {branches}"
    if not join.timed:
        return "it needs a timeout"
    if join.required < 1 and join.strategy != "partial_timeout":
        return "it has to ask for at least 1 branch"
    return ""


def _number(text: str) -> float:
    over, _, under = text.partition("/")
    try:
        return float(over) / float(under or 1)
    except (ValueError, ZeroDivisionError, OverflowError):
        return 1.0  # written in a way that is not known here: nothing is claimed


def _failing(join: Join, effects: Sequence[Effects]) -> str:
    """Say which branches never end well, where too few are left."""
    failing = [one.name for one in effects if not one.outcomes]
    if len(effects) - len(failing) >= join.required:
        return ""
    return f"{listed(failing)} never {'ends' if len(failing) == 1 else 'end'} well"


def _running(solution: Solution, seen: set[Enum]) -> list[tuple[Enum, Stage]]:
    """Give the stages to which the code may lead and that run."""
    model = solution.model
    return [(state, stage) for state, stage in model.stages.items() if state in seen and state not in model.exits]

"""`check`: the whole way from a live workflow to a report, in this process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from .._text import did_you_mean
from ..errors import ConfigurationError
from ..keys.key import StoreKey
from ..workflow.engine import Workflow
from .build import Builder
from .config import bad_configuration
from .conflicts import conflicts
from .report import Diagnostic, Report, Spot, WorkflowReport
from .solve import solve
from .suppress import apply_all


def check(
    workflow: Workflow[Any, Any],
    *,
    initial: Enum | str | None = None,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] | None = None,
    target: str = "",
) -> Report:
    """Prove of each key that a state reads that it was written on every way there, or say where it was not.

    Nothing runs: the sources of the tasks are read.

    Args:
        workflow: the workflow, with all its tasks registered.
        initial: the state in which runs start, or its name; that of the workflow if not given, else the first
            registered.
        inputs: keys, or their names, that have a value when a run starts, besides ``workflow.inputs``.
        outputs: keys, or their names, that are read after a run, besides ``workflow.outputs``; where nothing is said at
            all, any key may be.
        target: what the report calls the workflow's place, as in ``app.pipeline:workflow``.

    Raises:
        ConfigurationError: *workflow* is none, or *initial* is none of its states, or an exit state.
    """
    return check_workflows([(target, workflow)], initial=initial, inputs=inputs, outputs=outputs)


def check_workflows(
    workflows: Iterable[tuple[str, Workflow[Any, Any]]],
    *,
    initial: Enum | str | None = None,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] | None = None,
) -> Report:
    """Do the same for several workflows, each with its target.

    Raises:
        ConfigurationError: as from `check`.
    """
    start = time.perf_counter()
    given = [_name(key) for key in inputs]
    wanted = None if outputs is None else [_name(key) for key in outputs]
    builders: list[Builder] = []
    found = [_checked(workflow, target, initial, given, wanted, builders.append) for target, workflow in workflows]
    problems = _strangers([*given, *(wanted or ())], builders)
    return apply_all(Report(tuple(found), tuple(problems), seconds=time.perf_counter() - start))


def _checked(
    workflow: Workflow[Any, Any],
    target: str,
    initial: Enum | str | None,
    inputs: list[str],
    outputs: list[str] | None,
    note: Callable[[Builder], None],
) -> WorkflowReport:
    if not isinstance(workflow, Workflow):
        raise ConfigurationError(subject="check()", problems=[f"it takes a Workflow, got {type(workflow).__name__}"])
    start = _start(workflow, initial)
    builder = Builder(workflow, start, inputs, outputs)
    note(builder)
    report = solve(builder.model(), target=target)
    types = conflicts(builder.shared.keys, builder.modules, workflow.name)
    found = sorted((*report.diagnostics, *types), key=lambda one: (one.spot, one.code))
    return replace(report, diagnostics=tuple(found))


def _strangers(names: Iterable[str], builders: Sequence[Builder]) -> Iterator[Diagnostic]:
    """Say of some names that no key has them: none that a task uses, and none that is there at all."""
    used = {name for builder in builders for name in builder.keys}
    wanted = [name for name in dict.fromkeys(names) if name not in used and not name.endswith("]")]  # of a family
    if not wanted or not builders:
        return
    there = {one.name for one in gc.get_objects() if issubclass(type(one), StoreKey)}
    spot = Spot(*builders[0].workflow.graph().place)
    for name in wanted:
        if name.rpartition("::")[2] not in there:
            reason = f"no key has this name{did_you_mean(name, used | there)}"
            yield replace(bad_configuration(f"key {name!r}", reason, spot), key=name)


def _name(key: Any) -> str:
    return key if isinstance(key, str) else str(key.name)


def _start(workflow: Workflow[Any, Any], initial: Enum | str | None) -> Enum | None:
    """Give the state in which runs start."""
    if isinstance(initial, str):
        members: dict[str, Enum] = dict(workflow.states.__members__)
        if initial not in members:
            reason = f"{initial!r} is no state; the states are {', '.join(members)}"
            raise ConfigurationError(subject=f"workflow {workflow.name!r}", problems=[reason])
        initial = members[initial]
    if initial is not None:
        if initial in workflow.graph().exits:
            reason = f"{initial.name} is an exit state: a run that starts there is over"
            raise ConfigurationError(subject=f"workflow {workflow.name!r}", problems=[reason])
        return initial
    if workflow.initial is not None:
        start: Enum = workflow.initial
        return start
    return next(iter(workflow.handlers), None)

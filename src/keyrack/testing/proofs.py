"""The check as a test: a workflow that is not proved fails it, with the report as the reason."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..workflow.engine import Workflow


def assert_proved(
    workflow: Workflow[Any, Any],
    *,
    initial: Enum | str | None = None,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] | None = None,
) -> None:
    """Pass if each key that a state of *workflow* reads was written on every way there.

    Nothing runs: the sources of the tasks are read, as by ``keyrack check``.

    Args:
        workflow: the workflow, with all its tasks registered.
        initial: the state in which runs start, or its name; that of the workflow if not given, else the first
            registered.
        inputs: keys, or their names, that have a value when a run starts, besides ``workflow.inputs``.
        outputs: keys, or their names, that are read after a run, besides ``workflow.outputs``; where nothing is said at
            all, any key may be.

    Raises:
        AssertionError: it is not proved, or something else about it is an error; the message is the report.
        ConfigurationError: *workflow* is none, or *initial* is none of its states.
    """
    from ..check.api import check
    from ..check.render.text import render

    report = check(workflow, initial=initial, inputs=inputs, outputs=outputs)
    if report.verdict == "proved":  # which it is not where there is an error
        return
    raise AssertionError("\n" + render(report.relative_to(_here())))


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # it is gone; then paths are told whole
        return "/"

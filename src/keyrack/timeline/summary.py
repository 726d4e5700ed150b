"""A timeline summed up on the terminal: where the time went, what failed, and which keys were written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .._text import counted, cut, printable
from ..errors import MissingExtraError
from .scale import written

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .gather import Timeline
    from .model import RunLine, StateLine

MOST_LINES = 20
"""The most states that have a line: those that took longest."""

MOST_RUNS = 10
"""The most runs that are summed up: the last ones."""

_STYLES = {"succeeded": "green", "failed": "bold red", "cancelled": "yellow", "running": "yellow"}


def summary(timeline: Timeline, width: int) -> RenderableType:
    """Sum up a timeline for a terminal of *width* columns; rich prints it.

    Raises:
        MissingExtraError: rich is not installed.
    """
    try:
        from rich.console import Group
    except ModuleNotFoundError:
        raise MissingExtraError(feature="The summary of a timeline", package="rich", extra="cli") from None

    return Group(*_parts(timeline, width))


def _parts(timeline: Timeline, width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    runs = timeline.runs()
    hidden = timeline.left_out + max(len(runs) - MOST_RUNS, 0)
    if hidden:
        yield Text(f"{counted(hidden, 'run')} before these left out", "dim")
    for run in runs[-MOST_RUNS:]:
        yield from _of_run(run, width)


def _of_run(run: RunLine, width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    from .._screen import table_of

    states = sorted(run.states.values(), key=lambda state: -run.seconds_of(state))
    heads = ["state", "visits", "time", "share", "failed"]
    if any(state.branches for state in states):
        heads.append("branches")
    table = table_of(*heads, "keys written")
    for column in table.columns[1:5]:
        column.justify, column.no_wrap = "right", True
    for state in states[:MOST_LINES]:
        cells = _cells(run, state, width)
        table.add_row(*cells if "branches" in heads else (*cells[:5], cells[6]))
    if states:
        yield table
    if len(states) > MOST_LINES:
        yield Text(f"and {counted(len(states) - MOST_LINES, 'more state')} that took less", "dim")
    end = f"ended in {run.exit}" if run.exit is not None else run.outcome
    facts = f" after {counted(run.visits, 'state')} in {written(run.seconds)}"
    yield Text.assemble(printable(run.workflow), ": ", (printable(end), _STYLES.get(run.outcome, "")), facts)
    if run.error is not None:
        yield Text(printable(run.error), "red")


def _cells(run: RunLine, state: StateLine, width: int) -> tuple[str, ...]:
    seconds = run.seconds_of(state)
    share = f"{seconds / run.seconds:.0%}" if run.seconds > 0 else ""
    failed = f"{state.failed:,}" if state.failed else ""
    branches = ", ".join(f"{number:,} {outcome}" for outcome, number in state.branches.items())
    keys = cut(", ".join(state.written), max(width // 3, 20))
    return printable(state.name), f"{state.visits:,}", written(seconds), share, failed, branches, keys

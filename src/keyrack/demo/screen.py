"""What the demo shows: progress while a survey runs, and its tables; its only file that knows rich."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from keyrack._screen import Screen, table_of
from keyrack._text import counted
from keyrack.demo.pipeline import AT_ONCE, PARSERS, Broken, Report, Stage

if TYPE_CHECKING:
    from keyrack.demo.inventory import Line
    from keyrack.demo.ranking import Finding
    from keyrack.demo.times import Spent, Times

SHOWN = 20
"""How many broken files are listed; the others are counted."""

WIDE = 110
"""From this width on, findings stand side by side."""

AMOUNT = 9
"""The width of an amount."""

UNIT = 14
"""The width of a unit."""

GAP = 2
"""Columns between findings side by side."""


# --- progress -------------------------------------------------------------------------------------


class Progress(NamedTuple):
    """How far a survey is."""

    stage: Enum
    found: int
    """How many files are to be read."""
    done: int
    """How many of them have been."""


class Display(AbstractContextManager["Display"], Protocol):
    """Shows how far a survey is, from entering to leaving the block."""

    def show(self, progress: Progress) -> None:
        """Show it, if there is something new to see."""
        ...


class Bar(Display):
    """A bar on a terminal, which disappears in the end."""

    def __init__(self, screen: Screen) -> None:
        stage, files = TextColumn("{task.description:8}"), TextColumn("{task.fields[files]}")
        columns = stage, BarColumn(), files, TimeElapsedColumn()
        self._bars = Bars(*columns, console=screen, transient=True, auto_refresh=False)
        self._bar = self._bars.add_task("", total=None, files="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, progress: Progress) -> None:
        """Draw the bar anew."""
        discovering = progress.stage is Stage.DISCOVER
        files = counted(progress.found, "file")
        self._bars.update(
            self._bar,
            description=progress.stage.value,
            total=None if discovering else progress.found,
            completed=progress.done,
            files=files if discovering else f"{progress.done:,} of {files}",
        )
        self._bars.refresh()


class Lines(Display):
    """A line now and then, for logs."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._quarters = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def show(self, progress: Progress) -> None:
        """Write a line when the files are found, and after each quarter of them."""
        if progress.stage is Stage.DISCOVER:
            return
        quarters = 4 * progress.done // max(progress.found, 1)
        if quarters > self._quarters:
            self._quarters = quarters
            self._write(f"parsed {progress.done:,} of {counted(progress.found, 'file')}")


# --- tables ---------------------------------------------------------------------------------------


def head(root: str, report: Report) -> RenderableType:
    """Say in two lines what was surveyed."""
    totals = report.totals
    where = f"{counted(totals.modules, 'module')} in {counted(report.packages, 'package')}"
    classes = f"{totals.classes:,} {'class' if totals.classes == 1 else 'classes'}"
    sizes = ", ".join([counted(totals.lines, "line"), counted(totals.functions, "function"), classes])
    return Group(Text.assemble("Surveyed ", (root, "bold")), Text(f"{where}: {sizes}"))


def findings_table(findings: Sequence[Finding], width: int) -> RenderableType:
    """Draw the findings, side by side where there is room."""
    across = 2 if width >= WIDE else 1
    room = width // across - GAP
    grid = Table.grid(*[""] * across, padding=(0, GAP, 0, 0))
    for column in grid.columns:
        column.width = room
    for start in range(0, len(findings), across):
        if start:
            grid.add_row()
        grid.add_row(*(_finding(finding, room) for finding in findings[start : start + across]))
    return grid


def _finding(finding: Finding, width: int) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", width=AMOUNT)
    table.add_column(style="dim", width=UNIT)
    table.add_column(no_wrap=True)
    for row in finding.rows:
        table.add_row(f"{row.amount:,}", row.unit, ending(row.what, width - AMOUNT - UNIT - 2))
    return Group(Text(finding.title, "bold"), table)


def ending(name: str, width: int) -> str:
    """Give the end of a dotted name, which tells more than its beginning, in *width* columns."""
    if cell_len(name) <= width:
        return name
    while name and cell_len(name) >= width:
        name = name[1:]
    return f"…{name}"


def broken_table(broken: Sequence[Broken]) -> RenderableType:
    """List what was left out, and why."""
    table = table_of("path", "why")
    for entry in broken[:SHOWN]:
        table.add_row(entry.path, Text(entry.reason, "dim"))
    if len(broken) > SHOWN:
        table.add_row(f"… and {len(broken) - SHOWN:,} more", "")
    return Group(Text(f"Left out: {counted(len(broken), 'path')}", "bold"), table)


def store_table(lines: Iterable[Line], width: int) -> RenderableType:
    """List what lies in a store."""
    table = table_of("key", "type", "holds", "what it is")
    holds = table.columns[2]
    holds.overflow, holds.no_wrap, holds.max_width = "ellipsis", True, 17 if width < WIDE else 34
    for line in lines:
        table.add_row(line.key, Text(line.type, "cyan"), line.holds, Text(line.doc, "dim"))
    return Group(Text("In the store", "bold"), table)


def states_table(times: Times, files: Sequence[int]) -> RenderableType:
    """List the states with the time that each has taken, and the parsers among them.

    Args:
        files: how many files each parser has read.
    """
    table = table_of("state", "visits", "seconds", "share", "files", "")
    for column in table.columns[1:5]:
        column.justify = "right"
    total = sum(time.seconds for time in times.states.values())
    for state, time in times.states.items():
        share = f"{time.seconds / total:.0%}" if total else ""
        if state is Stage.PARSE:
            split = Text(f"{PARSERS} parsers, {AT_ONCE} at a time", "dim")
            table.add_row(state.name, *_spent(time), share, f"{sum(files):,}", split)
            for branch, own in sorted(times.branches.items()):
                table.add_row(f"  {branch.task}", *_spent(own), "", f"{files[branch.number]:,}", style="dim")
        else:
            table.add_row(state.name, *_spent(time), share)
    return Group(Text("Time in each state", "bold"), table)


def _spent(time: Spent) -> tuple[str, str]:
    return f"{time.visits:,}", f"{time.seconds:.2f}"

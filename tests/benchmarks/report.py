"""The table of what was measured, for people and as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from tests.benchmarks.alternatives import MODULES, installed

import keyrack

if TYPE_CHECKING:
    from tests.benchmarks.harness import Case, Row

NOTES = (
    "ratio: to the floor, measured in the same rounds; medians of processor time.",
    "below a row: what one would pick instead; - where it cannot do it.",
)


def as_json(rows: Sequence[Row], rounds: int) -> str:
    """Give the rows as JSON; the docstring of `tests.benchmarks.__main__` describes it."""
    document = {
        "keyrack": keyrack.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "rounds": rounds,
        "rows": [_record(row) for row in rows],
    }
    return json.dumps(document, indent=2)


def _record(row: Row) -> dict[str, Any]:
    goal = row.case.goal
    return {
        "what": row.case.what,
        "unit": row.case.unit,
        "value": row.value,
        "floor": {"name": row.case.floor, "value": row.floor},
        "ratio": row.ratio,
        "excess": row.excess,
        "goal": goal and {"limit": goal.limit, "of": goal.of},
        "reached": row.reached,
        "alternatives": {name: row.others.get(name) for name in MODULES},
    }


WIDTH = 120
"""How wide the table and what is said below it may be."""


def show(rows: Sequence[Row]) -> None:
    """Print the rows as a table, and below each what else does the job: coloured where rich is installed."""
    write = _writer()
    missing = [name for name in MODULES if not installed(name)]
    head = ["what", "takes", "floor", "", "ratio", "to reach", ""]
    lines = _aligned([head, *map(_cells, rows)])
    beside = [_beside(row, missing, _widths(rows)) for row in rows]
    write(lines[0])
    for line, others in zip(lines[1:], beside, strict=True):
        write(line)
        if others:
            write(others)
    for line in NOTES:
        write(line)
    if missing:
        for line in wrap(f"not installed: {', '.join(missing)};", WIDTH):
            write(line)
        write("install them with: pip install 'keyrack[bench]'")


def _cells(row: Row) -> list[str]:
    return [
        row.case.what,
        _amount(row.value, row.case.unit),
        row.case.floor,
        _amount(row.floor, row.case.unit),
        f"{row.ratio:.3g} x",
        _goal(row.case),
        {True: "reached", False: "not reached", None: ""}[row.reached],
    ]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(_fit, line, widths, range(len(widths)))).rstrip() for line in lines]


def _fit(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column in _TEXT_COLUMNS else text.rjust(width)


_TEXT_COLUMNS = {0, 2, 6}


def _beside(row: Row, missing: Sequence[str], widths: Mapping[str, int]) -> str:
    """Say what the installed alternatives take, each below what it took in other rows."""
    there = [name for name in MODULES if name in row.others and name not in missing]
    cells = [f"{name} {_other(row, name).rjust(widths[name])}" for name in there]
    return "    " + "  ".join(cells) if cells else ""


def _widths(rows: Sequence[Row]) -> Mapping[str, int]:
    return {name: max((len(_other(row, name)) for row in rows), default=0) for name in MODULES}


def _other(row: Row, name: str) -> str:
    value = row.others.get(name)
    return "-" if value is None else _amount(value, row.case.unit)


def _goal(case: Case) -> str:
    if case.goal is None:
        return ""
    if case.goal.of == "ratio":
        return f"≤ {case.goal.limit:g} x"
    over = " over" if case.goal.of == "excess" else ""
    return f"≤ {_amount(case.goal.limit, case.unit)}{over}"


def _amount(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value:,.0f} B"
    for name, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g} ns"


def _writer() -> Callable[[str], object]:
    """Give what prints a line: with rich where it is installed."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return print
    console = Console(highlight=False)

    def write(line: str) -> None:
        text = Text(line)
        text.highlight_regex("(?<!not )reached$", "green")
        text.highlight_regex("not reached$", "red")
        console.print(text, soft_wrap=True)

    return write

"""The table of what was measured, for people and as JSON."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.benchmarks.alternatives import MODULES, installed

import keyrack

if TYPE_CHECKING:
    from tests.benchmarks.harness import Case, Row

NOTES = (
    "ratio: to the floor, measured in the same rounds; medians of processor time.",
    "beside it: what one would pick instead; - where it cannot do it.",
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


def show(rows: Sequence[Row]) -> None:
    """Print the rows as a table: with rich where it is installed."""
    missing = [name for name in MODULES if not installed(name)]
    head = ["what", "takes", "floor", "", "ratio", "to reach", "", *MODULES]
    lines = [_line(row, missing) for row in rows]
    try:
        _show_rich(head, lines)
    except ImportError:
        _show_plain(head, lines)
    print(*NOTES, sep="\n")
    if missing:
        print(f"not installed: {', '.join(missing)}; install them with: pip install 'keyrack[bench]'")


def _line(row: Row, missing: Sequence[str]) -> list[str]:
    return [
        row.case.what,
        _amount(row.value, row.case.unit),
        row.case.floor,
        _amount(row.floor, row.case.unit),
        f"{row.ratio:.3g} x",
        _goal(row.case),
        {True: "reached", False: "not reached", None: ""}[row.reached],
        *("missing" if name in missing else _other(row, name) for name in MODULES),
    ]


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


def _show_rich(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, name in enumerate(head):
        table.add_column(name, justify=_side(number), no_wrap=True)
    for line in lines:
        style = {"reached": "green", "not reached": "red"}.get(line[6], "")
        table.add_row(*line[:6], Text(line[6], style), *line[7:])
    width = None if sys.stdout.isatty() else 10_000
    Console(width=width, highlight=False, markup=False).print(table)


def _show_plain(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    for line in (head, *lines):
        cells = zip(line, widths, strict=True)
        print("  ".join(_fit(text, width, number) for number, (text, width) in enumerate(cells)).rstrip())


def _side(column: int) -> Any:
    return "left" if column in _TEXT_COLUMNS else "right"


def _fit(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column in _TEXT_COLUMNS else text.rjust(width)


_TEXT_COLUMNS = {0, 2, 6}

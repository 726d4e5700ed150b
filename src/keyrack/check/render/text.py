"""A report as people read it in a terminal: each finding with the path that shows it, and one line that sums up.

The first line of a finding can be found by ``grep`` and opened by editors: ``file:line:col: severity CODE: message``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..._text import counted, printable
from .lines import column, details, place, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..report import Assumption, Diagnostic, Report, Severity

_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
_COLORS: Final[dict[Severity, str]] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;36m"}
_VERDICTS: Final = {"proved": "\x1b[1;32m", "refuted": "\x1b[1;31m", "unproven": "\x1b[1;33m"}


def render(report: Report, *, show_assumptions: bool = False, color: bool = False) -> str:
    """Write a report for a terminal: the findings that are not suppressed, then what was checked.

    Args:
        report: what was found; paths are shown as they are, so make them relative first.
        show_assumptions: whether to list what the proofs rest on.
        color: whether to colour severities and the verdict.

    Returns:
        Lines, each with its newline. No other control character is among them unless *color* is set.
    """
    paint = _painted if color else _plain
    lines = [line for one in report for line in _finding(one, paint)]
    if show_assumptions:
        lines += [_assumption(each) for workflow in report.workflows for each in workflow.assumptions]
    lines += [f"note: {sentence(note)}" for note in report.notes]
    lines.append(_summary(report, paint, show_assumptions=show_assumptions))
    return "".join(f"{line}\n" for line in lines)


def _plain(text: str, style: str) -> str:
    del style
    return text


def _painted(text: str, style: str) -> str:
    return f"{style}{text}{_RESET}"


def _finding(one: Diagnostic, paint: Callable[[str, str], str]) -> Iterator[str]:
    what = paint(f"{one.severity} {printable(one.code)}", _COLORS[one.severity])
    yield f"{paint(column(one.spot), _BOLD)}: {what}: {sentence(one.message)}"
    yield from (f"  {line}" for line in details(one))


def _assumption(one: Assumption) -> str:
    where = "" if one.spot is None else f" ({place(one.spot)})"
    return f"assumption: {sentence(one.message)}{where}"


def summary_line(report: Report) -> str:
    """Sum a report up on one line: the verdict, how many reads, how large what was checked is, how long it took."""
    return _summary(report, _plain, show_assumptions=False)


def _summary(report: Report, paint: Callable[[str, str], str], *, show_assumptions: bool) -> str:
    if report.problems and not report.workflows:  # a verdict would be one about nothing
        count = counted(len(report.problems), "problem")
        return f"{paint('not checked', _VERDICTS['refuted'])}: {count}  [{report.seconds:.2f} s]"
    return f"{paint(report.verdict, _VERDICTS[report.verdict])}: {_scope(report, show_assumptions=show_assumptions)}"


def _scope(report: Report, *, show_assumptions: bool) -> str:
    workflows = report.workflows
    reads = (
        f"{counted(sum(one.reads for one in workflows), 'read')}, "
        f"{sum(one.proved for one in workflows):,} proved, "
        f"{sum(one.refuted for one in workflows):,} refuted, "
        f"{sum(one.unproven for one in workflows):,} unproven"
    )
    states = sum(state.kind != "missing" for one in workflows for state in one.states)
    assumptions = sum(len(one.assumptions) for one in workflows)
    scope = [
        counted(states, "state"),
        counted(len(workflows), "workflow"),
        counted(assumptions, "assumption") + (" (--show-assumptions)" if assumptions and not show_assumptions else ""),
    ]
    suppressed = sum(bool(one.suppressed) for one in report.all())
    if suppressed:
        scope.append(f"{suppressed:,} suppressed")
    return f"{reads}; {', '.join(scope)}  [{report.seconds:.2f} s]"

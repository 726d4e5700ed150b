"""A report for GitHub Actions: annotations in the log, and a table in the summary of the job.

GitHub shows ten errors, ten warnings and ten notices of a step. So the worst come first, and those beyond are told in
one line; all of them stand in the summary.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..._text import counted, printable
from ..codes import CODES
from ..report import SEVERITIES
from .lines import details, header, place, sentence
from .text import summary_line

if TYPE_CHECKING:
    from ..report import Diagnostic, Report, Severity

MOST_SHOWN: Final = 10
"""As many annotations of one severity GitHub shows of a step."""

MOST_BYTES: Final = 1_000_000
"""Little less than GitHub takes of the summary of a step; of a longer one it shows nothing."""

_COMMANDS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, *, summary: str | None = None) -> str:
    """Write a report as workflow commands, the worst findings first.

    Args:
        report: what was found; paths are given as they are, and GitHub wants them relative to the repository.
        summary: the file that ``GITHUB_STEP_SUMMARY`` names; the whole report is appended to it. Without one, and
            where it cannot be written, the log itself lists what GitHub does not show.
    """
    shown, rest = _divided(report)
    lines = [_command(one) for one in shown]
    trouble = _appended(summary, report) if summary else None
    if trouble:
        lines.append(f"::warning title=keyrack check::{_data(trouble)}")
    if rest:
        where = "" if trouble or not summary else ", in the summary of this job"
        lines.append(f"and {_tally(rest)} that GitHub does not show{where}")
    if rest and (trouble or not summary):
        lines += [_inert(header(one)) for one in rest]
    lines += [_inert(f"note: {sentence(note)}") for note in report.notes]
    lines.append(_inert(summary_line(report)))
    return "".join(f"{line}\n" for line in lines)


def _divided(report: Report) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Give the findings that are shown, and those beyond, both worst first."""
    groups: dict[Severity, list[Diagnostic]] = defaultdict(list)
    for one in report:
        groups[one.severity].append(one)
    shown = [one for severity in SEVERITIES for one in groups[severity][:MOST_SHOWN]]
    rest = [one for severity in SEVERITIES for one in groups[severity][MOST_SHOWN:]]
    return shown, rest


def _tally(rest: list[Diagnostic]) -> str:
    words = {"error": "more error", "warning": "more warning", "note": "more notice"}
    numbers = [(sum(one.severity == severity for one in rest), words[severity]) for severity in SEVERITIES]
    return ", ".join(counted(number, word) for number, word in numbers if number)


def _command(one: Diagnostic) -> str:
    properties = {**_where(one), "title": _title(one)}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[one.severity]} {written}::{_data(_body(one))}"


def _where(one: Diagnostic) -> dict[str, str]:
    spot = one.spot
    if not spot.file:
        return {}
    found = {"file": printable(spot.file)}
    if spot.line < 1:
        return found
    found["line"] = str(spot.line)
    if spot.end_line > spot.line:  # GitHub drops the columns of what spans lines
        return {**found, "endLine": str(spot.end_line)}
    if spot.end_line == spot.line:
        found["endLine"] = str(spot.end_line)
    if spot.col >= 1:
        found["col"] = str(spot.col)
        if spot.end_line == spot.line and spot.end_col > spot.col:
            # GitHub counts the last column in.
            found["endColumn"] = str(spot.end_col - 1)
    return found


def _title(one: Diagnostic) -> str:
    code = CODES.get(one.code)
    return printable(one.code if code is None else f"{one.code} {code.slug}")


def _body(one: Diagnostic) -> str:
    return "\n".join([sentence(one.message), *details(one)])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _inert(line: str) -> str:
    """Give a line that the runner takes for no command: neither one that starts with ``::`` nor ``##[`` anywhere."""
    safe = line.replace("##[", "## [")
    return f"./{safe}" if safe.lstrip().startswith("::") else safe


def _appended(file: str, report: Report) -> str | None:
    """Append the report to the summary; give what went wrong, if anything did."""
    path = Path(file)
    try:
        taken = path.stat().st_size if path.exists() else 0
        with path.open("a", encoding="utf-8") as out:
            out.write(markdown(report, MOST_BYTES - taken))
    except OSError as error:
        return f"the summary could not be written to {printable(file)}: {error.strerror}"
    return None


def markdown(report: Report, most_bytes: int = MOST_BYTES) -> str:
    """Write a report as a table of Markdown, the worst findings first; rows that do not fit are counted at its end."""
    shown, rest = _divided(report)
    findings = sorted([*shown, *rest], key=lambda one: SEVERITIES.index(one.severity))
    head = f"### keyrack check\n\n{_escaped(summary_line(report))}\n\n"
    head += "".join(f"{_escaped(sentence(note))}\n\n" for note in report.notes)
    if not findings:
        return head
    written = [head, "| severity | code | place | finding |\n| --- | --- | --- | --- |\n"]
    left = most_bytes - sum(len(part.encode()) for part in written) - 100
    for at, one in enumerate(findings):
        row = _row(one)
        left -= len(row.encode())
        if left < 0:
            written.append(f"\n{counted(len(findings) - at, 'more finding')} did not fit.\n")
            break
        written.append(row)
    return "".join([*written, "\n"])


def _row(one: Diagnostic) -> str:
    words = "<br>".join(map(_escaped, [sentence(one.message), *details(one)]))
    return f"| {one.severity} | {_escaped(_title(one))} | {_escaped(place(one.spot))} | {words} |\n"


_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$@&:-])")


def _escaped(text: str) -> str:
    """Give text that Markdown shows as it is: no markup, no mention, no link."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[1])};", text)

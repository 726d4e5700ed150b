"""A baseline: the findings that are known and let be, so that a check fails for new ones alone.

It is a JSON file to be kept beside the code::

    {"schema": 1, "findings": [{"fingerprint": "…", "count": 1, "code": "KR102", "target": "…", "state": "…",
                                "key": "…", "message": "…"}, …]}

Only the fingerprint and the count matter; the rest is for people. A fingerprint holds no line, so the file stays as it
is while code moves; where several findings have the same one, it is known how many.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from .._text import counted, preview
from .config import bad_configuration
from .render.fingerprint import fingerprint
from .report import Diagnostic, Report, Spot, WorkflowReport

SCHEMA: Final = 1

NEVER: Final = frozenset({"KR001", "KR002"})
"""What is never known: the check did not see the code, and the next one may find anything."""


@dataclass(frozen=True, slots=True)
class _Entry:
    count: int
    code: str
    target: str


class _DamagedError(Exception):
    """The file is no baseline: why, and on which line."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.line: int = line


def write(report: Report, file: Path) -> int:
    """Write the findings of a report as known ones, in place of what was there.

    Those that an earlier baseline suppresses are written again, those that a comment suppresses are not. The file is
    replaced as a whole: whoever reads it sees the old one or the new one.

    Returns:
        How many findings are known now.

    Raises:
        OSError: it cannot be written; what was there is still there.
    """
    groups: dict[str, list[Diagnostic]] = {}
    for one in report.all():
        if _may_be_known(one):
            groups.setdefault(fingerprint(one), []).append(one)
    entries = [_entry(name, found) for name, found in groups.items()]
    entries.sort(key=lambda each: [str(each[name]) for name in ("code", "target", "state", "key", "fingerprint")])
    text = json.dumps({"schema": SCHEMA, "findings": entries}, indent=2, ensure_ascii=True) + "\n"
    _replace(Path(os.path.realpath(file)), text)
    return sum(map(len, groups.values()))


def _may_be_known(one: Diagnostic) -> bool:
    return one.suppressed != "comment" and one.code not in NEVER


def _entry(name: str, found: list[Diagnostic]) -> dict[str, Any]:
    one = found[0]
    return {
        "fingerprint": name,
        "count": len(found),
        "code": one.code,
        "target": one.target,
        "state": one.state,
        "key": one.key,
        "message": min(each.message for each in found),
    }


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", text=True)
    try:
        with open(handle, "w", encoding="ascii", newline="\n") as out:  # noqa: PTH123  # a handle has no path
            out.write(text)
        Path(name).chmod(_mode(file))
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _mode(file: Path) -> int:
    """Give the rights that a file has or, where it is new, that a file gets which anybody may read."""
    try:
        return file.stat().st_mode & 0o777
    except OSError:
        return 0o644


def apply(report: Report, file: Path) -> Report:
    """Mark the findings that are known, and tell how many known ones no longer occur.

    Where the file cannot be read, that is a finding (KR002) and nothing is marked.
    """
    try:
        known = _read(file)
    except _DamagedError as error:
        problem = bad_configuration(f"baseline {file.name}", str(error), Spot(str(file), error.line))
        return replace(report, problems=(*report.problems, problem))
    left = Counter({name: entry.count for name, entry in known.items()})
    marked = replace(
        report,
        problems=_marked(report.problems, left),
        workflows=tuple(_workflow(one, left) for one in report.workflows),
    )
    stale = _stale(known, left, report)
    if not stale:
        return marked
    note = f"{counted(stale, 'known finding')} of {file} no longer {'occurs' if stale == 1 else 'occur'}"
    return replace(
        marked, notes=(*marked.notes, f"{note}; write the baseline again to drop {'it' if stale == 1 else 'them'}")
    )


def _workflow(one: WorkflowReport, left: Counter[str]) -> WorkflowReport:
    return replace(one, diagnostics=_marked(one.diagnostics, left))


def _marked(found: Iterable[Diagnostic], left: Counter[str]) -> tuple[Diagnostic, ...]:
    """Mark as many findings of each fingerprint as are left of it."""
    marked: list[Diagnostic] = []
    for one in found:
        name = fingerprint(one)
        if _may_be_known(one) and left[name] > 0:
            left[name] -= 1
            marked.append(replace(one, suppressed="baseline"))
        else:
            marked.append(one)
    return tuple(marked)


def _stale(known: Mapping[str, _Entry], left: Counter[str], report: Report) -> int:
    """Count the known findings that were not found, of the workflows that were looked at."""
    checked = {"", *(one.name for one in report.workflows)}
    return sum(left[name] for name, entry in known.items() if entry.target in checked)


def _read(file: Path) -> dict[str, _Entry]:
    try:
        document: Any = json.loads(file.read_bytes())
    except OSError as error:
        msg = f"it cannot be read: {error.strerror}"
        raise _DamagedError(msg) from None
    except json.JSONDecodeError as error:
        msg = f"it is no JSON: {error.msg} at column {error.colno}"
        raise _DamagedError(msg, error.lineno) from None
    except (ValueError, RecursionError) as error:
        msg = f"it is no JSON: {error}"
        raise _DamagedError(msg) from None
    if not isinstance(document, dict) or "schema" not in document:
        msg = "it is no baseline of keyrack check: it has no 'schema'"
        raise _DamagedError(msg)
    return _entries(cast("dict[str, Any]", document))


def _entries(document: dict[str, Any]) -> dict[str, _Entry]:
    if document["schema"] is True or document["schema"] != SCHEMA:
        msg = f"it has schema {preview(document['schema'])}, and this version of keyrack reads schema {SCHEMA}"
        raise _DamagedError(msg)
    findings: Any = document.get("findings")
    if findings.__class__ is not list:
        msg = "its 'findings' are no list"
        raise _DamagedError(msg)
    known: dict[str, _Entry] = {}
    for at, each in enumerate(findings):
        name, entry = _known(each, at)
        if name in known:
            msg = f"findings[{at}]: the same fingerprint stands there twice"
            raise _DamagedError(msg)
        known[name] = entry
    return known


def _known(each: Any, at: int) -> tuple[str, _Entry]:
    found = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
    texts = [found.get(name) for name in ("fingerprint", "code", "target")]
    count = found.get("count")
    if not all(isinstance(text, str) for text in texts) or type(count) is not int or count < 1:
        msg = f"findings[{at}]: an object with fingerprint, code, target and a count of at least 1 is needed"
        raise _DamagedError(msg)
    return str(texts[0]), _Entry(count, str(texts[1]), str(texts[2]))

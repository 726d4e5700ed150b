"""A report as SARIF 2.1.0: what code scanning, editors and other viewers of findings read.

How it works: one run, with every code as a rule, so that a rule keeps its index; a result for each finding, suppressed
ones marked; the way on which a finding shows is its code flow. Paths that are relative in the report are relative to
``SRCROOT``. What is not known is left out: a region without a line, an end without an end.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_from_bytes

from ..._text import counted, printable
from ..codes import CODES
from ..report import SEVERITIES
from .fingerprint import fingerprints
from .lines import sentence

if TYPE_CHECKING:
    from ..codes import Code
    from ..report import Diagnostic, Report, Spot

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

MOST_RESULTS: Final = 25_000
"""As many results of a run GitHub takes; it refuses a file with more."""

MOST_STEPS: Final = 1_000
"""As many locations of a code flow GitHub shows."""

_INDEX: Final = {code: at for at, code in enumerate(CODES)}
_SUPPRESSIONS: Final = {"comment": "inSource", "baseline": "external"}


def render(report: Report) -> str:
    """Write a report as SARIF, of ASCII alone, with a newline at its end.

    Beyond 25,000 findings the worst are written, and a notification says how many were left out.
    """
    return json.dumps(_log(report), indent=2, ensure_ascii=True) + "\n"


def _log(report: Report) -> dict[str, Any]:
    named = list(zip(report.all(), fingerprints(report.all()), strict=True))
    # Sorting keeps the order of the report where severities are equal.
    named.sort(key=lambda pair: (bool(pair[0].suppressed), SEVERITIES.index(pair[0].severity)))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "invocations": [_invocation(report, left_out=max(0, len(named) - MOST_RESULTS))],
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder in which the check ran."}}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, name) for one, name in named[:MOST_RESULTS]],
            }
        ],
    }


def _driver() -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "keyrack", "rules": _rules()}
    with suppress(PackageNotFoundError):  # run from a source tree that was not installed
        driver["version"] = version("keyrack")
    return driver


@cache
def _rules() -> list[dict[str, Any]]:
    return [_rule(code) for code in CODES.values()]


def _rule(code: Code) -> dict[str, Any]:
    from ..explain import explain, explanation

    text = explanation(code.code)
    return {
        "id": code.code,
        "name": code.slug,
        "shortDescription": {"text": code.slug.replace("-", " ")},
        "fullDescription": {"text": " ".join(text.partition("\n\n")[0].split())},
        "help": {"text": explain(code.code), "markdown": text},
        "defaultConfiguration": {"level": code.severity},
        "properties": {"tags": [code.family]},
    }


def _invocation(report: Report, *, left_out: int) -> dict[str, Any]:
    notifications = [_notification("note", note) for note in report.notes]
    if left_out:
        left = f"{counted(left_out, 'finding')} {'was' if left_out == 1 else 'were'} left out; the worst are here"
        notifications.append(_notification("warning", left))
    failed = any(one.code in {"KR001", "KR002"} for one in report.problems)
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notifications}


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": _message(text)}


def _result(one: Diagnostic, name: str) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": printable(one.code), "level": one.severity, "message": _message(one.message)}
    if one.code in _INDEX:
        result["ruleIndex"] = _INDEX[one.code]
    if one.help:
        result["message"] = _message(f"{sentence(one.message)}. Help: {one.help}")
    # GitHub knows a finding again by the first of the two alone.
    result["partialFingerprints"] = {"primaryLocationLineHash": name, "keyrackFinding/v1": name}
    if one.spot.file:
        result["locations"] = [{**_location(one.spot), **_logical(one)}]
    if one.path:
        result["codeFlows"] = [{"threadFlows": [{"locations": _steps(one)}]}]
    if one.related:
        result["relatedLocations"] = [
            {"id": at, **_location(each.spot, each.message)} for at, each in enumerate(one.related)
        ]
    if one.suppressed:
        kind = _SUPPRESSIONS.get(one.suppressed, "external")
        result["suppressions"] = [{"kind": kind, "justification": printable(one.suppressed)}]
    facts = {"workflow": one.target, "state": one.state, "key": one.key}
    result["properties"] = {fact: printable(text) for fact, text in facts.items() if text}
    return result


def _logical(one: Diagnostic) -> dict[str, Any]:
    if not one.state:
        return {}
    full = f"{one.target}.{one.state}" if one.target else one.state
    return {"logicalLocations": [{"name": printable(one.state), "fullyQualifiedName": printable(full)}]}


def _steps(one: Diagnostic) -> list[dict[str, Any]]:
    """Give the way, and the place where it ends; of a very long way the middle is left out."""
    steps = [(hop.spot, hop.why) for hop in one.path]
    steps.append((one.spot, one.message))
    if len(steps) > MOST_STEPS:
        half = MOST_STEPS // 2
        steps[half : len(steps) - half] = []
    return [{"location": _location(spot, why)} for spot, why in steps]


def _location(spot: Spot, text: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {}
    if spot.file:
        location["physicalLocation"] = {"artifactLocation": _artifact(spot.file), **_region(spot)}
    if text:
        location["message"] = _message(text)
    return location


def _artifact(file: str) -> dict[str, str]:
    path = file.replace(os.sep, "/")
    if os.path.isabs(file):  # noqa: PTH117  # as the text stands: a path of SARIF need not exist here
        return {"uri": "file://" + ("" if path.startswith("/") else "/") + _quoted(path)}
    return {"uri": _quoted(path), "uriBaseId": "SRCROOT"}


def _quoted(path: str) -> str:
    try:
        name = path.encode(errors="surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which no file system gives
        name = path.encode(errors="replace")
    return quote_from_bytes(name)


def _region(spot: Spot) -> dict[str, Any]:
    if spot.line < 1:
        return {}
    region = {"startLine": spot.line}
    if spot.col >= 1:
        region["startColumn"] = spot.col
    if spot.end_line > spot.line or (spot.end_line == spot.line and spot.end_col > max(spot.col, 1)):
        region["endLine"] = spot.end_line
        if spot.end_col >= 1:
            region["endColumn"] = spot.end_col
    return {"region": region}


_LINK: Final = re.compile(r"\](?=\()")
_PLACEHOLDER: Final = re.compile(r"\{(\d+)\}")


def _message(text: str) -> dict[str, str]:
    """Give a message in which nothing is a link or a placeholder: code that is quoted may look like one."""
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub("] ", sentence(text)))}

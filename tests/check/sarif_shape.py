"""The part of the schema of SARIF 2.1.0 that reports of checks use: which properties there are, and which are needed.

Written by hand from the schema, whose whole text is too large to keep beside the tests.
"""

from collections.abc import Iterator
from typing import Any

TEXT, WHOLE, POSITIVE, TRUTH = "text", "a whole number from 0", "a whole number from 1", "a truth value"

# The name of each object: its properties with what they hold, a list for an array of it; "!" where it must be there.
SHAPES: dict[str, dict[str, Any]] = {
    "log": {"$schema": TEXT, "version!": {"2.1.0"}, "runs!": ["run"]},
    "run": {
        "tool!": "tool",
        "invocations": ["invocation"],
        "originalUriBaseIds": {"*": "artifactLocation"},
        "columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
        "results": ["result"],
    },
    "tool": {"driver!": "toolComponent"},
    "toolComponent": {"name!": TEXT, "version": TEXT, "rules": ["reportingDescriptor"]},
    "reportingDescriptor": {
        "id!": TEXT,
        "name": TEXT,
        "shortDescription": "multiformatMessageString",
        "fullDescription": "multiformatMessageString",
        "help": "multiformatMessageString",
        "defaultConfiguration": "reportingConfiguration",
        "properties": {"tags": [TEXT], "*": None},
    },
    "multiformatMessageString": {"text!": TEXT, "markdown": TEXT},
    "reportingConfiguration": {"level": {"none", "note", "warning", "error"}},
    "invocation": {"executionSuccessful!": TRUTH, "toolExecutionNotifications": ["notification"]},
    "notification": {"level": {"none", "note", "warning", "error"}, "message!": "message"},
    "message": {"text!": TEXT},
    "result": {
        "ruleId": TEXT,
        "ruleIndex": WHOLE,
        "level": {"none", "note", "warning", "error"},
        "message!": "message",
        "locations": ["location"],
        "relatedLocations": ["location"],
        "codeFlows": ["codeFlow"],
        "partialFingerprints": {"*": TEXT},
        "suppressions": ["suppression"],
        "properties": {"*": None},
    },
    "location": {
        "id": WHOLE,
        "physicalLocation": "physicalLocation",
        "logicalLocations": ["logicalLocation"],
        "message": "message",
    },
    "physicalLocation": {"artifactLocation!": "artifactLocation", "region": "region"},
    "artifactLocation": {"uri": TEXT, "uriBaseId": TEXT, "description": "message"},
    "region": {"startLine!": POSITIVE, "startColumn": POSITIVE, "endLine": POSITIVE, "endColumn": POSITIVE},
    "logicalLocation": {"name": TEXT, "fullyQualifiedName": TEXT},
    "codeFlow": {"threadFlows!": ["threadFlow"]},
    "threadFlow": {"locations!": ["threadFlowLocation"]},
    "threadFlowLocation": {"location": "location"},
    "suppression": {"kind!": {"inSource", "external"}, "justification": TEXT},
}


def problems(document: Any) -> list[str]:
    """Give what is wrong with a document, each with its place; nothing where it has the shape of SARIF."""
    return list(_wrong("log", document, "log"))


def _wrong(shape: Any, value: Any, where: str) -> Iterator[str]:
    match shape:
        case None:
            return
        case "text":
            fits = isinstance(value, str)
        case "a truth value":
            fits = isinstance(value, bool)
        case "a whole number from 0":
            fits = type(value) is int and value >= 0
        case "a whole number from 1":
            fits = type(value) is int and value >= 1
        case set():
            fits = value in shape
        case list():
            if value.__class__ is list:
                yield from (
                    wrong for at, each in enumerate(value) for wrong in _wrong(shape[0], each, f"{where}[{at}]")
                )
                return
            fits = False
        case _:
            yield from _wrong_object(SHAPES[shape] if isinstance(shape, str) else shape, value, where)
            return
    if not fits:
        yield f"{where}: {shape} is needed, not {value!r}"


def _wrong_object(shape: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    if value.__class__ is not dict:
        yield f"{where}: an object is needed, not {value!r}"
        return
    known = {name.rstrip("!"): inner for name, inner in shape.items()}
    yield from (f"{where}: no {name[:-1]}" for name in shape if name.endswith("!") and name[:-1] not in value)
    for name, inner in value.items():
        if name in known or "*" in known:
            yield from _wrong(known.get(name, known.get("*")), inner, f"{where}.{name}")
        else:
            yield f"{where}: no such property as {name}"

"""The codes of all findings: their severity and their sentences; what explains them stands in `explain`.

Rules pass facts, and the sentence is made here. Names of keys are quoted, states are written as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .report import Severity

Family: TypeAlias = Literal["use", "reads", "graph", "dead data", "parallel", "types", "contracts", "limits"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding."""

    code: str
    slug: str
    """A name for people who do not know numbers by heart."""
    family: Family
    severity: Severity
    """How bad it is, unless a rule or the configuration says otherwise."""
    sentence: str
    """The message, with the facts in braces."""


def said(code: str, /, **facts: object) -> str:
    """Give the sentence of a code about *facts*."""
    return CODES[code].sentence.format(**facts)


def _codes(*rows: tuple[str, str, Family, Severity, str]) -> dict[str, Code]:
    return {row[0]: Code(*row) for row in rows}


CODES = _codes(
    ("KR001", "load-failed", "use", "error", "cannot load {target}: {reason}"),
    ("KR002", "bad-configuration", "use", "error", "{where}: {reason}"),
    ("KR003", "unused-suppression", "use", "warning", "unused 'keyrack: ignore[{code}]'"),
    ("KR004", "unknown-code", "use", "warning", "unknown code {code}{hint}"),
    (
        "KR101",
        "never-written",
        "reads",
        "error",
        "{key!r} is read in {state} but is never written on any path from {initial}",
    ),
    (
        "KR102",
        "missing-on-path",
        "reads",
        "error",
        "{key!r} may be missing when {state} reads it: not written on {path}",
    ),
    (
        "KR103",
        "maybe-empty-loop",
        "reads",
        "warning",
        (
            "{key!r} may be missing when {state} reads it: "
            "{writer} writes it only inside a loop that may not run ({place})"
        ),
    ),
    (
        "KR104",
        "read-after-remove",
        "reads",
        "error",
        "{key!r} is read in {state} after {remover} removed it ({place}): {path}",
    ),
    (
        "KR105",
        "join-may-miss",
        "reads",
        "error",
        (
            "{key!r} may be missing when {state} reads it: "
            "join {strategy} at {split} guarantees {required} of {branches}, and {writers}"
        ),
    ),
    ("KR106", "unproven-read", "reads", "note", "cannot prove that {key!r} is present when {state} reads it: {reason}"),
    (
        "KR201",
        "unreachable-state",
        "graph",
        "warning",
        "state {state} is registered but cannot be reached from {initial}",
    ),
    (
        "KR202",
        "no-handler",
        "graph",
        "error",
        "{state} goes to {target}, which has no handler and is not an exit state",
    ),
    ("KR203", "no-exit", "graph", "error", "no exit state can be reached from {state}"),
    ("KR204", "exit-with-handler", "graph", "warning", "{state} is an exit state; its handler never runs"),
    ("KR205", "no-next-state", "graph", "error", "{task} may end without returning a next state"),
    (
        "KR206",
        "unknown-next-state",
        "graph",
        "warning",
        "cannot determine the next state of {state}; annotate {task} with -> Literal[...]",
    ),
    ("KR207", "bad-initial", "graph", "error", "{reason}"),
    (
        "KR301",
        "never-read",
        "dead data",
        "warning",
        "{key!r} is written in {state} but never read and not declared as an output",
    ),
    (
        "KR302",
        "dead-write",
        "dead data",
        "warning",
        "{key!r} written in {state} is always overwritten or removed before it is read",
    ),
    ("KR303", "useless-remove", "dead data", "note", "{state} removes {key!r}, which is never present here"),
    ("KR401", "write-race", "parallel", "error", "branches {one} and {other} of {state} both write {key!r}; {effect}"),
    (
        "KR402",
        "read-write-race",
        "parallel",
        "error",
        "branch {one} of {state} reads {key!r} while branch {other} writes it",
    ),
    ("KR403", "impossible-join", "parallel", "error", "join {strategy} at {state} can never be satisfied: {reason}"),
    (
        "KR404",
        "late-write",
        "parallel",
        "warning",
        (
            "branch {branch} of {state} runs in a thread and cannot be cancelled; "
            "it may write {key!r} after the {strategy} join"
        ),
    ),
    (
        "KR405",
        "ignored-branch-state",
        "parallel",
        "note",
        "branch {branch} returns {target}, but the join goes to {state}",
    ),
    (
        "KR501",
        "key-type-conflict",
        "types",
        "error",
        "key {key!r} is declared as {one} in {here} and as {other} in {there}",
    ),
    ("KR502", "append-to-non-list", "types", "error", "append to {key!r}, which is declared as {type}"),
    ("KR601", "undeclared-read", "contracts", "error", "{task} reads {key!r} but does not declare it"),
    ("KR602", "undeclared-write", "contracts", "error", "{task} writes {key!r} but does not declare it"),
    (
        "KR603",
        "uncertain-write",
        "contracts",
        "error",
        "{task} declares that it writes {key!r}, but not on the path through line {line}",
    ),
    ("KR604", "undeclared-next-state", "contracts", "error", "{task} may go to {target}, which it does not declare"),
    ("KR605", "stale-declaration", "contracts", "warning", "{task} declares {what} but never {does}"),
    ("KR901", "opaque-call", "limits", "note", "the store is passed to {callee}, {reason}"),
    ("KR902", "dynamic-key", "limits", "note", "the key of this {verb}() is only known at run time"),
    ("KR903", "no-source", "limits", "note", "no source for {task}; declare a contract"),
    ("KR904", "dynamic-code", "limits", "note", "{callee} runs code that cannot be analysed"),
    ("KR905", "dropped-task", "limits", "note", "task {callee} is started but never awaited"),
    ("KR906", "too-complex", "limits", "note", "{task} is too complex to follow; it is treated as opaque"),
)
"""Every code, in order."""

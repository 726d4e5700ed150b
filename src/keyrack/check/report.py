"""What a check has found, in plain values: made by `api`, written by the renderers, sent from process to process.

It knows no workflow and no store: what it says of them are texts and places in files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first."""

Verdict: TypeAlias = Literal["proved", "refuted", "unproven"]


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in a file. Lines and columns count from 1; the end column is the one after the last character."""

    file: str
    """The path of the file: absolute from the check, relative to the working directory after `relative_to`."""
    line: int
    col: int = 1
    end_line: int = 0
    """0 where the end is not known."""
    end_col: int = 0


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path that shows a finding: what a state did on the way."""

    state: str
    spot: Spot
    why: str
    """A sentence: ``FAST returns BILL without writing 'price'``."""


@dataclass(frozen=True, slots=True)
class Related:
    """A place that has to do with a finding."""

    message: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding."""

    code: str
    """``KR102``."""
    severity: Severity
    message: str
    """One sentence, without place and code."""
    spot: Spot
    target: str
    """The name of the workflow; empty where there is none."""
    key: str = ""
    """The name of the key concerned, if any."""
    state: str = ""
    """The name of the state concerned, if any."""
    path: tuple[Hop, ...] = ()
    """The way on which it shows, first state first."""
    related: tuple[Related, ...] = ()
    help: str = ""
    """What to do, where the rule has more to say than its code."""
    subject: str = ""
    """What tells it from another finding of the same code, key and state; not a line."""
    suppressed: str = ""
    """Where it was suppressed: ``comment``, ``baseline``; empty where it was not."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that a proof rests on and that the check cannot see."""

    message: str
    spot: Spot | None = None


StateKind: TypeAlias = Literal["task", "split", "exit", "missing"]


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state in the picture of a workflow."""

    name: str
    kind: StateKind
    """``missing``: something leads there, and it has no task."""
    label: str = ""
    """The name of the task, or of the split."""
    branches: tuple[str, ...] = ()
    """The names of the branches of a split."""
    strategy: str = ""
    """How a split is joined: ``quorum(3)``."""
    initial: bool = False
    spot: Spot | None = None
    """Where it was registered."""
    functions: tuple[Spot, ...] = ()
    """Where the functions of its tasks are defined."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one state to another."""

    source: str
    target: str
    certain: bool = True
    """Whether the code says it; False where the next state is not known and it could be any."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A key on its way from the state that writes it to one that reads what was written."""

    key: str
    source: str
    """The state that writes it; empty for an input."""
    target: str


@dataclass(frozen=True, slots=True)
class WorkflowReport:
    """What was found about one workflow."""

    name: str
    """What the workflow is called."""
    target: str
    """The target that named it: ``app.pipeline:workflow``."""
    initial: str
    """The state in which it starts; empty where there is none."""
    spot: Spot
    """Where the workflow was made."""
    states: tuple[StateNode, ...] = ()
    edges: tuple[Edge, ...] = ()
    flows: tuple[Flow, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """All findings, in the order of files and lines; suppressed ones too."""
    assumptions: tuple[Assumption, ...] = ()
    reads: int = 0
    """How many reads have to find a value."""
    proved: int = 0
    refuted: int = 0
    unproven: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about all targets."""

    workflows: tuple[WorkflowReport, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    """Findings that belong to no workflow: a target that cannot be loaded, a configuration that cannot be read."""
    seconds: float = 0.0
    """How long it took."""

    def __iter__(self) -> Iterator[Diagnostic]:
        """Give every finding that is not suppressed, in order."""
        for diagnostic in self.all():
            if not diagnostic.suppressed:
                yield diagnostic

    def all(self) -> Iterator[Diagnostic]:
        """Give every finding, suppressed ones too."""
        yield from self.problems
        for workflow in self.workflows:
            yield from workflow.diagnostics

    @property
    def verdict(self) -> Verdict:
        """Say whether every read is proved, some cannot be, or something is wrong."""
        found = [*self]
        if any(one.severity == "error" for one in found):
            return "refuted"
        unproven = any(workflow.unproven for workflow in self.workflows) or any(one.code == "KR106" for one in found)
        return "unproven" if unproven or not self.workflows else "proved"

"""What a check has found, in plain values: made by `api`, written by the renderers, sent from process to process.

It knows no workflow and no store: what it says of them are texts and places in files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first."""

_READS: Final = frozenset({"KR101", "KR102", "KR103", "KR104", "KR105", "KR106"})
_UNSEEN: Final = frozenset({"KR901", "KR902", "KR903", "KR904", "KR906"})
"""Code that the check cannot follow, and that has the store: what it reads is not proved."""
"""The codes of reads that are not proved."""

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

    def relative_to(self, folder: str) -> Spot:
        """Give the same place with its path seen from *folder*, where the file lies below it."""
        return replace(self, file=_below(folder, self.file))


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

    def with_diagnostics(self, diagnostics: Iterable[Diagnostic]) -> WorkflowReport:
        """Give the same report with other findings, which are put in order."""
        return replace(self, diagnostics=tuple(in_order(diagnostics)))


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about all targets."""

    workflows: tuple[WorkflowReport, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    """Findings that belong to no workflow: a target that cannot be loaded, a configuration that cannot be read."""
    seconds: float = 0.0
    """How long it took."""
    notes: tuple[str, ...] = ()
    """What else there is to tell, that is no finding: entries of a baseline that are no longer needed."""

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
        """Say whether every read is proved, some are not, or something is wrong.

        A finding about a read that is no error, such as a key that is written in a loop alone, is no proof either.
        """
        found = [*self]
        if any(one.severity == "error" for one in found):
            return "refuted"
        unproven = any(workflow.unproven for workflow in self.workflows) or any(
            one.code in _READS | _UNSEEN for one in found
        )
        return "unproven" if unproven or not self.workflows else "proved"

    def map_diagnostics(self, change: Callable[[Diagnostic], Diagnostic]) -> Report:
        """Give the same report with each finding as *change* gives it."""
        return replace(
            self,
            problems=tuple(map(change, self.problems)),
            workflows=tuple(replace(one, diagnostics=tuple(map(change, one.diagnostics))) for one in self.workflows),
        )

    def relative_to(self, folder: str) -> Report:
        """Give the same report with every path below *folder* seen from there, those in sentences too.

        Args:
            folder: an absolute path; a file that does not lie below it keeps its own.
        """
        return _Relative(folder).report(self)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort findings by file, line and column; what stands at one place stays as it is."""
    return sorted(diagnostics, key=lambda one: (one.spot.file, one.spot.line, one.spot.col))


def _below(folder: str, file: str) -> str:
    prefix = folder.rstrip(os.sep) + os.sep
    return file[len(prefix) :] if file.startswith(prefix) and len(file) > len(prefix) else file


class _Relative:
    """Sees a report from a folder."""

    def __init__(self, folder: str) -> None:
        self._folder: str = folder
        prefix = folder.rstrip(os.sep)
        # Not below the root: there every path that a sentence quotes would lose its first character.
        self._prefix: re.Pattern[str] | None = (
            re.compile(rf"(?<![\w./\\-]){re.escape(prefix + os.sep)}(?=\w)") if prefix else None
        )

    def report(self, report: Report) -> Report:
        return replace(
            report,
            workflows=tuple(map(self._workflow, report.workflows)),
            problems=tuple(map(self._diagnostic, report.problems)),
            notes=tuple(map(self._text, report.notes)),
        )

    def _workflow(self, one: WorkflowReport) -> WorkflowReport:
        return replace(
            one,
            spot=self._spot(one.spot),
            states=tuple(map(self._state, one.states)),
            diagnostics=tuple(map(self._diagnostic, one.diagnostics)),
            assumptions=tuple(map(self._assumption, one.assumptions)),
        )

    def _state(self, one: StateNode) -> StateNode:
        spot = None if one.spot is None else self._spot(one.spot)
        return replace(one, spot=spot, functions=tuple(map(self._spot, one.functions)))

    def _diagnostic(self, one: Diagnostic) -> Diagnostic:
        return replace(
            one,
            message=self._text(one.message),
            spot=self._spot(one.spot),
            path=tuple(replace(hop, spot=self._spot(hop.spot), why=self._text(hop.why)) for hop in one.path),
            related=tuple(
                replace(each, spot=self._spot(each.spot), message=self._text(each.message)) for each in one.related
            ),
            help=self._text(one.help),
        )

    def _assumption(self, one: Assumption) -> Assumption:
        spot = None if one.spot is None else self._spot(one.spot)
        return replace(one, message=self._text(one.message), spot=spot)

    def _spot(self, spot: Spot) -> Spot:
        return spot.relative_to(self._folder)

    def _text(self, text: str) -> str:
        return text if self._prefix is None else self._prefix.sub("", text)

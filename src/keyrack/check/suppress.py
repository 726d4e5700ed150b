"""Suppression by comments: ``# keyrack: ignore[KR102, KR103] key=price -- free text``, and what is wrong with them.

How it works: a comment suppresses what is reported on its line; on the header of a ``def``, a ``class`` or a decorator
of them, all that is found inside and all findings of the states whose functions lie inside; on a line of a call of
``register``, ``register_split`` or ``stage``, all findings of that state. It knows reports and the text of files, no
workflow: the files are those that a report has places in.

A comment that suppresses nothing is told (KR003), but not where the code around it has no part in any workflow of the
report: it may serve one that is not checked now.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from ._interpreter.source import parsed
from .codes import CODES, said
from .config import code_hint
from .report import Diagnostic, Report, Spot, StateNode, WorkflowReport

NEVER: Final = frozenset({"KR001", "KR002", "KR003", "KR004"})
"""What cannot be suppressed: it says that the check itself did not do what was meant."""

_COMMENT: Final = re.compile(r"#\s*keyrack\s*:\s*ignore\b\s*(?:\[(?P<codes>[^\]]*)\])?(?P<rest>[^#]*)")
_KEY: Final = re.compile(r"""key=(?P<quote>['"]?)(?P<key>[^'"]+)(?P=quote)""")
_REGISTERING: Final = frozenset({"register", "register_split", "stage"})


def apply(
    workflow: WorkflowReport, files: Iterable[str] = (), *, codes: Collection[str] = CODES.keys()
) -> WorkflowReport:
    """Mark the findings that a comment suppresses, and add what is wrong with comments.

    It may be done again: what an earlier time has marked or added does not count.

    Args:
        workflow: the findings and the places of one workflow.
        files: files that were read besides those in which the report has places.
        codes: what could have been found; comments for other codes are not told as unused.
    """
    return _applied([workflow], files, codes)[0]


def apply_all(report: Report, files: Iterable[str] = (), *, codes: Collection[str] = CODES.keys()) -> Report:
    """Do the same for all workflows together: a comment that serves one of them is no unused one to the others."""
    return replace(report, workflows=tuple(_applied(report.workflows, files, codes)))


def _applied(
    workflows: Sequence[WorkflowReport], files: Iterable[str], codes: Collection[str]
) -> Sequence[WorkflowReport]:
    fresh = [one.with_diagnostics(map(_reset, _without_ours(one.diagnostics))) for one in workflows]
    places = [list(_spots(one)) for one in fresh]
    names = dict.fromkeys([*(spot.file for spots in places for spot in spots), *files])
    sources = {name: source for name in names if (source := _read(name))}
    if not sources:
        return fresh
    marked = [_suppressed(one, sources) for one in fresh]
    told: dict[int, list[Diagnostic]] = defaultdict(list)
    for name, source in sources.items():
        concerned = [source.concerned(spot.line for spot in spots if spot.file == name) for spots in places]
        for comment in source.comments:
            unit = source.unit(comment.spot.line)
            at = next((at for at, units in enumerate(concerned) if unit is None or unit in units), None)
            found = comment.wrongs() if at is None else [*comment.wrongs(), *comment.unused(codes)]
            told[at or 0] += found
    return [
        one.with_diagnostics([*one.diagnostics, *(replace(each, target=one.name) for each in told[at])])
        for at, one in enumerate(marked)
    ]


def _without_ours(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    return (one for one in diagnostics if one.code not in {"KR003", "KR004"})


def _reset(one: Diagnostic) -> Diagnostic:
    return replace(one, suppressed="") if one.suppressed == "comment" else one


def _spots(workflow: WorkflowReport) -> Iterator[Spot]:
    """Give every place of a report that has to do with its workflow."""
    yield workflow.spot
    for state in workflow.states:
        if state.spot is not None:
            yield state.spot
        yield from state.functions
    for one in workflow.diagnostics:
        yield one.spot
        yield from (hop.spot for hop in one.path)
        yield from (related.spot for related in one.related)


def _suppressed(workflow: WorkflowReport, sources: Mapping[str, _Source]) -> WorkflowReport:
    states: dict[str, list[StateNode]] = defaultdict(list)
    for state in workflow.states:
        states[state.name].append(state)
    return workflow.with_diagnostics(_marked(one, states, sources) for one in workflow.diagnostics)


def _marked(one: Diagnostic, states: Mapping[str, Sequence[StateNode]], sources: Mapping[str, _Source]) -> Diagnostic:
    if one.code in NEVER:
        return one
    own = states.get(one.state, ()) if one.state else ()
    # All of them, not the first: each that would do is a used one.
    hits = [comment for comment in _around(one, own, sources) if one.code in comment.codes and comment.is_about(one)]
    for comment in hits:
        comment.used.add(one.code)
    return replace(one, suppressed=one.suppressed or "comment") if hits else one


def _around(one: Diagnostic, states: Sequence[StateNode], sources: Mapping[str, _Source]) -> Iterator[_Comment]:
    """Give the comments that stand where they would suppress a finding, which belongs to *states*."""
    spots = [one.spot, *(spot for state in states for spot in _concerned(one, state))]
    if one.spot.file in sources:
        yield from sources[one.spot.file].reported(one.spot)
    for spot in spots:
        if spot.file in sources:
            yield from sources[spot.file].above(spot.line)
    for state in states:
        if state.spot is not None and state.spot.file in sources:
            yield from sources[state.spot.file].registering(state.spot.line)


def _concerned(one: Diagnostic, state: StateNode) -> Sequence[Spot]:
    """Give the functions of a state that a finding is about: that in which it lies, else all."""
    own = [spot for spot in state.functions if _inside(one.spot, spot)]
    return own or state.functions


def _inside(spot: Spot, outer: Spot) -> bool:
    return spot.file == outer.file and outer.line <= spot.line <= max(outer.line, outer.end_line)


@dataclass(slots=True, eq=False)
class _Comment:
    """A comment that wants something suppressed."""

    spot: Spot
    codes: tuple[str, ...]
    """Those that exist and may be suppressed."""
    keys: frozenset[str]
    """The names of keys that it is about; none where it is about all."""
    unfit: tuple[tuple[str, str], ...] = ()
    """What it names in vain, each with why it suppresses nothing."""
    unknown: tuple[str, ...] = ()
    used: set[str] = field(default_factory=set[str])

    def is_about(self, one: Diagnostic) -> bool:
        return not self.keys or one.key in self.keys

    def wrongs(self) -> list[Diagnostic]:
        """Tell codes that do not exist, and what cannot suppress anything wherever it stands."""
        unknown = [self._told("KR004", code, hint=code_hint(code)) for code in self.unknown]
        return [*unknown, *(self._told("KR003", code, help=why) for code, why in self.unfit)]

    def unused(self, codes: Collection[str]) -> list[Diagnostic]:
        return [self._told("KR003", code) for code in self.codes if code not in self.used and code in codes]

    def _told(self, code: str, about: str, *, hint: str = "", help: str = "") -> Diagnostic:  # noqa: A002  # the field
        message = said(code, code=about, hint=hint)
        return Diagnostic(code, CODES[code].severity, message, self.spot, "", help=help, subject=about)


class _Source:
    """A file with such comments: where they stand and what they stand on, by lines."""

    def __init__(self, comments: Sequence[_Comment], logical: Mapping[int, int], tree: ast.Module | None) -> None:
        self.comments: Sequence[_Comment] = comments
        self._on: dict[int, list[_Comment]] = defaultdict(list)
        for comment in comments:
            self._on[comment.spot.line].append(comment)
        self._above: dict[int, list[_Comment]] = defaultdict(list)
        """The comments on the headers around a line."""
        self._headers: dict[int, int] = {}
        """The end of the header that a line belongs to: decorators, and ``def`` or ``class`` up to the colon."""
        self._calls: list[range] = []
        """The lines of each call that registers, from the name of its method on."""
        self._units: list[range] = []
        """The lines of each statement of the module, in order."""
        if tree is not None:
            self._units = _units(tree)
            for statement in tree.body:
                if any(True for _ in self._among(_lines(statement))):  # nothing else is asked for
                    self._take(statement, logical)

    def _take(self, statement: ast.stmt, logical: Mapping[int, int]) -> None:
        for node in ast.walk(statement):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                lines = _lines(node)
                self._block(range(lines.start, logical.get(node.lineno, node.lineno) + 1), lines)
            elif isinstance(node, ast.Lambda):
                self._block(_lines(node), _lines(node))
            elif isinstance(node, ast.Call) and _is_registering(node.func):
                start = node.func.end_lineno or node.lineno
                self._calls.append(range(start, (node.end_lineno or start) + 1))

    def _block(self, header: range, lines: range) -> None:
        for line in header:
            self._headers[line] = header.stop
        for comment in self._among(header):
            for line in lines:
                self._above[line].append(comment)

    def _among(self, lines: Iterable[int]) -> Iterator[_Comment]:
        for line in lines:
            yield from self._on.get(line, ())

    def reported(self, spot: Spot) -> Iterator[_Comment]:
        """Give the comments on what is reported; of a whole function, those on its header."""
        end = self._headers.get(spot.line) or max(spot.line, spot.end_line) + 1
        return self._among(range(spot.line, end))

    def above(self, line: int) -> Sequence[_Comment]:
        """Give the comments on the headers around a line."""
        return self._above.get(line, ())

    def registering(self, line: int) -> Iterator[_Comment]:
        """Give the comments on the call that registers at a line."""
        exact = [lines for lines in self._calls if lines.start == line]
        around = exact or [lines for lines in self._calls if line in lines] or [range(line, line + 1)]
        return self._among(each for lines in around for each in lines)

    def unit(self, line: int) -> range | None:
        """Give the statement of the module that a line belongs to; None where it stands between two."""
        return _unit(self._units, line)

    def concerned(self, lines: Iterable[int]) -> set[range]:
        """Give the statements of the module that hold one of these lines."""
        return {unit for line in lines if (unit := self.unit(line)) is not None}


def _units(tree: ast.Module) -> list[range]:
    """Give the lines of each statement of a module; statements that share a line are one."""
    units: list[range] = []
    for node in tree.body:
        lines = _lines(node)
        if units and lines.start < units[-1].stop:
            units[-1] = range(units[-1].start, max(units[-1].stop, lines.stop))
        else:
            units.append(lines)
    return units


def _unit(units: Sequence[range], line: int) -> range | None:
    at = bisect_right(units, line, key=lambda unit: unit.start) - 1
    return units[at] if at >= 0 and line in units[at] else None


def _lines(node: ast.stmt | ast.Lambda) -> range:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _is_registering(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in _REGISTERING


def _read(file: str) -> _Source | None:
    """Read the comments of a file; None where it has none, or cannot be read as Python."""
    try:
        with tokenize.open(file) as opened:
            text = opened.read()
    except (OSError, SyntaxError, ValueError):  # no file, an encoding that does not exist, a NUL in the path
        return None
    if not _COMMENT.search(text):  # cutting it into tokens is what costs time
        return None
    try:
        tree = parsed(text, file)
    except (SyntaxError, ValueError, RecursionError):  # lines are all there is, then
        tree = None
    comments: list[_Comment] = []
    logical: dict[int, int] = {}
    lines = text.split("\n")
    for part in [range(1, len(lines) + 1)] if tree is None else _parts(lines, tree):
        found, ends = _tokens(file, lines, part)
        comments += found
        logical.update(ends)
    return _Source(comments, logical, tree) if comments else None


def _parts(lines: Sequence[str], tree: ast.Module) -> Iterable[range]:
    """Give the lines of each statement of a module in which there is something like such a comment."""
    units = _units(tree)
    like = (number for number, line in enumerate(lines, 1) if "keyrack" in line and _COMMENT.search(line))
    return dict.fromkeys(_unit(units, number) or range(number, number + 1) for number in like)


def _tokens(file: str, lines: Sequence[str], part: range) -> tuple[list[_Comment], dict[int, int]]:
    """Give the comments in some lines, and the last line of each statement or header by the line it starts on."""
    comments: list[_Comment] = []
    logical: dict[int, int] = {}
    before, start = part.start - 1, 0
    text = "\n".join(lines[before : part.stop - 1]) + "\n"
    with suppress(tokenize.TokenError, SyntaxError):  # what comes before the error counts
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                comments += _parsed(file, token, before)
            elif token.type == tokenize.NEWLINE:
                logical[start + before] = token.end[0] + before
                start = 0
            elif not start and token.type not in {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
                start = token.start[0]
    return comments, logical


def _parsed(file: str, token: tokenize.TokenInfo, before: int) -> Iterator[_Comment]:
    line, offset = token.start[0] + before, token.start[1]
    for found in _COMMENT.finditer(token.string):
        written = found[0].rstrip()
        spot = Spot(file, line, offset + found.start() + 1, line, offset + found.start() + len(written) + 1)
        named = [code.strip() for code in (found["codes"] or "").split(",") if code.strip()]
        words = found["rest"].partition("--")[0].split()
        keys = [match["key"] if (match := _KEY.fullmatch(word)) else "" for word in words]
        strange = [word for word, key in zip(words, keys, strict=True) if not key]
        yield _comment(spot, named, frozenset(keys), strange)


def _comment(spot: Spot, named: list[str], keys: frozenset[str], strange: list[str]) -> _Comment:
    unknown = tuple(code for code in named if code not in CODES)
    known = [code for code in dict.fromkeys(named) if code in CODES]
    if not named:
        why = "name what is to be suppressed, as in '# keyrack: ignore[KR102]'"
        return _Comment(spot, (), keys, (("", why),))
    if strange:
        why = f"after the codes only key=NAME and '-- why' may stand, not {strange[0]!r}"
        return _Comment(spot, (), keys, tuple((code, why) for code in known), unknown)
    unfit = tuple((code, f"{code} cannot be suppressed") for code in known if code in NEVER)
    return _Comment(spot, tuple(code for code in known if code not in NEVER), keys, unfit, unknown)

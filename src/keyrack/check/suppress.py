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
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

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
    marked = [one.with_diagnostics(_marked(each, one, sources) for each in one.diagnostics) for one in fresh]
    told: dict[int, list[Diagnostic]] = defaultdict(list)
    for source in sources.values():
        for comment in source.comments:
            at = next((at for at, spots in enumerate(places) if source.concerns(comment, spots)), None)
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


def _marked(one: Diagnostic, workflow: WorkflowReport, sources: dict[str, _Source]) -> Diagnostic:
    if one.code in NEVER:
        return one
    states = [state for state in workflow.states if one.state and state.name == one.state]
    # All of them, not the first: each that is needed for one finding is a used one.
    hits = [
        comment
        for source in sources.values()
        for comment in source.by_code.get(one.code, ())
        if comment.is_about(one) and source.reaches(comment, one, states)
    ]
    for comment in hits:
        comment.used.add(one.code)
    return replace(one, suppressed=one.suppressed or "comment") if hits else one


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


@dataclass(frozen=True, slots=True)
class _Block:
    """A function, a class or a lambda."""

    header: range
    """The lines of its decorators and of its ``def`` or ``class``, up to the colon."""
    lines: range


@dataclass(frozen=True, slots=True)
class _Source:
    """A file with such comments: where they stand and what they stand on."""

    file: str
    comments: tuple[_Comment, ...]
    by_code: dict[str, list[_Comment]]
    blocks: tuple[_Block, ...]
    calls: dict[int, range]
    """The lines of each call that registers, by the line on which the name of its method stands."""
    units: tuple[range, ...]
    """The lines of each statement of the module."""

    def reaches(self, comment: _Comment, one: Diagnostic, states: Sequence[StateNode]) -> bool:
        """Say whether a comment stands where it suppresses a finding, which belongs to *states*."""
        line = comment.spot.line
        if one.spot.file == self.file and line in self._reported(one.spot):
            return True
        if any(state.spot is not None and self._registers(line, state.spot) for state in states):
            return True
        blocks = [block.lines for block in self.blocks if line in block.header]
        if not blocks:
            return False
        spots = [one.spot, *(spot for state in states for spot in self._concerned(one, state))]
        return any(spot.file == self.file and spot.line in lines for spot in spots for lines in blocks)

    def _reported(self, spot: Spot) -> range:
        """Give the lines of what is reported; of a whole function, those of its header."""
        for block in self.blocks:
            if spot.line in block.header:
                return range(spot.line, block.header.stop)
        return range(spot.line, max(spot.line, spot.end_line) + 1)

    def _registers(self, line: int, spot: Spot) -> bool:
        if spot.file != self.file:
            return False
        exact = self.calls.get(spot.line)
        around = [lines for lines in self.calls.values() if spot.line in lines] if exact is None else [exact]
        return any(line in lines for lines in around or [range(spot.line, spot.line + 1)])

    @staticmethod
    def _concerned(one: Diagnostic, state: StateNode) -> Sequence[Spot]:
        """Give the functions of a state that a finding is about: that in which it lies, else all."""
        own = [spot for spot in state.functions if _inside(one.spot, spot)]
        return own or state.functions

    def concerns(self, comment: _Comment, spots: Iterable[Spot]) -> bool:
        """Say whether a comment stands in code that has to do with one of these places, or in none at all."""
        around = [unit for unit in self.units if comment.spot.line in unit]
        here = (spot.line for spot in spots if spot.file == self.file)
        return not around or any(line in unit for line in here for unit in around)


def _inside(spot: Spot, outer: Spot) -> bool:
    return spot.file == outer.file and outer.line <= spot.line <= max(outer.line, outer.end_line)


def _read(file: str) -> _Source | None:
    """Read the comments of a file; None where it has none, or cannot be read as Python."""
    try:
        with tokenize.open(file) as opened:
            text = opened.read()
    except (OSError, SyntaxError, ValueError):  # no file, an encoding that does not exist, a NUL in the path
        return None
    if not _COMMENT.search(text):  # cutting it into tokens is what costs time
        return None
    comments, logical = _tokens(file, text)
    if not comments:
        return None
    by_code: dict[str, list[_Comment]] = defaultdict(list)
    for comment in comments:
        for code in comment.codes:
            by_code[code].append(comment)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):  # lines are all there is, then
        return _Source(file, comments, by_code, (), {}, ())
    nodes = list(ast.walk(tree))
    blocks = tuple(block for node in nodes for block in _blocks(node, logical))
    calls = {lines.start: lines for node in nodes for lines in _calls(node)}
    units = tuple(range(_first(node), (node.end_lineno or node.lineno) + 1) for node in tree.body)
    return _Source(file, comments, by_code, blocks, calls, units)


def _tokens(file: str, text: str) -> tuple[tuple[_Comment, ...], dict[int, int]]:
    """Give the comments of a text, and the last line of each statement or header by the line it starts on."""
    comments: list[_Comment] = []
    logical: dict[int, int] = {}
    start = 0
    with suppress(tokenize.TokenError, SyntaxError):  # what comes before the error counts
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                comments += _parsed(file, token)
            elif token.type == tokenize.NEWLINE:
                logical[start] = token.end[0]
                start = 0
            elif not start and token.type not in {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
                start = token.start[0]
    return tuple(comments), logical


def _parsed(file: str, token: tokenize.TokenInfo) -> Iterator[_Comment]:
    line, offset = token.start
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


def _first(node: ast.stmt) -> int:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return node.lineno


def _blocks(node: ast.AST, logical: dict[int, int]) -> Iterator[_Block]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        lines = range(_first(node), (node.end_lineno or node.lineno) + 1)
        yield _Block(range(lines.start, logical.get(node.lineno, node.lineno) + 1), lines)
    elif isinstance(node, ast.Lambda):
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        yield _Block(lines, lines)


def _calls(node: ast.AST) -> Iterator[range]:
    """Give the lines of a call that registers: from the name of the method on, without a chain of calls before it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REGISTERING:
        start = node.func.end_lineno or node.func.lineno
        yield range(start, (node.end_lineno or start) + 1)

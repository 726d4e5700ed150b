"""The source of live functions: each file is parsed once, and functions are found in it by their code objects."""

from __future__ import annotations

import ast
import linecache
import re
import sys
import sysconfig
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple, TypeAlias

from ..report import Spot

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
CHANGING = (
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "move_to_end",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "subtract",
    "symmetric_difference_update",
    "update",
)
"""Methods by which lists, sets and dicts are changed."""
CHANGERS = frozenset(
    {"heapify", "heappop", "heappush", "heappushpop", "heapreplace", "insort", "insort_left", "insort_right", "shuffle",
     "delitem", "setitem", "iconcat", "iadd", "imul", "ior", "iand", "isub", "ixor"}
)  # fmt: skip
"""Functions of the standard library that change the list that they are given first."""

_GAP = r"(?:[ \t]|\\\n)"
_DECLARED = re.compile(rf"(?:^[ \t]+|[:;][ \t]*)(?:global|nonlocal){_GAP}+(\w+(?:{_GAP}*,{_GAP}*\w+)*)", re.MULTILINE)


class _Mentions(NamedTuple):
    """A pattern, and a cheap one that is found in every line in which it is found."""

    pattern: re.Pattern[str]
    hint: re.Pattern[str]

    def inside(self, lines: Iterable[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Find it in lines that belong to a function or a class: what stands outside is over when a task runs."""
        for number, line in enumerate(lines, 1):
            if line[0] in " \t" and self.hint.search(line):
                for one in self.pattern.finditer(line):
                    yield number, one


_BY_METHOD = rf"\.(?:{'|'.join(CHANGING)})\("
_GIVEN = r"\s*[-+*/|&]?=[^=]"
_CHANGED = _Mentions(
    re.compile(rf"\b(\w+)(?:{_BY_METHOD}|\[[^\n]*?\]{_GIVEN})"), re.compile(rf"{_BY_METHOD}|\]{_GIVEN}")
)
"""Names whose object is changed in place, as far as can be seen without looking."""
_ASSIGNED = _Mentions(
    re.compile(rf"(?:\b(\w+)|[\])])\.(\w+)(?:{_GIVEN}|\s*,[^\n()]*=[^=])"), re.compile(rf"\.\w+(?:{_GIVEN}|\s*,)")
)
"""Attributes that are assigned, each with what stands before the dot."""


@dataclass(slots=True)
class Module:
    """A parsed file."""

    file: str
    lines: list[str]
    tree: ast.Module | None = None
    functions: dict[tuple[int, str], list[FunctionNode]] = field(
        default_factory=dict[tuple[int, str], list[FunctionNode]]
    )
    """By the line and the name that their code objects have; those inside functions come when one of them is asked."""
    declared: frozenset[str] = frozenset()
    """Names that functions declare ``global`` or ``nonlocal``."""
    changed_at: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """Names whose object a function changes in place, and the lines: what is in it now need not be in it when a task
    runs."""
    assigned: frozenset[str] = frozenset()
    """Attributes that functions assign to objects other than ``self``."""
    waiting: list[ast.AST] = field(default_factory=list[ast.AST])
    """Functions in which nobody has looked for functions yet."""
    ascii: bool = False
    """Whether every character of it is one byte."""
    annotates_lazily: bool = sys.version_info >= (3, 14)
    """Whether annotations are not evaluated where a function is defined."""
    _spots: dict[ast.AST, Spot] = field(default_factory=dict["ast.AST", "Spot"])

    def spot(self, node: ast.AST) -> Spot:
        """Give the place of a node."""
        found = self._spots.get(node)
        if found is None:
            found = self._spots[node] = self._spot(node)
        return found

    def _spot(self, node: ast.AST) -> Spot:
        line, col = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_col = getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0
        end_col = self._column(end_line, end_col) if end_line else 0
        return Spot(self.file, line, self._column(line, col), end_line, end_col)

    def _column(self, line: int, offset: int) -> int:
        """Turn an offset in bytes into a column in characters."""
        if self.ascii or line > len(self.lines):
            return offset + 1
        return len(self.lines[line - 1].encode()[:offset].decode(errors="replace")) + 1

    def text(self, node: ast.expr) -> str:
        """Give an expression as it stands in the file, in one line."""
        if node.end_lineno == node.lineno and node.lineno <= len(self.lines):
            raw = self.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset]
            return raw.decode(errors="replace")[:80]
        return " ".join(ast.unparse(node).split())[:80]

    def found(self, line: int, name: str) -> list[FunctionNode]:
        """Give the functions that start at a line and have a name."""
        mark = line, name
        if mark not in self.functions and self.waiting:
            self._look_inside()
        return self.functions.get(mark, [])

    def _look_inside(self) -> None:
        for outer in self.waiting:
            for node in ast.walk(outer):
                if isinstance(node, FUNCTIONS) and node is not outer:
                    self.enter(node)
        self.waiting.clear()

    def enter(self, node: FunctionNode) -> None:
        """Take a function into the index."""
        if isinstance(node, ast.Lambda):
            line, name = node.lineno, "<lambda>"
        else:
            line, name = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.name
        self.functions.setdefault((line, name), []).append(node)


def parsed(text: str, file: str) -> ast.Module:
    """Parse a text, whatever warnings there are of it, and whatever the program makes of warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, file)


def module(file: str) -> Module | None:
    """Give a file of which functions are followed; None where there is none, or it is no Python."""
    found = read(file)
    if found is not None and file not in _modules:
        _modules[file] = found
        _remark()
    return found


def follow_from(file: str) -> None:
    """Follow no files any more, but those that have to do with a workflow that is made in a file."""
    global _root  # noqa: PLW0603  # one workflow is checked at a time
    _modules.clear()
    _root = file
    _remark()


def _remark() -> None:
    global _mark  # noqa: PLW0603  # as above
    _mark = _marks.setdefault(frozenset({*_modules, f"{_root}:"}), len(_marks))


@cache
def read(file: str) -> Module | None:
    """Parse a file; None where there is none, or it is no Python."""
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    if not lines:
        return None
    text = "".join(lines)
    try:
        tree = parsed(text, file)
    except (SyntaxError, ValueError, RecursionError):
        return None
    declared = frozenset(name.strip("\\ \t\n") for names in _DECLARED.findall(text) for name in names.split(","))
    found = Module(
        file,
        lines,
        tree,
        ascii=text.isascii(),
        declared=declared,
        annotates_lazily=sys.version_info >= (3, 14) or any(map(_is_of_future, tree.body)),
    )
    for number, one in _CHANGED.inside(lines):
        found.changed_at.setdefault(one[1], []).append(number)
    found.assigned = frozenset(one[2] for _, one in _ASSIGNED.inside(lines) if one[1] != "self")
    stack: list[ast.AST] = [*tree.body]
    while stack:
        node = stack.pop()
        if isinstance(node, FUNCTIONS):
            found.enter(node)
            found.waiting.append(node)
        else:
            stack.extend(ast.iter_child_nodes(node))
    return found


def _is_of_future(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
    )


def modules_followed() -> Collection[str]:
    """Give the files of which functions are followed, and the one in which the workflow is made."""
    return {*_modules, _root} if _root else _modules


def mark_of_followed() -> int:
    """Give what tells those files from others."""
    return _mark


def assigned_anywhere() -> set[str]:
    """Give the attributes that functions of the files followed so far assign to objects other than ``self``."""
    return {name for found in _modules.values() for name in found.assigned}


_modules: dict[str, Module] = {}
"""The files of which functions are followed."""
_root: str = ""
"""The file in which the workflow is made."""
_marks: dict[frozenset[str], int] = {}
_mark: int = -1


def function_node(function: FunctionType, *, follow: bool = True) -> tuple[Module, FunctionNode] | None:
    """Find the definition of a live function; None where its source is not there, or is no longer what runs."""
    code = function.__code__
    found = module(code.co_filename) if follow else read(code.co_filename)
    if found is None:
        return None
    nodes = [node for node in found.found(code.co_firstlineno, code.co_name) if _agrees(node, code)]
    if len(nodes) > 1:
        nodes = [node for node in nodes if _covers(node, code)]
    return (found, nodes[0]) if len(nodes) == 1 else None


def _agrees(node: FunctionNode, code: CodeType) -> bool:
    """Say whether a definition takes what the code object takes: else the file was changed after it was loaded."""
    taken = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) == taken


def _covers(node: FunctionNode, code: CodeType) -> bool:
    """Say whether the instructions of *code* lie in *node*: two lambdas may stand in one line."""
    if not isinstance(node, ast.Lambda):
        return True
    body = node.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    for line, end_line, col, end_col in code.co_positions():
        if None in {line, end_line, col, end_col} or (line, col) == (code.co_firstlineno, 0):
            continue
        return start <= (line or 0, col or 0) and (end_line or 0, end_col or 0) <= end
    return False


_LIBRARY = tuple(
    Path(place).resolve() for name, place in sysconfig.get_paths().items() if name in {"stdlib", "platstdlib"}
)
_OURS = Path(__file__).resolve().parents[2]


@cache
def is_library(file: str) -> bool:
    """Say whether a file belongs to Python, to an installed package or to keyrack: it is not the user's own."""
    path = _resolved(file)
    if is_installed(file) or file.startswith("<frozen"):
        return True
    if path.is_relative_to(_OURS):
        return "demo" not in path.parts
    return any(path.is_relative_to(place) for place in _LIBRARY)


@cache
def is_installed(file: str) -> bool:
    """Say whether a file belongs to an installed package, and neither to Python nor to keyrack."""
    return not {"site-packages", "dist-packages"}.isdisjoint(_resolved(file).parts)


@cache
def _resolved(file: str) -> Path:
    return Path(file).resolve()


@cache
def is_standard(name: str) -> bool:
    """Say whether a module comes with Python."""
    return name.partition(".")[0] in sys.stdlib_module_names

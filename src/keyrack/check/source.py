"""The source of live functions: each file is parsed once, and functions are found in it by their code objects."""

from __future__ import annotations

import ast
import linecache
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import TypeAlias, TypeGuard

from .report import Spot

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CHANGING = frozenset(
    {
        "add",
        "append",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "setdefault",
        "sort",
        "update",
    }
)


@dataclass(slots=True)
class Module:
    """A parsed file."""

    file: str
    functions: dict[tuple[int, str], list[FunctionNode]] = field(
        default_factory=dict[tuple[int, str], list[FunctionNode]]
    )
    """By the line and the name that their code objects have."""
    rebound: set[str] = field(default_factory=set[str])
    """Names that a function declares ``global`` or ``nonlocal``, or whose object a function changes in place: what they
    are now need not be what they are when a task runs."""
    assigned: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By the name of a class: attributes of ``self`` that its methods assign outside ``__init__``."""
    lines: list[str] = field(default_factory=list[str])

    def spot(self, node: ast.AST) -> Spot:
        """Give the place of a node."""
        line, col = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_col = getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0
        return Spot(
            self.file, line, self._column(line, col), end_line, self._column(end_line, end_col) if end_line else 0
        )

    def _column(self, line: int, offset: int) -> int:
        """Turn an offset in bytes into a column in characters."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1


@cache
def module(file: str) -> Module | None:
    """Parse a file; None where there is none, or it is no Python."""
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    if not lines:
        return None
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = Module(file, lines=lines)
    _Index(found).visit_all(tree)
    return found


class _Index:
    """Reads a tree once."""

    def __init__(self, found: Module) -> None:
        self.found = found

    def visit_all(self, tree: ast.Module) -> None:
        stack: list[tuple[ast.AST, bool, str]] = [(tree, False, "")]
        while stack:
            node, inside, owner = stack.pop()
            if isinstance(node, _FUNCTIONS):
                self._function(node)
                inside = True
            elif isinstance(node, ast.ClassDef):
                owner = node.name
                self._class(node)
            elif inside:
                self._statement(node)
            stack.extend((child, inside, owner) for child in ast.iter_child_nodes(node))

    def _function(self, node: FunctionNode) -> None:
        if isinstance(node, ast.Lambda):
            line, name = node.lineno, "<lambda>"
        else:
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            name = node.name
        self.found.functions.setdefault((line, name), []).append(node)

    def _statement(self, node: ast.AST) -> None:
        if isinstance(node, ast.Global | ast.Nonlocal):
            self.found.rebound.update(node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            self._changed(node.func.value)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            self._changed(node.value)

    def _changed(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name) and node.id != "self":
            self.found.rebound.add(node.id)

    def _class(self, node: ast.ClassDef) -> None:
        names = self.found.assigned.setdefault(node.name, set())
        for method in node.body:
            if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) or not method.args.args:
                continue
            own = method.args.args[0].arg
            making = method.name in {"__init__", "__post_init__", "__new__"}
            for inner in ast.walk(method):
                if not isinstance(inner, ast.Attribute):
                    continue
                if isinstance(inner.value, ast.Name) and inner.value.id == own and not making:
                    if isinstance(inner.ctx, ast.Store | ast.Del):
                        names.add(inner.attr)
                elif not making and inner.attr in _CHANGING and _is_own(inner.value, own):
                    names.add(inner.value.attr)  # self.items.append(...): changed in place


def _is_own(node: ast.expr, own: str) -> TypeGuard[ast.Attribute]:
    """Say whether it is ``self.something``."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own


def function_node(function: FunctionType) -> tuple[Module, FunctionNode] | None:
    """Find the definition of a live function; None where its source is not there, or is no longer what runs."""
    code = function.__code__
    found = module(code.co_filename)
    if found is None:
        return None
    nodes = [node for node in found.functions.get((code.co_firstlineno, code.co_name), ()) if _agrees(node, code)]
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


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names in a function belong to."""

    local: frozenset[str]
    """Names that are assigned in it."""
    outer: frozenset[str]
    """Names that it declares ``nonlocal``."""
    globals: frozenset[str]
    """Names that it declares ``global``."""
    loaded: frozenset[str]
    """Names that it reads, those of functions inside it too."""
    yields: bool
    """Whether it is a generator."""
    nests: bool
    """Whether functions are defined in it."""


_scopes: dict[FunctionNode, Scope] = {}


def scope(node: FunctionNode) -> Scope:
    """Say what the names in a function belong to."""
    if (found := _scopes.get(node)) is None:
        found = _scopes[node] = _scope(node)
    return found


def _scope(node: FunctionNode) -> Scope:  # noqa: C901, PLR0912  # a table of kinds
    arguments = node.args
    local = {arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    local.update(arg.arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None)
    outer: set[str] = set()
    declared: set[str] = set()
    loaded: set[str] = set()
    yields = nests = False
    for inner, own in _own_nodes(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Load()):
                loaded.add(name)
            case ast.Name(id=name) if own:
                local.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                nests = True
                if own:
                    local.add(name)
            case ast.Lambda():
                nests = True
            case ast.ExceptHandler(name=str(name)) if own:
                local.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names) if own:
                local.update((alias.asname or alias.name).partition(".")[0] for alias in names)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)) if own:
                local.add(name)
            case ast.Global(names=names) if own:
                declared.update(names)
            case ast.Nonlocal(names=names) if own:
                outer.update(names)
            case ast.Yield() | ast.YieldFrom() if own:
                yields = True
            case _:
                pass
    return Scope(
        frozenset(local - outer - declared), frozenset(outer), frozenset(declared), frozenset(loaded), yields, nests
    )


def _own_nodes(node: FunctionNode) -> Iterator[tuple[ast.AST, bool]]:
    """Give every node in a function, and whether it belongs to the function itself and not to one inside it."""
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    stack: list[tuple[ast.AST, bool]] = [(child, True) for child in body]
    while stack:
        inner, own = stack.pop()
        yield inner, own
        below = own and not isinstance(inner, _SCOPES)
        for child in ast.iter_child_nodes(inner):
            walrus = own and isinstance(child, ast.NamedExpr)  # binds outside its comprehension
            stack.append((child, below or walrus))
            if walrus and isinstance(child, ast.NamedExpr):
                yield child.target, True


_LIBRARY = {
    str(Path(place).resolve()) for name, place in sysconfig.get_paths().items() if name in {"stdlib", "platstdlib"}
}
_OURS = str(Path(__file__).resolve().parents[1])


@cache
def is_library(file: str) -> bool:
    """Say whether a file belongs to Python, to an installed package or to keyrack: it is not the user's own."""
    path = Path(file).resolve()
    text = str(path)
    if {"site-packages", "dist-packages"} & set(path.parts) or file.startswith("<frozen"):
        return True
    if text.startswith((_OURS + "/", _OURS + "\\")):
        return "demo" not in path.parts
    return any(text.startswith(place) for place in _LIBRARY)


@cache
def is_standard(name: str) -> bool:
    """Say whether a module comes with Python."""
    return name.partition(".")[0] in sys.stdlib_module_names

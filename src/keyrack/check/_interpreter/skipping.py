"""Statements that have nothing to do with the store: found before they are run, and stepped over.

How it works: a block in which no name stands for anything that has to do with keys, and that nothing leaves, can only
change its own variables. What it assigns is not known afterwards. Only blocks are stepped over, because a plain
assignment may be what decides where a task goes: ``nxt = Stage.DONE``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, cast

from .source import CHANGERS, CHANGING

_LEAVING: Final = frozenset(
    {
        ast.Return,
        ast.Raise,
        ast.Yield,
        ast.YieldFrom,
        ast.Await,
        ast.AsyncFor,
        ast.AsyncWith,
        ast.With,
        ast.Assert,
        ast.Global,
        ast.Nonlocal,
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Lambda,
        ast.Delete,
        ast.Match,
        ast.NamedExpr,
    }
)
_EMPTY: Final = frozenset(
    {ast.Constant, ast.Load, ast.Store, ast.Eq, ast.Lt, ast.Gt, ast.Add, ast.Sub, ast.And, ast.Or, ast.Not}
)
_ENDING: Final = frozenset({"exit", "_exit", "abort", "quit"})


@dataclass(frozen=True, slots=True)
class Outline:
    """What a block has to do with what is around it."""

    loads: frozenset[str]
    """Names that it reads."""
    stores: frozenset[str]
    """Names that it assigns."""
    changes: frozenset[str]
    """Names of which it changes what they stand for."""


_outlines: dict[ast.stmt, Outline | str | None] = {}
"""A name where the block reads one that stood for a store when it was looked at; nobody looked any further."""


def outline(node: ast.stmt, held: Collection[str]) -> Outline | None:
    """Give the outline of a block; None where something leaves it, or it decides something by a constant.

    Args:
        node: the block.
        held: names that stand for stores: a block that reads one of them has none either.
    """
    found = _outlines.get(node, "")
    if isinstance(found, str) and found not in held:
        found = _outlines[node] = _outline(node, held)
    return None if isinstance(found, str) else found


def _outline(node: ast.stmt, held: Collection[str]) -> Outline | str | None:
    loads: set[str] = set()
    stores: set[str] = set()
    changes: set[str] = set()
    stack: list[ast.AST] = [node]
    while stack:
        inner = stack.pop()
        kind = type(inner)
        if kind in _LEAVING or (kind in _WATCHED and _is_more(inner, node)):
            return None
        if kind is ast.Name:
            name = cast("ast.Name", inner)
            if type(name.ctx) is not ast.Load:
                stores.add(name.id)
            elif name.id in held:
                return name.id
            else:
                loads.add(name.id)
        elif kind not in _EMPTY:
            changes.add(_changed(inner))
            stack.extend(_parts(inner))
    return Outline(frozenset(loads), frozenset(stores), frozenset(changes - {""}))


def _changed(node: ast.AST) -> str:
    """Give the name whose object a node changes in place; empty if it changes none."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=method) if method in CHANGING:
            return name
        case ast.Call(func=ast.Attribute(attr=function) | ast.Name(id=function), args=[ast.Name(id=name), *_]) if (
            function in CHANGERS
        ):
            return name
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case _:
            return ""


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Give the nodes of which a node is made, at less cost than `ast.iter_child_nodes`."""
    for field in node._fields:
        part = getattr(node, field)
        if type(part) is list:
            yield from part
        elif part is not None and type(part) not in _VALUES:
            yield part


_WATCHED: Final = frozenset({ast.Break, ast.Continue, ast.Assign, ast.AnnAssign, ast.Attribute})
_VALUES: Final = frozenset({str, int, float, bool, bytes, complex})


def _is_more(inner: ast.AST, node: ast.stmt) -> bool:
    """Say whether a node in a block does more than change a variable to something that is not known."""
    match inner:
        case ast.Break() | ast.Continue():
            return not isinstance(node, ast.For | ast.While)
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return _decides(value)
        case ast.Attribute(attr=name, ctx=context):
            return name in _ENDING or not isinstance(context, ast.Load)
        case _:
            return False


def _decides(value: ast.expr | None) -> bool:
    """Say whether an assigned value may be told from others later: a constant, or another name for something."""
    if isinstance(value, ast.IfExp):
        return any(_decides(part) and not _is_number(part) for part in (value.body, value.orelse))
    return value is None or isinstance(value, ast.Constant | ast.Name | ast.Attribute | ast.Tuple | ast.BoolOp)


def _is_number(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and type(value.value) in {int, float}

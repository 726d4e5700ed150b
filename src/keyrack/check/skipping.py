"""Statements that have nothing to do with the store: found before they are run, and stepped over.

How it works: a block in which no name stands for anything that has to do with keys, and that nothing leaves, can only
change its own variables. What it assigns is not known afterwards. Only blocks are stepped over, because a plain
assignment may be what decides where a task goes: ``nxt = Stage.DONE``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

_LEAVING = (
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
)
_ENDING: Final = frozenset({"exit", "_exit", "abort", "quit"})


@dataclass(frozen=True, slots=True)
class Outline:
    """What a block has to do with what is around it."""

    loads: frozenset[str]
    """Names that it reads."""
    stores: frozenset[str]
    """Names that it assigns."""


_outlines: dict[ast.stmt, Outline | None] = {}


def outline(node: ast.stmt) -> Outline | None:
    """Give the outline of a block; None where something leaves it, or it decides something by a constant."""
    if node not in _outlines:
        _outlines[node] = _outline(node)
    return _outlines[node]


def _outline(node: ast.stmt) -> Outline | None:  # noqa: C901  # a table of kinds
    loads: set[str] = set()
    stores: set[str] = set()
    stack: list[ast.AST] = [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, _LEAVING):
            return None
        if isinstance(inner, ast.Name):
            (loads if isinstance(inner.ctx, ast.Load) else stores).add(inner.id)
            continue
        if isinstance(inner, ast.Constant):
            continue
        if isinstance(inner, ast.Break | ast.Continue) and not isinstance(node, ast.For | ast.While):
            return None
        if isinstance(inner, ast.Assign | ast.AnnAssign) and _decides(inner.value):
            return None
        if isinstance(inner, ast.Attribute) and (inner.attr in _ENDING or not isinstance(inner.ctx, ast.Load)):
            return None
        for name in inner._fields:
            part = getattr(inner, name)
            if type(part) is list:
                stack.extend(part)
            elif isinstance(part, ast.AST):
                stack.append(part)
    return Outline(frozenset(loads), frozenset(stores))


def _decides(value: ast.expr | None) -> bool:
    """Say whether an assigned value may be told from others later: a constant, or another name for something."""
    return value is None or isinstance(
        value, ast.Constant | ast.Name | ast.Attribute | ast.Tuple | ast.IfExp | ast.BoolOp
    )

"""Context managers of the user's: whether one that cannot be followed may be one that swallows what is raised in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from .imports import files_of_users, words
from .source import read

_LEAVING: Final = frozenset({"__exit__", "__aexit__"})
_MAKERS: Final = frozenset({"contextmanager", "asynccontextmanager"})
"""Decorators that make context managers of generators."""
_FINDING: Final = frozenset({"__getattr__", "__getattribute__"})
"""By these an object has attributes of any name."""
_HINTS: Final = _LEAVING | _MAKERS | {"suppress"}


def may_swallow(name: str) -> bool:
    """Say whether a context manager that is not known may be one of the user's that swallows exceptions.

    Args:
        name: the attribute by which it was found, or what makes it; empty where it was found otherwise.
    """
    files = files_of_users()
    if not any(map(_swallows_in, files)):
        return False
    if not name:
        return True
    made = {maker for file in files for one in (name, *_FINDING) for maker in _names_in(file).get(one, ())}
    return "" in made or any(not made.isdisjoint(_names_in(file)) for file in files)


@cache
def _swallows_in(file: str) -> bool:
    """Say whether a context manager of a file may swallow exceptions."""
    found = read(file) if _HINTS & words(file) else None
    if found is None or found.tree is None:
        return False
    nodes = [*ast.walk(found.tree)]  # ``with suppress(...)`` is no such thing: it is followed where it stands
    used = {id(item.context_expr) for node in nodes if isinstance(node, ast.With) for item in node.items}
    seen = {id(node.func) for node in nodes if isinstance(node, ast.Call) and id(node) in used}
    return any(id(node) not in seen and _swallows(node) for node in nodes)


def _swallows(node: ast.AST) -> bool:
    """Say whether a node may make a context manager that swallows exceptions."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in _LEAVING:
            return any(isinstance(one, ast.Return) and not _is_false(one.value) for one in ast.walk(node))
        case ast.FunctionDef(decorator_list=made) | ast.AsyncFunctionDef(decorator_list=made):
            return any(_name_of(one) in _MAKERS for one in made) and any(map(_catches, ast.walk(node)))
        case ast.Name(id=name, ctx=ast.Store()):
            return name in _LEAVING
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == "suppress"
        case _:
            return False


def _catches(node: ast.AST) -> bool:
    """Say whether something in a generator may keep an exception that comes from where it yields."""
    match node:
        case (
            ast.Try(body=body, handlers=handlers, finalbody=last)
            | ast.TryStar(body=body, handlers=handlers, finalbody=last)
        ):
            left = any(
                isinstance(one, ast.Return | ast.Break | ast.Continue) for part in last for one in ast.walk(part)
            )
            kept = left or any(not isinstance(handler.body[-1], ast.Raise) for handler in handlers)
            return kept and any(map(_yields, body))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return any(_name_of(item.context_expr) == "suppress" for item in items)
        case _:
            return False


def _yields(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node))


def _is_false(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def _name_of(node: ast.expr) -> str:
    """Give the last name of what is named or called."""
    if isinstance(node, ast.Call):
        return _name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def _names_in(file: str) -> Mapping[str, set[str]]:
    """Give the names that a file gives to anything, each with what is called to make it; empty where nothing is."""
    found = read(file)
    names: dict[str, set[str]] = {}
    for name, maker in () if found is None or found.tree is None else _given(found.tree):
        names.setdefault(name, set()).add(maker)
    return names


def _given(tree: ast.Module) -> Iterator[tuple[str, str]]:
    made: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=ast.Call(func=maker)):
                made.update(dict.fromkeys(targets, _name_of(maker)))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, ""
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, made.get(node, "")
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                yield name, ""
            case ast.alias(name=name, asname=other):
                yield other or name, ""
            case _:
                pass

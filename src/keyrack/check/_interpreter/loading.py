"""Functions that run only while modules are loaded: what they do to objects is done when a task runs.

A decorator that fills a table is one: ``@step`` calls it, and nobody else does. How it is told: every place in the
user's modules that names the function calls it at once, and stands outside of functions, or in one that itself runs
only while modules are loaded. Where there is a doubt, the function may run at any time.
"""

from __future__ import annotations

import ast
import sys
from abc import ABC
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Generic, Protocol, TypeAlias

from .imports import files_of_users, words, world
from .source import CHANGING, FUNCTIONS, Module, is_library, read

_Chain: TypeAlias = tuple[ast.AST, ...]
"""The functions and classes around a place, outermost first."""

_PLAIN: Final = frozenset({"staticmethod", "classmethod"})
"""Decorators that keep nothing and call nothing."""
_DYNAMIC: Final = frozenset(
    {"globals", "vars", "eval", "exec", "attrgetter", "methodcaller", "__dict__", "getmembers", "__getattribute__"}
)
"""What finds functions by names that are not in the code."""
_ROOTS: Final = frozenset[object]({object, ABC, Generic, Protocol})
_LATER: Final = (*FUNCTIONS, ast.GeneratorExp)
"""What is inside runs when somebody calls it, or goes through it."""
_BASES: Final = frozenset({"object", "ABC", "Generic", "Protocol", "dict", "list"})
"""Classes that call no method of the user's which has a name of his."""


@dataclass(slots=True)
class _Index:
    """Where the functions of a file are named, and how."""

    named: dict[str, list[tuple[int, _Chain]]] = field(default_factory=dict[str, list[tuple[int, _Chain]]])
    """By name: how often each place calls at once what it names, and the functions around it."""
    spans: list[tuple[int, int, _Chain]] = field(default_factory=list[tuple[int, int, _Chain]])
    """The first and the last line of each function and class, and what is around it with itself."""
    dynamic: bool = False
    """Whether there is something that finds functions by names that are not in the code."""


def is_changed_later(found: Module, name: str, live: object) -> bool:
    """Say whether a function that may run when tasks run changes what is in a live object, which has a name.

    Methods of the user's own classes are followed: such an object has nothing in it that they do not show.
    """
    return not is_users(type(live)) and _is_changed_later(found.file, name, world())


def is_users(cls: type) -> bool:
    """Say whether all that objects of a class have is of the user's."""
    if (
        cls is object
        or hasattr(cls, "__getattr__")
        or any("__getattribute__" in vars(base) for base in cls.__mro__[:-1])
    ):
        return False  # it may have what another object has
    return all(base in _ROOTS or _is_of_user(base) for base in cls.__mro__)


def _is_of_user(cls: type) -> bool:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return isinstance(file, str) and not is_library(file)


@cache
def _is_changed_later(file: str, name: str, _world: tuple[int, int]) -> bool:
    found = read(file)
    if found is None:
        return True
    index = _index(file)
    for line in found.changed_at.get(name, ()):
        around = max((chain for first, last, chain in index.spans if first <= line <= last), key=len, default=())
        if not _is_of_loading(around) and not only_loads(around):
            return True
    return False


@cache
def method_changes_later(node: ast.AST, _world: tuple[int, int]) -> bool:
    """Say whether a method that changes attributes of its object may run when tasks run."""
    stack: list[tuple[ast.AST, _Chain]] = [(node, ())]
    while stack:
        inner, chain = stack.pop()
        if isinstance(inner, _LATER):
            chain = (*chain, inner)  # what is below it is in it
        if _is_change(inner) and not only_loads(chain):
            return True
        stack += ((child, chain) for child in ast.iter_child_nodes(inner))
    return False


def _is_change(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in CHANGING or not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)


def only_loads(chain: _Chain) -> bool:
    """Say whether the innermost of some functions, one in another, runs only while modules are loaded."""
    waiting, seen = [_out_of_class(chain)], set[tuple[str, int]]()
    while waiting:
        one = waiting.pop()
        if not _is_followable(one):
            return False
        mark = getattr(one[0], "name", ""), len(one)
        if mark in seen:
            continue
        seen.add(mark)
        places = [*_places(*mark)]
        if not places or None in places:
            return False
        waiting += (place for place in places if place is not None and not _is_of_loading(place))
    return True


def _is_of_loading(chain: _Chain) -> bool:
    """Say whether what stands in some functions and classes runs when the module is loaded."""
    return all(isinstance(one, ast.ClassDef) for one in chain)


def _out_of_class(chain: _Chain) -> _Chain:
    """Give the functions around a place without the class of a method, where that class is a plain one."""
    outer, *inner = chain
    if isinstance(outer, ast.ClassDef) and all(_base_name(base) in _BASES for base in outer.bases):
        return (*inner,)
    return chain


def _base_name(base: ast.expr) -> str:
    base = base.value if isinstance(base, ast.Subscript) else base
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _is_followable(chain: _Chain) -> bool:
    """Say whether calls of a function, and of those that it gives back, can be told by its name."""
    outer, *inner = chain
    if not isinstance(outer, ast.FunctionDef) or outer.name.startswith("__"):
        return False
    if not all(isinstance(one, ast.Name) and one.id in _PLAIN for one in outer.decorator_list):
        return False
    return not any(map(_yields, chain)) and all(map(_is_given_back, inner, chain))


def _is_given_back(node: ast.AST, outer: ast.AST) -> bool:
    """Say whether a function does nothing with one inside it but give it back."""
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return False
    returned = [inner.value for inner in ast.walk(outer) if isinstance(inner, ast.Return)]
    named = [inner for inner in ast.walk(outer) if isinstance(inner, ast.Name) and inner.id == node.name]
    return bool(named) and all(any(one is value for value in returned) for one in named)


@cache
def _yields(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom | ast.Await) for inner in ast.walk(node))


def _places(name: str, calls: int) -> Iterator[_Chain | None]:
    """Give the functions around each place that names a function; None for one that may keep it.

    Args:
        name: its name.
        calls: how many calls at once it takes until what it gives back has run.
    """
    for file in files_of_users():
        if name not in words(file):
            continue
        index = _index(file)
        if index.dynamic:
            yield None
        for level, chain in index.named.get(name, ()):
            yield chain if level >= calls else None


@cache
def _index(file: str) -> _Index:
    found = read(file)
    index = _Index()
    if found is not None and found.tree is not None:
        _read(found.tree, index)
    return index


def _read(tree: ast.Module, index: _Index) -> None:
    workflows = _workflows(tree)
    stack: list[tuple[ast.AST, int, _Chain]] = [(tree, 0, ())]
    while stack:
        node, calls, chain = stack.pop()
        if not isinstance(node, ast.Attribute) or _root(node) not in workflows:
            _note(node, calls, chain, index)
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            continue
        inside = chain
        if isinstance(node, (*_LATER, ast.ClassDef)) or (isinstance(node, ast.If) and _asks_name(node.test)):
            inside = (*chain, node)  # where a file is run by itself is not where it is loaded
            index.spans.append((node.lineno, node.end_lineno or node.lineno, inside))
        decorators = getattr(node, "decorator_list", ())
        for child in ast.iter_child_nodes(node):
            if child in decorators:
                stack.append((child, 1, chain))
            elif isinstance(node, ast.Call) and child is node.func:
                stack.append((child, calls + 1, inside))
            else:
                stack.append((child, 0, inside))


def _workflows(tree: ast.Module) -> frozenset[str]:
    """Give the names of workflows in a module: their verbs are none of the user's, be they called alike."""
    made, bound, others = Counter[str](), Counter[str](), set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=maker)) if _root(maker) == "Workflow":
                made[name] += 1
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=maker)) if _root(maker) == "Workflow":
                made[name] += 1
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound[name] += 1
            case ast.arg(arg=name):
                others.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                others.add(name)
            case ast.ImportFrom(module=origin, names=names) if (origin or "").partition(".")[0] != "keyrack":
                others.update(alias.asname or alias.name for alias in names)
            case _:
                pass
    if others & {"*", "Workflow"} or bound["Workflow"]:
        return frozenset()
    return frozenset({"Workflow", *(name for name, times in made.items() if bound[name] == times)} - others)


def _root(node: ast.AST) -> str:
    """Give the name with which a chain of attributes and calls begins."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _asks_name(test: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(test))


def _note(node: ast.AST, calls: int, chain: _Chain, index: _Index) -> None:
    """Note what a node names."""
    name = ""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
            pass
        case ast.Constant(value=str(name)) if name.isidentifier():
            calls = 0
        case ast.ImportFrom(names=names):
            for alias in names:
                if alias.asname not in {None, alias.name}:
                    index.named.setdefault(alias.name, []).append((0, chain))
        case _:
            pass
    if name:
        index.named.setdefault(name, []).append((calls, chain))
        index.dynamic |= name in _DYNAMIC
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        index.dynamic |= len(node.args) < 2 or not isinstance(node.args[1], ast.Constant)  # noqa: PLR2004

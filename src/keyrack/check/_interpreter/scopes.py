"""What the names in a function belong to, and what it does to names, as its source says."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from types import CodeType
from typing import TYPE_CHECKING

from .source import CHANGING, FUNCTIONS

if TYPE_CHECKING:
    from .source import FunctionNode, Module

_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names in a function belong to."""

    local: frozenset[str]
    """Names that are assigned in it."""
    outer: frozenset[str] = frozenset()
    """Names that it declares ``nonlocal``."""
    globals: frozenset[str] = frozenset()
    """Names that it declares ``global``."""
    yields: bool = False
    """Whether it is a generator."""
    nests: bool = False
    """Whether functions are defined in it."""


def scope_of_code(code: CodeType, module: Module, node: FunctionNode) -> Scope:
    """Say what the names in a live function belong to."""
    if sys.version_info >= (3, 12):  # its code object has the variables of comprehensions among its own
        return scope_of_node(node)
    local = frozenset((*code.co_varnames, *code.co_cellvars))
    return Scope(
        local,
        module.declared.intersection(code.co_freevars),
        module.declared - local - {*code.co_freevars},
        bool(code.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)),
        any(isinstance(one, CodeType) and one.co_name not in _COMPREHENSIONS for one in code.co_consts),
    )


_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})


def scope_of_node(node: FunctionNode) -> Scope:  # noqa: C901  # a table of kinds
    """Say the same of a function in the source."""
    arguments = node.args
    local = {arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    local.update(arg.arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None)
    outer: set[str] = set()
    declared: set[str] = set()
    yields = nests = False
    for inner, own in _own_nodes(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if own:
                local.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                nests = True
                if own:
                    local.add(name)
            case ast.Lambda() | ast.GeneratorExp():
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
    return Scope(frozenset(local - outer - declared), frozenset(outer), frozenset(declared), yields, nests)


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


EXPRESSION = "<genexpr>"
"""The name of the function that a generator expression is."""


@cache
def generator_of(node: ast.GeneratorExp) -> FunctionNode:
    """Give the function that a generator expression stands for; it is given what the first loop goes through."""
    body: ast.stmt = ast.Expr(ast.Yield(node.elt))
    for loop in reversed(node.generators):
        for test in reversed(loop.ifs):
            body = ast.If(test, [body], [])
        kind = ast.AsyncFor if loop.is_async else ast.For
        source = ast.Name(_FIRST, ast.Load()) if loop is node.generators[0] else loop.iter
        body = kind(loop.target, source, [body], [])
    bound = [inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
    waits = any(loop.is_async for loop in node.generators)
    kind_of_function = ast.AsyncFunctionDef if waits else ast.FunctionDef
    spec = ast.arguments([], [ast.arg(_FIRST)], None, [], [], None, [])
    function = kind_of_function(EXPRESSION, spec, [*([ast.Nonlocal(bound)] if bound else []), body], [])
    for new in ast.walk(function):
        if not hasattr(new, "lineno"):
            ast.copy_location(new, node)
    return function


_FIRST = ".0"


@cache
def only_asks(node: ast.GeneratorExp) -> bool:
    """Say whether a generator expression only asks which keys there are: in whatever order, that comes to the same."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(attr="contains_key")):
                pass
            case ast.Call() | ast.Await() | ast.NamedExpr() | ast.Yield() | ast.YieldFrom():
                return False
            case _:
                pass
    return True


@cache
def parameters(node: FunctionNode) -> tuple[str, ...]:
    """Give the names of the parameters of a function that may be given by position."""
    return tuple(arg.arg for arg in (*node.args.posonlyargs, *node.args.args))


@cache
def calls_named(node: FunctionNode, name: str) -> list[ast.expr]:
    """Give what a name of a function is assigned; nothing where it gets something in another way too."""
    bound = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name) and inner.id == name]
    assigned = [inner for inner in ast.walk(node) if isinstance(inner, ast.Assign)]
    given = [one.value for one in assigned for target in one.targets if target in bound]
    others = sum(isinstance(inner.ctx, ast.Store) for inner in bound) - len(given)
    taken = any(isinstance(inner, ast.arg) and inner.arg == name for inner in ast.walk(node))
    return [] if others or taken or name not in scope_of_node(node).local else given


@cache
def hints_of(node: FunctionNode) -> tuple[ast.expr, ...]:
    """Give the annotations of a function, in the order in which they are evaluated, without constants."""
    spec = node.args
    every = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
    found = [arg.annotation for arg in every if arg is not None]
    found.append(getattr(node, "returns", None))
    return tuple([one for one in found if one is not None and not isinstance(one, ast.Constant)])


_loaded: dict[FunctionNode, frozenset[str]] = {}


def loaded_names(node: FunctionNode) -> frozenset[str]:
    """Give the names that a function reads, those of functions inside it too."""
    if (found := _loaded.get(node)) is None:
        names = (
            inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
        )
        found = _loaded[node] = frozenset(names)
    return found


def reassigned_by(node: FunctionNode) -> tuple[set[str], set[str]]:
    """Give the attributes of its first parameter that a method assigns, and those that it changes in place."""
    own = next((arg.arg for arg in (*node.args.posonlyargs, *node.args.args)), "")

    def held(part: ast.AST) -> str:
        is_own = isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == own
        return part.attr if is_own and isinstance(part, ast.Attribute) else ""

    assigned: set[str] = set()
    changed: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute):
            assigned.add(held(inner) if isinstance(inner.ctx, ast.Store | ast.Del) else "")
            changed.add(held(inner.value) if inner.attr in CHANGING else "")
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store | ast.Del):
            changed.add(held(inner.value))
    return assigned - {""}, changed - {""}

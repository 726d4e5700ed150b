"""What the source of a class says beside the code: the line of each attribute, and the string below it."""

from __future__ import annotations

import ast
import functools
import linecache
from typing import NamedTuple


class AttributeSource(NamedTuple):
    """An attribute as it stands in the body of a class."""

    line: int
    """The line of its annotation or assignment."""
    doc: str
    """The string below it, without its indentation; empty where there is none."""


def attributes(file: str, line: int, name: str) -> dict[str, AttributeSource]:
    """Give the attributes of the class *name* whose statement is at *line*; nothing where there is no source."""
    linecache.checkcache(file)
    for node in _classes("".join(linecache.getlines(file))):
        if node.name == name and _starts_at(node, line):
            return _attributes(node.body)
    return {}


@functools.lru_cache(maxsize=16)
def _classes(source: str) -> list[ast.ClassDef]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # not the source that was run
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _starts_at(node: ast.ClassDef, line: int) -> bool:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first <= line <= node.body[0].lineno


def _attributes(body: list[ast.stmt]) -> dict[str, AttributeSource]:
    found: dict[str, AttributeSource] = {}
    for statement, below in zip(body, [*body[1:], ast.Pass()], strict=True):
        for name in _targets(statement):
            found[name] = AttributeSource(statement.lineno, _doc(below))
    return found


def _targets(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign):
        targets: list[ast.expr] = [statement.target]
    else:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _doc(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        if isinstance(value, str):
            from inspect import cleandoc

            return cleandoc(value)
    return ""

"""Facts: what one Python source says about itself, read from its syntax tree.

How it works: only statements are visited, because no expression holds one; they wait in a list, not on Python's
stack, so that no depth of nesting is too much.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field

from keyrack._text import printable
from keyrack.demo.files import ModuleName, UnfitError

Count = Annotated[int, Field(ge=0)]

_silence = threading.Lock()
"""Held while warnings are off: they are so for the whole process, and must not stay so."""


class Spot(BaseModel, frozen=True):
    """A place in a module."""

    name: str
    """The function or class, with those around it; empty at the top of the module."""
    line: Annotated[int, Field(ge=1)]
    size: Count
    """How much there is of what was looked for there."""


class ModuleFacts(BaseModel, frozen=True):
    """What one module says about itself."""

    name: str
    package: str
    """The outermost package below the folder that is surveyed."""
    lines: Count
    functions: Count
    classes: Count
    public: Count
    """Functions and methods that others may call."""
    undocumented: Count
    """Those of them without a docstring."""
    imports: tuple[str, ...]
    """The modules that it imports, each once, sorted."""
    longest: Spot | None
    """The function of the most lines."""
    deepest: Spot | None
    """The statement that is indented most often."""


def facts_of(source: bytes, module: ModuleName) -> ModuleFacts:
    """Survey the source of a module.

    Raises:
        UnfitError: it is no Python.
    """
    survey = _Survey(module)
    survey.visit(parsed(source))
    return ModuleFacts(
        name=module.name,
        package=module.package,
        lines=len(source.splitlines()),
        functions=survey.functions,
        classes=survey.classes,
        public=survey.public,
        undocumented=survey.undocumented,
        imports=tuple(sorted(survey.imports)),
        longest=survey.longest,
        deepest=survey.deepest,
    )


def parsed(source: bytes) -> ast.Module:
    """Parse a source; what Python would warn about in it is no concern of ours.

    Raises:
        UnfitError: it is no Python.
    """
    try:
        with _silence, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        raise UnfitError(line + printable(error.msg)) from None
    except (RecursionError, MemoryError):
        raise UnfitError("nested too deeply for the parser") from None
    except Exception as error:  # noqa: BLE001  # a null byte, or whatever the codec that a source names raises
        raise UnfitError(printable(str(error)) or type(error).__name__) from None


class _Block(NamedTuple):
    """Statements below each other, and where they stand."""

    statements: Sequence[ast.stmt]
    depth: int
    """How often they are indented."""
    owner: str
    """The function or class around them, with those around it."""
    public: bool
    """Whether a function here can be called from outside the module."""

    def inner(self, statements: Sequence[ast.stmt], deeper: int = 1) -> _Block:
        """Give a block in this one."""
        return self._replace(statements=statements, depth=self.depth + deeper)

    def named(self, name: str) -> str:
        """Give the full name of what is called *name* here."""
        return f"{self.owner}.{name}" if self.owner else name


class _Survey:
    """Gathers the facts of a module, statement by statement."""

    def __init__(self, module: ModuleName) -> None:
        self.functions = 0
        self.classes = 0
        self.public = 0
        self.undocumented = 0
        self.imports: set[str] = set()
        self.longest: Spot | None = None
        self.deepest: Spot | None = None
        self._module = module

    def visit(self, tree: ast.Module) -> None:
        """Visit every statement."""
        public = not any(part.startswith("_") for part in self._module.name.split("."))
        waiting = [_Block(tree.body, 0, "", public)]
        while waiting:
            block = waiting.pop()
            if block.statements and block.depth > _size(self.deepest):
                self.deepest = Spot(name=block.owner, line=block.statements[0].lineno, size=block.depth)
            waiting.extend(reversed(list(self._inside(block))))  # the upper one is popped first

    def _inside(self, block: _Block) -> Iterator[_Block]:
        for statement in block.statements:
            read = _READERS.get(type(statement))
            if read is not None:
                yield from read(self, statement, block)

    def read_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, block: _Block) -> Iterator[_Block]:
        """Count a function, and give its body."""
        name = block.named(node.name)
        self.functions += 1
        size = (node.end_lineno or node.lineno) - node.lineno + 1
        if size > _size(self.longest):
            self.longest = Spot(name=name, line=node.lineno, size=size)
        if block.public and not node.name.startswith("_"):
            self.public += 1
            self.undocumented += ast.get_docstring(node, clean=False) is None
        yield _Block(node.body, block.depth + 1, name, public=False)

    def read_class(self, node: ast.ClassDef, block: _Block) -> Iterator[_Block]:
        """Count a class, and give its body."""
        self.classes += 1
        public = block.public and not node.name.startswith("_")
        yield _Block(node.body, block.depth + 1, block.named(node.name), public)

    def read_import(self, node: ast.Import, block: _Block) -> Iterator[_Block]:
        """Note ``import a, b.c``."""
        self.imports.update(alias.name for alias in node.names)
        return iter(())

    def read_import_from(self, node: ast.ImportFrom, block: _Block) -> Iterator[_Block]:
        """Note ``from a import b`` as ``a``, and ``from . import b`` as the ``b`` beside this module."""
        if not node.level:
            self.imports.add(node.module or "")
            return iter(())
        here = self._module.name.split(".")
        base = here[: len(here) + self._module.is_package - node.level]
        names = [node.module] if node.module else [alias.name for alias in node.names if alias.name != "*"]
        if base:  # else it goes above the outermost package, as far as we know that
            self.imports.update(".".join([*base, name]) for name in names)
        return iter(())


def _size(spot: Spot | None) -> int:
    return spot.size if spot else 0


def _read_if(_survey: _Survey, node: ast.If, block: _Block) -> Iterator[_Block]:
    yield block.inner(node.body)
    match node.orelse:
        case [ast.If(col_offset=node.col_offset)]:  # an elif stands where its if does
            yield block.inner(node.orelse, 0)
        case _:
            yield block.inner(node.orelse)


def _read_loop(_survey: _Survey, node: ast.For | ast.AsyncFor | ast.While, block: _Block) -> Iterator[_Block]:
    yield block.inner(node.body)
    yield block.inner(node.orelse)


def _read_with(_survey: _Survey, node: ast.With | ast.AsyncWith, block: _Block) -> Iterator[_Block]:
    yield block.inner(node.body)


def _read_try(_survey: _Survey, node: ast.Try | ast.TryStar, block: _Block) -> Iterator[_Block]:
    yield block.inner(node.body)
    for handler in node.handlers:
        yield block.inner(handler.body)
    yield block.inner(node.orelse)
    yield block.inner(node.finalbody)


def _read_match(_survey: _Survey, node: ast.Match, block: _Block) -> Iterator[_Block]:
    for case in node.cases:
        yield block.inner(case.body, 2)


_READERS: dict[type[ast.stmt], Callable[[_Survey, Any, _Block], Iterator[_Block]]] = {
    ast.FunctionDef: _Survey.read_function,
    ast.AsyncFunctionDef: _Survey.read_function,
    ast.ClassDef: _Survey.read_class,
    ast.Import: _Survey.read_import,
    ast.ImportFrom: _Survey.read_import_from,
    ast.If: _read_if,
    ast.For: _read_loop,
    ast.AsyncFor: _read_loop,
    ast.While: _read_loop,
    ast.With: _read_with,
    ast.AsyncWith: _read_with,
    ast.Try: _read_try,
    ast.TryStar: _read_try,
    ast.Match: _read_match,
}
"""How each kind of statement is read that holds other ones, or tells something: gives the blocks in it."""

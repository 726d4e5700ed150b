"""What holds for all tests: examples in the docs are tests, and property tests repeat exactly."""

from __future__ import annotations

import compileall
from contextlib import ExitStack, chdir
from doctest import ELLIPSIS
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.example import NotEvaluated
from sybil.parsers.abstract import DocTestStringParser
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest
    from sybil import Document, Region

# Green here is green everywhere: the same examples each time, and no clock on a busy machine.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


class SessionParser:
    """Finds the doctests of ```pycon blocks."""

    def __init__(self, flags: int) -> None:
        self._blocks = CodeBlockParser("pycon")
        self._doctests = DocTestStringParser(DocTestEvaluator(flags))

    def __call__(self, document: Document) -> Iterable[Region]:
        for block in self._blocks(document):
            for example in self._doctests(block.parsed, document.path):
                example.adjust(block, block.parsed)
                yield example


def enter_a_folder(namespace: dict[str, Any]) -> None:
    """Work in a folder of its own: a page may write files."""
    folder = TemporaryDirectory(prefix="keyrack-docs-", ignore_cleanup_errors=True)
    namespace["_leave"] = stack = ExitStack()
    stack.enter_context(folder)
    stack.enter_context(chdir(folder.name))


def leave_it(namespace: dict[str, Any]) -> None:
    """Go back, and take the folder away."""
    namespace["_leave"].close()


pages = Sybil(
    [PythonCodeBlockParser(), SessionParser(ELLIPSIS)],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=enter_a_folder,
    teardown=leave_it,
)


class Docstrings(PythonDocStringDocument):
    """The docstrings of a module, run as a reader meets them: with no name at hand that they do not import."""

    def import_document(self, example: Example) -> None:
        self.pop_evaluator(self.import_document)
        raise NotEvaluated


docstrings = Sybil(
    [DocTestParser(ELLIPSIS)],
    patterns=["src/keyrack/*.py", "src/keyrack/*/*.py", "src/keyrack/*/*/*.py"],  # ** is one folder to Sybil
    document_types={".py": Docstrings},
)

pytest_collect_file = (pages + docstrings).pytest()


def pytest_configure(config: pytest.Config) -> None:
    """Compile keyrack once: many tests start a process, and each would do it where Python may not keep bytecode."""
    package = find_spec("keyrack")
    if package is not None and not hasattr(config, "workerinput"):
        for folder in package.submodule_search_locations or ():
            compileall.compile_dir(folder, quiet=2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits for other programs, so that no worker is left alone with it."""
    items.sort(key=lambda item: item.get_closest_marker("source") is None)

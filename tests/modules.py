"""Modules written by tests: imported like any other, from a file that holds their source."""

import importlib
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from types import ModuleType

FUTURE = "from __future__ import annotations\n"
HEAD = "from typing import *\nfrom keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey\n"
MARK = "# here"
"""Stands on the line that an error has to name."""

Load = Callable[[str], ModuleType]


@contextmanager
def modules_in(folder: Path) -> Generator[Load]:
    """Give a function that imports a module from its source; the modules are gone afterwards."""
    names: list[str] = []

    def load(source: str) -> ModuleType:
        name = f"module_of_a_test_{len(names)}"
        names.append(name)
        (folder / f"{name}.py").write_text(dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    sys.path.insert(0, str(folder))
    try:
        yield load
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)


def marked_line(source: str) -> int:
    """Give the number of the line with the mark."""
    (line,) = (number for number, text in enumerate(source.splitlines(), 1) if MARK in text)
    return line

"""Which of the user's files can have to do with a workflow: those of its tasks, and all that they import.

That are the files that would be loaded if nothing else was: what others are there, in a process that tests many things,
says nothing of the workflow.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from .source import follow_from, is_library, is_standard, mark_of_followed, modules_followed

_WORD: Final = re.compile(r"\w+")
_IMPORT: Final = re.compile(
    r"(?:^|[;:])[ \t]*(?:from[ \t]*(?P<origin>\.*[\w.]*)[ \t]+import\b|import[ \t]+(?P<names>[^\n;#(]+))", re.MULTILINE
)
_DYNAMIC: Final = re.compile(
    r"\b(?:import_module|__import__|iter_modules|walk_packages|entry_points|run_path|run_module|exec_module)\b"
    r"|\bsys\b[^\n]*\bmodules\b"
)
"""What imports modules, or finds them, by names that are not in an import."""


def world() -> tuple[int, int]:
    """Give what tells whether there are more modules than before, or others are followed."""
    return len(sys.modules), mark_of_followed()


def files_of_users() -> frozenset[str]:
    """Give the files of the user's modules that may have to do with the workflow that is checked."""
    files = _files(world())
    _asked.setdefault(files)
    return files


def found_late() -> int:
    """Say how often more files were found after somebody had asked for them."""
    return len({*_asked, files_of_users()}) - 1 if _asked else 0


def begin_at(file: str) -> None:
    """Begin with a workflow that is made in a file."""
    follow_from(file)
    _asked.clear()


_asked: dict[frozenset[str], None] = {}
"""What was given to who asked for the files."""


@cache
def _files(_world: tuple[int, int]) -> frozenset[str]:
    by_file = _modules_by_file()
    waiting, found = [*modules_followed()], set[str]()
    while waiting:
        file = waiting.pop()
        if file in found or is_library(file):
            continue
        found.add(file)
        names = by_file.get(file, [])
        if _is_dynamic(file, known=bool(names)):
            return frozenset(file for file in {*by_file, *found} if not is_library(file))
        for name in names or ("",):
            waiting += (origin for origin in map(_file_of, _imported(file, name)) if origin)
    return frozenset(found)


def _is_dynamic(file: str, *, known: bool) -> bool:
    """Say whether it cannot be told what a file imports: from beside it, if it is no module that is known."""
    beside = any(origins.startswith(".") for origins, _ in _imports_in(file))
    return (beside and not known) or _DYNAMIC.search(_text(file)) is not None


def _modules_by_file() -> Mapping[str, list[str]]:
    """Give the names of the modules that do not come with Python, by their files."""
    names: dict[str, list[str]] = {}
    for name in [*sys.modules]:
        file = _file_of(name)
        if file.endswith(".py") and not is_standard(name):
            names.setdefault(file, []).append(name)
    return names


def _file_of(name: str) -> str:
    file = getattr(sys.modules.get(name), "__file__", None)
    return file if isinstance(file, str) else ""


def _imported(file: str, name: str) -> Iterator[str]:
    """Give the names of the modules that a module may import, with those around them."""
    package = getattr(sys.modules.get(name), "__package__", None) or ""
    for origins, names in _imports_in(file):
        for origin in _origins(origins, names, package):
            parts = origin.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))
            if origins and hasattr(sys.modules.get(origin), "__path__") and not is_library(_file_of(origin)):
                yield from (f"{origin}.{word}" for word in words(file))


@cache
def _imports_in(file: str) -> list[tuple[str, str]]:
    """Give of each import where it is from, or the names of the modules."""
    return [(match["origin"] or "", match["names"] or "") for match in _IMPORT.finditer(_text(file))]


def _origins(origins: str, names: str, package: str) -> list[str]:
    """Give the names of the modules from which an import takes something."""
    if not origins:
        return [part.split()[0] for part in names.split(",") if part.strip()]
    origin = origins.lstrip(".")
    level = len(origins) - len(origin)
    if not level:
        return [origin]
    parts = package.split(".")
    return [".".join([*parts[: len(parts) - level + 1], *([origin] if origin else [])])]


@cache
def _text(file: str) -> str:
    return "".join(linecache.getlines(file)).replace("\\\n", " ")


@cache
def words(file: str) -> frozenset[str]:
    """Give the words of a file: a cheap answer to whether it names something."""
    return frozenset(_WORD.findall(_text(file)))

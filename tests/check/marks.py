"""Marks in pipelines: what is expected where, and what the check and a run came to, to be held against each other."""

# pyright: reportPrivateUsage=false
# What the check remembers of files has no name outside of it.

from __future__ import annotations

import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_args

from keyrack import KeyNotFoundError
from keyrack.check._interpreter import attributes, imports, loading, managers, source
from keyrack.check.codes import CODES
from keyrack.check.report import Report, Severity

_MARK = re.compile(r"# expect: (.+)$")


class Mark(NamedTuple):
    """A finding on a line."""

    line: int
    severity: str
    code: str
    name: str
    """The key concerned, or else the state; empty for a limit of the check, which concerns neither."""

    def __repr__(self) -> str:
        return f"{self.line}: {self.severity} {self.code} {self.name}".rstrip()


def marked(path: Path) -> Counter[Mark]:
    """Give the marks that stand in a file."""
    lines = enumerate(path.read_text().splitlines(), 1)
    hits = ((number, _MARK.search(line)) for number, line in lines)
    return Counter(_mark(number, one) for number, hit in hits if hit for one in hit[1].split(";"))


def found(report: Report, path: Path) -> Counter[Mark]:
    """Give what was found in the file as marks; what was found elsewhere has a negative line."""
    marks = (
        Mark(
            one.spot.line if one.spot.file == str(path) else -one.spot.line,
            one.severity,
            one.code,
            "" if CODES[one.code].family == "limits" else one.key or one.state,
        )
        for one in report
    )
    return Counter(marks)


def forget_programs() -> None:
    """Let the next program be checked as if no other had been: what the code of one assigns is doubted in all."""
    for memo in _MEMOS:
        memo.cache_clear()
    source._modules.clear()
    for name in _loaded:
        sys.modules.pop(name, None)
    _loaded.clear()


_MEMOS: tuple[Any, ...] = (
    source.read,
    loading._is_changed_later,
    loading.method_changes_later,
    loading._index,
    imports._files,
    imports._text,
    imports._imports_in,
    imports.words,
    managers._swallows_in,
    managers._names_in,
    attributes._reassigned,
)
_loaded: list[str] = []
"""The names of the programs that were run as modules."""


def load_file(path: Path) -> ModuleType:
    """Run a file as a module of its own name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where annotations are resolved
    _loaded.append(path.stem)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def misses(error: BaseException) -> bool:
    """Say whether a missing key is what an error comes from."""
    inner: list[BaseException] = [*getattr(error, "exceptions", ()), *getattr(error, "errors", ())]
    causes = inner if error.__cause__ is None else [*inner, error.__cause__]
    return isinstance(error, KeyNotFoundError) or any(map(misses, causes))


def _mark(number: int, text: str) -> Mark:
    parts = text.split()
    severity = parts.pop(0) if parts[0] in get_args(Severity) else CODES[parts[0]].severity
    return Mark(number, severity, parts[0], parts[1] if len(parts) > 1 else "")

"""Reports of earlier checks, kept in files: a workflow whose sources and live parts are the same is not checked again.

How it works: the name of a file is a digest of everything that a report is made of: the text of each of the user's
modules that is loaded, what their plain globals are, what was registered where with which options, what lies in the
store, and the code of keyrack and the version of Python. A file that cannot be read is made anew.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from ..keys.family import KeyFamily
from ..keys.key import StoreKey
from ..store import KeyValueStore
from ..workflow.task import SplitRegistration
from .render.json import dumps, loads
from .source import is_library

if TYPE_CHECKING:
    from ..workflow.engine import Workflow
    from .report import Report

FOLDER = ".keyrack_cache"
"""The folder of the reports, below the working directory."""
DEEP = 4
"""How deep objects are looked into."""
MANY = 200
"""How many parts of a container are looked at; a longer one is not told from others of its length."""
KEPT = 64
"""How many reports are kept; the oldest go first."""


class Cache:
    """Keeps reports below a folder.

    Args:
        folder: where; it is made when the first report is kept, with a file that keeps it out of version control.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def report(self, workflow: Workflow[Any, Any], asked: Iterable[object], make: Callable[[], Report]) -> Report:
        """Give the report of *workflow*: the one that is kept, or else what *make* gives, which is then kept.

        Args:
            workflow: the workflow.
            asked: whatever else the report depends on.
            make: checks the workflow.
        """
        digest = self._digest(workflow, asked)
        if digest is None:
            return make()
        file = self._folder / f"{digest}.json"
        with suppress(Exception):  # whatever lies there: a damaged file is written again
            return loads(file.read_text(encoding="utf-8"))
        report = make()
        with suppress(OSError):  # a place that cannot be written to costs time, and nothing else
            self._keep(file, dumps(report))
        return report

    def _keep(self, file: Path, text: str) -> None:
        self._folder.mkdir(exist_ok=True)
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        draft = file.with_suffix(f".{id(text):x}.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
        kept = sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)

    def _digest(self, workflow: Workflow[Any, Any], asked: Iterable[object]) -> str | None:
        digest = hashlib.blake2b(digest_size=16)
        parts = (sys.version, *map(repr, asked))
        try:
            for part in (*parts, *_ours(), *_world(), *_registered(workflow)):
                digest.update(part.encode(errors="surrogatepass"))
                digest.update(b"\0")
        except Exception:  # noqa: BLE001  # objects of strangers: what cannot be told is checked anew
            return None
        return digest.hexdigest()


def _ours() -> Iterator[str]:
    """Tell this keyrack from every other."""
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        yield hashlib.blake2b(file.read_bytes()).hexdigest()


def _world() -> Iterator[str]:
    """Tell of each module of the user's what its text is, and what its plain globals are."""
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or is_library(file):
            continue
        yield name
        yield hashlib.blake2b(Path(file).read_bytes()).hexdigest()
        for attribute, value in vars(module).items():
            if not attribute.startswith("__"):
                yield f"{attribute}={_told(value, 1)}"


def _registered(workflow: Workflow[Any, Any]) -> Iterator[str]:
    yield f"{workflow.name} {workflow.states.__qualname__} {workflow.initial!r}"
    yield repr([[key.name for key in keys] for keys in (workflow.inputs, workflow.outputs)])
    yield repr([*workflow.states.__members__])
    yield repr(sorted(workflow.store.keys()))
    yield repr(workflow.exit_states)
    for state, handler in workflow.handlers.items():
        tasks = handler.tasks if isinstance(handler, SplitRegistration) else (handler.task,)
        join = repr(handler.join) if isinstance(handler, SplitRegistration) else ""
        options = handler.options
        yield f"{state!r} {handler.name} {handler.file} {handler.line} {join} {options.retry.attempts}"
        yield from (_told(task, DEEP) for task in tasks)


def _told(value: Any, deep: int) -> str:  # noqa: C901  # a table of kinds
    """Tell an object from others, as far as a check may look at it."""
    match value:
        case None | bool() | int() | float() | str() | bytes() | Enum():
            return repr(value)
        case StoreKey() | KeyFamily():
            return f"{value!r} {value.doc != ''} {getattr(value, 'has_default', '')}"
        case FunctionType():
            cells = [_cell(cell, deep - 1) for cell in value.__closure__ or ()] if deep else []
            defaults = _told(value.__defaults__, deep - 1) if deep else ""
            return f"{value.__module__}.{value.__qualname__}:{value.__code__.co_firstlineno} {cells} {defaults}"
        case type() | ModuleType():
            return f"{value.__module__ if isinstance(value, type) else ''}.{value.__name__}"
        case KeyValueStore():
            return f"store {type(value).__name__}"
        case MethodType():
            return f"{_told(value.__func__, deep)} of {_told(value.__self__, deep)}"
        case partial():
            return f"partial {_told(value.func, deep)} {_told(value.args, deep)} {_told(value.keywords, deep)}"
        case _ if deep <= 0:
            return type(value).__qualname__
        case list() | tuple() | set() | frozenset():
            parts = [_told(part, deep - 1) for part in [*value][:MANY]]
            return f"{type(value).__name__} {len(value)} {parts if isinstance(value, list | tuple) else sorted(parts)}"
        case Mapping():
            pairs = [*value.items()][:MANY]
            return f"{len(value)} {[(_told(key, 1), _told(part, deep - 1)) for key, part in pairs]}"
        case _:
            return f"{type(value).__qualname__} {_told(getattr(value, '__dict__', None), deep - 1)}"


def _cell(cell: Any, deep: int) -> str:
    try:
        return _told(cell.cell_contents, deep)
    except ValueError:  # still empty
        return "empty"

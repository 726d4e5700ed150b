"""Reports of earlier checks, kept in files: a workflow whose sources and live parts are the same is not checked again.

How it works: the name of a file is a digest of everything that a report is made of: the text of each of the user's
modules that is loaded and what its globals are, what was registered where with which options, what lies in the store,
the packages that are loaded, the code of keyrack and the version of Python. What cannot be told apart is not kept, and
a file that is damaged is made anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..workflow.task import SplitRegistration
from ._interpreter.source import is_installed, is_library
from .likeness import Teller
from .render.json import dumps

if TYPE_CHECKING:
    from ..workflow.engine import Workflow
    from .report import Report

FOLDER = ".keyrack_cache"
"""The folder of the reports, below the working directory."""
_OF_PYTHON = frozenset(
    f"__{name}__"
    for name in (
        *("name", "doc", "package", "loader", "spec", "file", "cached", "path"),
        *("builtins", "annotations", "annotate", "conditional_annotations"),
    )
)
"""Globals that a module has without setting them."""
KEPT = 64
"""How many reports are kept; the oldest go first."""


class Cache:
    """Keeps reports below a folder.

    Args:
        folder: where; it is made when the first report is kept, with a file that keeps it out of version control.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: Path = folder

    def report(
        self,
        workflow: Workflow[Any, Any],
        asked: Iterable[object],
        make: Callable[[], Report],
        writing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> str:
        """Give the report of *workflow* as JSON: the one that is kept, or else what *make* gives, which is then kept.

        Args:
            workflow: the workflow.
            asked: whatever else the report depends on.
            make: checks the workflow.
            writing: what files are to be written in.
        """
        digest = _digest(workflow, asked)
        if digest is None:
            return dumps(make())
        file = self._folder / f"{digest}.json"
        with suppress(Exception):  # whatever lies there: a damaged file is written again
            return _opened(file.read_text(encoding="ascii"))
        before = _modules(), [*_packages()]
        text = dumps(make())
        if (_modules(), [*_packages()]) == before:  # else tasks import what the digest does not know of
            with writing(), suppress(OSError):  # a place that cannot be written to costs time, and nothing else
                self._keep(file, sealed(text))
        return text

    def _keep(self, file: Path, text: str) -> None:
        self._folder.mkdir(exist_ok=True)
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        draft = file.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
        kept = sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)


def sealed(text: str) -> str:
    """Give the text with a digest of it, by which it is known whether it is whole."""
    return f"{_hashed(text.encode())} {text}"


def _opened(content: str) -> str:
    _, _, text = content.partition(" ")
    if content != sealed(text):
        msg = "the file is damaged"
        raise ValueError(msg)
    return text


def _digest(workflow: Workflow[Any, Any], asked: Iterable[object]) -> str | None:
    digest = hashlib.blake2b(digest_size=16)
    try:
        for part in (sys.version, *map(repr, asked), *_ours(), *_packages(), *_live(workflow)):
            digest.update(part.encode(errors="surrogatepass"))
            digest.update(b"\0")
    except Exception:  # noqa: BLE001  # objects of strangers: what cannot be told is checked anew
        return None
    return digest.hexdigest()


def _ours() -> Iterator[str]:
    """Tell this keyrack from every other."""
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        yield _text(str(file))


def _text(file: str) -> str:
    return _hashed(Path(file).read_bytes())


def _hashed(content: bytes) -> str:
    return hashlib.blake2b(content).hexdigest()


def _modules() -> dict[str, str]:
    """Give the files of the user's modules that are loaded."""
    files = ((name, getattr(module, "__file__", None)) for name, module in sorted(sys.modules.items()))
    return {name: file for name, file in files if isinstance(file, str) and not is_library(file)}


def _packages() -> Iterator[str]:
    """Tell of each installed module that is loaded when it was installed: helpers in packages are followed too."""
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and is_installed(file):
            state = Path(file).stat()
            yield f"{name} {state.st_size} {state.st_mtime_ns}"


def _live(workflow: Workflow[Any, Any]) -> Iterator[str]:
    """Tell of each of the user's modules what its text is, and what its globals are; and what was registered."""
    teller = Teller(lambda module: module in modules)
    modules = _modules()
    for name, file in modules.items():
        yield f"{name} {file} {_text(file)}"
        for attribute, value in [*vars(sys.modules[name]).items()]:
            if attribute not in _OF_PYTHON:
                yield f"{attribute}={teller.told(value)}"
    yield f"{workflow.name} {teller.told(workflow.states)} {workflow.initial!r} {workflow.exit_states!r}"
    yield repr([[key.name for key in keys] for keys in (workflow.inputs, workflow.outputs)])
    yield teller.told(workflow.store)
    for state, handler in workflow.handlers.items():
        tasks = handler.tasks if isinstance(handler, SplitRegistration) else (handler.task,)
        join = repr(handler.join) if isinstance(handler, SplitRegistration) else ""
        yield f"{state!r} {handler.name} {handler.file} {handler.line} {join}"
        yield teller.told([handler.options, *tasks])

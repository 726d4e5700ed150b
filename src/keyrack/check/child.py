"""The program of the other process: imports targets, checks what they name, and sends a report of each; see `process`.

Nothing that the programs print, leave running or register for the end reaches the reports, or holds them up.
"""

from __future__ import annotations

# Not used here: what checks is imported later, and must not find a module of the program that has this name.
import concurrent.futures.thread  # noqa: F401  # pyright: ignore[reportUnusedImport]
import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final

from .._text import told
from ..errors import ConfigurationError
from .cache import FOLDER, Cache
from .config import bad_configuration
from .guard import Guard, caused_by_guard
from .loader import AnyWorkflow, LoadError, load
from .process import cannot_load
from .render.json import dumps, dumps_parts
from .report import Diagnostic, Report, Spot
from .target import Target

_GRACE: Final = 30.0
"""Seconds beyond its time after which a process ends itself: whoever waited for it is gone."""
_LOOK: Final = 0.5
"""Seconds after which it looks whether whoever has started it is still there."""
_ERRORS: Final = 2
"""The descriptor to which errors are written."""


def main() -> None:
    """Do the job that stands on the standard input, and end the process."""
    gc.disable()  # the process ends soon, and syntax trees are many objects
    if not Path(FOLDER).is_dir():  # nothing is kept: what checks is needed, and there is time for it now
        _check_of_api()
    text = sys.stdin.buffer.read()
    if not text:  # whoever started it has nothing to check, or is gone
        os._exit(1)
    job = json.loads(text)
    send = _channel(job["mark"])
    Thread(target=_watch, args=(job["timeout"] + _GRACE,), daemon=True).start()
    sys.argv = [""]
    sys.path.insert(0, str(Path.cwd()))
    checker = Checker(allow_effects=job["allow_effects"], cache=job["cache"])
    for asked in job["targets"]:
        send(checker.report(**asked))
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(0)  # whatever the programs have left running, or wanted to do at the end


def _watch(
    seconds: float,
    parent: Callable[[], int] = os.getppid,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """End the process when its time is up, or who has started it is gone: nobody reads its reports then.

    What it calls is bound before a program is imported, which may put something else in its place.
    """
    first, end = parent(), now() + seconds
    while parent() == first and now() < end:
        sleep(_LOOK)
    os._exit(1)


def _channel(mark: str) -> Callable[[str], None]:
    """Keep the output for reports: what a program prints goes where errors go, or nowhere if that is closed."""
    while os.open(os.devnull, os.O_RDWR) <= _ERRORS:  # takes the place of what is closed
        pass
    output = os.dup(1)
    os.dup2(_ERRORS, 1)

    def send(report: str) -> None:
        left = f"\n{mark} {report}\n".encode()
        while left:
            left = left[os.write(output, left) :]

    return send


class Checker:
    """Checks targets one after the other in this process.

    Args:
        allow_effects: whether modules may do more than be imported.
        cache: whether reports are kept below the working directory, and taken from there.
    """

    def __init__(self, *, allow_effects: bool, cache: bool) -> None:
        self._guard: Guard = Guard()
        self._allow_effects: bool = allow_effects
        self._folder: Path = Path.cwd()
        self._cache: Cache | None = Cache(self._folder / FOLDER) if cache else None
        self._done: list[tuple[AnyWorkflow, tuple[object, ...]]] = []
        """What was checked, and as what: one that two modules hold is checked once."""

    def report(
        self,
        target: str,
        initial: str | None = None,
        inputs: tuple[str, ...] = (),
        outputs: tuple[str, ...] | None = None,
    ) -> str:
        """Import a target, and check what it names; give the report as JSON, in parts."""
        start = time.perf_counter()
        with self._guard.on(wanted=not self._allow_effects):
            found, problems = self._loaded(target)
            parts: list[str] = []
            for name, workflow in found:
                asked = (initial, inputs, outputs)
                if any(one is workflow and how == asked for one, how in self._done):
                    continue
                self._done.append((workflow, asked))
                try:
                    parts.append(self._checked(name, workflow, asked))
                except ConfigurationError as error:
                    spot = Spot(Target(target).spot_file(), 1)
                    problems.append(bad_configuration(f"target {name}", str(error), spot))
                except BaseException as error:  # noqa: BLE001  # a mistake of ours must not pass for a proof
                    problems.append(cannot_load(name, _broken(error)))
        # What a task imports when it runs may act then, so that it is not told that it tried when it was looked into.
        self._guard.tried.clear()
        return dumps_parts(Report((), tuple(problems), time.perf_counter() - start), parts)

    def _loaded(self, text: str) -> tuple[list[tuple[str, AnyWorkflow]], list[Diagnostic]]:
        found: list[tuple[str, AnyWorkflow]] = []
        failure: LoadError | None = None
        try:
            found = load(Target(text))
        except LoadError as error:
            failure = error
        os.chdir(self._folder)  # a program may have gone elsewhere
        problems: list[Diagnostic] = []
        if failure is not None and not (self._guard.tried and caused_by_guard(failure.cause)):
            problems.append(cannot_load(text, failure.reason, failure.spot))
        problems += (
            cannot_load(text, f"importing it would {effect.act}", effect.spot, _HELP)
            for effect in dict.fromkeys(self._guard.tried)
        )
        self._guard.tried.clear()
        return found, problems

    def _checked(self, target: str, workflow: AnyWorkflow, asked: tuple[Any, Any, Any]) -> str:
        initial, inputs, outputs = asked

        def make() -> Report:
            return _check_of_api()([(target, workflow)], initial=initial, inputs=inputs, outputs=outputs)

        if self._cache is None:
            return dumps(make())
        return self._cache.report(workflow, (target, *asked), make, self._guard.off)


def _check_of_api() -> Callable[..., Report]:
    """Import what checks: a report that is kept needs none of it."""
    from .api import check_workflows

    return check_workflows


_HELP: Final = (
    "do it in a task or in a function that runs later, or let it happen with --allow-import-effects; nothing was done"
)


def _broken(error: BaseException) -> str:
    """Say what went wrong in keyrack itself."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"keyrack itself failed, {told(error)}{where}; please report it"

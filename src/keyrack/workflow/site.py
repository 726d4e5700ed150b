"""Where a task runs, in the words of messages; and the one warning about a task that does not stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .graph import Place

_log = logging.getLogger(__package__)

PATIENCE = 1.0
"""Seconds after which a task that was cancelled and still runs is named in a warning."""


COUNTS_HOLD = sys.version_info >= (3, 13)
"""Whether ``Task.cancelling()`` tells that somebody wants the task to end. Before Python 3.13 an `asyncio.TaskGroup` in
which something failed leaves its own cancellation of its parent behind, though the failure was dealt with."""


@dataclass(frozen=True, slots=True)
class Site:
    """A task in its state of a workflow."""

    workflow: str
    state: Enum
    task: str
    """The name of the task."""
    place: Place
    """Where it was registered."""
    branch: int | None = None
    """The number of the branch, None outside of splits."""

    @property
    def task_text(self) -> str:
        """The task with its place: ``'parse' (app.py:12)``."""
        branch = "" if self.branch is None else f"branch {self.branch}, "
        return f"{branch}{self.task!r} ({self.place})"

    def __str__(self) -> str:
        return f"{self.task_text} in state {self.state.name} of workflow {self.workflow!r}"

    def note(self, attempt: int = 1, attempts: int = 1) -> str:
        """Give what is noted on what the task raised."""
        branch = "" if self.branch is None else f"branch {self.branch}, "
        tries = "" if attempts == 1 else f", try {attempt} of {attempts}"
        return f"while running {branch}{self.task!r} in state {self.state.name} of workflow {self.workflow!r}{tries}"


@contextmanager
def impatient(sites: Callable[[], Iterable[Site]]) -> Generator[None]:
    """Warn when the block, which waits for tasks that were cancelled, takes long.

    Args:
        sites: gives the tasks that still run, when it is time to warn.
    """
    timer = asyncio.get_running_loop().call_later(PATIENCE, _warn, sites)
    try:
        yield
    finally:
        timer.cancel()


def _warn(sites: Callable[[], Iterable[Site]]) -> None:
    for site in sites():
        warn_runs_on(site)


def warn_runs_on(site: Site) -> None:
    """Warn that a task was cancelled some time ago, and has not ended."""
    _log.warning("%s was cancelled %g s ago and still runs; it is waited for", site, PATIENCE)


def warn_went_on(site: Site) -> None:
    """Warn that a task was cancelled, and went on as if it were not."""
    _log.warning("%s was cancelled and went on; the run ends after it", site)


def stems_from_cancellation(error: BaseException) -> bool:
    """Say whether *error* was raised while a cancellation was dealt with."""
    seen: set[int] = set()
    inner = error.__cause__ or error.__context__
    while inner is not None and id(inner) not in seen:
        if isinstance(inner, asyncio.CancelledError):
            return True
        seen.add(id(inner))
        inner = inner.__cause__ or inner.__context__
    return False


def current_task() -> asyncio.Task[Any]:
    """Give the asyncio task that runs; what is awaited on an event loop always runs in one."""
    return cast("asyncio.Task[Any]", asyncio.current_task())

"""Cancellation: what can be told about it, and the warnings about tasks that do not stop.

An asyncio task counts how often it was asked to cancel. Who dealt with a cancellation takes it back; so a count that
has grown says that somebody wants the task to end, on the versions of Python where that holds.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .site import Site

_log = logging.getLogger(__name__)

COUNTS_HOLD = sys.version_info >= (3, 13)
"""Whether ``Task.cancelling()`` tells that somebody wants the task to end. Before Python 3.13 an `asyncio.TaskGroup` in
which something failed leaves its own cancellation of its parent behind, though the failure was dealt with."""

PATIENCE = 1.0
"""Seconds after which a task that was cancelled and still runs is named in a warning."""

given_up: set[asyncio.Task[Any]] = set()
"""The asyncio tasks of branches that their split has cancelled."""

waiting: set[asyncio.Task[Any]] = set()
"""The asyncio tasks that were cancelled and wait for what warns about itself: an executor, the branches of a split."""


def current_task() -> asyncio.Task[Any]:
    """Give the asyncio task that runs; what is awaited on an event loop always runs in one."""
    return cast("asyncio.Task[Any]", asyncio.current_task())


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


def wake(waiter: asyncio.Future[None]) -> None:
    """Let go on who waits; asking first is no use: the handler of Ctrl-C may cancel the waiting at any moment."""
    with suppress(asyncio.InvalidStateError):
        waiter.set_result(None)


# --- warnings ------------------------------------------------------------------------------------


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

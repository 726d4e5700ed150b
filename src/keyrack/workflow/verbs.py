"""What a run tells of the verbs of its store: each with the state, the task and the attempt that used it.

How it works: whoever is told of a run passes by here first. Where an attempt begins, its place is noted in a context
variable, so that it is known wherever the code of the task goes: in coroutines, in threads and in tasks of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, cast

from ..watching import Watch, watched
from .events import BranchStarted, Event, Joined, RetryStarted, RunFinished, RunStarted, StateEntered, StoreUsed

if TYPE_CHECKING:
    import asyncio

    from ..store import KeyValueStore
    from ..watching import Use


class _Spot(NamedTuple):
    """What runs."""

    run: int
    state: Enum | None = None
    task: str = ""
    branch: int | None = None
    attempt: int = 1


_spot: ContextVar[_Spot | None] = ContextVar("spot", default=None)
_is_telling: ContextVar[bool] = ContextVar("is_telling", default=False)
"""Whether an observer is being told: the verbs that it uses itself are not told of, or that would never end."""


class Verbs:
    """Follows one run, and tells what its tasks do with the store.

    Args:
        run: the number of the run.
        clock: gives the time on the clock of the event loop.
        loop: the event loop of the run.
        tell: who is told; does not raise.
    """

    def __init__(
        self, run: int, clock: Callable[[], float], loop: asyncio.AbstractEventLoop, tell: Callable[[Event], None]
    ) -> None:
        self._run = run
        self._clock = clock
        self._loop = loop
        self._thread = threading.get_ident()
        self._tell = tell
        self._last = _Spot(run)
        """Where the run is; what runs in a context of its own, started elsewhere, is taken for a part of it."""
        self._before: _Spot | None = None

    def watched(self, store: object) -> object:
        """Give the store of the run as one that tells of its verbs."""
        return watched(cast("KeyValueStore", store), Watch(self._clock, self._told))

    def follow(self, event: Event) -> None:
        """Note what runs from now on in the context of the caller, and tell the event."""
        match event:
            case StateEntered():
                self._last = _Spot(self._run, event.state, event.task)
                _spot.set(self._last)
            case BranchStarted():
                _spot.set(_Spot(self._run, event.state, event.branch.task, event.branch.number))
            case RetryStarted():
                _spot.set(_Spot(self._run, event.state, event.task, event.branch, event.attempt))
            case Joined():
                _spot.set(self._last)
            case RunStarted():
                self._before = _spot.get()
                _spot.set(self._last)
            case RunFinished():
                _spot.set(self._before)
            case _:
                pass
        self._tell_alone(event)

    def _told(self, use: Use) -> None:
        if _is_telling.get():
            return
        spot = _spot.get()
        if spot is None or spot.run != self._run:
            spot = self._last
        event = StoreUsed(
            run=self._run,
            time=use.ended,
            state=spot.state,
            task=spot.task,
            branch=spot.branch,
            attempt=spot.attempt,
            verb=use.verb,
            keys=use.keys,
            writes=use.writes,
            store=use.store,
            backend=use.backend,
            seconds=max(use.ended - use.began, 0.0),
            error=use.error,
        )
        if threading.get_ident() == self._thread:
            self._tell_alone(event)
        else:
            with suppress(RuntimeError):  # the loop was closed, with the thread still at work
                self._loop.call_soon_threadsafe(self._tell_alone, event)

    def _tell_alone(self, event: Event) -> None:
        token = _is_telling.set(True)
        try:
            self._tell(event)
        finally:
            _is_telling.reset(token)

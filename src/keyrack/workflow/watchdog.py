"""Time limits of a task: one timer for all of them, however many attempts it sees.

How it works: a watchdog knows when its asyncio task has to be cancelled, because the run or the attempt is out of time.
Its timer is set for the nearest such moment it has seen. An attempt that ends in time only moves the moment; the timer
finds out when it rings, and is set anew. So a state machine whose attempts take microseconds sets one timer for each
time limit that passes, not one for each attempt. A cancellation by the watchdog is told from others as
`asyncio.timeout` does it: by the count of cancellations that the task was asked for.
"""

from __future__ import annotations

import asyncio
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Protocol

from .cancellation import COUNTS_HOLD, PATIENCE, given_up, waiting, warn_runs_on

if TYPE_CHECKING:
    from .site import Site


class Placed(Protocol):
    """What knows where it is."""

    @property
    def site(self) -> Site:
        """Where it is."""
        ...


DOUBT = 10.0
"""The seconds that a task gets beyond its limit where it may be cleaning up, or may have had a task group that failed
(`COUNTS_HOLD`)."""


class Watchdog:
    """Cancels an asyncio task when the run that it does, or the attempt that it makes, is out of time.

    Args:
        task: the one to cancel.
        limit: the seconds that the run may take from now on; None for no limit.
        owner: knows what runs, for the warning about what does not end though it was cancelled.
    """

    __slots__ = (
        "_again",
        "_attempt_due",
        "_before",
        "_impatience",
        "_loop",
        "_ours",
        "_owner",
        "_run",
        "_task",
        "_timer",
        "attempt",
        "run_due",
        "wakes",
    )

    def __init__(self, task: asyncio.Task[object], limit: float | None = None, owner: Placed | None = None) -> None:
        self._task = task
        self._owner = owner
        self._loop = task.get_loop()
        self._before = task.cancelling()
        """How often the task had been asked to cancel by others."""
        self._ours = False
        """Whether the watchdog has cancelled the task, and not taken it back."""
        self._run = inf
        """When the run is out of time."""
        self.run_due: bool = False
        """Whether the run is out of time."""
        self.attempt: float = inf
        """When the attempt is out of time."""
        self._attempt_due = False
        self._again: asyncio.Handle | None = None
        self._impatience: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.wakes: float = inf
        """When the timer rings."""
        if limit is not None:
            self._run = self._loop.time() + limit
            self.wake()

    # --- attempts ---------------------------------------------------------------------------------

    def begin(self, limit: float) -> None:
        """Let an attempt have *limit* seconds from now on."""
        self.attempt = self._loop.time() + limit
        if self.attempt < self.wakes:
            self.wake()

    def took_too_long(self) -> bool:
        """Say whether the attempt was cancelled because it was out of time, and by nobody else."""
        return self._attempt_due and not self.run_due and self._ours and self._alone()

    def end(self) -> None:
        """Say that the attempt is over; its cancellation, if there was one, is taken back."""
        self.attempt = inf
        if self._attempt_due:
            self._attempt_due = False
            if not self.run_due:  # else the cancellation stands for the run
                self._take_back()

    def forget(self) -> None:
        """Take the cancellations so far for others' leavings."""
        self._before = self._task.cancelling() - self._ours

    # --- the run ----------------------------------------------------------------------------------

    def run_took_too_long(self) -> bool:
        """Say whether the run was cancelled because it was out of time, and by nobody else."""
        return self.run_due and self._ours and self._alone()

    def stop(self) -> None:
        """Watch no more; the cancellation of the run, if there was one, is taken back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._take_back()
        del self._task  # it holds what it raised, and the frames of that hold this watchdog

    # --- the timer --------------------------------------------------------------------------------

    def wake(self) -> None:
        """Set the timer for the nearest moment."""
        if self._timer is not None:
            self._timer.cancel()
        self.wakes = inf if self.run_due else min(self._run, self.attempt)
        self._timer = None if self.wakes == inf else self._loop.call_at(self.wakes, self._ring)

    def _ring(self) -> None:
        now = self._loop.time()
        if self._run <= now:
            self._run, self.run_due = inf, True
            self._cancel()
        elif self.attempt <= now:
            self.attempt, self._attempt_due = inf, True
            self._cancel()
        self._timer = None
        self.wake()

    def _cancel(self, *, at_last: bool = False) -> None:
        """Cancel the task, unless it was cancelled already: what it cleans up shall not be broken off.

        Args:
            at_last: whether the task has had its time to clean up, if that is what it does.
        """
        if self._ours or self._task in given_up:
            return
        if self._task.cancelling() > self._before and not at_last:
            if not COUNTS_HOLD:
                self._again = self._loop.call_later(DOUBT, partial(self._cancel, at_last=True))
            return
        self._ours = self._task.cancel()
        self._impatience = self._loop.call_later(PATIENCE, self._complain)

    def _take_back(self) -> None:
        if self._ours:
            self._ours = False
            self._task.uncancel()
        for handle in self._again, self._impatience:
            if handle is not None:
                handle.cancel()
        self._again = self._impatience = None

    def _alone(self) -> bool:
        return self._task.cancelling() - 1 <= self._before

    def _complain(self) -> None:
        if self._owner is not None and self._task not in waiting:
            warn_runs_on(self._owner.site)

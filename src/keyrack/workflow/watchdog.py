"""Time limits of a task: one timer for all of them, however many attempts it sees.

How it works: a watchdog knows when its asyncio task has to be cancelled, because the run or the attempt is out of time.
Its timer is set for the nearest such moment it has seen. An attempt that ends in time only moves the moment; the timer
finds out when it rings, and is set anew. So a state machine whose attempts take microseconds sets one timer for each
time limit that passes, not one for each attempt. A cancellation by the watchdog is told from others as
`asyncio.timeout` does it: by the count of cancellations that the task was asked for.
"""

from __future__ import annotations

import asyncio
from math import inf


class Watchdog:
    """Cancels an asyncio task when the run that it does, or the attempt that it makes, is out of time.

    Args:
        task: the one to cancel.
        limit: the seconds that the run may take from now on; None for no limit.
    """

    __slots__ = ("_attempt_fired", "_before", "_loop", "_run", "_run_fired", "_task", "_timer", "attempt", "wakes")

    def __init__(self, task: asyncio.Task[object], limit: float | None = None) -> None:
        self._task = task
        self._loop = task.get_loop()
        self._before = task.cancelling()
        """How often the task had been asked to cancel when the watchdog came."""
        self._run = inf
        """When the run is out of time."""
        self.attempt: float = inf
        """When the attempt is."""
        self._run_fired = self._attempt_fired = False
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
        """Say whether the attempt, which ended as cancelled, was out of time, and nobody else cancelled it."""
        return self._attempt_fired and not self._run_fired and self._asked_only_once()

    def end(self) -> None:
        """Say that the attempt is over; its cancellation, if there was one, is taken back."""
        self.attempt = inf
        if self._attempt_fired:
            self._attempt_fired = False
            if not self._run_fired:
                self._task.uncancel()

    # --- the run ----------------------------------------------------------------------------------

    def run_took_too_long(self) -> bool:
        """Say whether the run, which ended as cancelled, was out of time, and nobody else cancelled it."""
        return self._run_fired and self._asked_only_once()

    def stop(self) -> None:
        """Watch no more; the cancellation of the run, if there was one, is taken back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._run_fired:
            self._run_fired = False
            self._task.uncancel()
        del self._task  # it holds what it raised, and the frames of that hold this watchdog

    # --- the timer --------------------------------------------------------------------------------

    def wake(self) -> None:
        """Set the timer for the nearest moment."""
        if self._timer is not None:
            self._timer.cancel()
        self.wakes = inf if self._run_fired else min(self._run, self.attempt)
        self._timer = None if self.wakes == inf else self._loop.call_at(self.wakes, self._ring)

    def _ring(self) -> None:
        now = self._loop.time()
        if self._run <= now:
            self._run = inf
            self._run_fired = self._attempt_fired or self._cancel()  # a cancelled attempt ends the run as well
        elif self.attempt <= now:
            self.attempt = inf
            self._attempt_fired = self._cancel()
        self._timer = None
        self.wake()

    def _cancel(self) -> bool:
        """Cancel the task, unless it was cancelled already: what it cleans up shall not be broken off."""
        return self._task.cancelling() <= self._before and self._task.cancel()

    def _asked_only_once(self) -> bool:
        return self._task.cancelling() - 1 <= self._before

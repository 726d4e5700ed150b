"""A run: what its parts have to know of it, and how observers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, cast

from .cancellation import COUNTS_HOLD, current_task, given_up, stems_from_cancellation
from .events import StoreUsed
from .observers import asked, each_of, guarded, one_of
from .watchdog import Placed, Watchdog

if TYPE_CHECKING:
    from .events import Event, Observer
    from .site import Site

_numbers = count(1)


class Run:
    """One run of a workflow.

    Args:
        store: where its tasks read and write.
        observers: who is told.
        limit: the seconds that it may take; None for no limit.
    """

    __slots__ = ("_asked", "_overdue", "_task", "_watchdog", "at", "emit", "number", "observer", "store", "time")

    def __init__(self, store: object, observers: Sequence[Observer], limit: float | None) -> None:
        task = current_task()
        self._task = task
        self._asked = task.cancelling()
        """How often the asyncio task had been asked to cancel before."""
        self._watchdog = None if limit is None else Watchdog(task, limit, owner=self)
        self._overdue = False
        self.at: Placed | None = None
        """The state that it came to last, of those with a task or a split."""
        self.store: object = store
        self.number: int = next(_numbers)
        self.time: Callable[[], float] = _clock(task.get_loop())
        """Gives the time on the clock of the event loop, in seconds."""
        self.observer: Observer | None = one_of(observers)
        """Who is told; may raise. None where there is nobody, so that no event is made."""
        if curious := [one for one in observers if asked(one, "verbs", default=False)]:
            self._watch_verbs(task.get_loop(), observers, curious)
        self.emit: Callable[[Event], None] | None = None if self.observer is None else guarded(self.observer)
        """Tells the observer, and does not raise."""

    def _watch_verbs(
        self, loop: asyncio.AbstractEventLoop, observers: Sequence[Observer], curious: Sequence[Observer]
    ) -> None:
        """Tell of the verbs of the store, too: the *curious* ones."""
        from .verbs import Verbs

        tell_all, tell_curious = each_of(observers), each_of(curious)

        def tell(event: Event) -> None:
            (tell_curious if type(event) is StoreUsed else tell_all)(event)

        verbs = Verbs(self.number, self.time, loop, tell)
        self.store = verbs.watched(self.store)
        self.observer = verbs.follow

    @property
    def label(self) -> str:
        """What messages call the store."""
        return str(getattr(self.store, "label", self.store))

    @property
    def cancelling(self) -> Callable[[], int]:
        """Tells how often the asyncio task of the run was asked to cancel."""
        return self._task.cancelling

    @property
    def site(self) -> Site:
        """What runs, or ran last; there has to be something."""
        return cast("Placed", self.at).site

    def is_to_end(self, error: Exception, asked: int | None) -> bool:
        """Whether the asyncio task that asks, that of the run or of a branch, was asked to cancel.

        Args:
            error: what the attempt raised.
            asked: how often the task had been asked to cancel when the attempt began; None if it was the first one.
        """
        task = current_task()
        if task in given_up or (task is self._task and self.is_out_of_time):
            return True
        if asked is None:
            asked = self._asked if task is self._task else 0
        return task.cancelling() > asked and (COUNTS_HOLD or stems_from_cancellation(error))

    def forget_cancellations(self) -> int:
        """Take the cancellations so far for others' leavings, and give their number."""
        self._asked = self._task.cancelling()
        if self._watchdog is not None:
            self._watchdog.forget()
        return self._asked

    def end_overdue(self) -> None:
        """Say that what ends the run is its time limit, whatever else cancelled its asyncio task."""
        self._overdue = True

    @property
    def is_out_of_time(self) -> bool:
        """Whether the time limit of the run has passed."""
        return self._watchdog is not None and self._watchdog.run_due

    @property
    def watchdog(self) -> Watchdog:
        """Holds the time limits of the run and of its attempts; made when it is first needed."""
        if self._watchdog is None:
            self._watchdog = Watchdog(self._task, owner=self)
        return self._watchdog

    @property
    def timed_out(self) -> bool:
        """Whether the run was cancelled because it was out of time, and by nobody else."""
        return self._watchdog is not None and (self._overdue or self._watchdog.run_took_too_long())

    def end(self) -> None:
        """Let go of the timer; what cancelled a run that was out of time is taken back."""
        if self._watchdog is not None:
            self._watchdog.stop()
            self._watchdog = None
        del self._task  # it holds what it raised, and the frames of that hold this run


def _clock(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """Give the clock of *loop*, without its method around it where that does nothing else."""
    return monotonic if type(loop).time is asyncio.BaseEventLoop.time else loop.time

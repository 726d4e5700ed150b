"""One run of a job: the workflow is run, observers are told, and the outcome is written down, whatever comes.

A run is an asyncio task of its own. Between its first step and the end of its outcome's way into the store, a
cancellation ends the workflow and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

from .._text import LOGGED, counted, told
from ..workflow.cancellation import current_task
from ..workflow.observers import each_of, listening
from .clock import Rest, moment
from .events import JobFinished, JobOutcome, JobStarted, JobTripped
from .record import Claim, End, JobRecord, Step, ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from .book import Book
    from .clock import Clock
    from .events import SchedulerObserver
    from .job import Job

_log = logging.getLogger(__name__)
_around: ContextVar[frozenset[Running]] = ContextVar("keyrack.scheduler.around", default=frozenset())
_numbers = count(1)

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 60.0
"""The seconds between tries to reach a store that is in trouble."""

LAST_TRIES: Final = 3
"""How often an outcome is tried to be written down when the scheduler is to stop."""

_LONG: Final = 200
"""About the most characters that are kept of an error."""


@dataclass(frozen=True)
class World:
    """What a scheduler that has been started works with."""

    scheduler: str
    """Its name."""
    me: str
    """How it calls itself as a holder of records."""
    book: Book
    executor: Executor | None
    """Where verbs of the store run that may wait."""
    clock: Clock
    observers: Sequence[SchedulerObserver]
    lease: float
    clock_check: float

    async def change(self, job: str, step: Callable[[JobRecord | None], Step]) -> Step:
        """Take a step from the record of a job to the next one; see `Book.change`."""
        return await self.book.change(job, step, executor=self.executor)


class Running:
    """A run of a job that was claimed.

    Args:
        time: gives the time on the clock of the job.
    """

    def __init__(self, world: World, job: Job, claim: Claim, time: Callable[[], float]) -> None:
        self._world = world
        self._job = job
        self._time = time
        self._rest = Rest()
        self._tries_left: int | None = None
        self.claim: Claim = claim
        self.began: bool = False
        """Whether it has made its first step; one that has not can be taken back."""
        self.is_lost: bool = False
        """Whether another scheduler has taken it over."""
        self.is_over: bool = False
        """Whether the workflow has ended, so that only the outcome is to be written down."""
        self.is_asked: bool = False
        """Whether it was asked to end."""
        self.outcome: JobOutcome | None = None
        self._is_being_made = True
        self.task: asyncio.Task[None] = asyncio.create_task(self._run(), name=f"{world.scheduler}: {job.name}")
        self._is_being_made = False

    def cancel(self) -> None:
        """Ask it to end, unless it was asked before."""
        if not self.is_asked and not self.is_over:
            self.is_asked = True
            self.task.cancel()

    def lose(self) -> None:
        """Ask it to end, because another scheduler has taken it over."""
        if not self.is_over and not self.is_lost:
            _log.error("%s was taken over by another scheduler, because this one was not heard of; it ends", self)
            self.is_lost = True
            self.cancel()

    def hurry(self) -> None:
        """Do not wait for ever until a store can be written."""
        if self._tries_left is None:
            self._tries_left = LAST_TRIES
            self._rest.end()

    def __str__(self) -> str:
        return f"the run of job {self._job.name!r} of scheduler {self._world.scheduler!r}"

    @property
    def is_around(self) -> bool:
        """Whether what asks is a part of it, or was begun by one: the run may be waiting for it."""
        return self in _around.get() and not self.task.done()

    async def _run(self) -> None:
        if self._is_being_made:  # eager tasks begin at once: the keeper has to know of the run before
            await asyncio.sleep(0)
        self.began = True
        _around.set(frozenset(run for run in _around.get() if not run.task.done()) | {self})
        job, clock, claim, number = self._job, self._world.clock, self.claim, next(_numbers)
        observers = listening(self._world.observers)
        tell = each_of(observers)
        names = (self._world.scheduler, job.name, job.workflow.name)
        began = clock.elapsed()
        _log.debug("%s begins", self)
        tell(JobStarted(number, began, *names, moment(claim.due), claim.again))
        error = await self._orchestrated(observers)
        self.is_over = True
        self.outcome = outcome = self._outcome_of(error)
        seconds = clock.elapsed() - began
        tell(JobFinished(number, began + seconds, *names, outcome, error, seconds))
        said = None if error is None else told(error, _LONG)
        if outcome != "lost":
            await self._write_down(End(self._time(), outcome, said, seconds))
        if error is not None and not isinstance(error, (Exception, asyncio.CancelledError)):
            raise error  # SystemExit and KeyboardInterrupt go on their way

    async def _orchestrated(self, observers: Sequence[SchedulerObserver]) -> BaseException | None:
        """Run the workflow, and give what it raised."""
        job = self._job
        try:
            await job.workflow.orchestrate(job.start, store=job.store, observers=observers)
        except BaseException as error:  # noqa: BLE001  # raised again when its outcome is written down
            return error
        return None

    def _outcome_of(self, error: BaseException | None) -> JobOutcome:
        if error is None:
            return "succeeded"
        if self.is_lost:
            return "lost"
        was_cancelled = isinstance(error, asyncio.CancelledError) and current_task().cancelling() > 0
        return "cancelled" if self.is_asked or was_cancelled else "failed"

    # --- the outcome ------------------------------------------------------------------------------

    async def _write_down(self, end: End) -> None:
        """Let go of the record; where the store is in trouble, again and again until it works."""
        step = partial(ended, rules=self._job.rules, me=self._world.me, claim=self.claim.number, end=end)
        pause = FIRST_PAUSE
        while True:
            try:
                taken = await self._world.change(self._job.name, step)
            except Exception as error:  # noqa: BLE001  # whatever a store raises
                if not await self._is_worth_a_try(error, pause):
                    return
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._report(taken, end)
                return

    async def _is_worth_a_try(self, error: Exception, pause: float) -> bool:
        if self._tries_left is not None:
            self._tries_left -= 1
        if self._tries_left == 0:
            _log.error(
                "the end of %s could not be written down; it will be run once more: %s", self, told(error, LOGGED)
            )
            return False
        _log.error("the end of %s cannot be written down; trying again in %g s: %s", self, pause, told(error, LOGGED))
        with suppress(asyncio.CancelledError):  # whoever asks the run to end has what they want: it only writes
            await self._rest.take(pause)
        return True

    def _report(self, taken: Step, end: End) -> None:
        record = taken.record
        if record is None or record.claim != self.claim.number or record.holder is not None:
            _log.error("%s had been taken over by another scheduler before it ended", self)
        elif end.outcome == "failed":
            _log.warning(
                "%s, workflow %r, failed after %.3g s, %s in a row: %s",
                *(self, self._job.workflow.name, end.seconds, counted(record.streak, "failure"), end.error),
            )
        else:
            _log.debug("%s %s after %.3g s", self, end.outcome, end.seconds)
        if taken.trips and record is not None:
            _log.error(
                "job %r of scheduler %r has failed %d times in a row; it does not run until it is reset",
                *(self._job.name, self._world.scheduler, record.streak),
            )
            event = JobTripped(self._world.clock.elapsed(), self._world.scheduler, self._job.name, record.streak)
            each_of(listening(self._world.observers))(event)

"""Who looks after one job while a scheduler runs: waits until it is due, claims it, and begins the run.

How it works: a keeper looks at the record of its job, does what `record` says, and rests until there is something to
do: until the job is due, a beat of its run is, or the lease of another's. It looks again every now and then whatever
happens, because clocks jump and records are written by others. It does not die of what a store raises.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Final

from .._text import LOGGED, counted, told
from ..workflow.cancellation import current_task
from ..workflow.observers import each_of, listening
from .clock import Rest, moment
from .events import JobSkipped
from .record import Claim, JobRecord, Rules, Sight, Step, View, looked, reset, sight, triggered, unclaimed
from .running import FIRST_PAUSE, LAST_TRIES, LONGEST_PAUSE, Running
from .schedule import Every
from .status import Times

if TYPE_CHECKING:
    from collections.abc import Callable

    from .job import Job
    from .running import World

_log = logging.getLogger(__name__)

BEATS: Final = 3
"""How often in a lease a run shows that it lives."""

_LEAST: Final = 1e-6
"""The seconds of the shortest pause: a date tells no less."""


class Keeper:
    """Looks after a job; made on the event loop.

    Args:
        world: what the scheduler works with.
        job: the job.
    """

    def __init__(self, world: World, job: Job) -> None:
        is_steady = world.book.keeps_to_itself and isinstance(job.rules.schedule, Every)
        self._world = world
        self._job = job
        self._time: Callable[[], float] = world.clock.steady if is_steady else world.clock.wall
        self._rest = Rest()
        self._lock = asyncio.Lock()
        self._run: Running | None = None
        self._beaten = 0.0
        """When the run has shown that it lives, on the clock of the loop."""
        self._sight: Sight | None = None
        """The other scheduler that was seen to hold the record last."""
        self._seen = 0.0
        """Since when nothing else was seen."""
        self._expected = inf
        """When it was to look again."""
        self._closing = False
        self._is_first = True
        """Whether it has not looked yet."""
        self._has_warned = False
        """Whether it has said that another scheduler plans the job by another schedule."""
        self.has_looked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when it has tried to look at its record for the first time."""
        self.task: asyncio.Task[None] = asyncio.create_task(self._keep(), name=f"{world.scheduler}: {job.name}: keeper")

    def close(self) -> None:
        """Begin nothing any more, and end when nothing runs."""
        self._closing = True
        if self._run is not None:
            self._run.hurry()
        self._rest.end()

    @property
    def run(self) -> Running | None:
        """The run that is under way."""
        return self._run

    def times(self) -> Times:
        """Give the time on the clock of the job, and on that of people."""
        return Times(self._time(), self._world.clock.wall())

    def wake(self) -> None:
        """Have it look at its record now."""
        self._rest.end()

    async def trigger(self) -> Step:
        """Begin a run now, if there is none.

        Raises:
            asyncio.CancelledError: it was cancelled, or the keeper closed, before the run began; none does.
        """
        asked = current_task().cancelling()
        async with self._lock:
            await self._reap()
            step = await self._change(self._seeing(triggered, self._view()))
            await self._follow(step, asked)
            if current_task().cancelling() > asked or (step.begins is not None and self._run is None):
                raise asyncio.CancelledError
        self.wake()  # the run has to show that it lives
        return step

    async def reset(self) -> None:
        """Forget that the job has failed."""
        await self._change(partial(reset, rules=self._job.rules, now=self._time()))
        self.wake()

    # --- keeping ----------------------------------------------------------------------------------

    async def _keep(self) -> None:
        try:
            await self._look_again_and_again()
        except asyncio.CancelledError:
            await self._give_up()
            raise
        finally:
            if not self.has_looked.done():
                self.has_looked.set_result(None)

    async def _look_again_and_again(self) -> None:
        pause = FIRST_PAUSE
        tries = LAST_TRIES
        while not self._is_done:
            try:
                wait = await self._look()
                pause = FIRST_PAUSE
            except Exception as error:  # noqa: BLE001  # whatever a store, a schedule or a clock raises
                _log.error(
                    "%s cannot be looked after; trying again in %g s: %s", self._label, pause, told(error, LOGGED)
                )
                # Not longer than between two beats: when the store works again, a run has to show that it lives.
                wait, pause = pause, min(2 * pause, LONGEST_PAUSE, self._world.lease / BEATS)
                self._sight = None  # the holder may not reach the store either: what was not seen proves nothing
                tries -= self._closing and (self._run is None or self._run.task.done())
            if not self.has_looked.done():
                self.has_looked.set_result(None)
            if current_task().cancelling():  # while the store was waited for, which is not cut short
                raise asyncio.CancelledError
            if not tries:
                return
            if not self._is_done:
                await self._rest.take(wait)

    @property
    def _is_done(self) -> bool:
        return self._closing and self._run is None

    async def _give_up(self) -> None:
        """End the run, too, where a stranger has cancelled the keeper."""
        self._closing = True
        if (run := self._run) is not None:
            if not run.task.cancelling():
                run.cancel()
            run.hurry()
            while not run.task.done():
                try:
                    await asyncio.wait([run.task])
                except asyncio.CancelledError:
                    continue
            try:
                await self._reap()
            except Exception as error:  # noqa: BLE001  # whatever a store raises
                _log.error("%s was left claimed: %s", self._label, told(error, LOGGED))

    async def _look(self) -> float:
        """Do what is to be done now, and give the seconds until there may be more."""
        async with self._lock:
            await self._reap()
            if self._is_done:
                return 0.0
            view = self._view()
            step = await self._change(self._seeing(looked, view))
            self._warn_of_another_plan(step)
            self._is_first = False
            if view.beats:
                self._beaten = self._world.clock.elapsed()
            await self._follow(step, 0)
            return self._wait(step)

    def _view(self) -> View:
        world, elapsed = self._world, self._world.clock.elapsed()
        run = self._run
        mine = None if run is None else run.claim.number
        beats = mine is not None and elapsed - self._beaten >= world.lease / BEATS
        if elapsed > self._expected + world.lease / BEATS:
            self._seen = elapsed  # this process stood still, and so may the holder have
        dead = self._sight if elapsed - self._seen >= world.lease else None
        return View(world.me, self._time(), world.clock.wall(), mine, beats, dead, self._closing, self._is_first)

    def _seeing(
        self, step: Callable[[JobRecord | None, Rules, View], Step], view: View
    ) -> Callable[[JobRecord | None], Step]:
        """Give a step that sees the time at which it is taken: until then the store may be waited for."""
        rules, elapsed = self._job.rules, self._world.clock.elapsed
        asked = elapsed()

        def seeing(found: JobRecord | None) -> Step:
            late = elapsed() - asked
            return step(found, rules, view._replace(now=view.now + late, wall=view.wall + late))

        return seeing

    async def _change(self, step: Callable[[JobRecord | None], Step]) -> Step:
        return await self._world.change(self._job.name, step)

    async def _follow(self, step: Step, asked: int) -> None:
        """Do what follows from a step that was taken.

        Args:
            asked: how often the asyncio task had been asked to cancel before.
        """
        if step.lost and self._run is not None:
            self._run.lose()
        if step.skipped:
            _log.info("%s was due, and is skipped because its last run still runs", self._label)
            names = (self._world.clock.elapsed(), self._world.scheduler, self._job.name)
            each_of(listening(self._world.observers))(JobSkipped(*names, moment(step.at)))
        if step.held:
            _log.info("%s was due, and is left alone because it has failed", self._label)
        if step.missed:
            _log.info("%s has missed %s; one run makes up for them", self._label, counted(step.missed, "due time"))
        if step.begins is not None and (self._closing or current_task().cancelling() > asked):
            await self._give_back(step.begins)
        elif step.begins is not None:
            self._begin(step.begins)

    def _warn_of_another_plan(self, step: Step) -> None:
        plan = None if step.record is None else step.record.schedule
        if plan is not None and plan != self._job.rules.schedule.text and not self._has_warned:
            self._has_warned = True
            own = self._job.rules.schedule.text
            _log.warning("%s is planned by another scheduler, too: %s there, %s here", self._label, plan, own)

    def _begin(self, claim: Claim) -> None:
        if claim.again:
            _log.warning("%s is run again: the scheduler that ran it was not heard of", self._label)
        self._beaten = self._world.clock.elapsed()
        self._run = Running(self._world, self._job, claim, self._time)
        self._run.task.add_done_callback(self._is_over)

    def _is_over(self, _task: asyncio.Task[Any]) -> None:
        self.wake()

    async def _reap(self) -> None:
        """Let go of a run that is over, and take back one that ended before it began."""
        run = self._run
        if run is None or not run.task.done():
            return
        if not run.task.cancelled():
            run.task.exception()  # it has gone on its way, or is logged
        if not run.began:
            await self._give_back(run.claim)
        self._run = None

    async def _give_back(self, claim: Claim) -> None:
        await self._change(partial(unclaimed, me=self._world.me, claim=claim.number))

    def _wait(self, step: Step) -> float:
        """Give the seconds until there may be something to do, and remember who else holds the record."""
        world, record, elapsed = self._world, step.record, self._world.clock.elapsed()
        seen = None if record is None or record.holder == world.me else sight(record)
        if seen != self._sight:
            self._sight, self._seen = seen, elapsed
        waits = [world.clock_check]
        if record is not None and record.due is not None and not (self._closing or step.lost):
            waits.append(record.due - self._time())
        if self._run is not None:
            waits.append(self._beaten + world.lease / BEATS - elapsed)
        elif seen is not None:
            waits.append(self._seen + world.lease - elapsed)
        wait = max(min(waits), _LEAST)
        self._expected = elapsed + wait
        return wait

    @property
    def _label(self) -> str:
        return f"job {self._job.name!r} of scheduler {self._world.scheduler!r}"

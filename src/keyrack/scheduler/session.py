"""A scheduler from start to stop, on one event loop: its keepers, and how they are brought to an end."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .._text import counted
from .keeper import Keeper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .job import Job
    from .running import Running, World


_log = logging.getLogger(__name__)


def thread() -> ThreadPoolExecutor:
    """Give a thread for verbs of a store; of its own, so that tasks in all the others do not keep it waiting."""
    return ThreadPoolExecutor(1, "keyrack-scheduler")


class Session:
    """The keepers of the jobs of a scheduler that has been started; made on the event loop.

    Args:
        world: what the scheduler works with.
        jobs: its jobs.
    """

    def __init__(self, world: World, jobs: Iterable[Job]) -> None:
        self._world = world
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._keepers: dict[str, Keeper] = {}
        self._ends: set[asyncio.Task[tuple[str, ...]]] = set()
        """The asyncio tasks that bring it to an end for its own runs."""
        self.is_stopping: bool = False
        """Whether no run begins any more."""
        for job in jobs:
            self.add(job)
        _log.info("scheduler %r has started, with %s", world.scheduler, counted(len(self._keepers), "job"))

    def add(self, job: Job) -> None:
        """Look after one more job."""
        self._keepers[job.name] = Keeper(self._world, job)

    def keeper(self, job: str) -> Keeper:
        """Give who looks after a job."""
        return self._keepers[job]

    @property
    def is_over(self) -> bool:
        """Whether nothing of it runs any more, on a loop that does."""
        return self._stopped.is_set() or self._loop.is_closed()

    async def look(self) -> None:
        """Wait until each keeper has looked at its record."""
        for keeper in self._keepers.values():
            await asyncio.shield(keeper.has_looked)

    async def wait(self) -> None:
        """Wait until it is over."""
        if not self.is_over:
            await self._stopped.wait()
            if self._ends:
                await asyncio.wait(self._ends)

    @property
    def is_asked_by_itself(self) -> bool:
        """Whether what asks is a part of one of its runs."""
        return any(keeper.run is not None and keeper.run.is_around for keeper in self._keepers.values())

    def begin_to_stop(self, timeout: float | None) -> None:
        """Begin nothing any more from now on, and do what else `stop` does in a task of its own."""
        self.is_stopping = True
        end = asyncio.create_task(self.stop(timeout), name=f"{self._world.scheduler}: end")
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)

    async def stop(self, timeout: float | None) -> tuple[str, ...]:  # noqa: ASYNC109  # a part of what is asked
        """Begin nothing any more, wait for what runs, cancel what still does after *timeout*, and name its jobs.

        When this is cancelled, everything is cancelled at once, and waited for all the same.
        """
        self.is_stopping = True
        for keeper in self._keepers.values():
            keeper.close()
        runs = {name: run for name, keeper in self._keepers.items() if (run := keeper.run) is not None}
        cancelled: asyncio.CancelledError | None = None
        try:
            await _ended(runs.values(), timeout)
        except asyncio.CancelledError as error:
            cancelled = error
        for run in runs.values():
            run.cancel()
        cancelled = await self._all_ended() or cancelled
        self._let_go()
        if cancelled is not None:
            raise cancelled
        return tuple(name for name, run in runs.items() if run.is_asked and run.outcome != "succeeded")

    async def _all_ended(self) -> asyncio.CancelledError | None:
        """Wait for every asyncio task, whatever comes, and give what came."""
        cancelled: asyncio.CancelledError | None = None
        while tasks := self._tasks():
            try:
                await asyncio.wait(tasks)
            except asyncio.CancelledError as error:
                cancelled = error
        return cancelled

    def _tasks(self) -> list[asyncio.Task[Any]]:
        """Give what has not ended; one that brings it to an end waits for no other that does."""
        tasks: list[asyncio.Task[Any]] = [keeper.task for keeper in self._keepers.values()]
        if asyncio.current_task() not in self._ends:
            tasks.extend(self._ends)
        return [task for task in tasks if not task.done()]

    def _let_go(self) -> None:
        if self._world.executor is not None:
            self._world.executor.shutdown(wait=True)  # it is idle: the thread ends at once
        if not self._stopped.is_set():
            _log.info("scheduler %r has stopped", self._world.scheduler)
            self._stopped.set()


async def _ended(runs: Iterable[Running], timeout: float | None) -> None:  # noqa: ASYNC109  # a part of what is asked
    tasks = [run.task for run in runs]
    if tasks:
        await asyncio.wait(tasks, timeout=timeout)

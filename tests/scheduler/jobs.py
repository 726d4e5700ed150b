"""Jobs, a clock that can be set, and an observer that remembers: what the tests of schedulers share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from keyrack.scheduler import Backoff, JobEvent, JobFinished, JobSkipped, JobStarted, JobTripped, Scheduler
from keyrack.stores import MemoryStore
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Event, Workflow

T = TypeVar("T")
Task: TypeAlias = Callable[[MemoryStore], Coroutine[Any, Any, "Stage"]]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEADY = Backoff.none()


class Stage(Enum):
    WORK = 1
    DONE = 2


WORK, DONE = Stage


class People:
    """The clock of people, which goes with that of the event loop, and can be set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> datetime:
        return BEGIN + timedelta(seconds=asyncio.get_running_loop().time() + self.ahead)


class Diary:
    """An observer that remembers what happens to jobs, in short: when, since the beginning, and what."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self.runs: list[Event] = []

    def __call__(self, event: Event | JobEvent) -> None:
        if isinstance(event, JobStarted | JobFinished | JobSkipped | JobTripped):
            self.events.append(event)
        else:
            self.runs.append(event)

    @property
    def told(self) -> list[tuple[float, str]]:
        return [(event.time, _short(event)) for event in self.events]

    @property
    def started(self) -> list[float]:
        return [event.time for event in self.events if isinstance(event, JobStarted)]

    @property
    def due(self) -> list[float | None]:
        """When each run was due, in seconds since the beginning."""
        return [since(event.due) for event in self.events if isinstance(event, JobStarted)]

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.events if isinstance(event, JobFinished)]


def _short(event: JobEvent) -> str:
    match event:
        case JobStarted():
            return "again" if event.again else "starts"
        case JobFinished():
            return event.outcome
        case JobSkipped():
            return "skipped"
        case JobTripped():
            return "tripped"


def since(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - BEGIN).total_seconds()


def work(seconds: float = 0.0, *outcomes: BaseException | None, runs: list[float] | None = None) -> Task:
    """Make a task that takes a while, and then raises one after the other of the outcomes that are errors.

    Args:
        runs: where it writes down when it began.
    """
    left = list(outcomes)

    async def task(_store: MemoryStore) -> Stage:
        if runs is not None:
            runs.append(asyncio.get_running_loop().time())
        error = left.pop(0) if left else None
        await asyncio.sleep(seconds)
        if error is not None:
            raise error
        return DONE

    return task


def workflow(task: Any = None, name: str = "books") -> Workflow[Stage, MemoryStore]:
    return Workflow(Stage, name=name, initial=WORK).register(WORK, task or work()).add_exit_states(DONE)


def scheduler(diary: Diary | None = None, people: People | None = None, **options: Any) -> Scheduler:
    observers = [] if diary is None else [diary]
    return Scheduler(now=People() if people is None else people, observers=observers, **options)


def run_for(seconds: float, scheduler: Scheduler) -> None:
    """Start a scheduler, and stop it after a while."""

    async def main() -> None:
        async with scheduler:
            await asyncio.sleep(seconds)
        assert_nothing_runs()

    run_in_virtual_time(main())


def assert_nothing_runs() -> None:
    loop: Any = asyncio.get_running_loop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [timer for timer in loop._scheduled if not timer.cancelled()] == []

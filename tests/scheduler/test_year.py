"""A simulated year of every kind of schedule in three time zones: clocks are set, the machine sleeps, and it stops."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import pytest
from tests.scheduler.year import (
    DAY,
    HOUR,
    START,
    Change,
    OfCron,
    OfInterval,
    Outcome,
    Work,
    outcome,
    stretches,
    triggered,
)

from keyrack.backends.memory import MemoryBackend
from keyrack.scheduler import Backoff, Scheduler
from keyrack.scheduler.events import JobStarted
from keyrack.store import KeyValueStore
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Workflow

if TYPE_CHECKING:
    from keyrack.scheduler.status import JobStatus

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
EXPRESSIONS = {
    "fixed": "30 2 * * *",
    "fixed, six fields": "15 45 1,2 * * *",
    "star": "*/20 2 * * *" if SOAK else "*/40 2 * * *",
    "star, six fields": "30 17 */4 * * *" if SOAK else "30 17 */12 * * *",
}
if SOAK:
    EXPRESSIONS.update({"second Monday": "0 9 * * MON#2", "last day": "0 0 L * *"})
INTERVALS = [6007.0, 50_000.5] if SOAK else [50_000.5]  # no divisors of a day
END = 365 * DAY

CHANGES = [
    Change(40.31 * DAY, "set", by=1.5 * HOUR),
    Change(70.3003 * DAY, "set", by=-2.2 * HOUR),
    Change(87.0503 * DAY, "set", by=-1.3 * HOUR),  # in the night when clocks go forward in Berlin
    Change(94.63 * DAY, "set", by=2 * HOUR),  # and when they go back on Lord Howe
    Change(120.4 * DAY, "set", by=9 * DAY),  # the machine sleeps
    Change(150.77 * DAY, "set", by=-5 * DAY),
    Change(200.13 * DAY, "stop"),
    Change(203.4001 * DAY, "start"),
    Change(210.61 * DAY, "set", by=0.5 * HOUR),
    Change(230.0401 * DAY, "set", by=-3.4 * HOUR),
    Change(251.5 * DAY, "stop"),
    Change(251.9 * DAY, "set", by=-2 * HOUR),  # while it is stopped
    Change(252.21 * DAY, "start"),
    Change(293.0301 * DAY, "set", by=-2.9 * HOUR),  # in the night when they go back in Berlin
    Change(300.03 * DAY, "set", by=7 * HOUR),
    Change(340.77 * DAY, "set", by=-30 * DAY),
]

PATIENCE = Backoff(base=1801.3, factor=5, ceiling=2.3 * DAY, jitter=0)


def never(_number: int) -> bool:
    return False


def now_and_then(number: int) -> bool:
    return number % 9 in {3, 4, 5, 8}


def quick(_number: int) -> float:
    return 61.9


def slow(number: int) -> float:
    return 8417.7 if number % 5 == 3 else 1317.3


QUICK, SLOW, FLAKY = (
    Work(quick, never, PATIENCE.delay),
    Work(slow, never, PATIENCE.delay),
    Work(quick, now_and_then, PATIENCE.delay),
)
WORKS = {"quick": QUICK, "slow": SLOW, "flaky": FLAKY}
TRIGGERS = [5 * DAY + step * 3011.3 for step in range(40)]


class Durable(MemoryBackend):
    """A store that says that it outlives the process, so that everything is counted on the clock of people."""

    persistent = True


class Step(Enum):
    WORK = auto()
    DONE = auto()


class Machine:
    """A clock that is set, a scheduler on it, and what happens to its jobs."""

    def __init__(self, store: KeyValueStore) -> None:
        self.ahead = START
        self.began: dict[str, list[tuple[float, float | None]]] = {}
        self.scheduler: Scheduler[Any, Any] = Scheduler(
            store=store, now=self.now, observers=[self.see], lease=1e7, clock_check=DAY
        )

    def now(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=self.ahead + asyncio.get_running_loop().time())

    def see(self, event: object) -> None:
        if isinstance(event, JobStarted):
            moment = None if event.due is None else event.due.timestamp()
            self.began.setdefault(event.job, []).append((event.time, moment))

    def workflow(self, work: Work) -> Workflow[Step, Any]:
        workflow: Workflow[Step, Any] = Workflow(Step, initial=Step.WORK)
        workflow.add_exit_states(Step.DONE)
        numbers = iter(range(1_000_000))

        @workflow.stage(Step.WORK)
        async def run(_store: KeyValueStore) -> Step:
            number = next(numbers)
            await asyncio.sleep(work.seconds(number))
            if work.fails(number):
                raise OSError("the disk is full")
            return Step.DONE

        return workflow

    async def live(self, changes: list[Change]) -> list[JobStatus]:
        """Let the year pass, and say how the jobs are then."""
        loop = asyncio.get_running_loop()
        await self.scheduler.start()
        is_stopped = False
        triggers = asyncio.create_task(self._trigger())
        for change in changes:
            await _until(loop, change.at)
            self.ahead += change.by
            if change.kind == "start":
                await self.scheduler.start()
            elif change.kind == "stop":
                await self.scheduler.stop()
            elif not is_stopped:
                self._look()
            is_stopped = change.kind == "stop" or (is_stopped and change.kind == "set")
        await _until(loop, END)
        await triggers
        await self.scheduler.stop()
        return self.scheduler.list()

    def _look(self) -> None:
        """Have it see at once that the clock was set; how soon it does by itself is told by ``clock_check``."""
        session: Any = getattr(self.scheduler, "_session")  # noqa: B009  # nobody else needs that
        for job in self.scheduler.list():
            session.keeper(job.name).wake()

    async def _trigger(self) -> None:
        for moment in TRIGGERS:
            await _until(asyncio.get_running_loop(), moment)
            await self.scheduler.trigger("by hand")


async def _until(loop: asyncio.AbstractEventLoop, moment: float) -> None:
    await asyncio.sleep(moment - loop.time())


def jobs() -> Iterator[tuple[str, str, str, str]]:
    """Give the cron jobs: their names, kinds of work, expressions and zones."""
    for place, zone in enumerate(ZONES):
        for number, (kind, expression) in enumerate(EXPRESSIONS.items()):
            work = list(WORKS)[(number + place) % len(WORKS)]
            yield f"{kind} in {zone}".replace("/", " "), work, expression, zone


def expected(*, steady: bool) -> dict[str, Outcome]:
    wall = stretches(CHANGES, END, steady=False)
    found = {
        name: outcome(OfCron(expression, zone, START, START + END + 20 * DAY), wall, WORKS[work])
        for name, work, expression, zone in jobs()
    }
    own = stretches(CHANGES, END, steady=steady)
    for seconds in INTERVALS:
        for kind, work in WORKS.items():
            found[f"every {seconds:g} {kind}"] = outcome(OfInterval(seconds, START), own, work)
    return found | {"by hand": triggered(TRIGGERS, SLOW)}


def lived(backend: MemoryBackend) -> dict[str, Outcome]:
    machine = Machine(KeyValueStore(backend))
    scheduler = machine.scheduler
    for name, work, expression, zone in jobs():
        scheduler.cron(name, machine.workflow(WORKS[work]), None, expression, timezone=zone, backoff=PATIENCE)
    for seconds in INTERVALS:
        for kind, what in WORKS.items():
            name = f"every {seconds:g} {kind}"
            scheduler.every(name, machine.workflow(what), None, seconds, backoff=PATIENCE)
    scheduler.manual("by hand", machine.workflow(SLOW), None)
    return {
        job.name: Outcome(machine.began.get(job.name, []), job.skipped, job.held, job.missed, job.failures)
        for job in run_in_virtual_time(machine.live(CHANGES))
    }


def rounded(runs: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    """Give moments to the hundredth of a second: dates are told in microseconds."""
    return [(round(began, 2), None if when is None else round(when, 2)) for began, when in runs]


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    logger = logging.getLogger("keyrack")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.mark.parametrize("backend", [MemoryBackend, Durable] if SOAK else [MemoryBackend])
def test_a_year_in_three_time_zones_goes_as_the_rules_say(backend: Callable[[], MemoryBackend]) -> None:
    wanted = expected(steady=backend is MemoryBackend)

    found = lived(backend())

    assert found.keys() == wanted.keys()
    for name, job in wanted.items():
        assert (name, rounded(found[name].runs)) == (name, rounded(job.runs))
        assert (name, found[name].skipped, found[name].held) == (name, job.skipped, job.held)
        assert (name, found[name].missed, found[name].failures) == (name, job.missed, job.failures)
    assert sum(job.skipped for job in wanted.values()) > 100
    assert sum(job.held for job in wanted.values()) > 100
    assert sum(job.missed for job in wanted.values()) > 100

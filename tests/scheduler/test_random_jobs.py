"""Random schedules, durations, failures, triggers and stops: no run overlaps another, none is lost, none doubled."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scheduler.jobs import BEGIN, DONE, Diary, People, Stage, assert_nothing_runs, scheduler, since, workflow

from keyrack.errors import SchedulerError
from keyrack.scheduler import Backoff, JobFinished, JobSkipped, JobStarted, JobStatus, JobTripped, Scheduler
from keyrack.scheduler.book import Book
from keyrack.stores import MemoryStore
from keyrack.testing import run_in_virtual_time

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
END = 400.0
CRON = 7
"""The seconds between the due times of the cron job."""


class Plan(NamedTuple):
    """What happens to one of the schedulers, or to a job on it, and when."""

    at: float
    scheduler: int
    what: str
    job: str
    patience: float | None


class World(NamedTuple):
    """Everything that is left to chance."""

    schedulers: int
    interval: float
    durations: list[float]
    fails: list[bool]
    backoff: Backoff
    plans: list[Plan]


JOBS: tuple[str, ...] = ("often", "cron", "hand")
times = st.integers(0, int(END * 4)).map(lambda quarter: quarter / 4)
plans = st.builds(
    Plan,
    times,
    st.integers(0, 2),
    st.sampled_from(["start", "start", "stop", "trigger", "trigger", "reset"]),
    st.sampled_from(JOBS),
    st.none() | st.sampled_from([0.0, 1.0, 30.0]),
)
backoffs = st.builds(
    Backoff,
    base=st.sampled_from([0.0, 3.0, 20.0]),
    jitter=st.just(0.0),
    trip_after=st.none() | st.integers(1, 4),
)
worlds = st.builds(
    World,
    st.integers(1, 3),
    st.sampled_from([2.5, 5.0, 10.0, 61.0]),
    st.lists(st.sampled_from([0.0, 0.5, 3.0, 12.0, 70.0]), min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=1, max_size=6),
    backoffs,
    st.lists(plans, max_size=25).map(lambda some: sorted(some, key=lambda plan: plan.at)),
)


class Runs:
    """Tasks whose durations and failures are those of the plan, and that see whether another is at work."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._number = 0
        self.at_work = dict.fromkeys(JOBS, 0)
        self.overlaps = 0

    def task(self, job: str) -> Any:
        async def task(_store: MemoryStore) -> Stage:
            world, number = self._world, self._number
            self._number += 1
            self.overlaps += self.at_work[job]
            self.at_work[job] += 1
            try:
                await asyncio.sleep(world.durations[number % len(world.durations)])
            finally:
                self.at_work[job] -= 1
            if world.fails[number % len(world.fails)]:
                raise OSError(str(number))
            return DONE

        return task


async def _do(plan: Plan, one: Scheduler) -> None:
    with suppress(SchedulerError):  # started twice, stopped, or tripped: that is what random plans do
        match plan.what:
            case "start":
                await one.start()
            case "stop":
                await one.stop(plan.patience)
            case "trigger":
                await one.trigger(plan.job)
            case _:
                await one.reset(plan.job)


async def _live(world: World, many: list[Scheduler]) -> None:
    loop = asyncio.get_running_loop()
    doing: list[asyncio.Task[None]] = []
    await many[0].start()
    for plan in world.plans:
        await asyncio.sleep(plan.at - loop.time())
        doing.append(asyncio.create_task(_do(plan, many[plan.scheduler % len(many)])))
    await asyncio.sleep(END - loop.time())
    await asyncio.gather(*doing)
    for one in many:
        await one.stop(5.0)
    assert_nothing_runs()


def lived(world: World) -> tuple[Diary, Runs, list[Scheduler], Book]:
    diary, people, runs, store = Diary(), People(), Runs(world), MemoryStore()
    many = [scheduler(diary, people, store=store) for _ in range(world.schedulers)]
    for one in many:
        one.every("often", workflow(runs.task("often")), None, world.interval, backoff=world.backoff)
        one.cron("cron", workflow(runs.task("cron")), None, f"*/{CRON} * * * * *", backoff=world.backoff)
        one.manual("hand", workflow(runs.task("hand")), None, backoff=world.backoff)
    run_in_virtual_time(_live(world, many))
    return diary, runs, many, Book(store, "scheduler")


def points(job: str, begin: float, end: float, world: World) -> int:
    """Count the due times after *begin*, which is one or the start, up to before *end*, which is one."""
    if job == "cron":
        return sum(begin < second < end for second in range(int(END) + 200) if second % 60 % CRON == 0)
    return round((end - begin) / world.interval) - 1


def assert_accounted_for(diary: Diary, status: JobStatus, left: float | None, world: World) -> None:
    """Compare what was told with what was counted; *left* is the due time that is the next one."""
    job = status.name
    events = [event for event in diary.events if event.job == job]
    started = [event for event in events if isinstance(event, JobStarted)]
    finished = [event for event in events if isinstance(event, JobFinished)]
    skipped = [event for event in events if isinstance(event, JobSkipped)]
    # Starts and ends alternate.
    course = [event for event in events if isinstance(event, JobStarted | JobFinished)]
    assert [type(event) for event in course] == [JobStarted, JobFinished] * len(started)
    assert [event.number for event in course[::2]] == [event.number for event in course[1::2]]
    assert not any(event.again for event in started)
    # Counts are those of the events.
    assert status.runs == len(started)
    assert status.failures == sum(event.outcome == "failed" for event in finished)
    assert {event.outcome for event in finished} <= {"succeeded", "failed", "cancelled"}
    assert status.state in {"stopped", "tripped"}
    due = [since(event.due) or 0.0 for event in started if event.due is not None]
    assert all(one < other for one, other in pairwise(due))
    if job == "hand":
        assert (due, left, status.skipped) == ([], None, len(skipped))
        return
    by_hand = sum(event.due is None for event in skipped)
    if not any(isinstance(event, JobTripped) for event in events) and left is not None:
        # Every due time has run, or was passed over for one reason.
        passed = points(job, 0.0, left - BEGIN.timestamp(), world)
        assert passed == len(due) + status.skipped - by_hand + status.held + status.missed


@settings(max_examples=2000 if SOAK else 35, deadline=None)
@given(worlds)
def test_no_run_overlaps_another_and_each_due_time_is_accounted_for_once(world: World) -> None:
    diary, runs, many, book = lived(world)

    assert runs.overlaps == 0
    assert runs.at_work == dict.fromkeys(JOBS, 0)
    for status in many[0].list():
        record = book.read(status.name)
        assert_accounted_for(diary, status, None if record is None else record.due, world)
        assert status == many[-1].status(status.name)


@settings(max_examples=500 if SOAK else 10, deadline=None)
@given(worlds)
def test_a_scheduler_that_is_not_stopped_begins_each_run_when_it_is_due_and_misses_none(world: World) -> None:
    steady = world._replace(plans=[plan for plan in world.plans if plan.what in {"trigger", "start"}])
    diary, _, many, _ = lived(steady)

    for event in diary.events:
        if isinstance(event, JobStarted | JobSkipped) and event.due is not None:
            assert event.time == (event.due - BEGIN).total_seconds()
    assert [status.missed for status in many[0].list()] == [0, 0, 0]

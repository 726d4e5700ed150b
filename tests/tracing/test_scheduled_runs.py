"""Traces of a scheduler: what it runs, what it skips, and what it gives up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.tracing.exporting import events_of, said
from tests.workflow.books import DONE, LOAD, Stage
from tests.workflow.told import WRONG, everything, work

from keyrack.scheduler import Backoff, Scheduler
from keyrack.testing import run_in_virtual_time
from keyrack.tracing.names import JOB_DURATION, JOB_RUNS, JOB_SKIPS, JOB_TRIPS, RUNS
from keyrack.workflow import Workflow

if TYPE_CHECKING:
    from tests.tracing.exporting import Telemetry

    from keyrack.stores import MemoryStore

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def scheduler(telemetry: Telemetry) -> Scheduler:
    """A scheduler whose time is that of the event loop."""

    def now() -> datetime:
        return NEW_YEAR + timedelta(seconds=asyncio.get_running_loop().time())

    return Scheduler(name="plant", observers=[telemetry.tracing], now=now)


def run_for(seconds: float, plant: Scheduler) -> None:
    async def main() -> None:
        async with plant:
            await asyncio.sleep(seconds)

    run_in_virtual_time(main())


def books(task: object, name: str = "books") -> Workflow[Stage, MemoryStore]:
    workflow: Workflow[Stage, MemoryStore] = Workflow(Stage, name=name, initial=LOAD)
    return workflow.add_exit_states(DONE).register(LOAD, task)  # type: ignore[arg-type]


def test_each_run_of_a_job_is_a_trace_with_the_run_of_its_workflow(telemetry: Telemetry) -> None:
    plant = scheduler(telemetry).every("nightly", everything(), None, 100)
    run_for(350, plant)

    tree = telemetry.tree()
    assert tree[:2] == ["job nightly: succeeded", "  run books: succeeded"]
    assert [line for line in tree if not line.startswith(" ")] == ["job nightly: succeeded"] * 3
    assert said(telemetry.named("job nightly")[0])["keyrack.job.due"] == "2024-01-01T00:01:40+00:00"


def test_jobs_at_the_same_time_do_not_mix(telemetry: Telemetry) -> None:
    plant = scheduler(telemetry)
    for number in range(3):
        plant.every(f"job{number}", books(work(5), f"books{number}"), None, 10)
    run_for(55, plant)

    for number in range(3):
        runs = telemetry.named(f"run books{number}")
        parents = [telemetry.parent(run) for run in runs]
        assert [parent.name for parent in parents if parent is not None] == [f"job job{number}"] * 5


def test_failures_skips_and_what_is_given_up_are_counted(telemetry: Telemetry) -> None:
    plant = scheduler(telemetry)
    plant.every("failing", books(work(1, *[WRONG] * 9)), None, 10, backoff=Backoff.none(trip_after=3))
    plant.every("slow", books(work(25)), None, 10)
    run_for(100, plant)

    assert telemetry.counted(JOB_RUNS)["plant", "failing", "books", "failed"] == 3
    assert telemetry.counted(JOB_TRIPS) == {("plant", "failing"): 1}
    assert telemetry.counted(JOB_SKIPS)["plant", "slow"] >= 4
    assert telemetry.counted(RUNS)["books", "failed"] == 3
    assert telemetry.counted(JOB_DURATION)["plant", "failing", "books", "failed"] == 3.0
    assert [events_of(span) for span in telemetry.named("job failing")] == [[]] * 3


def test_a_run_that_the_scheduler_stopped_is_cancelled_with_all_that_is_in_it(telemetry: Telemetry) -> None:
    plant = scheduler(telemetry).every("slow", books(work(1000)), None, 10)

    async def main() -> None:
        await plant.start()
        await asyncio.sleep(15)
        await plant.stop(timeout=1)

    run_in_virtual_time(main())

    assert telemetry.tree() == [
        "job slow: cancelled",
        "  run books: cancelled",
        "    state LOAD: cancelled",
        "      attempt task: cancelled",
    ]


def test_a_scheduler_that_is_started_within_a_span_is_no_part_of_it_but_linked(telemetry: Telemetry) -> None:
    with telemetry.tracer.start_as_current_span("main") as main:
        run_for(15, scheduler(telemetry).every("nightly", everything(), None, 10))

    (job,) = telemetry.named("job nightly")
    assert job.parent is None
    assert [link.context for link in job.links] == [main.get_span_context()]

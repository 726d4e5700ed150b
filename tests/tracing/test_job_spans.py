"""The spans of jobs: of made-up runs, told as a scheduler tells them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import context
from tests.tracing.exporting import Telemetry, events_of, said, short
from tests.workflow.books import DONE, LOAD, Stage, books, raising, single
from tests.workflow.told import WRONG, everything

from keyrack.errors import ConfigurationError
from keyrack.scheduler.events import JobFinished, JobOutcome, JobSkipped, JobStarted, JobTripped
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Coroutine

NINE = datetime(2024, 2, 29, 9, 30, tzinfo=UTC)


async def job(
    telemetry: Telemetry, run: Coroutine[Any, Any, object], number: int = 1, outcome: JobOutcome | None = None
) -> None:
    """Run a workflow as a scheduler does."""
    telemetry.tracing(JobStarted(number, 0.0, "plant", "nightly", "books", NINE, False))
    error: BaseException | None = None
    try:
        await run
    except (Exception, asyncio.CancelledError) as raised:  # noqa: BLE001  # told
        error = raised
    how: JobOutcome = outcome or ("succeeded" if error is None else "failed")
    telemetry.tracing(JobFinished(number, 5.0, "plant", "nightly", "books", how, error, 5.0))


def test_a_run_of_a_job_has_the_run_of_its_workflow_in_it(telemetry: Telemetry) -> None:
    run_in_virtual_time(job(telemetry, books().orchestrate(observers=[telemetry.tracing])))

    assert telemetry.tree()[:3] == ["job nightly: succeeded", "  run books: succeeded", "    state LOAD: succeeded"]
    assert said(telemetry.one("job nightly")) == {
        "keyrack.scheduler.name": "plant",
        "keyrack.job.name": "nightly",
        "keyrack.workflow.name": "books",
        "keyrack.job.due": "2024-02-29T09:30:00+00:00",
        "keyrack.job.again": False,
        "keyrack.outcome": "succeeded",
    }


def test_a_job_that_was_triggered_was_not_due(telemetry: Telemetry) -> None:
    telemetry.tracing(JobStarted(1, 0.0, "plant", "nightly", "books", None, True))
    telemetry.tracing(JobFinished(1, 0.0, "plant", "nightly", "books", "cancelled", asyncio.CancelledError(), 0.0))

    span = telemetry.one("job nightly")
    assert "keyrack.job.due" not in said(span)
    assert said(span)["keyrack.job.again"] is True
    assert short(span) == "job nightly: cancelled"


def test_a_job_is_a_trace_of_its_own_with_a_link_to_what_started_the_scheduler(telemetry: Telemetry) -> None:
    async def main() -> None:
        with telemetry.tracer.start_as_current_span("main"):
            before = context.get_current()
            await job(telemetry, books().orchestrate(observers=[telemetry.tracing]))
            assert context.get_current() is before

    run_in_virtual_time(main())

    span, started = telemetry.one("job nightly"), telemetry.one("main")
    assert span.parent is None
    assert [link.context for link in span.links] == [started.get_span_context()]
    assert len({one.context.trace_id for one in telemetry.spans if one.context}) == 2


def test_an_error_is_told_in_full_within_the_job_once(telemetry: Telemetry) -> None:
    run_in_virtual_time(job(telemetry, single(raising(WRONG)).orchestrate(observers=[telemetry.tracing])))

    assert telemetry.tree()[0] == "job nightly: failed (ValueError)"
    assert [span.name for span in telemetry.spans if "exception" in events_of(span)] == ["attempt fail"]


def test_an_error_of_a_run_that_never_began_is_told_in_full_by_the_job(telemetry: Telemetry) -> None:
    refused: Workflow[Stage, Any] = Workflow(Stage, name="books").add_exit_states(DONE)
    run_in_virtual_time(job(telemetry, refused.orchestrate(observers=[telemetry.tracing])))

    assert telemetry.tree() == [f"job nightly: failed ({ConfigurationError.__module__}.ConfigurationError)"]
    assert events_of(telemetry.one("job nightly")) == ["exception"]


def test_a_run_that_another_scheduler_took_over_is_lost(telemetry: Telemetry) -> None:
    run_in_virtual_time(job(telemetry, asyncio.sleep(1), outcome="lost"))

    assert telemetry.tree() == ["job nightly: lost (None)"]


@pytest.mark.parametrize("metrics", [True, False])
def test_what_is_no_run_makes_no_span(telemetry: Telemetry, metrics: bool) -> None:
    telemetry.asked(metrics=metrics)
    telemetry.tracing(JobSkipped(0.0, "plant", "nightly", NINE))
    telemetry.tracing(JobTripped(0.0, "plant", "nightly", 5))
    telemetry.tracing(JobFinished(3, 0.0, "plant", "nightly", "books", "succeeded", None, 0.0))

    assert telemetry.spans == ()


def test_jobs_side_by_side_do_not_mix(telemetry: Telemetry) -> None:
    async def schedule() -> None:
        runs = [everything().orchestrate(observers=[telemetry.tracing]) for _ in range(4)]
        await asyncio.gather(*(job(telemetry, run, number) for number, run in enumerate(runs)))

    run_in_virtual_time(schedule())

    tree = telemetry.tree()
    assert tree == tree[: len(tree) // 4] * 4
    assert tree[0] == "job nightly: succeeded"


def test_jobs_in_one_task_after_each_other_do_not_nest(telemetry: Telemetry) -> None:
    async def schedule() -> None:
        for number in range(3):
            await job(telemetry, single(raising(WRONG)).orchestrate(observers=[telemetry.tracing]), number)

    run_in_virtual_time(schedule())

    assert [line for line in telemetry.tree() if line.startswith("job")] == ["job nightly: failed (ValueError)"] * 3
    assert said(telemetry.named("run books")[2])["keyrack.run.first_state"] == LOAD.name

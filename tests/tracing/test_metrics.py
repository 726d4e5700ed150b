"""What is measured: the numbers, by which attributes, and in which units."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.tracing.test_job_spans import NINE, job
from tests.workflow.books import COUNT, DONE, LOAD, Stage, books, raising, single
from tests.workflow.told import WRONG, everything, work

from keyrack.errors import RetryExhaustedError, WorkflowTimeoutError
from keyrack.scheduler.events import JobSkipped, JobTripped
from keyrack.testing import run_in_virtual_time
from keyrack.tracing.names import (
    BRANCHES_ENDED,
    FAILED_ATTEMPTS,
    INSTRUMENTS,
    JOB_DURATION,
    JOB_RUNS,
    JOB_SKIPS,
    JOB_TRIPS,
    RETRIES,
    RUN_DURATION,
    RUNS,
    TRANSITIONS,
    VERB_DURATION,
)
from keyrack.workflow import Retry, Workflow

if TYPE_CHECKING:
    from tests.tracing.exporting import Telemetry

    from keyrack.stores import MemoryStore
    from keyrack.tracing import VerbsAs


def test_runs_are_counted_and_timed_by_how_they_end(telemetry: Telemetry) -> None:
    async def runs() -> None:
        of_it = {"observers": [telemetry.tracing]}
        await everything(**of_it).orchestrate()
        await single(work(2), **of_it).orchestrate()
        with pytest.raises(ValueError, match="wrong"):
            await single(work(1, WRONG), **of_it).orchestrate()
        with pytest.raises(WorkflowTimeoutError):
            await single(work(60), timeout=7.0, **of_it).orchestrate()
        cancelled = asyncio.create_task(single(work(60), **of_it).orchestrate())
        await asyncio.sleep(4)
        cancelled.cancel()
        await asyncio.wait([cancelled])

    run_in_virtual_time(runs())

    assert telemetry.counted(RUNS) == {
        ("books", "succeeded"): 2,
        ("books", "failed"): 1,
        ("books", "timed out"): 1,
        ("books", "cancelled"): 1,
    }
    assert telemetry.counted(RUN_DURATION) == {
        ("books", "succeeded"): 7.0,
        ("books", "failed"): 1.0,
        ("books", "timed out"): 7.0,
        ("books", "cancelled"): 4.0,
    }
    assert telemetry.measured(RUN_DURATION) == telemetry.counted(RUNS)


def test_states_attempts_and_branches_are_counted(telemetry: Telemetry) -> None:
    run_in_virtual_time(everything().orchestrate(observers=[telemetry.tracing]))

    assert telemetry.counted(TRANSITIONS) == {("books", name): 1 for name in ("LOAD", "PARSE", "MERGE")}
    assert telemetry.counted(FAILED_ATTEMPTS) == {("books", name, "Once", "OSError"): 1 for name in ("PARSE", "MERGE")}
    assert telemetry.counted(RETRIES) == {("books", "MERGE", "Once"): 1}
    assert telemetry.counted(BRANCHES_ENDED) == {
        ("books", "PARSE", "napping", "succeeded"): 1,
        ("books", "PARSE", "Once", "failed"): 1,
        ("books", "PARSE", "dozing", "cancelled"): 1,
    }


def test_retries_are_the_attempts_that_were_made_again(telemetry: Telemetry) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(1, *[WRONG] * 5), retry=Retry.fixed(5, 1.0))

    with pytest.raises(RetryExhaustedError):
        run_in_virtual_time(workflow.orchestrate(observers=[telemetry.tracing]))

    assert telemetry.counted(RETRIES) == {("books", "LOAD", "task"): 4}
    assert telemetry.counted(FAILED_ATTEMPTS) == {("books", "LOAD", "task", "ValueError"): 5}


@pytest.mark.parametrize("verbs", ["events", "spans"])
def test_verbs_are_timed_by_backend_where_they_are_shown(telemetry: Telemetry, verbs: VerbsAs) -> None:
    async def load(store: MemoryStore) -> Stage:
        store.put(COUNT, 1)
        store.put(COUNT, 2)
        store.remove(COUNT)
        store.get(COUNT)
        return DONE

    telemetry.asked(verbs=verbs)
    with pytest.raises(KeyError):
        run_in_virtual_time(single(load).orchestrate(observers=[telemetry.tracing]))

    assert telemetry.measured(VERB_DURATION) == {
        ("put", "MemoryBackend"): 2,
        ("remove", "MemoryBackend"): 1,
        ("get", "MemoryBackend", "keyrack.errors.KeyNotFoundError"): 1,
    }


def test_verbs_are_not_timed_where_they_are_not_shown(telemetry: Telemetry) -> None:
    run_in_virtual_time(everything().orchestrate(observers=[telemetry.tracing]))

    assert telemetry.measured(VERB_DURATION) == {}


def test_jobs_are_counted_and_timed(telemetry: Telemetry) -> None:
    async def jobs() -> None:
        await job(telemetry, books().orchestrate())
        await job(telemetry, single(raising(WRONG)).orchestrate())
        await job(telemetry, books().orchestrate(), outcome="lost")

    run_in_virtual_time(jobs())
    for _ in range(3):
        telemetry.tracing(JobSkipped(0.0, "plant", "nightly", NINE))
    telemetry.tracing(JobTripped(0.0, "plant", "nightly", 5))

    of_it = "plant", "nightly", "books"
    assert telemetry.counted(JOB_RUNS) == {(*of_it, end): 1 for end in ("succeeded", "failed", "lost")}
    assert telemetry.counted(JOB_DURATION) == {(*of_it, end): 5.0 for end in ("succeeded", "failed", "lost")}
    assert telemetry.counted(JOB_SKIPS) == {("plant", "nightly"): 3}
    assert telemetry.counted(JOB_TRIPS) == {("plant", "nightly"): 1}


def test_metrics_have_the_units_and_descriptions_of_the_table(telemetry: Telemetry) -> None:
    telemetry.asked(verbs="events")
    run_in_virtual_time(job(telemetry, everything().orchestrate(observers=[telemetry.tracing])))
    telemetry.tracing(JobSkipped(0.0, "plant", "nightly", NINE))
    telemetry.tracing(JobTripped(0.0, "plant", "nightly", 5))

    sent = {metric.name: (metric.unit, metric.description) for metric in telemetry.metrics().values()}
    assert sent == {one.title: (one.unit, one.tells) for one in INSTRUMENTS}
    for one in INSTRUMENTS:
        for point in telemetry.metrics()[one.title].data.data_points:
            assert set(point.attributes) <= {attribute.name for attribute in one.attributes}
            assert getattr(point, "explicit_bounds", one.bounds) == one.bounds


def test_nothing_is_measured_if_that_is_not_wanted(telemetry: Telemetry) -> None:
    telemetry.asked(metrics=False, verbs="events")
    run_in_virtual_time(job(telemetry, everything().orchestrate(observers=[telemetry.tracing])))

    assert telemetry.metrics() == {}
    assert len(telemetry.spans) > 1

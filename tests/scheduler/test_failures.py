"""What becomes of a job that fails: delays, trips, and the way back."""

from __future__ import annotations

import asyncio
import logging

import pytest
from tests.scheduler.jobs import STEADY, Diary, run_for, scheduler, since, work, workflow

from keyrack.errors import SchedulerError
from keyrack.scheduler import Backoff, JobTripped
from keyrack.testing import run_in_virtual_time

GONE = OSError("gone")


def doubling(base: float = 15, *, trip_after: int | None = None) -> Backoff:
    return Backoff(base=base, factor=2, jitter=0, trip_after=trip_after)


def test_due_times_before_the_end_of_the_delay_are_passed_over_and_counted() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(0, GONE, GONE)), None, 10, backoff=doubling())
    run_for(75, one)

    # Until 10 + 15, then until 30 + 30; that it is due at 60 is early enough.
    assert diary.started == [10, 30, 60, 70]
    status = one.status("books")
    assert (status.runs, status.failures, status.held, status.skipped, status.missed) == (4, 2, 3, 0, 0)


def test_the_status_says_that_a_job_backs_off_and_when_it_runs_again() -> None:
    one = scheduler().every("books", workflow(work(0, GONE)), None, 10, backoff=doubling(25))

    async def main() -> None:
        async with one:
            await asyncio.sleep(11)
            status = one.status("books")
            assert (status.state, status.streak, since(status.next)) == ("backing off", 1, 40)

    run_in_virtual_time(main())


def test_a_success_ends_the_streak() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(0, GONE, None, GONE)), None, 10, backoff=doubling())
    run_for(75, one)

    assert diary.started == [10, 30, 40, 60, 70]
    assert one.status("books").streak == 0


def test_a_trigger_does_not_wait_for_the_delay() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(0, GONE)), None, 10, backoff=doubling(100))

    async def main() -> None:
        async with one:
            await asyncio.sleep(15)
            assert await one.trigger("books")
            await asyncio.sleep(10)

    run_in_virtual_time(main())
    assert diary.started == [10, 15, 20]  # and its success ends the delay


def test_a_job_that_fails_too_often_trips_and_is_not_due_any_more(caplog: pytest.LogCaptureFixture) -> None:
    diary = Diary()
    quick = Backoff.none(trip_after=2)
    one = scheduler(diary).every("books", workflow(work(1, GONE, GONE)), None, 10, backoff=quick)

    async def main() -> str:
        async with one:
            await asyncio.sleep(100)
            status = one.status("books")
            assert (status.state, status.next, status.streak) == ("tripped", None, 2)
            with pytest.raises(SchedulerError) as caught:
                await one.trigger("books")
            return str(caught.value)

    said = run_in_virtual_time(main())
    assert said == (
        "scheduler 'scheduler' cannot trigger('books'): it has failed too often in a row; "
        "await reset('books') lets it run again"
    )
    assert diary.told[-2:] == [(21, "failed"), (21, "tripped")]
    assert diary.events[-1] == JobTripped(21, "scheduler", "books", 2)
    logged = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert logged == [
        "job 'books' of scheduler 'scheduler' has failed 2 times in a row; it does not run until it is reset"
    ]


def test_a_reset_lets_a_tripped_job_run_again_from_now_on() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(0, GONE)), None, 10, backoff=Backoff.none(trip_after=1))

    async def main() -> None:
        async with one:
            await asyncio.sleep(33)
            await one.reset("books")
            assert one.status("books").state == "waiting"
            await asyncio.sleep(21)

    run_in_virtual_time(main())
    assert diary.started == [10, 43, 53]


def test_a_reset_ends_a_delay() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(0, GONE)), None, 10, backoff=doubling(1000))

    async def main() -> None:
        async with one:
            await asyncio.sleep(33)
            await one.reset("books")
            await asyncio.sleep(10)

    run_in_virtual_time(main())
    assert diary.started == [10, 40]
    assert one.status("books").held == 2


def test_a_reset_between_two_starts_counts() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(0, GONE)), None, 10, backoff=Backoff.none(trip_after=1))

    async def main() -> None:
        async with one:
            await asyncio.sleep(15)
        await one.reset("books")
        async with one:
            await asyncio.sleep(15)

    run_in_virtual_time(main())
    assert diary.started == [10, 25]


def test_a_job_that_was_never_planned_may_be_reset() -> None:
    one = scheduler().every("books", workflow(), None, 10)

    run_in_virtual_time(one.reset("books"))

    assert one.status("books").next is None


async def stray(_store: object) -> None:
    raise asyncio.CancelledError


def test_a_cancellation_that_nobody_asked_for_is_a_failure() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(stray), None, 10, backoff=STEADY)
    run_for(25, one)

    assert diary.outcomes == ["failed", "failed"]
    assert one.status("books").last_error == "CancelledError"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=["Ctrl-C", "exit"])
def test_what_ends_the_program_goes_up_and_lets_go_of_the_record(error: BaseException) -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(1, error)), None, 10)

    with pytest.raises(type(error)):
        run_for(100, one)

    assert diary.told == [(10, "starts"), (11, "failed")]
    assert (one.status("books").state, one.status("books").failures) == ("stopped", 1)


def test_failures_are_warnings_with_the_job_the_workflow_the_time_and_the_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = scheduler(name="night").every("books", workflow(work(2, GONE, GONE), "flow"), None, 10, backoff=STEADY)
    run_for(25, one)

    said = (
        "the run of job 'books' of scheduler 'night', workflow 'flow', failed after 2 s, 1 failure in a row: "
        "OSError: gone"
    )
    first, second = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert (first.name, first.getMessage()) == (
        "keyrack.scheduler.running",
        said,
    )
    assert "2 failures in a row" in second.getMessage()

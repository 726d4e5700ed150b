"""When jobs run: due times, skips, triggers, start and stop, as people and observers see them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.scheduler.jobs import (
    BEGIN,
    DONE,
    STEADY,
    WORK,
    Diary,
    People,
    Stage,
    assert_nothing_runs,
    run_for,
    scheduler,
    since,
    work,
    workflow,
)
from tests.workflow.books import line

from keyrack.errors import ConfigurationError, SchedulerError
from keyrack.scheduler import JobFinished, JobStarted, JobStatus, Scheduler
from keyrack.stores import MemoryStore
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import RunFinished, RunStarted, Workflow


def test_an_interval_job_runs_one_interval_after_another() -> None:
    diary = Diary()
    run_for(35, scheduler(diary).every("books", workflow(), None, 10))

    assert diary.started == [10, 20, 30]
    assert diary.due == [10, 20, 30]


def test_an_interval_job_runs_at_once_where_it_is_asked_to() -> None:
    diary = Diary()
    run_for(25, scheduler(diary).every("books", workflow(), None, timedelta(seconds=10), immediately=True))

    assert diary.started == [0, 10, 20]


def test_a_cron_job_runs_when_its_expression_says() -> None:
    diary = Diary()
    run_for(86400, scheduler(diary).cron("books", workflow(), None, "0 0 9,18 * * *", timezone="Europe/Berlin"))

    assert diary.due == [8 * 3600, 17 * 3600]


def test_a_manual_job_runs_when_it_is_triggered_alone() -> None:
    diary = Diary()
    one = scheduler(diary).manual("books", workflow(), WORK)

    async def main() -> bool:
        async with one:
            await asyncio.sleep(1e6)
            return await one.trigger("books")

    assert run_in_virtual_time(main())
    assert (diary.started, diary.due) == ([1e6], [None])


def test_the_times_of_an_interval_job_do_not_drift_with_the_time_that_runs_take() -> None:
    diary = Diary()
    run_for(1000.5, scheduler(diary).every("books", workflow(work(0.3)), None, 1.1))

    assert diary.started == pytest.approx([1.1 * number for number in range(1, 910)])


def test_a_run_that_is_due_while_the_last_one_still_runs_is_skipped_at_that_very_time_and_counted() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(25)), None, 10)
    run_for(41, one)

    assert diary.told == [
        (10, "starts"),
        (20, "skipped"),
        (30, "skipped"),
        (35, "succeeded"),
        (40, "starts"),
        (65, "succeeded"),
    ]
    assert one.status("books").skipped == 2


def test_a_trigger_while_the_last_run_still_runs_begins_nothing_and_is_counted() -> None:
    one = scheduler().manual("books", workflow(work(25)), None)

    async def main() -> list[bool]:
        async with one:
            return [await one.trigger("books"), await one.trigger("books")]

    assert run_in_virtual_time(main()) == [True, False]
    assert (one.status("books").runs, one.status("books").skipped) == (1, 1)


def test_jobs_run_beside_one_another() -> None:
    diary = Diary()
    one = scheduler(diary)
    for number in range(3):
        one.every(f"job {number}", workflow(work(8)), None, 10)
    run_for(19, one)

    assert diary.told == [(10, "starts")] * 3 + [(18, "succeeded")] * 3


def test_a_job_starts_in_the_state_that_was_given_and_runs_on_the_store_that_was_given() -> None:
    from keyrack.keys.key import StoreKey

    seen = StoreKey[list[str]]("seen")

    async def note(store: MemoryStore) -> Stage:
        store.append(seen, "here")
        return DONE

    flow = Workflow(Stage, initial=DONE).register(WORK, note).add_exit_states(DONE)
    other = MemoryStore()
    run_for(15, scheduler().every("books", flow, WORK, 10, store=other))

    assert other.get(seen) == ["here"]
    assert flow.store.is_empty()


def test_one_observer_sees_the_job_around_the_run_of_its_workflow() -> None:
    told: list[str] = []
    one = Scheduler(now=People(), observers=[lambda event: told.append(type(event).__name__)])
    run_for(15, one.every("books", workflow(), None, 10))

    assert told == ["JobStarted", "RunStarted", "StateEntered", "RunFinished", "JobFinished"]


def test_an_observer_of_both_the_scheduler_and_the_workflow_is_told_once() -> None:
    diary = Diary()
    flow = Workflow(Stage, initial=WORK, observers=[diary]).register(WORK, work()).add_exit_states(DONE)
    run_for(15, scheduler(diary).every("books", flow, None, 10))

    assert [type(event).__name__ for event in diary.runs] == ["RunStarted", "StateEntered", "RunFinished"]


def test_events_of_a_job_say_what_happened() -> None:
    diary = Diary()
    error = OSError("gone")
    run_for(15, scheduler(diary, name="night").every("books", workflow(work(2, error), "flow"), None, 10))
    started, finished = diary.events

    assert isinstance(started, JobStarted)
    assert started[1:] == (10, "night", "books", "flow", BEGIN + timedelta(seconds=10), False)
    assert isinstance(finished, JobFinished)
    assert finished[1:] == (12, "night", "books", "flow", "failed", error, 2)
    assert started.number == finished.number


def test_an_observer_that_raises_disturbs_nothing_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_event: object) -> None:
        raise ValueError("broken")

    diary = Diary()
    one = Scheduler(now=People(), observers=[broken, diary]).every("books", workflow(), None, 10)
    run_for(25, one)

    assert diary.outcomes == ["succeeded"] * 2
    assert [type(event) for event in diary.runs if isinstance(event, RunStarted | RunFinished)] == [
        *(RunStarted, RunFinished),
        *(RunStarted, RunFinished),
    ]
    assert "an observer raised at JobStarted" in caplog.text


def test_an_observer_that_is_not_enabled_is_told_nothing() -> None:
    class Off(Diary):
        enabled = False

    diary = Off()
    run_for(25, scheduler(diary).every("books", workflow(), None, 10))

    assert (diary.events, diary.runs) == ([], [])


def test_a_job_that_is_registered_after_the_start_is_looked_after_at_once() -> None:
    diary = Diary()
    one = scheduler(diary)

    async def main() -> None:
        async with one:
            await asyncio.sleep(7)
            one.every("books", workflow(), None, 10)
            await asyncio.sleep(15)
        assert_nothing_runs()

    run_in_virtual_time(main())
    assert diary.started == [17]


# --- start and stop -------------------------------------------------------------------------------


def test_stop_waits_for_what_runs_and_begins_nothing_more() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(25)), None, 10)

    async def main() -> tuple[tuple[str, ...], float]:
        await one.start()
        await asyncio.sleep(15)
        cancelled = await one.stop()
        assert_nothing_runs()
        return cancelled, asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == ((), 35)
    assert diary.told == [(10, "starts"), (35, "succeeded")]


def test_stop_cancels_what_runs_after_its_time_limit_and_names_it() -> None:
    diary = Diary()
    one = scheduler(diary).every("long", workflow(work(25)), None, 10).every("short", workflow(work(7)), None, 10)

    async def main() -> tuple[tuple[str, ...], float]:
        await one.start()
        await asyncio.sleep(15)
        cancelled = await one.stop(timeout=5)
        assert_nothing_runs()
        return cancelled, asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == (("long",), 20)
    assert diary.told[-2:] == [(17, "succeeded"), (20, "cancelled")]
    status = one.status("long")
    assert (status.runs, status.failures, status.state) == (1, 0, "stopped")


def test_a_run_that_stop_has_cancelled_is_not_made_up_for() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(5)), None, 10)

    async def main() -> None:
        await one.start()
        await asyncio.sleep(11)
        assert await one.stop(timeout=0) == ("books",)
        async with one:
            await asyncio.sleep(10)

    run_in_virtual_time(main())
    assert diary.due == [10, 20]


def test_a_second_call_of_stop_may_have_less_patience() -> None:
    one = scheduler().every("books", workflow(work(1000)), None, 10)

    async def main() -> list[tuple[str, ...]]:
        await one.start()
        await asyncio.sleep(15)
        patient = asyncio.create_task(one.stop())
        await asyncio.sleep(1)
        return [await one.stop(timeout=0), await patient]

    assert run_in_virtual_time(main()) == [("books",), ("books",)]


def test_stop_may_be_called_before_the_start_and_twice() -> None:
    one = scheduler().every("books", workflow(), None, 10)

    async def main() -> list[tuple[str, ...]]:
        before = await one.stop()
        await one.start()
        return [before, await one.stop(), await one.stop()]

    assert run_in_virtual_time(main()) == [(), (), ()]


def test_a_stop_that_is_cancelled_cancels_what_runs_and_leaves_nothing() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(1000)), None, 10)

    async def main() -> None:
        await one.start()
        await asyncio.sleep(15)
        stop = asyncio.create_task(one.stop())
        await asyncio.sleep(5)
        stop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stop
        assert_nothing_runs()

    run_in_virtual_time(main())
    assert diary.told == [(10, "starts"), (20, "cancelled")]
    assert one.status("books").state == "stopped"


def test_a_scheduler_that_was_stopped_may_be_started_again() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(), None, 10)
    run_for(25, one)
    run_for(25, one)  # on another event loop, on which the clock begins anew

    assert len(diary.started) == 4


def test_a_scheduler_whose_event_loop_ended_without_a_stop_may_be_started_again() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(8)), None, 10)

    async def abandon() -> None:
        await one.start()
        await asyncio.sleep(15)

    run_in_virtual_time(abandon())

    assert diary.outcomes == ["cancelled"]
    assert one.status("books").state == "stopped"
    run_for(15, one)
    assert diary.outcomes[1:] == ["succeeded"]


def test_leaving_the_block_waits_for_what_runs() -> None:
    diary = Diary()
    run_for(15, scheduler(diary).every("books", workflow(work(30)), None, 10))

    assert diary.told == [(10, "starts"), (40, "succeeded")]


def test_leaving_the_block_by_an_error_cancels_what_runs() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(30)), None, 10)

    async def fail() -> None:
        async with one:
            await asyncio.sleep(15)
            raise ValueError("wrong")

    async def main() -> None:
        with pytest.raises(ValueError, match="wrong"):
            await fail()
        assert_nothing_runs()

    run_in_virtual_time(main())
    assert diary.told == [(10, "starts"), (15, "cancelled")]


def test_wait_returns_when_the_scheduler_is_stopped() -> None:
    one = scheduler().every("books", workflow(), None, 10)

    async def main() -> float:
        await one.start()
        waiting = asyncio.create_task(one.wait())
        await asyncio.sleep(25)
        assert not waiting.done()
        await one.stop()
        await waiting
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == 25


# --- refused --------------------------------------------------------------------------------------


def refusal(action: Any) -> str:
    with pytest.raises(SchedulerError) as caught:
        run_in_virtual_time(action)
    return str(caught.value)


def test_a_trigger_before_the_start_and_after_the_stop_is_refused() -> None:
    one = scheduler().manual("books", workflow(), None)

    said = "scheduler 'scheduler' cannot trigger('books'): it has not been started; await start() first"
    assert refusal(one.trigger("books")) == said
    run_for(1, one)
    said = "scheduler 'scheduler' cannot trigger('books'): it has been stopped; await start() first"
    assert refusal(one.trigger("books")) == said


def test_a_name_that_no_job_has_is_refused_with_the_one_that_was_meant() -> None:
    one = scheduler(name="night").manual("books", workflow(), None)

    said = "scheduler 'night' cannot trigger('boks'): it has no such job; did you mean 'books'?"
    assert refusal(one.trigger("boks")) == said
    assert "cannot reset('boks')" in refusal(one.reset("boks"))
    with pytest.raises(SchedulerError, match="did you mean 'books'"):
        one.status("boks")


def test_a_second_start_is_refused() -> None:
    one = scheduler()

    async def main() -> None:
        async with one:
            await one.start()

    assert refusal(main()) == "scheduler 'scheduler' cannot start(): it has been started; await stop() first"


def test_wait_before_the_start_is_refused() -> None:
    assert refusal(scheduler().wait()).endswith("cannot wait(): it has not been started; await start() first")


def test_a_registration_lists_every_problem_and_leaves_the_scheduler_as_it_was() -> None:
    one = scheduler().manual("books", workflow(), None)
    wrong: Any = one

    with pytest.raises(ConfigurationError) as caught:
        wrong.every("books", workflow(), "nowhere", -1, immediately="yes", store="memory", backoff=3)
    here = line() - 1

    assert caught.value.subject == f"scheduler 'scheduler', job 'books' ({__file__}:{here})"
    name, interval, start, store, backoff, immediately = caught.value.problems
    assert name == "there is a job 'books' already"
    assert interval.startswith("an interval is")
    assert start.startswith("workflow 'books': ")
    assert store == "the store is a KeyValueStore, got 'memory' (str)"
    assert backoff == "backoff is a Backoff, got 3 (int)"
    assert immediately == "immediately is True or False, got 'yes' (str)"
    assert [status.schedule for status in one.list()] == ["by hand"]


def test_a_scheduler_that_makes_no_sense_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Scheduler[Stage, MemoryStore](lease=-1)
    here = line() - 1

    assert caught.value.subject == f"scheduler 'scheduler' ({__file__}:{here})"


@pytest.mark.parametrize("name", ["", "a\nb", 3, "x" * 600, "\ud800"])
def test_a_name_that_cannot_be_a_part_of_a_key_is_refused(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="a job cannot be named so"):
        scheduler().manual(name, workflow(), None)
    with pytest.raises(ConfigurationError, match="a scheduler cannot be named so"):
        Scheduler(name=name)


def test_a_job_of_no_workflow_and_one_without_a_state_to_start_in_are_refused() -> None:
    wrong: Any = scheduler()

    with pytest.raises(ConfigurationError, match="what a job runs is a Workflow, got 3"):
        wrong.manual("books", 3, None)
    with pytest.raises(ConfigurationError, match="no state to start in"):
        wrong.manual("books", Workflow(Stage).register(WORK, work()).add_exit_states(DONE), None)


def test_the_options_of_a_scheduler_are_checked_all_at_once() -> None:
    async def coroutine(_event: object) -> None: ...

    wrong: Any = Scheduler
    with pytest.raises(ConfigurationError) as caught:
        wrong(store=3, observers=[coroutine], now=3, lease=0, clock_check="soon")

    assert len(caught.value.problems) == 5


def test_a_clock_without_a_time_zone_is_refused_at_the_start() -> None:
    naive = Scheduler(now=lambda: datetime(2026, 1, 1))  # noqa: DTZ001  # what is refused

    with pytest.raises(ConfigurationError, match="now gives a datetime with a time zone"):
        run_in_virtual_time(naive.start())


# --- status ---------------------------------------------------------------------------------------


def test_the_status_of_a_job_before_the_start() -> None:
    one = Scheduler().every("books", workflow(), None, 10)

    assert one.status("books") == JobStatus(
        *("books", "books", "every 10 s", "stopped"), 0, 0, 0, 0, 0, 0, None, None, None, None
    )


def test_the_status_of_a_job_that_waits_runs_and_has_failed() -> None:
    one = scheduler().every("books", workflow(work(3, None, OSError("gone"))), None, 10, backoff=STEADY)
    seen: list[JobStatus] = []

    async def main() -> None:
        async with one:
            seen.append(one.status("books"))
            for seconds in (11, 10, 4):
                await asyncio.sleep(seconds)
                seen.extend(one.list())

    run_in_virtual_time(main())
    assert [status.state for status in seen] == ["waiting", "running", "running", "waiting"]
    assert [status.runs for status in seen] == [0, 1, 2, 2]
    assert [status.failures for status in seen] == [0, 0, 0, 1]
    assert [since(status.next) for status in seen] == [10, 20, 30, 30]
    assert [since(status.last_start) for status in seen] == [None, 10, 20, 20]
    assert [status.last_duration for status in seen] == [None, None, 3, 3]
    assert [status.last_error for status in seen] == [None, None, None, "OSError: gone"]


def test_jobs_are_listed_in_the_order_of_registration() -> None:
    one = Scheduler().manual("b", workflow(), None).manual("a", workflow(), None).manual("c", workflow(), None)

    assert [status.name for status in one.list()] == ["b", "a", "c"]


def test_start_stop_skips_and_runs_are_logged_at_their_levels(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "keyrack.scheduler"):
        run_for(25, scheduler(name="night").every("books", workflow(work(12)), None, 10))

    assert [(record.levelname, record.name, record.getMessage()) for record in caplog.records] == [
        ("INFO", "keyrack.scheduler.session", "scheduler 'night' has started, with 1 job"),
        ("DEBUG", "keyrack.scheduler.running", "the run of job 'books' of scheduler 'night' begins"),
        (
            *("INFO", "keyrack.scheduler.keeper"),
            "job 'books' of scheduler 'night' was due, and is skipped because its last run still runs",
        ),
        ("DEBUG", "keyrack.scheduler.running", "the run of job 'books' of scheduler 'night' succeeded after 12 s"),
        ("INFO", "keyrack.scheduler.session", "scheduler 'night' has stopped"),
    ]

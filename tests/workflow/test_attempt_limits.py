"""The time limit of an attempt: what it ends and how, alone and together with other limits and cancellations."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, PARSE, Stage, line
from tests.workflow.branches import finished, now
from tests.workflow.timed import NOTE, THREE, cancel_at, failing, outlived_its_limit, ran_out, slow, trying, untidy

from keyrack.errors import RetryExhaustedError, WorkflowTimeoutError
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow
from keyrack.workflow.cancellation import current_task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from keyrack.stores import MemoryStore


# --- limits of time -------------------------------------------------------------------------------


def test_an_attempt_that_takes_too_long_is_an_error_that_names_task_state_and_limit() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, slow, attempt_timeout=2.5)
    place = f"{__file__}:{line() - 1}"

    error, moment = ran_out(workflow)

    assert moment == 2.5
    assert str(error) == f"'slow' ({place}) ran out of time in state LOAD of workflow 'books': the limit is 2.5 s"
    assert error.__notes__ == ["while running 'slow' in state LOAD of workflow 'books'"]
    assert isinstance(error.__cause__, asyncio.CancelledError)
    assert workflow.store.get(COUNT) == 1


def test_each_attempt_has_the_whole_limit() -> None:
    workflow = trying(slow, Retry.fixed(3, 10), 5)

    async def run() -> float:
        with pytest.raises(RetryExhaustedError) as caught:
            await workflow.orchestrate()
        assert [type(error) for error in caught.value.errors] == [WorkflowTimeoutError] * 3
        return now()

    assert run_in_virtual_time(run()) == 35
    assert workflow.store.get(COUNT) == 3


def test_the_delay_between_attempts_does_not_count_against_the_limit() -> None:
    assert finished(trying(failing(OSError("no"), OSError("no")), Retry.fixed(3, 100), 5)) == 200


def test_a_time_limit_that_is_not_worth_another_attempt_is_raised_as_it_is() -> None:
    workflow = trying(slow, Retry.fixed(3, on=LookupError), 5)

    _, moment = ran_out(workflow)

    assert moment == 5


def test_a_time_limit_is_a_timeout_error_like_any_other_for_a_policy() -> None:
    workflow = trying(slow, Retry.fixed(2, on=TimeoutError), 5)

    with pytest.raises(RetryExhaustedError):
        run_in_virtual_time(workflow.orchestrate())

    assert workflow.store.get(COUNT) == 2


@pytest.mark.parametrize("limit", [None, 60])
def test_a_timeout_of_the_task_itself_is_no_time_limit_of_ours(limit: float | None) -> None:
    async def fail(_store: MemoryStore) -> Stage:
        async with asyncio.timeout(5):
            await asyncio.sleep(100)
        return DONE

    with pytest.raises(TimeoutError) as caught:
        run_in_virtual_time(trying(fail, Retry.none(), limit).orchestrate())

    assert type(caught.value) is TimeoutError
    assert caught.value.__notes__ == [NOTE]


@pytest.mark.parametrize("inner", [4, 5, 6])
def test_a_timeout_that_a_task_handles_itself_does_not_disturb_the_limit(inner: float) -> None:
    async def patient(_store: MemoryStore) -> Stage:
        try:
            async with asyncio.timeout(inner):
                await asyncio.sleep(100)
        except TimeoutError:
            await asyncio.sleep(100)
        return DONE

    error, moment = ran_out(trying(patient, Retry.none(), 5))

    assert moment == 5
    assert error.limit == 5


def test_a_task_that_cleans_up_after_its_time_limit_is_waited_for() -> None:
    async def tidy(store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(7)
            store.put(COUNT, 1)
        return DONE

    workflow = trying(tidy, Retry.none(), 5)

    error, moment = ran_out(workflow)

    assert error.limit == 5
    assert moment == 12
    assert workflow.store.get(COUNT) == 1


def test_an_error_in_the_cleanup_after_a_time_limit_is_the_cause_of_the_error() -> None:
    error, _ = ran_out(trying(untidy, Retry.none(), 5))

    assert repr(error.__cause__) == "OSError('could not close')"


def test_a_task_that_ends_well_though_its_time_was_up_has_ended_well() -> None:
    async def stubborn(_store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            return DONE
        raise AssertionError

    assert finished(trying(stubborn, Retry.none(), 5)) == 5


def test_a_state_after_one_that_ended_well_too_late_has_its_own_time() -> None:
    async def stubborn(_store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            return PARSE
        raise AssertionError

    async def next_one(_store: MemoryStore) -> Stage:
        await asyncio.sleep(3)
        assert current_task().cancelling() == 0
        return DONE

    workflow = trying(stubborn, Retry.none(), 5).register(PARSE, next_one, attempt_timeout=4)

    assert finished(workflow) == 8


def test_a_plain_function_out_of_time_is_waited_for_and_what_it_gave_is_dropped() -> None:
    store = outlived_its_limit(lambda task: trying(task, Retry.none(), 5))

    assert store.get(COUNT) == 1


def test_the_limit_of_a_branch_is_its_own() -> None:
    async def quick(_store: MemoryStore) -> None:
        await asyncio.sleep(4)

    workflow = (
        Workflow(Stage, initial=LOAD)
        .register_split(LOAD, [slow, quick], JoinConfig(JoinStrategy.any(), DONE), attempt_timeout=5)
        .add_exit_states(DONE)
    )

    assert finished(workflow) == 4


# --- limits of time and cancellation at once --------------------------------------------------------


async def slow_to_clean_up(_store: MemoryStore) -> Stage:
    try:
        await asyncio.sleep(100)
    finally:
        await asyncio.sleep(2)
    return DONE


@pytest.mark.parametrize("task", [slow, slow_to_clean_up])
@pytest.mark.parametrize("outer", [4, 5, 6])
def test_a_timeout_around_a_run_and_one_of_an_attempt_do_not_disturb_each_other(
    outer: float, task: Callable[[MemoryStore], Awaitable[Stage]]
) -> None:
    async def run() -> type[BaseException]:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(outer):
                await trying(task, Retry.none(), 5).orchestrate()
        assert current_task().cancelling() == 0
        return caught.type

    raised = run_in_virtual_time(run())

    in_time = outer == 6 and task is slow
    assert raised is (WorkflowTimeoutError if in_time else TimeoutError)


@pytest.mark.parametrize(("moment", "end"), [(4, 6), (5, 7), (6, 6)])
def test_a_limit_that_passes_does_not_break_off_what_a_cancelled_task_cleans_up(moment: float, end: float) -> None:
    assert run_in_virtual_time(cancel_at(moment, trying(slow_to_clean_up, THREE, 5))) == end


def test_an_attempt_of_a_workflow_within_a_workflow_has_the_nearer_limit() -> None:
    inner = trying(slow, Retry.none(), 5)

    async def nested(store: MemoryStore) -> Stage:
        return await inner.orchestrate(store=store)

    error, moment = ran_out(trying(nested, Retry.none(), 3))

    assert moment == 3
    assert error.task is not None
    assert "'nested'" in error.task

    error, moment = ran_out(trying(nested, Retry.none(), 8))

    assert moment == 5
    assert error.task is not None
    assert "'slow'" in error.task


def test_a_task_that_is_slow_to_clean_up_after_its_limit_is_named_and_not_blamed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workflow = trying(slow_to_clean_up, Retry.none(), 5)

    with caplog.at_level(logging.DEBUG, "keyrack"):
        ran_out(workflow)

    site = f"{workflow.handlers[LOAD]} in state LOAD of workflow 'books'"
    assert caplog.messages == [f"{site} was cancelled 1 s ago and still runs; it is waited for"]

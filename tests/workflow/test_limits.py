"""The seconds that a run may take, and how it ends where they are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, PARSE, Stage, Task, raising, single
from tests.workflow.branches import now
from tests.workflow.clock import CountingClock
from tests.workflow.timed import outlived_its_limit, ran_out, timers, untidy

from keyrack.errors import JoinError, WorkflowTimeoutError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow
from keyrack.workflow.cancellation import current_task


async def slow(_store: MemoryStore) -> Stage:
    await asyncio.sleep(100)
    return DONE


def test_a_run_out_of_time_names_workflow_state_and_limit() -> None:
    error, moment = ran_out(single(slow, timeout=10))

    assert moment == 10
    assert str(error) == "workflow 'books' ran out of time in state LOAD: the limit is 10 s"
    assert (error.workflow, error.state, error.limit, error.task) == ("books", "LOAD", 10, None)
    assert isinstance(error.__cause__, asyncio.CancelledError)


async def first_a_little(store: MemoryStore) -> Stage:
    store.put(COUNT, 1)
    await asyncio.sleep(3)
    return PARSE


async def failing(_store: MemoryStore) -> Stage:
    raise OSError("no")


def then_slow(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register(PARSE, slow)


def then_slow_with_a_policy(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register(PARSE, slow, attempt_timeout=60, retry=Retry.fixed(2))


def then_a_delay(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register(PARSE, failing, retry=Retry.fixed(3, 60))


def then_a_split(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register_split(PARSE, [slow, slow], JoinConfig(JoinStrategy.all(), DONE, concurrency=1))


def then_a_split_with_a_policy(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    join = JoinConfig(JoinStrategy.any(), DONE, timeout=60)
    return workflow.register_split(PARSE, [slow, failing], join, attempt_timeout=60, retry=Retry.fixed(5, 60))


def then_another_workflow(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    inner = single(slow, timeout=60)

    async def nested(store: MemoryStore) -> Stage:
        return await inner.orchestrate(store=store)

    return workflow.register(PARSE, nested)


@pytest.mark.parametrize("observed", [False, True], ids=["unobserved", "observed"])
@pytest.mark.parametrize(
    "then",
    [
        then_slow,
        then_slow_with_a_policy,
        then_a_delay,
        then_a_split,
        then_a_split_with_a_policy,
        then_another_workflow,
    ],
)
def test_a_run_out_of_time_ends_wherever_it_is(
    then: Callable[[Workflow[Stage, MemoryStore]], Workflow[Stage, MemoryStore]], observed: bool
) -> None:
    recorder = Recorder()
    workflow = then(single(first_a_little, timeout=10, observers=[recorder] if observed else []))

    error, moment = ran_out(workflow)

    assert moment == 10
    assert str(error) == "workflow 'books' ran out of time in state PARSE: the limit is 10 s"
    assert workflow.store.get(COUNT) == 1
    if observed:
        recorder.assert_failed(WorkflowTimeoutError)


def test_a_run_in_time_is_not_cancelled_later_and_leaves_no_timer() -> None:
    async def run() -> None:
        assert await single(slow, timeout=101).orchestrate() is DONE
        assert timers() == 0
        await asyncio.sleep(1000)

    run_in_virtual_time(run())


def test_a_run_that_fails_in_time_leaves_no_timer() -> None:
    async def run() -> None:
        workflow = single(raising(OSError("no")), timeout=100).register(PARSE, slow, attempt_timeout=5)
        with pytest.raises(OSError, match="no"):
            await workflow.orchestrate()
        assert timers() == 0

    run_in_virtual_time(run())


def test_each_run_has_the_whole_time() -> None:
    workflow = single(slow, timeout=150)

    async def run() -> None:
        for _ in range(3):
            assert await workflow.orchestrate() is DONE

    run_in_virtual_time(run())


def test_runs_side_by_side_have_their_own_time() -> None:
    workflow = single(slow, timeout=50)

    async def begun_at(moment: float) -> float:
        await asyncio.sleep(moment)
        with pytest.raises(WorkflowTimeoutError):
            await workflow.orchestrate(store=MemoryStore())
        return now()

    async def run() -> list[float]:
        return [*await asyncio.gather(begun_at(0), begun_at(7), begun_at(30))]

    assert run_in_virtual_time(run()) == [50, 57, 80]


def test_a_task_that_goes_on_in_spite_of_the_limit_ends_the_run_after_it(caplog: pytest.LogCaptureFixture) -> None:
    async def stubborn(store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(5)
        store.put(COUNT, 1)
        return PARSE

    workflow = single(stubborn, timeout=10).register(PARSE, slow)
    task = workflow.handlers[LOAD]

    error, moment = ran_out(workflow)

    assert moment == 15
    assert error.state == "LOAD"
    assert workflow.store.get(COUNT) == 1
    assert caplog.messages == [
        f"{task} in state LOAD of workflow 'books' was cancelled 1 s ago and still runs; it is waited for",
        f"{task} in state LOAD of workflow 'books' was cancelled and went on; the run ends after it",
    ]


async def slow_to_close(_store: MemoryStore) -> Stage:
    try:
        await asyncio.sleep(100)
    finally:
        await asyncio.sleep(2)
    return DONE


@pytest.mark.parametrize(("limit", "attempt_limit", "end"), [(10, 10, 12), (10, 11, 12), (11, 10, 12)])
def test_a_run_and_an_attempt_that_are_out_of_time_together_end_once_and_by_the_run(
    limit: float, attempt_limit: float, end: float
) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD, timeout=limit).add_exit_states(DONE)
    workflow.register(LOAD, slow_to_close, attempt_timeout=attempt_limit, retry=Retry.fixed(9, 60))

    error, moment = ran_out(workflow)

    assert error.task is None
    assert error.limit == limit
    assert moment == end


def test_an_error_with_which_a_task_answers_the_limit_does_not_hide_it() -> None:
    error, moment = ran_out(single(untidy, timeout=10))

    assert moment == 10
    assert repr(error.__cause__) == "OSError('could not close')"


def test_a_split_that_fails_when_the_run_is_out_of_time_is_not_waited_for_twice() -> None:
    join = JoinConfig(JoinStrategy.all(), DONE, timeout=10)
    workflow = Workflow(Stage, initial=LOAD, timeout=10).add_exit_states(DONE)
    workflow.register_split(LOAD, [slow_to_close, slow_to_close], join)

    async def run() -> float:
        with pytest.raises((JoinError, WorkflowTimeoutError)):
            await workflow.orchestrate()
        assert asyncio.all_tasks() == {current_task()}
        assert current_task().cancelling() == 0
        return now()

    assert run_in_virtual_time(run()) == 12


@pytest.mark.parametrize("outer", [9, 10, 11])
@pytest.mark.parametrize("task", [slow, slow_to_close])
def test_a_timeout_around_a_run_does_not_disturb_its_limit(outer: float, task: Task) -> None:
    async def run() -> type[BaseException]:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(outer):
                await single(task, timeout=10).orchestrate()
        assert current_task().cancelling() == 0
        return caught.type

    own = outer == 11 and task is slow

    assert run_in_virtual_time(run()) is (WorkflowTimeoutError if own else TimeoutError)


def test_a_run_that_is_cancelled_before_its_time_is_up_ends_as_cancelled() -> None:
    async def run() -> None:
        running = asyncio.create_task(single(slow_to_close, timeout=10).orchestrate())
        await asyncio.sleep(9)
        running.cancel("enough")
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await running
        assert now() == 11
        assert timers() == 0

    run_in_virtual_time(run())


def test_a_plain_function_is_waited_for_when_the_run_is_out_of_time() -> None:
    store = outlived_its_limit(lambda task: single(task, timeout=10))

    assert store.get(COUNT) == 1


def test_a_run_of_thousands_of_timed_attempts_sets_a_timer_for_the_run_and_one_for_the_attempts() -> None:
    async def count(store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(COUNT, 0) + 1)
        return DONE if store.get(COUNT) == 5000 else LOAD

    workflow = Workflow(Stage, initial=LOAD, timeout=100).register(LOAD, count, attempt_timeout=5)
    loop = CountingClock()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(workflow.add_exit_states(DONE).orchestrate()) is DONE

    assert loop.timers == 2

"""Runs that are cancelled by more than one side, whose tasks do not care, or that never come to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, raising, returning, single

from keyrack.errors import TransitionLimitError, WorkflowTimeoutError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

# --- cancellations that a task swallows -----------------------------------------------------------


async def swallow(store: MemoryStore) -> Stage:
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(3600)
    store.put(COUNT, 1)
    return PARSE


@pytest.mark.parametrize("options", [{}, {"retry": Retry.fixed(3)}, {"attempt_timeout": 7200.0}])
@pytest.mark.parametrize("observed", [False, True])
def test_a_cancellation_that_a_task_swallows_ends_the_run_after_it_with_a_warning_that_names_it(
    options: dict[str, Any], caplog: pytest.LogCaptureFixture, *, observed: bool
) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).register(LOAD, swallow, **options)
    workflow.register(PARSE, raising(AssertionError())).add_exit_states(DONE)

    async def run() -> None:
        observers = [Recorder()] if observed else []
        task = asyncio.create_task(workflow.orchestrate(observers=observers))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelling() == 1

    run_in_virtual_time(run())

    assert workflow.store.get(COUNT) == 1
    where = f"'swallow' ({place(workflow)}) in state LOAD of workflow 'books'"
    warning = f"{where} was cancelled and went on; the run ends after it"
    assert [record.getMessage() for record in caplog.records] == [warning]


def times_cancelled() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


def place(workflow: Workflow[Stage, MemoryStore]) -> str:
    handler = workflow.handlers[LOAD]
    return f"{handler.file}:{handler.line}"


def test_a_time_limit_of_a_run_that_a_task_swallows_ends_the_run_after_it() -> None:
    async def run() -> None:
        workflow = single(swallow, timeout=5.0).register(PARSE, raising(AssertionError()))
        with pytest.raises(WorkflowTimeoutError, match="the limit is 5 s"):
            await workflow.orchestrate()
        assert workflow.store.get(COUNT) == 1
        assert asyncio.get_running_loop().time() == 5.0

    run_in_virtual_time(run())


def test_a_time_limit_of_an_attempt_that_a_task_swallows_changes_nothing() -> None:
    async def run() -> Stage:
        workflow = Workflow(Stage, initial=LOAD).register(LOAD, swallow, attempt_timeout=5.0)
        return await workflow.register(PARSE, returning(DONE)).add_exit_states(DONE).orchestrate()

    assert run_in_virtual_time(run()) is DONE


def test_a_cancellation_that_a_task_makes_an_error_of_is_not_followed_by_another_attempt() -> None:
    attempts: list[float] = []

    async def fail(_store: MemoryStore) -> Stage:
        attempts.append(asyncio.get_running_loop().time())
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(100)
        raise ValueError

    async def run() -> None:
        workflow = Workflow(Stage, initial=LOAD, timeout=5.0).register(LOAD, fail, retry=Retry.fixed(9, 60.0))
        with pytest.raises(WorkflowTimeoutError):
            await workflow.add_exit_states(DONE).orchestrate()

    run_in_virtual_time(run())

    assert attempts == [0.0]


def test_a_branch_that_is_given_up_and_makes_an_error_of_it_is_not_tried_again() -> None:
    attempts: list[float] = []

    async def fail(_store: MemoryStore) -> None:
        attempts.append(asyncio.get_running_loop().time())
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(100)
        raise ValueError

    async def run() -> float:
        workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
        join = JoinConfig(JoinStrategy.any(), DONE)
        workflow.register_split(LOAD, [fail, after_a_second], join, retry=Retry.fixed(9, 60.0))
        await workflow.orchestrate()
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(run()) == 1.0

    assert attempts == [0.0]


async def after_a_second(_store: MemoryStore) -> None:
    await asyncio.sleep(1)


def test_a_cancellation_in_the_midst_of_a_tasks_code_is_raised_once() -> None:
    """As Ctrl-C does it: the task has no await left at which it could notice."""

    async def cancel_itself(_store: MemoryStore) -> Stage:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return DONE

    cleaned: list[str] = []

    async def caller() -> None:
        try:
            await single(cancel_itself).orchestrate()
        finally:
            await asyncio.sleep(0)
            cleaned.append("the caller")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(caller())

    assert cleaned == ["the caller"]


# --- time limits against other cancellations ------------------------------------------------------


def cleaning(seconds: float) -> Callable[[MemoryStore], Coroutine[Any, Any, Stage]]:
    async def task(_store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(seconds)
        return DONE

    return task


@pytest.mark.parametrize(
    ("run_limit", "attempt_limit", "outer", "cleanup", "error", "ends"),
    [
        (5.0, None, None, 0.0, WorkflowTimeoutError, 5.0),
        (5.0, 5.0, None, 0.0, WorkflowTimeoutError, 5.0),
        (5.0, 6.0, None, 3.0, WorkflowTimeoutError, 8.0),
        (6.0, 5.0, None, 3.0, WorkflowTimeoutError, 8.0),
        (5.0, None, 5.0, 0.0, TimeoutError, 5.0),
        (5.0, None, 6.0, 3.0, TimeoutError, 6.0),
        (6.0, None, 5.0, 3.0, TimeoutError, 6.0),
        (None, 5.0, 5.0, 0.0, TimeoutError, 5.0),
        (None, 5.0, 6.0, 3.0, TimeoutError, 6.0),
        (None, 6.0, 5.0, 3.0, TimeoutError, 6.0),
        (5.0, 5.0, 5.0, 0.0, TimeoutError, 5.0),
    ],
)
def test_of_time_limits_that_pass_together_the_outermost_is_the_one_that_counts(
    run_limit: float | None,
    attempt_limit: float | None,
    outer: float | None,
    cleanup: float,
    error: type[Exception],
    ends: float,
) -> None:
    async def run() -> None:
        workflow = Workflow(Stage, initial=LOAD, timeout=run_limit).add_exit_states(DONE)
        workflow.register(LOAD, cleaning(cleanup), attempt_timeout=attempt_limit)
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(outer):
                await workflow.orchestrate()
        assert type(caught.value) is error
        assert error is TimeoutError or getattr(caught.value, "limit", None) == run_limit
        assert asyncio.get_running_loop().time() == ends
        assert times_cancelled() == 0
        await asyncio.sleep(3600)  # nothing is left that cancels this

    run_in_virtual_time(run())


@pytest.mark.parametrize("inner_limit", [4.0, 5.0, 6.0])
def test_a_run_within_a_task_of_another_ends_by_the_limit_that_passes_first(inner_limit: float) -> None:
    async def run() -> WorkflowTimeoutError:
        inner = Workflow(Stage, name="inner", initial=LOAD, timeout=inner_limit).add_exit_states(DONE)
        inner.register(LOAD, cleaning(0.0))

        async def task(_store: MemoryStore) -> Stage:
            return await inner.orchestrate()

        with pytest.raises(WorkflowTimeoutError) as caught:
            await Workflow(Stage, name="outer", initial=LOAD, timeout=5.0).register(LOAD, task).orchestrate()
        assert times_cancelled() == 0
        return caught.value

    assert run_in_virtual_time(run()).workflow == ("inner" if inner_limit < 5 else "outer")


# --- endless runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 10, 1023, 1024, 1025, 1033, 2500])
def test_a_run_in_circles_ends_at_its_limit_of_transitions_and_says_where_it_went_last(
    limit: int, *, observed: bool
) -> None:
    entered: list[Stage] = []

    def going(state: Stage, target: Stage) -> Callable[[MemoryStore], Coroutine[Any, Any, Stage]]:
        async def task(_store: MemoryStore) -> Stage:
            entered.append(state)
            return target

        return task

    workflow = Workflow(Stage, initial=LOAD, max_transitions=limit).add_exit_states(DONE)
    workflow.register(LOAD, going(LOAD, PARSE)).register(MERGE, going(MERGE, LOAD))
    workflow.register(PARSE, going(PARSE, MERGE), retry=Retry.fixed(2))  # one with a policy among plain ones
    way = [LOAD, PARSE, MERGE] * limit

    with pytest.raises(TransitionLimitError) as caught:
        workflow.run(observers=[Recorder()] if observed else [])

    assert entered == way[:limit]
    assert caught.value.limit == limit
    assert caught.value.state == way[limit].name
    assert list(caught.value.recent) == [state.name for state in way[:limit][-8:]]


@pytest.mark.parametrize("observed", [False, True])
def test_a_run_that_ends_with_the_last_transition_that_it_may_make_is_no_error(*, observed: bool) -> None:
    left = 10

    async def again(_store: MemoryStore) -> Stage:
        nonlocal left
        left -= 1
        return LOAD if left else DONE

    workflow = single(again, max_transitions=10)

    assert workflow.run(observers=[Recorder()] if observed else []) is DONE


def test_a_visit_of_a_split_is_one_transition_however_many_branches_it_has() -> None:
    visits = 0

    async def branch(_store: MemoryStore) -> None:
        nonlocal visits
        visits += 1

    workflow = Workflow(Stage, initial=LOAD, max_transitions=5).add_exit_states(DONE)
    workflow.register_split(LOAD, [branch] * 4, JoinConfig(JoinStrategy.all(), LOAD))

    with pytest.raises(TransitionLimitError):
        workflow.run()

    assert visits == 20

"""Attempts at a task: which failures are tried again, when, how long each may take, and what comes out in the end."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, FAILED, LOAD, PARSE, Merge, Stage, counted, line, returning
from tests.workflow.clock import clock, let_others_run, run_by_hand

from keyrack.errors import ConfigurationError, ExecutorError, RetryExhaustedError, WorkflowTimeoutError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow
from keyrack.workflow.site import current_task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from keyrack.stores import MemoryStore

THREE = Retry.fixed(3, 10)
NOTE = "while running 'fail' in state LOAD of workflow 'books'"


def trying(task: Any, retry: Retry = THREE, limit: float | None = None, **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of one task with a policy, in LOAD."""
    workflow = Workflow(Stage, name="books", initial=LOAD, **options)
    return workflow.register(LOAD, task, retry=retry, attempt_timeout=limit).add_exit_states(DONE)


def failing(*errors: BaseException) -> Callable[[MemoryStore], Coroutine[Any, Any, Stage]]:
    """A task that raises each of *errors* in turn, and then is done."""
    left: Iterator[BaseException] = iter(errors)

    async def fail(store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(COUNT, 0) + 1)
        if (error := next(left, None)) is not None:
            raise error
        return DONE

    return fail


def finished(workflow: Workflow[Stage, MemoryStore]) -> float:
    """Run to DONE, and give how long it took."""

    async def run() -> float:
        assert await workflow.orchestrate() is DONE
        return time()

    return run_in_virtual_time(run())


def time() -> float:
    return asyncio.get_running_loop().time()


async def slow(store: MemoryStore) -> Stage:
    store.put(COUNT, store.get(COUNT, 0) + 1)
    await asyncio.sleep(3600)
    return DONE


# --- tried again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_a_task_is_tried_until_it_succeeds(failures: int) -> None:
    workflow = trying(failing(*[OSError("no")] * failures))

    assert finished(workflow) == 10 * failures
    assert workflow.store.get(COUNT) == failures + 1


def test_delays_are_those_of_the_policy() -> None:
    recorder = Recorder()
    policy = Retry.exponential(5, base=1, factor=3, ceiling=20, jitter=0.5, random=iter([0, 0.5, 1, 0]).__next__)
    workflow = trying(failing(*[OSError("no")] * 4), policy, observers=[recorder])

    took = finished(workflow)

    assert recorder.delays == [1, 2.25, 4.5, 20]
    assert took == 27.75


def test_a_plain_function_is_tried_again() -> None:
    left = [OSError("no"), OSError("no")]

    def task(store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(COUNT, 0) + 1)
        if left:
            raise left.pop()
        return DONE

    workflow = trying(task)

    assert finished(workflow) == 20
    assert workflow.store.get(COUNT) == 3


@pytest.mark.parametrize("part", ["prep", "exec", "post"])
def test_a_node_is_tried_again_from_its_preparation_whatever_part_failed(part: str) -> None:
    ran: list[str] = []

    def run(name: str) -> None:
        ran.append(name)
        if name == part and ran.count(name) == 1:
            raise OSError(name)

    class Flaky(Merge):
        async def prep(self, store: MemoryStore) -> int:
            run("prep")
            return await super().prep(store)

        def exec(self, data: int) -> int:
            run("exec")
            return super().exec(data)

        async def post(self, store: MemoryStore, result: int) -> Stage:
            run("post")
            return await super().post(store, result)

    parts = ["prep", "exec", "post"]
    store = counted(4)

    assert run_in_virtual_time(trying(Flaky()).orchestrate(store=store)) is DONE
    assert ran == [*parts[: parts.index(part) + 1], *parts]
    assert store.get(COUNT) == 40


def test_each_visit_of_a_state_has_its_own_attempts() -> None:
    fail = failing(OSError("no"), OSError("no"))
    again = failing(OSError("no"), OSError("no"))

    async def twice(store: MemoryStore) -> Stage:
        if store.get(COUNT, 0) < 3:
            await fail(store)
            return LOAD
        return await again(store)

    workflow = trying(twice)

    assert finished(workflow) == 40
    assert workflow.store.get(COUNT) == 6


def test_each_branch_of_a_split_has_its_own_attempts() -> None:
    tasks = [failing(OSError("a"), OSError("b")), failing(OSError("c")), failing()]
    workflow = (
        Workflow(Stage, initial=LOAD)
        .register_split(LOAD, tasks, JoinConfig(JoinStrategy.all(), DONE), retry=THREE)
        .add_exit_states(DONE)
    )

    assert finished(workflow) == 20
    assert workflow.store.get(COUNT) == 6


# --- given up -------------------------------------------------------------------------------------


def test_when_every_attempt_has_failed_the_error_holds_what_each_raised_with_its_number() -> None:
    errors = OSError("first"), ValueError("second"), OSError("third")
    workflow = trying(failing(*errors))

    with pytest.raises(RetryExhaustedError) as caught:
        run_in_virtual_time(workflow.orchestrate())

    assert caught.value.errors == errors
    assert caught.value.__cause__ is errors[-1]
    assert [error.__notes__ for error in errors] == [[f"{NOTE}, try {number} of 3"] for number in (1, 2, 3)]
    assert str(caught.value) == (
        "'fail' in state LOAD of workflow 'books' failed after 3 attempts; the last raised OSError: third"
    )
    assert workflow.store.get(COUNT) == 3


def test_one_error_raised_by_every_attempt_is_noted_once_for_each() -> None:
    error = OSError("again")

    with pytest.raises(RetryExhaustedError) as caught:
        run_in_virtual_time(trying(failing(error, error, error)).orchestrate())

    assert caught.value.errors == (error, error, error)
    assert error.__notes__ == [f"{NOTE}, try {number} of 3" for number in (1, 2, 3)]


def test_a_single_attempt_raises_the_error_itself() -> None:
    error = OSError("no")

    with pytest.raises(OSError, match="no") as caught:
        run_in_virtual_time(trying(failing(error), Retry.none(), 60).orchestrate())

    assert caught.value is error
    assert error.__notes__ == [NOTE]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_an_error_that_is_not_worth_another_attempt_is_raised_as_it_is(before: int) -> None:
    error = LookupError("no such book")
    workflow = trying(failing(*[OSError("no")] * before, error), Retry.fixed(3, 10, on=OSError))

    with pytest.raises(LookupError, match="no such book") as caught:
        run_in_virtual_time(workflow.orchestrate())

    assert caught.value is error
    assert error.__notes__ == [f"{NOTE}, try {before + 1} of 3"]
    assert workflow.store.get(COUNT) == before + 1


def is_of_the_system(error: Exception) -> bool:
    return isinstance(error, OSError)


@pytest.mark.parametrize("on", [(OSError, KeyError), is_of_the_system], ids=["classes", "predicate"])
def test_several_classes_or_a_function_say_what_is_tried_again(on: Any) -> None:
    workflow = trying(failing(ConnectionResetError(), IndexError()), Retry.fixed(5, on=on))

    with pytest.raises(IndexError):
        run_in_virtual_time(workflow.orchestrate())

    assert workflow.store.get(COUNT) == 2


def test_a_predicate_is_asked_once_about_each_failure() -> None:
    asked: list[Exception] = []
    errors = OSError("a"), OSError("b"), OSError("c")

    def on(error: Exception) -> bool:
        asked.append(error)
        return True

    with pytest.raises(RetryExhaustedError):
        run_in_virtual_time(trying(failing(*errors), Retry.fixed(3, on=on)).orchestrate())

    assert asked == [*errors]


@pytest.mark.parametrize("before", [0, 1])
def test_a_predicate_that_raises_ends_the_run_with_the_failure_that_it_was_asked_about_as_its_cause(
    before: int,
) -> None:
    error = OSError("asked about")

    def on(asked: Exception) -> bool:
        if asked is error:
            raise ZeroDivisionError("in the predicate")
        return True

    workflow = trying(failing(*[OSError("no")] * before, error), Retry.fixed(3, on=on))

    with pytest.raises(ZeroDivisionError, match="in the predicate") as caught:
        run_in_virtual_time(workflow.orchestrate())

    assert caught.value.__cause__ is error
    assert any("'fail'" in note and "state LOAD" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_is_wrong_in_the_code_of_the_workflow_is_not_tried_again(before: int) -> None:
    error = ConfigurationError(subject="workflow 'inner'", problems=["no exit state"])
    workflow = trying(failing(*[OSError("no")] * before, error))

    with pytest.raises(ConfigurationError) as caught:
        run_in_virtual_time(workflow.orchestrate())

    assert caught.value is error
    assert workflow.store.get(COUNT) == before + 1


def test_an_executor_that_cannot_run_the_task_is_not_asked_again() -> None:
    recorder = Recorder()
    executor = ThreadPoolExecutor(1)
    executor.shutdown()

    def never(_store: MemoryStore) -> Stage:
        raise AssertionError

    with pytest.raises(ExecutorError, match="cannot schedule new futures after shutdown"):
        run_in_virtual_time(trying(never, executor=executor, observers=[recorder]).orchestrate())

    recorder.assert_failed_attempts(LOAD, 1)
    assert recorder.delays == []


@pytest.mark.parametrize("stop", [SystemExit(3), KeyboardInterrupt()])
def test_what_ends_the_program_is_not_tried_again(stop: BaseException) -> None:
    workflow = trying(failing(stop))

    with pytest.raises(type(stop)):
        run_in_virtual_time(workflow.orchestrate())

    assert workflow.store.get(COUNT) == 1


def test_a_result_that_leads_nowhere_is_not_tried_again() -> None:
    workflow = trying(returning(FAILED))

    with pytest.raises(Exception, match=r"returned Stage\.FAILED"):
        run_in_virtual_time(workflow.orchestrate())


# --- cancelled ------------------------------------------------------------------------------------


async def cancel_at(moment: float, workflow: Workflow[Stage, MemoryStore]) -> float:
    """Cancel a run at a moment, and give when it ended."""
    running = asyncio.create_task(workflow.orchestrate())
    await asyncio.sleep(moment)
    running.cancel("enough")
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == {current_task()}
    return time()


def test_a_run_can_be_cancelled_while_it_waits_for_the_next_attempt() -> None:
    workflow = trying(failing(OSError("no"), OSError("no")))

    assert run_in_virtual_time(cancel_at(5, workflow)) == 5
    assert workflow.store.get(COUNT) == 1


def test_a_task_that_answers_its_cancellation_with_an_error_is_not_tried_again() -> None:
    async def stubborn(store: MemoryStore) -> Stage:
        try:
            return await slow(store)
        except asyncio.CancelledError:
            raise OSError("could not close") from None

    workflow = trying(stubborn)

    assert run_in_virtual_time(cancel_at(5, workflow)) == 5
    assert workflow.store.get(COUNT) == 1


# --- limits of time -------------------------------------------------------------------------------


def ran_out(workflow: Workflow[Stage, MemoryStore]) -> tuple[WorkflowTimeoutError, float]:
    """Run until time is up, and give the error and when that was."""

    async def run() -> tuple[WorkflowTimeoutError, float]:
        with pytest.raises(WorkflowTimeoutError) as caught:
            await workflow.orchestrate()
        assert current_task().cancelling() == 0
        return caught.value, time()

    return run_in_virtual_time(run())


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
        return time()

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
    async def untidy(_store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            raise OSError("could not close") from None
        return DONE

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
    go = threading.Event()
    loops: list[Any] = []

    def task(store: MemoryStore) -> Stage:
        loop = loops[0]
        loop.call_soon_threadsafe(loop.forward, 60)
        go.wait()
        store.put(COUNT, 1)
        return DONE

    workflow = trying(task, Retry.none(), 5)

    async def run() -> None:
        loops.append(clock())
        running = asyncio.create_task(workflow.orchestrate())
        while clock().now < 60:  # noqa: ASYNC110  # the thread puts the clock forward
            await asyncio.sleep(0)
        await let_others_run()
        assert not running.done()
        go.set()
        with pytest.raises(WorkflowTimeoutError):
            await running

    run_by_hand(run())

    assert workflow.store.get(COUNT) == 1


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


def test_no_task_is_blamed_for_a_time_limit_that_was_kept(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "keyrack"):
        ran_out(trying(slow_to_clean_up, Retry.none(), 5))

    assert caplog.messages == []

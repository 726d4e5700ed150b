"""Attempts at a task: which failures are tried again, when, and what comes out in the end."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, FAILED, LOAD, Merge, Stage, counted, returning
from tests.workflow.branches import finished
from tests.workflow.timed import NOTE, THREE, cancel_at, failing, slow, trying

from keyrack.errors import ConfigurationError, ExecutorError, RetryExhaustedError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


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

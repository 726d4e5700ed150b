"""Splits: which branches run when, what each may do, and that nothing of them is left when the split is over."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NoReturn, TypeVar

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, TITLE, Merge, Other, Stage, line, raising, returning
from tests.workflow.branches import (
    BEGUN,
    CLEANED,
    ENDED,
    SUMMARY,
    ScriptedError,
    ending,
    moments,
    never,
    nothing_runs,
    now,
    split,
)

from keyrack.errors import (
    BranchCancelledError,
    JoinError,
    RetryExhaustedError,
    StateNotRegisteredError,
    TypeMismatchError,
    WorkflowTimeoutError,
)
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, VirtualTimeLoop, run_in_virtual_time
from keyrack.workflow import (
    Branch,
    BranchEnded,
    BranchFailure,
    BranchStarted,
    JoinConfig,
    Joined,
    JoinStrategy,
    Retry,
    SplitSummary,
    TaskResult,
    Workflow,
    site,
)

T = TypeVar("T")


def run(workflow: Workflow[Stage, MemoryStore]) -> float:
    """Run a workflow in virtual time, and give how long it took."""

    async def timed() -> float:
        assert await workflow.orchestrate() is DONE
        assert nothing_runs()
        return now()

    return run_in_virtual_time(timed())


def failing(workflow: Workflow[Stage, MemoryStore]) -> JoinError:
    """Run a workflow whose split fails, and give the error."""
    with pytest.raises(JoinError) as caught:
        run_in_virtual_time(workflow.orchestrate())
    return caught.value


def numbers(branches: tuple[Branch, ...]) -> list[int]:
    return [branch.number for branch in branches]


# --- few at once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 100])
def test_no_more_branches_run_at_once_than_the_split_allows_and_all_of_them_run(at_once: int) -> None:
    running: set[int] = set()
    most = 0
    done: list[int] = []

    def branch(number: int) -> Callable[[MemoryStore], Coroutine[Any, Any, None]]:
        async def work(_store: MemoryStore) -> None:
            nonlocal most
            running.add(number)
            most = max(most, len(running))
            await asyncio.sleep(number * 7 % 5)
            running.remove(number)
            done.append(number)

        return work

    run(split(map(branch, range(20)), concurrency=at_once))

    assert min(at_once, 20) == most
    assert sorted(done) == [*range(20)]


def test_branches_begin_in_order_each_as_soon_as_another_has_ended() -> None:
    workflow = split([ending(number, after) for number, after in enumerate([5, 1, 2, 1, 9, 1])], concurrency=2)

    assert run(workflow) == 13
    assert moments(workflow.store, BEGUN) == {0: 0, 1: 0, 2: 1, 3: 3, 4: 4, 5: 5}
    assert moments(workflow.store, ENDED) == {0: 5, 1: 1, 2: 3, 3: 4, 4: 13, 5: 6}


def test_a_branch_that_fails_makes_room_for_the_next() -> None:
    workflow = split([raising(ValueError("no")), ending(1, 1), ending(2, 1)], JoinStrategy.quorum(2), concurrency=1)

    assert run(workflow) == 2
    assert moments(workflow.store, ENDED) == {1: 1, 2: 2}


@pytest.mark.parametrize("strategy", [JoinStrategy.any(), JoinStrategy.quorum(1)], ids=str)
def test_branches_that_wait_never_begin_once_the_split_is_joined(strategy: JoinStrategy) -> None:
    recorder = Recorder()
    workflow = split([ending(0, 2), *map(ending, [1, 2, 3], [9, 9, 9])], strategy, concurrency=2, observers=[recorder])

    assert run(workflow) == 2
    assert moments(workflow.store, BEGUN) == {0: 0, 1: 0}
    assert moments(workflow.store, CLEANED) == {1: 2}
    assert [event.branch.number for event in recorder.of(BranchStarted)] == [0, 1]
    assert numbers(workflow.store.get(SUMMARY).cancelled) == [1, 2, 3]


def test_branches_that_wait_never_begin_once_the_split_has_failed() -> None:
    workflow = split([raising(ValueError("no")), ending(1, 1), ending(2, 1)], JoinStrategy.quorum(3), concurrency=1)

    assert failing(workflow).cancelled == 2
    assert moments(workflow.store, BEGUN) == {}


def test_branches_that_have_no_turn_before_the_time_limit_are_late_and_never_begin() -> None:
    workflow = split([ending(number, 2) for number in range(4)], timeout=5, concurrency=1)

    error = failing(workflow)

    assert moments(workflow.store, BEGUN) == {0: 0, 1: 2, 2: 4}
    assert moments(workflow.store, CLEANED) == {2: 5}
    assert numbers(workflow.store.get(SUMMARY).timed_out) == [2, 3]
    assert [str(late).partition(" (")[0] for late in error.exceptions] == ["branch 2, 'branch'", "branch 3, 'branch'"]


def test_partial_timeout_takes_what_few_at_once_have_done_by_then() -> None:
    workflow = split(
        [ending(number, 2) for number in range(4)], JoinStrategy.partial_timeout(), timeout=5, concurrency=1
    )

    assert run(workflow) == 5
    assert moments(workflow.store, ENDED) == {0: 2, 1: 4}


# --- at the last moment ---------------------------------------------------------------------------


class SettableLoop(VirtualTimeLoop):
    """A virtual loop whose clock a task can put forward."""

    def put_forward(self, seconds: float) -> None:
        self._now += seconds


def in_the_tick_of_the_time_limit(workflow: Workflow[Stage, MemoryStore]) -> JoinError | None:
    """Run a workflow in which `last_moment` puts the clock forward to the time limit, and give what it fails with."""
    with asyncio.Runner(loop_factory=SettableLoop) as runner:
        try:
            runner.run(workflow.orchestrate())
        except JoinError as error:
            return error
    return None


def last_moment(then: Callable[[], T]) -> Callable[[MemoryStore], Coroutine[Any, Any, T]]:
    """A branch that ends in the same tick of the event loop as the time limit of 5 s, just before it."""

    async def branch(_store: MemoryStore) -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SettableLoop)
        loop.put_forward(5.5)
        await asyncio.sleep(0)
        return then()

    return branch


def fail() -> NoReturn:
    raise ScriptedError


def test_a_branch_that_ends_in_the_tick_of_the_time_limit_has_ended() -> None:
    workflow = split([last_moment(lambda: None), never], timeout=5)

    error = in_the_tick_of_the_time_limit(workflow)
    summary = workflow.store.get(SUMMARY)

    assert error is not None
    assert (error.succeeded, len(error.exceptions)) == (1, 1)
    assert (numbers(summary.successes), numbers(summary.timed_out)) == ([0], [1])


def test_a_branch_that_fails_in_the_tick_of_the_time_limit_has_failed() -> None:
    error = in_the_tick_of_the_time_limit(split([last_moment(fail), never], timeout=5))

    assert error is not None
    assert [type(one) for one in error.exceptions] == [ScriptedError, WorkflowTimeoutError]


def test_a_split_that_is_decided_in_the_tick_of_the_time_limit_was_in_time() -> None:
    workflow = split([last_moment(lambda: None), never, never], JoinStrategy.any(), timeout=5, concurrency=2)

    assert in_the_tick_of_the_time_limit(workflow) is None
    assert numbers(workflow.store.get(SUMMARY).cancelled) == [1, 2]


@pytest.mark.parametrize("late", [returning(None), raising(ScriptedError())], ids=["success", "failure"])
def test_a_branch_that_ends_after_the_verdict_and_in_its_tick_does_not_count_and_keeps_what_it_put(late: Any) -> None:
    workflow = split([returning(None), late], JoinStrategy.any())

    run(workflow)
    summary = workflow.store.get(SUMMARY)

    assert (numbers(summary.successes), summary.errors, numbers(summary.cancelled)) == ([0], (), [1])
    assert workflow.store.get(COUNT) == 1


async def stubborn(store: MemoryStore) -> None:
    """A branch that is cancelled and goes on for an hour all the same."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(3600)
        store.put(TITLE, "written all the same")


def test_a_success_long_after_the_time_limit_changes_nothing_but_the_store() -> None:
    recorder = Recorder()
    workflow = split([stubborn], timeout=5, observers=[recorder])

    assert failing(workflow).succeeded == 0
    assert numbers(workflow.store.get(SUMMARY).timed_out) == [0]
    assert [event.outcome for event in recorder.of(BranchEnded)] == ["timed out"]
    assert workflow.store.get(TITLE) == "written all the same"


# --- cancelled branches ---------------------------------------------------------------------------


def test_what_a_cancelled_branch_has_put_stays_put() -> None:
    async def half(store: MemoryStore) -> None:
        store.put(TITLE, "Emma")
        await never(store)

    workflow = split([half, ending(1, 1)], JoinStrategy.any())

    run(workflow)

    assert workflow.store.get(TITLE) == "Emma"


def test_a_branch_that_ignores_its_cancellation_is_waited_for_and_named_in_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workflow = split([stubborn, ending(1, 1)], JoinStrategy.any())
    handler = workflow.handlers[LOAD]
    place = f"{handler.file}:{handler.line}"

    assert run(workflow) == 3601
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("keyrack.workflow", logging.WARNING)
    assert record.getMessage() == (
        f"branch 0, 'stubborn' ({place}) in state LOAD of workflow 'books' "
        "was cancelled 1 s ago and still runs; it is waited for"
    )


class HalfPlain(Merge):
    """A node that ignores its cancellation on the event loop, and has a plain part."""

    async def prep(self, store: MemoryStore) -> int:
        await stubborn(store)
        return 0


def plainly_stubborn(store: MemoryStore) -> Coroutine[Any, Any, None]:
    return stubborn(store)


@pytest.mark.parametrize("task", [HalfPlain(), plainly_stubborn], ids=["node", "function"])
def test_a_branch_that_ignores_its_cancellation_is_named_though_another_part_of_it_is_a_plain_function(
    task: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(split([task, ending(1, 1)], JoinStrategy.any())) == 3601
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("decided", [JoinStrategy.any(), JoinStrategy.all()], ids=["cancelled", "timed out"])
def test_what_a_branch_raises_when_it_is_cancelled_is_logged_and_changes_nothing(
    decided: JoinStrategy, caplog: pytest.LogCaptureFixture
) -> None:
    error = ScriptedError("cleanup")

    async def messy(_store: MemoryStore) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise error

    workflow = split([messy, ending(1, 1)], decided, timeout=2)

    if decided == JoinStrategy.any():
        run(workflow)
    else:
        assert [type(one) for one in failing(workflow).exceptions] == [WorkflowTimeoutError]

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("keyrack.workflow", logging.WARNING)
    assert record.getMessage().startswith("branch 0, 'messy' (")
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def held() -> tuple[Callable[[MemoryStore], None], asyncio.Event, threading.Event]:
    """A plain function that waits in its thread, what says that it has begun, and what lets it go on."""
    loop, begun, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def plain(store: MemoryStore) -> None:
        loop.call_soon_threadsafe(begun.set)
        go.wait()
        store.put(COUNT, 1)

    return plain, begun, go


async def let_others_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_plain_function_that_is_cancelled_is_waited_for_with_one_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "PATIENCE", 0.0)

    async def cancel() -> MemoryStore:
        plain, begun, go = held()

        async def first(_store: MemoryStore) -> None:
            await begun.wait()

        workflow = split([plain, first], JoinStrategy.any())
        task = asyncio.create_task(workflow.orchestrate())
        await begun.wait()
        await let_others_run()
        assert not task.done()
        go.set()
        assert await task is DONE
        assert nothing_runs()
        return workflow.store

    store = asyncio.run(cancel())

    assert store.get(COUNT) == 1
    assert numbers(store.get(SUMMARY).cancelled) == [0]
    assert len(caplog.records) == 1
    assert caplog.messages[0].startswith("branch 0, 'plain' (")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()], ids=repr)
@pytest.mark.parametrize("kind", ["coroutine", "plain", "cancelled"])
def test_what_ends_the_program_gets_out_of_a_branch_and_the_other_branches_end(error: BaseException, kind: str) -> None:
    ended: list[str] = []

    async def other(_store: MemoryStore) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("other")

    async def cleaning(_store: MemoryStore) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise error

    def plain(_store: MemoryStore) -> NoReturn:
        raise error

    branches: dict[str, list[Any]] = {
        "coroutine": [raising(error)],
        "plain": [plain],
        "cancelled": [cleaning, returning(None)],
    }
    workflow = split([other, *branches[kind]], JoinStrategy.any())

    with pytest.raises(type(error)) as caught:
        workflow.run()

    assert caught.value is error
    assert ended == ["other"]
    assert not workflow.store.contains_key(SUMMARY)


# --- a run that is cancelled ----------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_run_cancelled_in_a_split_waits_for_every_branch_and_joins_nothing(times: int) -> None:
    async def cancel() -> MemoryStore:
        workflow = split([stubborn, ending(1, 9), ending(2, 9)], concurrency=2)
        task = asyncio.create_task(workflow.orchestrate())
        for _ in range(times):
            await asyncio.sleep(1)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert now() == 3601
        assert nothing_runs()
        return workflow.store

    store = run_in_virtual_time(cancel())

    assert moments(store, BEGUN) == {1: 0}
    assert moments(store, CLEANED) == {1: 1}
    assert not store.contains_key(SUMMARY)


def test_a_run_cancelled_while_a_split_that_is_decided_waits_for_a_branch_does_not_go_on() -> None:
    recorder = Recorder()

    async def cancel() -> MemoryStore:
        workflow = split([stubborn, ending(1, 1)], JoinStrategy.any(), observers=[recorder])
        task = asyncio.create_task(workflow.orchestrate())
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert now() == 3601
        return workflow.store

    assert not run_in_virtual_time(cancel()).contains_key(SUMMARY)
    assert [event.satisfied for event in recorder.of(Joined)] == [False]


def test_a_run_out_of_time_in_a_split_cancels_its_branches() -> None:
    workflow = split([ending(0, 9), ending(1, 9)], limit=5)

    with pytest.raises(WorkflowTimeoutError, match="workflow 'books' ran out of time in state LOAD"):
        run_in_virtual_time(workflow.orchestrate())

    assert moments(workflow.store, CLEANED) == {0: 5, 1: 5}


def test_a_split_within_a_branch_ends_with_the_branch() -> None:
    inner = split([ending(0, 9), ending(1, 9)], concurrency=1)

    async def nested(store: MemoryStore) -> Stage:
        return await inner.orchestrate(store=store)

    workflow = split([nested, ending(2, 5)], JoinStrategy.any())

    assert run(workflow) == 5
    assert moments(workflow.store, BEGUN) == {0: 0, 2: 0}
    assert moments(workflow.store, CLEANED) == {0: 5}


# --- kinds of branches ----------------------------------------------------------------------------


class InThread:
    """An object with a plain ``run``."""

    def run(self, store: MemoryStore) -> Stage:
        store.put(TITLE, threading.current_thread().name)
        return DONE


def test_a_branch_may_be_a_node_an_object_with_run_a_function_or_part_of_one() -> None:
    async def add(store: MemoryStore, number: int) -> None:
        store.update(COUNT, lambda count: count + number)

    def later(store: MemoryStore) -> Coroutine[Any, Any, None]:
        return add(store, 1)

    workflow = split([Merge(), InThread(), partial(add, number=2), later], concurrency=1)
    workflow.store.put(COUNT, 4)

    run(workflow)

    assert workflow.store.get(COUNT) == 43
    assert numbers(workflow.store.get(SUMMARY).successes) == [0, 1, 2, 3]
    assert [branch.task for branch in workflow.store.get(SUMMARY).successes][:2] == ["Merge", "InThread"]


def test_plain_functions_run_side_by_side_in_threads() -> None:
    together = threading.Barrier(3, timeout=60)

    def meet(_store: MemoryStore) -> None:
        together.wait()

    workflow = split([meet] * 3)

    run(workflow)

    assert len(workflow.store.get(SUMMARY).successes) == 3


def test_the_plain_functions_of_a_split_run_in_its_executor() -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="presses") as presses:
        workflow = split([InThread()], executor=presses)
        run(workflow)

    assert workflow.store.get(TITLE).startswith("presses")


def test_each_branch_is_tried_again_on_its_own() -> None:
    def shaky(failures: int) -> Callable[[MemoryStore], Coroutine[Any, Any, None]]:
        left = failures

        async def branch(store: MemoryStore) -> None:
            nonlocal left
            left -= 1
            if left >= 0:
                raise ScriptedError(left)
            await ending(failures, 1)(store)

        return branch

    workflow = split(map(shaky, range(4)), JoinStrategy.quorum(3), retry=Retry.fixed(3, 10))

    assert run(workflow) == 21
    assert moments(workflow.store, ENDED) == {0: 1, 1: 11, 2: 21}
    (failure,) = workflow.store.get(SUMMARY).errors
    assert (failure.error, failure.message) == ("ScriptedError", "0")


def test_a_branch_that_fails_at_every_attempt_gives_the_join_error_each_of_its_errors() -> None:
    workflow = split([raising(ScriptedError("no")), returning(None)], retry=Retry.fixed(3, 1))

    (exhausted,) = failing(workflow).exceptions

    assert isinstance(exhausted, RetryExhaustedError)
    assert [str(error) for error in exhausted.errors] == ["no", "no", "no"]


def test_each_attempt_of_a_branch_has_its_time_limit() -> None:
    workflow = split([ending(0, 1), ending(1, 9)], attempt_timeout=2, retry=Retry.fixed(2, 10))

    (exhausted,) = failing(workflow).exceptions

    assert isinstance(exhausted, RetryExhaustedError)
    assert [type(error) for error in exhausted.errors] == [WorkflowTimeoutError] * 2
    assert moments(workflow.store, ENDED) == {0: 1}
    assert moments(workflow.store, CLEANED) == {1: 14}


def test_a_branch_that_waits_for_its_next_attempt_is_late_at_the_time_limit() -> None:
    workflow = split([raising(ScriptedError())], timeout=5, retry=Retry.fixed(2, 10))

    (late,) = failing(workflow).exceptions

    assert isinstance(late, WorkflowTimeoutError)
    assert late.limit == 5


# --- what branches return -------------------------------------------------------------------------

RIGHT = [None, MERGE, DONE, TaskResult.single(PARSE), TaskResult.split(PARSE, MERGE)]


@pytest.mark.parametrize("value", RIGHT, ids=repr)
def test_what_a_branch_returns_does_not_say_where_the_run_goes_on(value: object) -> None:
    run(split([returning(value)]))


WRONG = [
    (
        "MERGE",
        "'MERGE' (str), which is no member of Stage; the store keeps what was written; did you mean Stage.MERGE?",
    ),
    ("over", "'over' (str), which is no member of Stage; the store keeps what was written"),
    (Other.ELSE, "Other.ELSE, which is no member of Stage; the store keeps what was written"),
    (0, "0 (int), which is no member of Stage; the store keeps what was written"),
    ([DONE], "[<Stage.DONE: 'done'>] (list), which is no member of Stage; the store keeps what was written"),
]


@pytest.mark.parametrize(("value", "reason"), WRONG, ids=[repr(value) for value, _ in WRONG])
@pytest.mark.parametrize("kind", ["coroutine", "plain"])
def test_a_branch_that_returns_what_is_no_state_has_failed(value: object, reason: str, kind: str) -> None:
    def plain(_store: MemoryStore) -> object:
        return value

    workflow = split([returning(value) if kind == "coroutine" else plain, returning(None)])
    handler = workflow.handlers[LOAD]
    task = "task" if kind == "coroutine" else "plain"

    (error,) = failing(workflow).exceptions

    assert isinstance(error, StateNotRegisteredError)
    assert str(error) == (
        f"branch 0, '{task}' ({handler.file}:{handler.line}) in state LOAD of workflow 'books' returned {reason}"
    )


async def clean(_store: MemoryStore) -> None:
    """What branches forget to await."""


def test_a_coroutine_that_a_branch_did_not_await_is_a_failure_and_no_warning() -> None:
    async def forgetful(store: MemoryStore) -> Any:
        return clean(store)

    (error,) = failing(split([forgetful])).exceptions

    assert str(error).endswith("; the store keeps what was written; await it")


def test_a_coroutine_that_has_begun_and_fails_when_it_is_closed_is_a_failure_all_the_same() -> None:
    async def messy() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise ScriptedError

    async def forgetful(_store: MemoryStore) -> Any:
        coroutine = messy()
        coroutine.send(None)
        return coroutine

    (error,) = failing(split([forgetful])).exceptions

    assert isinstance(error, StateNotRegisteredError)


def test_an_object_that_does_not_tell_its_class_is_a_failure_like_any_other() -> None:
    class Unbound:
        def __getattribute__(self, name: str) -> NoReturn:
            raise RuntimeError("unbound")

    (error,) = failing(split([returning(Unbound()), returning(None)])).exceptions

    assert isinstance(error, StateNotRegisteredError)


@pytest.mark.parametrize("moment", [BranchStarted, BranchEnded])
@pytest.mark.parametrize("raised", [ValueError("no"), asyncio.CancelledError()], ids=repr)
def test_an_observer_that_raises_at_a_branch_does_not_disturb_the_split(
    moment: type, raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def observer(event: object) -> None:
        if isinstance(event, moment):
            raise raised

    workflow = split([ending(0, 1), ending(1, 2)], concurrency=1, observers=[observer])

    assert run(workflow) == 3
    assert caplog.messages == [f"an observer raised at {moment.__name__}"] * 2


# --- summaries ------------------------------------------------------------------------------------


def test_a_summary_says_what_became_of_each_branch_when_the_join_fails_too() -> None:
    workflow = split([raising(ValueError("no")), returning(None), never], timeout=1)

    failing(workflow)

    assert workflow.store.get(SUMMARY) == SplitSummary(
        "all",
        3,
        (Branch(1, "task"),),
        (BranchFailure(Branch(0, "fail"), "ValueError", "no"),),
        (Branch(2, "never"),),
        (),
    )


def test_a_split_without_a_key_for_it_puts_no_summary() -> None:
    workflow = split([returning(None)], summary=None)

    run(workflow)

    assert workflow.store.keys() == ["count"]


TEXT = StoreKey("summary", str)


def test_a_summary_that_does_not_fit_its_key_is_an_error_that_names_the_split() -> None:
    workflow = split([returning(None)], summary=TEXT)

    with pytest.raises(TypeMismatchError) as caught:
        run(workflow)

    assert "'split of 1'" in caught.value.__notes__[0]
    assert "in state LOAD of workflow 'books'" in caught.value.__notes__[0]
    assert not workflow.store.contains_key(TEXT)


def test_a_summary_that_does_not_fit_its_key_does_not_hide_why_the_join_failed() -> None:
    error = failing(split([raising(ScriptedError())], summary=TEXT))

    assert [type(one) for one in error.exceptions] == [ScriptedError]
    assert error.__notes__[-1].startswith("its summary is not in the store: cannot put 'summary' (str)")


class MuteError(Exception):
    """An error that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_error_that_cannot_say_what_it_is_neither_hides_a_summary_nor_a_join_error() -> None:
    workflow = split([raising(MuteError())])

    error = failing(workflow)

    assert "MuteError" in str(error)
    assert workflow.store.get(SUMMARY).errors[0].error == "MuteError"


# --- notes ----------------------------------------------------------------------------------------


def test_a_join_error_names_the_split_with_its_place_its_state_and_its_workflow() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register_split(LOAD, [raising(ScriptedError()), never], JoinConfig(JoinStrategy.quorum(2), DONE))
    place = f"{__file__}:{line() - 1}"

    error = failing(workflow)

    assert error.__notes__ == [f"while joining 'split of 2' ({place}) in state LOAD of workflow 'books'"]
    assert str(error) == "0 of 2 branches succeeded, quorum needs 2; failures: ScriptedError; 1 cancelled"


def test_a_join_error_says_how_many_succeeded_how_many_it_takes_and_what_failed() -> None:
    tasks = [
        returning(None),
        raising(OSError("reset")),
        returning(None),
        raising(ValueError("bad")),
        raising(KeyError(1)),
    ]

    error = failing(split(tasks, JoinStrategy.quorum(3)))

    assert str(error).startswith(
        "2 of 5 branches succeeded, quorum needs 3; failures: OSError: reset; ValueError: bad; KeyError: 1"
    )


async def cancels_itself(_store: MemoryStore) -> None:
    raise asyncio.CancelledError


def plainly_wrong(_store: MemoryStore) -> str:
    return "over"


def plainly_failing(_store: MemoryStore) -> NoReturn:
    raise ScriptedError


@pytest.mark.parametrize("observed", [False, True], ids=["alone", "observed"])
@pytest.mark.parametrize("retried", [False, True], ids=["once", "retried"])
def test_each_failure_has_one_note_that_names_branch_task_state_and_workflow(observed: bool, retried: bool) -> None:
    tasks = [returning("over"), raising(ScriptedError()), cancels_itself, plainly_wrong, plainly_failing]
    names = ["task", "fail", "cancels_itself", "plainly_wrong", "plainly_failing"]
    retry = Retry.fixed(2, 0, on=LookupError) if retried else None

    error = failing(split(tasks, retry=retry, observers=[Recorder()] if observed else []))
    notes = sorted(note for one in error.exceptions for note in one.__notes__)

    assert [note.partition(", try")[0] for note in notes] == [
        f"while running branch {number}, '{name}' in state LOAD of workflow 'books'"
        for number, name in enumerate(names)
    ]
    assert {BranchCancelledError, StateNotRegisteredError, ScriptedError} == {type(one) for one in error.exceptions}


# --- again and again ------------------------------------------------------------------------------


def test_a_split_may_be_visited_again_and_again_in_one_run() -> None:
    visits = 0

    async def again(store: MemoryStore) -> Stage:
        nonlocal visits
        visits += 1
        assert numbers(store.get(SUMMARY).successes) == [visits % 2]
        return LOAD if visits < 50 else DONE

    async def even(_store: MemoryStore) -> None:
        await asyncio.sleep(1 + visits % 2)

    async def odd(_store: MemoryStore) -> None:
        await asyncio.sleep(2 - visits % 2)

    workflow = Workflow(Stage, initial=LOAD).register(PARSE, again).add_exit_states(DONE)
    workflow.register_split(LOAD, [odd, even], JoinConfig(JoinStrategy.any(), PARSE, summary=SUMMARY))

    assert run(workflow) == 50
    assert visits == 50


def test_runs_at_the_same_time_on_stores_of_their_own_do_not_see_each_others_branches() -> None:
    async def double(store: MemoryStore) -> None:
        count = store.get(COUNT)
        await asyncio.sleep(count % 7)
        store.put(TITLE, str(count * 2))

    async def odd_fails(store: MemoryStore) -> None:
        await asyncio.sleep(store.get(COUNT) % 5)
        if store.get(COUNT) % 2:
            raise ScriptedError(store.get(COUNT))

    workflow = split([double, odd_fails], concurrency=1)
    stores = [MemoryStore() for _ in range(300)]
    for number, store in enumerate(stores):
        store.put(COUNT, number)

    async def all_of_them() -> list[Stage | BaseException]:
        return await asyncio.gather(*(workflow.orchestrate(store=store) for store in stores), return_exceptions=True)

    ends = run_in_virtual_time(all_of_them())

    assert [store.get(TITLE) for store in stores] == [str(number * 2) for number in range(300)]
    assert ends[::2] == [DONE] * 150
    assert [end.exceptions[0].args for end in ends if isinstance(end, JoinError)] == [(n,) for n in range(1, 300, 2)]
    assert workflow.store.is_empty()


def test_a_branch_sees_the_context_variables_of_the_run_and_changes_only_its_own() -> None:
    user = contextvars.ContextVar("user", default="nobody")
    seen: list[str] = []

    async def rename(_store: MemoryStore) -> None:
        seen.append(user.get())
        user.set("somebody else")
        await asyncio.sleep(1)

    def plainly(_store: MemoryStore) -> None:
        seen.append(user.get())
        user.set("somebody else")

    async def as_ada() -> str:
        user.set("Ada")
        await split([rename, plainly, rename, rename], concurrency=1).orchestrate()
        return user.get()

    assert run_in_virtual_time(as_ada()) == "Ada"
    assert seen == ["Ada"] * 4


# --- nothing is left ------------------------------------------------------------------------------


POLICIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "retried": {"retry": Retry.fixed(2, 1)},
    "limited": {"attempt_timeout": 9},
    "observed": {"observers": [id]},
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", ["coroutine", "plain"])
def test_the_errors_of_a_split_are_free_as_soon_as_nobody_holds_them(policy: str, kind: str) -> None:
    class MineError(Exception):
        pass

    async def fails(_store: MemoryStore) -> NoReturn:
        raise MineError

    def fails_plainly(_store: MemoryStore) -> NoReturn:
        raise MineError

    workflow = split([fails if kind == "coroutine" else fails_plainly], **POLICIES[policy])

    async def refer() -> list[weakref.ref[BaseException]]:
        try:
            await workflow.orchestrate()
        except JoinError as error:
            return [weakref.ref(error), weakref.ref(error.exceptions[0])]
        raise AssertionError

    gc.collect()
    gc.disable()
    try:
        assert [reference() for reference in run_in_virtual_time(refer())] == [None, None]
    finally:
        gc.enable()


def test_the_cancellation_of_a_run_that_waited_for_a_branch_is_free_as_soon_as_nobody_holds_it() -> None:
    async def cancel_twice() -> weakref.ref[BaseException]:
        task = asyncio.create_task(split([stubborn]).orchestrate())
        for _ in range(2):
            await asyncio.sleep(1)
            task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return weakref.ref(error)
        raise AssertionError

    gc.collect()
    gc.disable()
    try:
        assert run_in_virtual_time(cancel_twice())() is None
    finally:
        gc.enable()


def test_a_split_that_is_over_holds_nothing_for_the_rest_of_its_time_limit() -> None:
    workflow = split([returning(None)], timeout=3600)

    async def refer() -> None:
        store = MemoryStore()
        await workflow.orchestrate(store=store)
        reference = weakref.ref(store)
        del store
        assert reference() is None

    gc.collect()
    gc.disable()
    try:
        run_in_virtual_time(refer())
    finally:
        gc.enable()


def test_a_branch_that_the_event_loop_does_not_start_ends_the_split_with_the_error_of_the_loop() -> None:
    def refuse_the_next(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        if asyncio.current_task() is None:  # what starts a branch when another has ended is no task
            coroutine.close()
            raise ScriptedError
        return asyncio.Task(coroutine, loop=loop, **options)

    workflow = split([ending(0, 2), ending(1, 1), ending(2, 1)], concurrency=2)

    async def refusing() -> None:
        asyncio.get_running_loop().set_task_factory(refuse_the_next)
        with pytest.raises(ScriptedError):
            await workflow.orchestrate()
        asyncio.get_running_loop().set_task_factory(None)
        assert nothing_runs()

    run_in_virtual_time(refusing())

    assert moments(workflow.store, CLEANED) == {0: 1}


def test_no_error_and_no_task_is_left_to_the_event_loop(caplog: pytest.LogCaptureFixture) -> None:
    complaints: list[dict[str, Any]] = []
    branches = [raising(ScriptedError()), cancels_itself, plainly_failing, returning("over"), never, ending(5, 1)]
    joins = [JoinStrategy.all(), JoinStrategy.any(), JoinStrategy.quorum(4), JoinStrategy.partial_timeout()]

    async def each() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        for join in joins:
            for concurrency in 1, 2, None:
                workflow = split(branches, join, timeout=2, concurrency=concurrency)
                await asyncio.gather(workflow.orchestrate(), return_exceptions=True)
                assert nothing_runs()

    run_in_virtual_time(each())
    gc.collect()

    assert complaints == []
    assert caplog.records == []

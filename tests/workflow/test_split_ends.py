"""How branches end that end last: at the time limit, as cancelled, and with what ends the program."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, TITLE, Merge, Stage, raising, returning
from tests.workflow.branches import (
    SUMMARY,
    ScriptedError,
    ending,
    finished,
    join_error,
    never,
    nothing_runs,
    numbers,
    split,
    stubborn,
)
from tests.workflow.clock import let_others_run

from keyrack.errors import JoinError, WorkflowTimeoutError
from keyrack.testing import Recorder, VirtualTimeLoop
from keyrack.workflow import BranchEnded, JoinStrategy, Workflow, cancellation

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

T = TypeVar("T")


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


@pytest.mark.parametrize(
    ("late", "successes", "errors"),
    [(returning(None), [0, 1], []), (raising(ScriptedError()), [0], [1])],
    ids=["success", "failure"],
)
def test_a_branch_that_had_ended_before_the_verdict_was_known_counts_as_what_it_is(
    late: Any, successes: list[int], errors: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    workflow = split([returning(None), late], JoinStrategy.any())

    finished(workflow)
    summary = workflow.store.get(SUMMARY)

    assert numbers(summary.successes) == successes
    assert [failure.branch.number for failure in summary.errors] == errors
    assert summary.cancelled == ()
    assert workflow.store.get(COUNT) == 1
    assert [record.name for record in caplog.records] == ["keyrack.workflow.split"] * len(errors)


def test_a_join_that_fails_counts_the_branches_that_had_succeeded_before_that_was_known() -> None:
    late = raising(ScriptedError())
    workflow = split([late, late, *[returning(None)] * 3], JoinStrategy.quorum(4))

    error = join_error(workflow)

    assert (error.succeeded, error.required, error.total, error.cancelled) == (3, 4, 5, 0)


def test_a_success_long_after_the_time_limit_changes_nothing_but_the_store() -> None:
    recorder = Recorder()
    workflow = split([stubborn], timeout=5, observers=[recorder])

    assert join_error(workflow).succeeded == 0
    assert numbers(workflow.store.get(SUMMARY).timed_out) == [0]
    assert [event.outcome for event in recorder.of(BranchEnded)] == ["timed out"]
    assert workflow.store.get(TITLE) == "written all the same"


# --- cancelled branches ---------------------------------------------------------------------------


def test_what_a_cancelled_branch_has_put_stays_put() -> None:
    async def half(store: MemoryStore) -> None:
        store.put(TITLE, "Emma")
        await never(store)

    workflow = split([half, ending(1, 1)], JoinStrategy.any())

    finished(workflow)

    assert workflow.store.get(TITLE) == "Emma"


def test_a_branch_that_ignores_its_cancellation_is_waited_for_and_named_in_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workflow = split([stubborn, ending(1, 1)], JoinStrategy.any())
    handler = workflow.handlers[LOAD]
    place = f"{handler.file}:{handler.line}"

    assert finished(workflow) == 3601
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("keyrack.workflow.cancellation", logging.WARNING)
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
    assert finished(split([task, ending(1, 1)], JoinStrategy.any())) == 3601
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
        finished(workflow)
    else:
        assert [type(one) for one in join_error(workflow).exceptions] == [WorkflowTimeoutError]

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("keyrack.workflow.split", logging.WARNING)
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


def test_a_plain_function_that_is_cancelled_is_waited_for_with_one_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancellation, "PATIENCE", 0.0)

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

"""That nothing of a split is left when it is over, or its run is cancelled: no branch, no error, no timer."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from tests.workflow.books import Stage, raising, returning
from tests.workflow.branches import (
    BEGUN,
    CLEANED,
    SUMMARY,
    ScriptedError,
    cancels_itself,
    ending,
    finished,
    moments,
    never,
    nothing_runs,
    now,
    plainly_failing,
    split,
    stubborn,
)
from tests.workflow.timed import cancel_at

from keyrack.errors import JoinError, WorkflowTimeoutError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import Joined, JoinStrategy, Retry

if TYPE_CHECKING:
    from types import FrameType

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


def test_what_nobody_expects_in_the_cleanup_of_a_branch_is_logged_when_the_run_is_cancelled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class StopError(BaseException):
        pass

    stop = StopError()

    async def messy(_store: MemoryStore) -> None:
        try:
            await never(_store)
        finally:
            raise stop

    assert run_in_virtual_time(cancel_at(1, split([messy, never]))) == 1
    (record,) = caplog.records
    assert record.getMessage().startswith("branch 0, 'messy' (")
    assert record.exc_info is not None
    assert record.exc_info[1] is stop


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

    assert finished(workflow) == 5
    assert moments(workflow.store, BEGUN) == {0: 0, 2: 0}
    assert moments(workflow.store, CLEANED) == {0: 5}


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


def calls_when_out_of_time(branches: int) -> int:
    """Count the calls of functions, and the returns to generators, in a run whose branches are all too late."""
    workflow = split([never] * branches, JoinStrategy.partial_timeout(), timeout=5)
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        finished(workflow)
    finally:
        sys.setprofile(before)
    assert len(workflow.store.get(SUMMARY).timed_out) == branches
    return calls


def test_the_work_to_end_branches_that_are_too_late_grows_with_their_number_and_not_with_its_square() -> None:
    few, many = calls_when_out_of_time(500), calls_when_out_of_time(4000)

    assert many < few * 10


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
    assert {record.name for record in caplog.records} == {"keyrack.workflow.split"}  # the failures of branches

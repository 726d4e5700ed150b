"""Plain functions in threads whose caller is cancelled: which are waited for, and what becomes of what they give."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.calls import SITE, WHERE, Held, in_thread
from tests.workflow.clock import clock, let_others_run, run_by_hand

from keyrack.workflow.executors import in_executor

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def cancelled(function: Held, times: int = 1) -> tuple[bool, asyncio.CancelledError]:
    """Cancel a call of *function* while it runs; say if it was waited for, and give the error."""
    call = asyncio.create_task(in_thread(function))
    await function.has_begun()
    for _ in range(times):
        call.cancel("enough")
        await let_others_run()
    waited = not call.done()
    function.go.set()
    with pytest.raises(asyncio.CancelledError) as caught:
        await call
    return waited, caught.value


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_call_that_has_begun_is_waited_for_however_often_it_is_cancelled(times: int) -> None:
    function = Held()

    waited, error = asyncio.run(cancelled(function, times))

    assert waited
    assert function.ended
    assert error.args == ("enough",)


def test_what_a_cancelled_call_raised_is_the_cause_of_the_cancellation() -> None:
    def fail() -> None:
        raise ValueError("too late")

    _, error = asyncio.run(cancelled(Held(fail)))

    assert repr(error.__cause__) == "ValueError('too late')"


def test_a_coroutine_that_a_cancelled_call_returned_is_closed() -> None:
    made: list[Coroutine[Any, Any, None]] = []

    async def never() -> None:
        raise AssertionError

    def make() -> Coroutine[Any, Any, None]:
        made.append(never())
        return made[0]

    asyncio.run(cancelled(Held(make)))

    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        made[0].send(None)


def test_a_call_that_has_not_begun_is_never_made_and_not_waited_for() -> None:
    first, second = Held(), Held()

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
        blocking = asyncio.create_task(in_thread(first))
        await first.has_begun()
        waiting = asyncio.create_task(in_thread(second))
        await let_others_run()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not blocking.done()
        first.go.set()
        await blocking

    asyncio.run(run())

    assert not second.begun.is_set()


def test_a_time_limit_around_a_call_waits_for_the_thread_and_then_is_a_timeout() -> None:
    function = Held()

    async def run_out_of_time(limit: asyncio.Timeout) -> None:
        await function.has_begun()
        limit.reschedule(0)
        await let_others_run()
        assert limit.expired()
        function.go.set()

    async def run() -> None:
        async with asyncio.timeout(None) as limit:
            clock = asyncio.create_task(run_out_of_time(limit))
            await in_thread(function)
        await clock

    with pytest.raises(TimeoutError):
        asyncio.run(run())

    assert function.ended


def test_a_call_that_takes_long_after_it_was_cancelled_is_named_in_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    function = Held()

    async def run() -> None:
        call = asyncio.create_task(in_thread(function))
        await function.has_begun()
        call.cancel()
        await let_others_run()
        assert not caplog.messages
        for _ in range(3):
            clock().forward(60)
            await let_others_run()
        function.go.set()
        with pytest.raises(asyncio.CancelledError):
            await call

    run_by_hand(run())

    assert caplog.messages == [f"{WHERE} was cancelled 1 s ago and still runs; it is waited for"]


def test_an_executor_that_is_shut_down_while_a_cancelled_call_runs_in_it_is_waited_for() -> None:
    function, executor = Held(), ThreadPoolExecutor(1)

    async def run() -> None:
        call = asyncio.create_task(in_executor(function, SITE, executor))
        await function.has_begun()
        call.cancel()
        await let_others_run()
        executor.shutdown(wait=False, cancel_futures=True)
        await let_others_run()
        assert not call.done()
        function.go.set()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(run())

    assert function.ended

"""Plain functions in threads: what comes back, and what a cancelled caller leaves behind."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from keyrack.workflow.threads import in_thread


class Held:
    """A plain function that says when it has begun, and ends when it is let go."""

    def __init__(self, outcome: Callable[[], Any] = lambda: "done") -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.ended = False
        self._outcome = outcome

    def __call__(self) -> Any:
        self.begun.set()
        self.go.wait()
        self.ended = True
        return self._outcome()

    async def has_begun(self) -> None:
        await let_others_run()
        self.begun.wait()


async def let_others_run() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_call_gives_what_the_function_returns() -> None:
    assert asyncio.run(in_thread(divmod, 7, 2)) == (3, 1)


def test_a_call_runs_in_another_thread() -> None:
    assert asyncio.run(in_thread(threading.get_ident)) != threading.get_ident()


def test_an_awaitable_that_the_function_returns_is_awaited_on_the_loop() -> None:
    async def later() -> int:
        return threading.get_ident()

    assert asyncio.run(in_thread(lambda: later())) == threading.get_ident()  # noqa: PLW0108


def test_a_call_sees_the_context_variables_of_its_caller_and_changes_only_its_copy() -> None:
    user = contextvars.ContextVar("user", default="nobody")

    def rename() -> str:
        seen = user.get()
        user.set("somebody else")
        return seen

    async def run() -> tuple[str, str]:
        user.set("Ada")
        return await in_thread(rename), user.get()

    assert asyncio.run(run()) == ("Ada", "Ada")


def test_an_error_of_the_function_arrives_as_it_was_raised() -> None:
    error = ValueError("no")

    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="no") as caught:
        asyncio.run(in_thread(fail))

    assert caught.value is error


def test_a_stop_iteration_is_an_error_and_not_a_wait_for_ever() -> None:
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        asyncio.run(in_thread(next, iter(())))

    assert isinstance(caught.value.__cause__, StopIteration)


def test_an_error_is_free_as_soon_as_nobody_holds_it() -> None:
    class MineError(Exception):
        pass

    def fail() -> None:
        raise MineError

    async def run() -> weakref.ref[MineError]:
        try:
            await in_thread(fail)
        except MineError as error:
            return weakref.ref(error)
        raise AssertionError

    gc.disable()
    try:
        assert asyncio.run(run())() is None
    finally:
        gc.enable()


# --- cancelled ------------------------------------------------------------------------------------


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

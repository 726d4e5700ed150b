"""Plain functions in threads: what comes back, and what a cancelled caller leaves behind."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import threading
import weakref
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import LOAD
from tests.workflow.clock import clock, let_others_run, run_by_hand

from keyrack.errors import ExecutorError
from keyrack.workflow.executors import awaitable, in_executor, is_coroutine_function
from keyrack.workflow.graph import Place
from keyrack.workflow.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

SITE = Site("books", LOAD, "count", Place("app.py", 12))
WHERE = "'count' (app.py:12) in state LOAD of workflow 'books'"


def in_thread(call: Callable[..., Any], *args: Any) -> Coroutine[Any, Any, Any]:
    return in_executor(call, SITE, None, *args)


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


# --- executors ------------------------------------------------------------------------------------


class Inline(Executor):
    """The least that is an executor: makes each call at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Instead(Executor):
    """Answers without making the call."""

    def __init__(self, answer: Callable[[Future[Any]], None]) -> None:
        self._answer = answer

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._answer(future)
        return future


def test_an_own_executor_makes_the_calls() -> None:
    assert asyncio.run(in_executor(threading.get_ident, SITE, Inline())) == threading.get_ident()


def test_an_error_of_a_function_arrives_from_any_executor_as_it_was_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_executor(divmod, SITE, Inline(), 7, 0))


def test_a_call_in_a_given_executor_sees_the_context_variables_of_its_caller() -> None:
    user = contextvars.ContextVar("user", default="nobody")

    async def run(executor: Executor) -> str:
        user.set("Ada")
        seen: str = await in_executor(user.get, SITE, executor)
        return seen

    with ThreadPoolExecutor(1) as executor:
        assert asyncio.run(run(executor)) == "Ada"


def test_an_executor_that_was_shut_down_is_named_with_the_task_and_its_place() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()

    with pytest.raises(ExecutorError) as caught:
        asyncio.run(in_executor(threading.get_ident, SITE, executor))

    assert caught.value.executor == "ThreadPoolExecutor"
    assert caught.value.task == "'count' (app.py:12)"
    assert caught.value.state == "LOAD"
    assert caught.value.reason == "RuntimeError: cannot schedule new futures after shutdown"
    assert isinstance(caught.value.__cause__, RuntimeError)


async def shut_down_before_the_call() -> None:
    """Have a call wait in an executor that is shut down."""
    first, second, executor = Held(), Held(), ThreadPoolExecutor(1)

    async def shut_down() -> None:
        await let_others_run()
        executor.shutdown(wait=False, cancel_futures=True)

    running = asyncio.create_task(in_executor(first, SITE, executor))
    await first.has_begun()
    shutting = asyncio.create_task(shut_down())
    try:
        await in_executor(second, SITE, executor)
    finally:
        assert not second.begun.is_set()
        first.go.set()
        assert await running == "done"
        await shutting


def test_a_call_that_its_executor_cancels_is_an_error_and_no_cancellation() -> None:
    with pytest.raises(ExecutorError, match=r"ThreadPoolExecutor: CancelledError; the store keeps what was written$"):
        asyncio.run(shut_down_before_the_call())


def test_a_call_that_its_executor_cancels_is_an_error_in_a_task_that_once_survived_a_cancellation() -> None:
    async def run() -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(0)
        await shut_down_before_the_call()

    with pytest.raises(ExecutorError, match="CancelledError"):
        asyncio.run(run())


def fails(future: Future[Any]) -> None:
    future.set_exception(OSError("the wire is cut"))


def cancels(future: Future[Any]) -> None:
    future.cancel()


def gives_nothing(future: Future[Any]) -> None:
    future.set_result(None)


def gives_something(future: Future[Any]) -> None:
    future.set_result(42)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (fails, "OSError: the wire is cut"),
        (cancels, "CancelledError"),
        (gives_nothing, "None"),
        (gives_something, "42"),
    ],
)
def test_an_executor_that_does_not_make_the_call_is_an_error_that_says_what_it_did_instead(
    answer: Callable[[Future[Any]], None], reason: str
) -> None:
    with pytest.raises(ExecutorError) as caught:
        asyncio.run(in_executor(threading.get_ident, SITE, Instead(answer)))

    assert caught.value.executor == "Instead"
    assert reason in caught.value.reason


# --- what needs no executor -----------------------------------------------------------------------


class Later:
    async def __call__(self) -> int:
        return threading.get_ident()

    async def method(self) -> int:
        return threading.get_ident()


async def later(_: object = None) -> int:
    return threading.get_ident()


@pytest.mark.parametrize(
    "call",
    [later, functools.partial(later, 1), functools.partial(functools.partial(later), 1), Later(), Later().method],
    ids=["function", "partial", "partial of a partial", "object", "method"],
)
def test_a_coroutine_function_runs_on_the_loop_and_not_in_the_executor(call: Callable[..., Any]) -> None:
    run = awaitable(call, SITE, Instead(cancels))

    async def awaited() -> object:
        return await run()

    assert is_coroutine_function(call)
    assert asyncio.run(awaited()) == threading.get_ident()


def test_a_plain_function_is_no_coroutine_function_though_it_may_return_a_coroutine() -> None:
    assert not is_coroutine_function(lambda: later())  # noqa: PLW0108

"""Plain functions in threads and in executors: what comes back, and what is said where nothing does."""

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
from tests.workflow.books import DONE, LOAD, PARSE, Stage
from tests.workflow.calls import SITE, Held, in_thread
from tests.workflow.clock import let_others_run

from keyrack.errors import ExecutorError
from keyrack.workflow import Workflow
from keyrack.workflow.executors import awaitable, in_executor, is_coroutine_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyrack.stores import MemoryStore


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


def test_threads_of_a_registration_go_before_those_of_the_workflow() -> None:
    names: list[str] = []

    def task(_store: MemoryStore) -> Stage:
        names.append(threading.current_thread().name)
        return DONE if len(names) == 2 else PARSE

    with ThreadPoolExecutor(1, "of the workflow") as of_workflow, ThreadPoolExecutor(1, "of the state") as of_state:
        workflow = Workflow(Stage, initial=LOAD, executor=of_workflow).add_exit_states(DONE)
        workflow.register(LOAD, task, executor=of_state).register(PARSE, task).run()

    assert names == ["of the state_0", "of the workflow_0"]


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

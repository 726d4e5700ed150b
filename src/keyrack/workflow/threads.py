"""Plain functions, made awaitable: each call runs in a thread, and what it returns is awaited.

Which task a function belongs to, this file must not know.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any


def awaitable(call: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Give *call* if it is a coroutine function, or else one that runs it by `in_thread`."""
    return call if is_coroutine_function(call) else functools.partial(in_thread, call)


def is_coroutine_function(call: Any) -> bool:
    """Say whether *call* gives a coroutine; an object with an async ``__call__`` does."""
    while isinstance(call, functools.partial):
        call = call.func
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(call.__call__)


async def in_thread(call: Callable[..., Any], *args: Any) -> Any:
    """Call a plain function in a thread, with the context variables of the caller.

    A thread cannot be stopped: when the caller is cancelled, a call that has begun is waited for,
    and what it gives is dropped; a call that has not begun is never made.

    Returns:
        What *call* returned, awaited where it is awaitable.

    Raises:
        asyncio.CancelledError: the caller was cancelled, once or more often; nothing runs any more.
            Its cause is what *call* raised, if it did.
        Exception: what *call* raised.
    """
    job = _Job(call, args)
    future = asyncio.get_running_loop().run_in_executor(None, job)
    try:
        await asyncio.shield(future)
    except asyncio.CancelledError as cancelled:
        if job.claim():
            future.cancel()
            raise
        await _outlast(future)
        raise cancelled from job.dropped()
    outcome = job.outcome()
    return await outcome if inspect.isawaitable(outcome) else outcome


async def _outlast(future: asyncio.Future[None]) -> None:
    """Wait until *future* is done, however often the waiting is cancelled."""
    while not future.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(future)


class _Job:
    """One call in a thread; keeps its outcome, because a future takes no StopIteration.

    Invariant: who takes the claim decides. The thread takes it to make the call, a cancelled caller
    to prevent it.
    """

    __slots__ = ("_args", "_call", "_claim", "_context", "_error", "_result")

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._call = call
        self._args = args
        self._context = contextvars.copy_context()
        self._claim = threading.Lock()
        self._result: Any = None
        self._error: BaseException | None = None

    def claim(self) -> bool:
        """Take the claim, unless it is taken."""
        return self._claim.acquire(blocking=False)

    def __call__(self) -> None:
        """Make the call, if nobody has prevented it."""
        if self.claim():
            try:
                self._result = self._context.run(self._call, *self._args)
            except BaseException as error:  # noqa: BLE001  # it is raised where the task is awaited
                self._error = error

    def outcome(self) -> Any:
        """Return or raise what the call did."""
        if self._error is None:
            return self._result
        try:
            raise self._error
        finally:
            self._error = None  # its traceback holds this frame: free both without the collector

    def dropped(self) -> BaseException | None:
        """Give what the call raised; a coroutine that it returned is closed, nobody awaits it."""
        if inspect.iscoroutine(self._result):
            self._result.close()
        return self._error

"""Plain functions, made awaitable: each call runs in an executor, and what it returns is awaited.

How it works: what an executor gets is a job that keeps its own outcome. In a thread it is called as it is. An executor
that sends it to another process pickles it; then it goes as bytes of the function and its arguments, and what comes
back is bytes of the outcome, made and looked through in the other process, because exceptions that cannot be pickled
there, or not be made again here, break executors.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Executor
from contextlib import AbstractContextManager, ExitStack, suppress
from pickle import dumps, loads
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

from .._text import described, told, type_name
from ..errors import ExecutorError, note
from ..store import KeyValueStore
from .cancellation import current_task, impatient, waiting, wake

if TYPE_CHECKING:
    from .site import Site

Carrier: TypeAlias = Callable[[], "tuple[Callable[[Any], AbstractContextManager[object]], Any] | None"]
"""What goes along with each call into another process; asked in the context of the task.

Gives a function and what it is to be given, both to be pickled: in the other process, ``with function(given):`` stands
around the call. Or None, where there is nothing to carry.
"""

carriers: list[Carrier] = []
"""Everything that goes along."""


def awaitable(call: Callable[..., Any], site: Site, executor: Executor | None = None) -> Callable[..., Awaitable[Any]]:
    """Give *call* if it is a coroutine function, or else one that runs it by `in_executor`."""
    return call if is_coroutine_function(call) else functools.partial(in_executor, call, site, executor)


def is_coroutine_function(call: Any) -> bool:
    """Say whether *call* gives a coroutine; an object with an async ``__call__`` does."""
    while isinstance(call, functools.partial):
        call = call.func
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(call.__call__)


async def in_executor(call: Callable[..., Any], site: Site, executor: Executor | None, *args: Any) -> Any:
    """Call a plain function in an executor, in a thread with the context variables of the caller.

    What runs there cannot be stopped: when the caller is cancelled, a call that has begun is waited for, and what it
    gives is dropped; a call that has not begun is never made.

    Args:
        site: whose function it is.
        executor: None for the threads of the event loop.

    Returns:
        What *call* returned, awaited where it is awaitable.

    Raises:
        asyncio.CancelledError: the caller was cancelled, once or more often; nothing runs any more. Its cause is what
            *call* raised, if it did.
        ExecutorError: the executor could not run it, or the outcome did not come back.
        Exception: what *call* raised.
    """
    job = _Job(call, args, site, executor)
    make: Callable[[], Any] = job
    asked = current_task().cancelling()
    try:
        future = asyncio.get_running_loop().run_in_executor(executor, make)
    except Exception as error:  # noqa: BLE001  # whatever it is: it comes from the executor
        job.give_up(error)
    try:
        await _over(future)
        sent = future.result()
    except asyncio.CancelledError as cancelled:
        if future.cancelled() and current_task().cancelling() == asked:
            job.give_up(cancelled)  # the executor cancelled it, as one that is shut down does
        if job.claim():
            future.cancel()
            raise
        await _outlast(future, site)
        raise cancelled from job.dropped(future)
    except Exception as error:  # noqa: BLE001  # whatever it is: it comes from the executor
        job.give_up(error)
    outcome = job.outcome(sent)
    return await outcome if inspect.isawaitable(outcome) else outcome


async def _over(future: asyncio.Future[Any]) -> None:
    """Wait until *future* is done; being cancelled does not cancel it."""
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda _: wake(waiter))
    await waiter


async def _outlast(future: asyncio.Future[Any], site: Site) -> None:
    """Wait until *future* is done, however often the waiting is cancelled."""
    task = current_task()
    waiting.add(task)
    try:
        with impatient(lambda: [site]):
            while not future.done():
                with suppress(asyncio.CancelledError):
                    await _over(future)
    finally:
        waiting.discard(task)


class _Job:
    """One call in an executor; keeps its outcome, because a future takes no StopIteration.

    Invariant: who takes the claim decides. The thread takes it to make the call, the executor to send it to another
    process, a cancelled caller to prevent it.
    """

    __slots__ = ("_args", "_call", "_claim", "_context", "_error", "_executor", "_made", "_packed", "_result", "_site")

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...], site: Site, executor: Executor | None) -> None:
        self._call = call
        self._args = args
        self._site = site
        self._executor = executor
        self._context = contextvars.copy_context()
        self._claim = threading.Lock()
        self._packed: bytes | None = None
        self._made = False
        """Whether the call was made in this process."""
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
            self._made = True

    def outcome(self, sent: object) -> Any:
        """Return or raise what the call did.

        Args:
            sent: what the future of the executor holds.
        """
        if not self._made:
            if isinstance(sent, _Sent):
                return self._received(sent)
            if self.claim():  # from now on the call is not made any more
                raise self._failed(f"it gave {described(sent)} and did not make the call")
            raise self._failed(f"it gave {described(sent)} before the call was over")
        if self._error is None:
            return self._result
        try:
            raise self._error
        finally:
            self._error = None  # its traceback holds this frame: free both without the collector

    def dropped(self, future: asyncio.Future[Any]) -> BaseException | None:
        """Give what the call raised; a coroutine that it returned is closed, nobody awaits it."""
        if not self._made:
            try:
                self.outcome(future.result())
            except BaseException as error:  # noqa: BLE001  # the caller was cancelled, which is what it raises
                return error
        if inspect.iscoroutine(self._result):
            self._result.close()
        return self._error

    # --- in another process -----------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave for another process: an executor that pickles a job runs it there."""
        if self._packed is None:
            if not self.claim():
                raise CancelledError
            self._packed = self._pack()
        return _AwayJob, (self._packed,)

    def _pack(self) -> bytes:
        for argument in self._args:
            if isinstance(argument, KeyValueStore) and not argument.backend.shared_between_processes:
                reason = f"it runs tasks in other processes, and {argument.label} lives in the memory of this one"
                raise self._failed(reason, "use a store that processes share, or a Node, whose exec needs no store")
        try:
            return dumps((self._call, self._args, self._carried()))
        except Exception as error:
            raise self._unsendable(error) from error

    def _carried(self) -> list[Any]:
        return [carried for carrier in carriers if (carried := self._context.run(carrier)) is not None]

    def _unsendable(self, error: Exception) -> ExecutorError:
        try:
            dumps(self._call)
        except Exception:  # noqa: BLE001  # whatever it is: the call is what cannot be sent
            reason = f"the function cannot be sent to another process: {told(error)}"
            if inspect.ismethod(self._call):
                return self._failed(reason, "keep out of its object what cannot be pickled")
            return self._failed(reason, "define it at the top level of a module")
        return self._failed(f"what the function is given cannot be sent to another process: {told(error)}")

    def _received(self, sent: _Sent) -> Any:
        """Return or raise what the call did in the other process."""
        if sent.lost is None:
            try:
                came = loads(sent.payload)  # noqa: S301  # from the process that the executor started
            except Exception as error:
                what = "raised" if sent.raised else "returned"
                raise self._noted(self._failed(f"what it {what} does not load here: {told(error)}"), sent) from error
            if not sent.raised:
                return came
            raise self._noted(came, sent)
        raise self._noted(self._failed(sent.lost), sent)

    def _noted(self, error: BaseException, sent: _Sent) -> BaseException:
        if sent.traceback:
            note(error, f"in another process:\n{sent.traceback}")
        return error

    # --- what goes wrong around the call ----------------------------------------------------------

    def give_up(self, error: BaseException) -> NoReturn:
        """Raise the error about an executor that raised *error* instead of making the call.

        It may be our own, raised where the job was pickled, and wrapped on its way.
        """
        inner: BaseException | None = error
        while inner is not None and not isinstance(inner, ExecutorError):
            inner = inner.__cause__ or inner.__context__
        if inner is not None:
            raise inner
        raise self._failed(told(error)) from error

    def _failed(self, reason: str, advice: str | None = None) -> ExecutorError:
        site = self._site
        return ExecutorError(
            workflow=site.workflow,
            state=site.state.name,
            task=site.task_text,
            executor="the executor" if self._executor is None else type_name(type(self._executor)),
            reason=reason,
            advice=advice,
        )


class _Sent(NamedTuple):
    """The outcome of a call, as it comes back from another process."""

    payload: bytes = b""
    raised: bool = False
    """Whether the payload is what the call raised; what it returned otherwise."""
    traceback: str = ""
    lost: str | None = None
    """Why there is no payload."""


class _AwayJob:
    """A call in another process.

    Args:
        packed: the pickled function, its arguments and what goes along.
    """

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    def __reduce__(self) -> tuple[Any, ...]:
        return _AwayJob, (self._packed,)

    def __call__(self) -> _Sent:
        """Make the call; nothing that goes wrong in it is raised."""
        try:
            call, args, carried = loads(self._packed)  # noqa: S301  # from the process that gave the task
        except Exception as error:  # noqa: BLE001  # told where the task is awaited
            return _Sent(lost=f"the task and its arguments do not load in the other process: {told(error)}")
        try:
            with ExitStack() as stack:
                for function, given in carried:
                    stack.enter_context(function(given))
                result = call(*args)
        except BaseException as error:  # noqa: BLE001  # raised where the task is awaited
            return _of_error(error)
        try:
            return _Sent(dumps(result))
        except Exception as error:  # noqa: BLE001  # told where the task is awaited
            if inspect.iscoroutine(result):
                result.close()
            return _Sent(lost=f"it returned {described(result)}, which cannot be sent back: {told(error)}")


def _of_error(error: BaseException) -> _Sent:
    text = "".join(traceback.format_exception(error)).rstrip()
    try:
        payload = dumps(error)
        again = loads(payload)  # noqa: S301  # one whose constructor takes other arguments cannot be made again
    except Exception:  # noqa: BLE001  # an exception is a stranger's class
        return _Sent(traceback=text, lost=f"it raised {told(error)}, and this exception cannot be pickled")
    if type(again) is not type(error):
        return _Sent(traceback=text, lost=f"it raised {told(error)}, and this exception comes back as something else")
    return _Sent(payload, raised=True, traceback=text)

"""An event loop whose clock jumps: what would sleep for an hour is over at once, in the same order.

How it works: where nothing is ready to run, an event loop asks its selector to wait until the next timer is due. Here
the selector does not wait but puts the clock forward, to the very moment of the timer. While a function runs in an
executor, time stands still, because how long that takes is not for this clock to say. What else happens outside the
loop, in other processes and in threads of one's own, is waited for where no timer is set; where one is set, the clock
jumps, and the outside has had no time to answer.

Where no timer is set, no function runs in an executor and nothing outside could wake the loop, it would wait for ever.
That is an error at once. Where something could, it is one when nothing has for some seconds of real time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from math import inf, ulp
from selectors import BaseSelector, DefaultSelector, SelectorKey
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from .._text import counted, place
from ..errors import KeyrackError

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed import FileDescriptorLike

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PATIENCE = 30.0
"""The seconds of real time that the world outside the loop has to do something."""


def run_in_virtual_time(
    coroutine: Coroutine[Any, Any, T], /, *, patience: float = PATIENCE, debug: bool | None = None
) -> T:
    """Do what `asyncio.run` does, on a clock that starts at 0 and never waits.

    >>> import asyncio
    >>> from keyrack.testing import run_in_virtual_time
    >>> async def nap() -> float:
    ...     await asyncio.sleep(3600)
    ...     return asyncio.get_running_loop().time()
    >>> run_in_virtual_time(nap())
    3600.0

    Args:
        patience: the seconds of real time to wait for threads, files and signals when nothing else is to do.
        debug: whether the loop runs in asyncio's debug mode; as the environment says if not given.

    Raises:
        DeadlockError: every task waits, and nothing can wake any of them, or has in time; all tasks were cancelled.
        RuntimeError: an event loop runs in this thread.
        Exception: what *coroutine* raised.
    """
    if _is_inside_a_loop():
        coroutine.close()  # this error reports it; a warning that it was never awaited would repeat it
        raise RuntimeError("run_in_virtual_time() cannot wait inside an event loop; it makes one of its own")
    with asyncio.Runner(debug=debug, loop_factory=lambda: VirtualTimeLoop(patience)) as runner:
        return runner.run(coroutine)


def _is_inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # no loop runs, as it should be
        return False
    return True


class DeadlockError(KeyrackError):
    """Every task of an event loop waits for what does not come."""

    waited: float
    """The seconds of real time that were waited; 0 where nothing could come."""
    jobs: int
    """How many functions run in executors, so that time stands still."""
    tasks: tuple[str, ...]
    """The tasks, each with the place where it waits."""

    def __init__(self, *, waited: float, jobs: int, tasks: Iterable[str]) -> None:
        super().__init__()
        self.waited = waited
        self.jobs = jobs
        self.tasks = tuple(tasks)

    def _sentence(self) -> str:
        if not self.waited and not self.jobs:
            said = "nothing can wake the event loop any more"
        elif self.jobs:
            said = (
                f"nothing has woken the event loop for {self.waited:g} s of real time, and its clock stands still "
                f"while executors run {counted(self.jobs, 'function')}; for more time, raise patience"
            )
        else:
            said = f"nothing has woken the event loop for {self.waited:g} s of real time; for more time, raise patience"
        return said + "".join(f"\n  {task}" for task in self.tasks)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time` jumps to the next timer whenever nothing else is to do.

    Args:
        patience: the seconds of real time to wait for threads, files and signals when nothing else is to do.
    """

    _scheduled: list[asyncio.TimerHandle]  # the timers, soonest first, as the base class keeps them
    _clock_resolution: float  # the base class takes timers for due that are nearer than this

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._now = 0.0
        self._jobs = 0
        self._abandoned = False
        """Whether a function may still run that nobody waits for."""
        self._threads: set[threading.Thread] = set()
        """Those of its own executor."""
        self._signals: set[int] = set()
        """Those that are handled on the loop."""
        self._files = _JumpingSelector(self._wait, self._give_up)
        super().__init__(self._files)
        self._own_files = len(self._files.get_map())
        self._jump(0.0)
        self.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio", initializer=self._enlist))

    def time(self) -> float:
        """Give the seconds since the loop was made, as far as timers have put it forward."""
        return self._now

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Call a function in an executor; time stands still until it is done, or nobody waits for it any more."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_is_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # asyncio's
        """Wait until the threads of the default executor have ended; on a clock that jumps, a timeout means nothing."""
        await super().shutdown_default_executor()

    def add_signal_handler(self, sig: int, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call *callback* on the loop when a signal comes, which is waited for where nothing else is to do."""
        super().add_signal_handler(sig, callback, *args)
        self._signals.add(sig)

    def remove_signal_handler(self, sig: int) -> bool:
        """Undo `add_signal_handler`."""
        self._signals.discard(sig)
        return super().remove_signal_handler(sig)

    def _job_is_done(self, future: asyncio.Future[Any]) -> None:
        self._jobs -= 1
        self._abandoned |= future.cancelled()

    def _enlist(self) -> None:
        self._threads.add(threading.current_thread())

    # --- where nothing is ready to run ------------------------------------------------------------

    def _wait(self) -> float | None:
        """Put the clock forward, or give the seconds of real time to wait."""
        due = self._scheduled[0].when() if self._scheduled else inf
        if due < inf and not self._jobs:
            self._jump(due)
            return None
        return self._patience if self._jobs or self._may_be_woken() else 0.0

    def _jump(self, moment: float) -> None:
        self._now = moment
        # A timer is due when it is earlier than now and the resolution: nothing but what is due, and that at any time.
        # The nanosecond of a real clock is lost in the rounding after half a year.
        self._clock_resolution = ulp(moment)

    def _may_be_woken(self) -> bool:
        """Say whether there is anything outside that could wake the loop."""
        if self._abandoned or self._signals or len(self._files.get_map()) > self._own_files:
            return True
        return not self._threads.issuperset({*threading.enumerate()} - {threading.current_thread()})

    def _give_up(self, waited: float) -> None:
        raise DeadlockError(waited=waited, jobs=self._jobs, tasks=_waiting(self))


def _waiting(loop: asyncio.AbstractEventLoop) -> list[str]:
    tasks = sorted(asyncio.all_tasks(loop), key=lambda task: (len(task.get_name()), task.get_name()))
    return [f"{task.get_name()!r} waits{_where(task)}" for task in tasks]


def _where(task: asyncio.Task[Any]) -> str:
    """Give the innermost place of a task that waits, outside of asyncio itself."""
    text = ""
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame: FrameType | None = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None and not str(frame.f_globals.get("__name__")).startswith("asyncio."):
            text = f" in {frame.f_code.co_qualname}{place(frame.f_code.co_filename, frame.f_lineno)}"
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return text


class _JumpingSelector(BaseSelector):
    """A selector that asks how long it really waits.

    Args:
        wait: gives the seconds to wait where no file is ready, None for not at all.
        give_up: is called with them where nothing came.
    """

    def __init__(self, wait: Callable[[], float | None], give_up: Callable[[float], object]) -> None:
        self._inner = DefaultSelector()
        self._wait = wait
        self._give_up = give_up

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = self._inner.select(0)
        if ready or timeout == 0 or (seconds := self._wait()) is None:
            return ready
        # Also where nothing can come, look once more: a thread may have woken the loop and ended since.
        ready = self._inner.select(None if seconds == inf else seconds)
        if not ready:
            self._give_up(seconds)
        return ready

    def register(self, fileobj: FileDescriptorLike, events: int, data: Any = None) -> SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: FileDescriptorLike) -> SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: FileDescriptorLike, events: int, data: Any = None) -> SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[FileDescriptorLike, SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()

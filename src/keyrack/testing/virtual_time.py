"""An event loop whose clock jumps: what would sleep for an hour is over at once, in the same order.

How it works: where nothing is ready to run, an event loop asks its selector to wait until the next timer is due. Here
the selector does not wait but puts the clock forward. While a function runs in an executor, time stands still, because
how long that takes is not for this clock to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from selectors import BaseSelector, DefaultSelector, SelectorKey
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def run_in_virtual_time(coroutine: Coroutine[Any, Any, T], /) -> T:
    """Do what `asyncio.run` does, on a clock that starts at 0 and never waits.

    >>> import asyncio
    >>> from keyrack.testing import run_in_virtual_time
    >>> async def nap() -> float:
    ...     await asyncio.sleep(3600)
    ...     return asyncio.get_running_loop().time()
    >>> run_in_virtual_time(nap())
    3600.0

    Raises:
        Exception: what *coroutine* raised.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time` jumps to the next timer whenever nothing else is to do."""

    def __init__(self) -> None:
        self._now = 0.0
        self._jobs = 0
        super().__init__(_JumpingSelector(self._wait_for))

    def time(self) -> float:
        """Give the seconds since the loop was made, as far as timers have put it forward."""
        return self._now

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Call a function in an executor; time stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_is_done)
        return future

    def _job_is_done(self, _: asyncio.Future[Any]) -> None:
        self._jobs -= 1

    def _wait_for(self, timeout: float | None) -> float | None:
        """Say how long the selector really waits, and put the clock forward by what it does not."""
        if timeout is None or self._jobs:
            return None
        self._now += timeout
        return 0


class _JumpingSelector(BaseSelector):
    """A selector that asks how long it really waits.

    Args:
        wait_for: takes the seconds until the next timer, None where there is none; gives those to wait.
    """

    def __init__(self, wait_for: Callable[[float | None], float | None]) -> None:
        self._inner = DefaultSelector()
        self._wait_for = wait_for

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = self._inner.select(0)
        if ready or timeout == 0:
            return ready
        return self._inner.select(self._wait_for(timeout))

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

"""An event loop whose clock is put forward by hand, also while a function runs in a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Clock(asyncio.SelectorEventLoop):
    now = 0.0

    def time(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class CountingClock(Clock):
    """Counts the timers that are set."""

    timers = 0

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self.timers += 1
        return super().call_at(when, callback, *args, context=context)


def run_by_hand(coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=Clock) as runner:
        return runner.run(coroutine)


def clock() -> Clock:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Clock)
    return loop


async def let_others_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)

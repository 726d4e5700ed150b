"""The clocks of a scheduler: that of people, which may be set, and a steady one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf

from .._text import described
from ..errors import ConfigurationError
from ..workflow.cancellation import wake


def utc_now() -> datetime:
    """Give the time of people, in UTC."""
    return datetime.now(UTC)


def moment(seconds: float | None) -> datetime | None:
    """Give seconds since the Unix epoch as a date."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Clock:
    """What time it is; made on the event loop.

    Args:
        now: gives the time of people.
        subject: whose clock it is, in messages.

    Raises:
        ConfigurationError: *now* gives no aware datetime.
    """

    def __init__(self, now: Callable[[], datetime], subject: str) -> None:
        first: object = now()
        if not isinstance(first, datetime) or first.utcoffset() is None:
            problem = f"now gives a datetime with a time zone, got {described(first)}"
            raise ConfigurationError(subject=subject, problems=[problem])
        self._now = now
        self._elapsed: Callable[[], float] = asyncio.get_running_loop().time
        self._start: float = first.timestamp() - self._elapsed()

    def wall(self) -> float:
        """Give the time of people, in seconds since the Unix epoch; it jumps when their clock is set."""
        return self._now().timestamp()

    def steady(self) -> float:
        """Give what the time of people was at the start, and the seconds since; it never jumps."""
        return self._start + self._elapsed()

    def elapsed(self) -> float:
        """Give the time of the event loop."""
        return self._elapsed()


class Rest:
    """A pause that can be ended from outside."""

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None
        self._called = False

    async def take(self, seconds: float) -> None:
        """Wait *seconds*, at most until `end` is called; not at all where it was called since the last pause."""
        if self._called:
            self._called = False
            return
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if seconds == inf else loop.call_later(seconds, wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            self._called = False
            if timer is not None:
                timer.cancel()

    def end(self) -> None:
        """End the pause that is taken, or the next one."""
        self._called = True
        if self._waiter is not None:
            wake(self._waiter)

"""When a task that failed is tried again, and after how long; numbers only, nothing is waited for here."""

from __future__ import annotations

import random as _random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, TypeAlias, cast

from .._text import described
from ..errors import ConfigurationError, ExecutorError
from .executors import is_coroutine_function
from .options import whole, within

Retried: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]
"""Which failures are worth another attempt: classes of exceptions, or a function that says so."""


def chance() -> float:
    """Give a number from 0 up to 1; a function of this module, so that a pickle does not carry the generator along."""
    return _random.random()  # noqa: S311  # spreads delays, guards nothing


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a task is tried, and how long it waits before it is tried again.

    >>> from keyrack import Retry
    >>> policy = Retry.exponential(5, base=0.1, ceiling=1.0, jitter=0)
    >>> [policy.delay(failed) for failed in range(1, 5)]
    [0.1, 0.2, 0.4, 0.8]

    Args:
        attempts: how often a task is tried at most, the first time included.
        base: the seconds before the second attempt.
        factor: by what each further delay is longer than the one before.
        ceiling: the longest delay, in seconds.
        jitter: the share of each delay, 0 to 1, that is left to chance, so that tasks which failed together do not
            come back together.
        on: which failures are worth another attempt.
        random: gives a number from 0 up to 1; what chance is.

    Raises:
        ConfigurationError: one of these does not make sense.
    """

    attempts: int = 1
    base: float = 0.0
    factor: float = 1.0
    ceiling: float = inf
    jitter: float = 0.0
    on: Retried = Exception
    random: Callable[[], float] = chance

    @classmethod
    def none(cls) -> Retry:
        """Try once."""
        return _ONCE

    @classmethod
    def fixed(cls, attempts: int, /, delay: float = 0.0, *, on: Retried = Exception) -> Retry:
        """Try *attempts* times, *delay* seconds apart.

        Raises:
            ConfigurationError: one of these does not make sense.
        """
        if found := [*within("delay", delay, 0, _MONTHS)]:
            raise ConfigurationError(subject="Retry.fixed()", problems=found)
        return cls(attempts, delay, on=on)

    @classmethod
    def exponential(
        cls,
        attempts: int,
        /,
        *,
        base: float = 0.1,
        factor: float = 2.0,
        ceiling: float = 30.0,
        jitter: float = 0.5,
        on: Retried = Exception,
        random: Callable[[], float] = chance,
    ) -> Retry:
        """Try *attempts* times, and wait longer each time; a part of each delay is left to chance.

        Half of the delay is what AWS calls equal jitter, all of it full jitter: *Exponential Backoff And Jitter*,
        AWS Architecture Blog, 2015.

        Raises:
            ConfigurationError: one of these does not make sense.
        """
        return cls(attempts, base, factor, ceiling, jitter, on, random)

    def __post_init__(self) -> None:
        if found := [*whole("attempts", self.attempts), *self._wrong_delays(), *self._wrong_functions()]:
            raise ConfigurationError(subject="Retry", problems=found)

    def _wrong_delays(self) -> Iterator[str]:
        yield from within("base", self.base, 0, _MONTHS)
        yield from within("factor", self.factor, 1, _MONTHS)
        yield from within("ceiling", self.ceiling, 0, inf)
        yield from within("jitter", self.jitter, 0, 1)

    def _wrong_functions(self) -> Iterator[str]:
        if not _says_which(self.on):
            yield f"on names classes of exceptions, or is a function of one, got {described(self.on)}"
        for name, function in ("on", self.on), ("random", self.random):
            if callable(function) and is_coroutine_function(function):
                yield f"{name} is a plain function; nobody would await what a coroutine function gives"
        if not callable(self.random):
            yield f"random is a function without arguments, got {described(self.random)}"

    def delay(self, failed: int, /) -> float:
        """Give the seconds to wait when *failed* attempts have failed, from 1."""
        try:
            full = min(float(self.base) * float(self.factor) ** (failed - 1), self.ceiling)
        except OverflowError:
            full = self.ceiling if self.base else 0.0
        return full * (1 - self.jitter * self.random()) if self.jitter else full

    def is_worth_it(self, error: Exception, /) -> bool:
        """Say whether *error* is one of those to try again after.

        What is wrong in the code of the workflow itself, `ConfigurationError` and `ExecutorError`, fails again, and
        is not tried again.
        """
        if isinstance(error, (ConfigurationError, ExecutorError)):
            return False
        on: Any = self.on
        return isinstance(error, on) if isinstance(on, (type, tuple)) else bool(on(error))


def _says_which(on: object) -> bool:
    if isinstance(on, tuple):
        return all(map(_is_failure, cast("tuple[object, ...]", on)))
    return _is_failure(on) if isinstance(on, type) else callable(on)


def _is_failure(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, Exception)


_MONTHS = 1e7
"""More seconds than a delay is worth, so that no delay is infinite unless it is asked for."""

_ONCE = Retry()

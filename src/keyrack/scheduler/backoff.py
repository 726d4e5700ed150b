"""How long a job that failed is left alone, and when it is given up; numbers only, nothing is waited for here.

The arithmetic and its checks are those of `Retry`: a backoff is a retry without an end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError
from ..workflow.options import whole
from ..workflow.retry import Retry, chance


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a job waits after it has failed, and after how many failures in a row it does not run any more.

    It runs at the first time that it is due after the delay. A success begins anew.

    >>> from keyrack.scheduler.backoff import Backoff
    >>> patience = Backoff(base=60, ceiling=600, jitter=0, trip_after=5)
    >>> [patience.delay(failed) for failed in range(1, 6)]
    [60.0, 120.0, 240.0, 480.0, 600.0]

    Args:
        base: the seconds to wait after the first failure; 0 for no delay at all.
        factor: by what each further delay is longer than the one before.
        ceiling: the longest delay, in seconds.
        jitter: the share of each delay, 0 to 1, that is left to chance, so that jobs which failed together do not
            come back together.
        trip_after: after how many failures in a row the job does not run until it is reset; None for never.
        random: gives a number from 0 up to 1; what chance is.

    Raises:
        ConfigurationError: one of these does not make sense.
    """

    base: float = 1.0
    factor: float = 2.0
    ceiling: float = 3600.0
    jitter: float = 0.1
    trip_after: int | None = None
    random: Callable[[], float] = chance
    _delays: Retry = field(init=False, repr=False, compare=False)

    @classmethod
    def none(cls, *, trip_after: int | None = None) -> Backoff:
        """Do not wait after a failure; still give up after *trip_after* of them in a row, unless it is None.

        Raises:
            ConfigurationError: *trip_after* is no whole number of at least 1.
        """
        return cls(base=0.0, jitter=0.0, trip_after=trip_after)

    def __post_init__(self) -> None:
        problems = [] if self.trip_after is None else [*whole("trip_after", self.trip_after)]
        try:
            delays = Retry(1, self.base, self.factor, self.ceiling, self.jitter, random=self.random)
        except ConfigurationError as error:
            raise ConfigurationError(subject="Backoff", problems=[*error.problems, *problems]) from None
        if problems:
            raise ConfigurationError(subject="Backoff", problems=problems)
        object.__setattr__(self, "_delays", delays)

    def __reduce__(self) -> tuple[Any, ...]:
        return Backoff, (self.base, self.factor, self.ceiling, self.jitter, self.trip_after, self.random)

    def delay(self, failed: int, /) -> float:
        """Give the seconds to wait when *failed* runs in a row have failed; 0 where none has."""
        return float(self._delays.delay(failed)) if failed > 0 else 0.0

"""When a job is due: arithmetic on moments, in seconds since the Unix epoch; nothing waits, runs or is stored here.

How it works: cron's fields speak of local time, and local time is set forward and back. So the library is asked
about plain local times alone, and what it names is brought into the zone here, as cron does it:

- A job whose minutes and hours both begin with no star is due at a time of day. A time of day that is left out when
  clocks go forward is due at the first moment after; one that comes twice is due the first time.
- Any other job is due by real time: whenever the clock on the wall shows what the fields name, so that it is left
  out where that is left out, and comes twice where that comes twice.

Cronsim does so itself in aware times, but with five fields only; where clocks jump by half an hour or at midnight
it names real-time moments that no clock shows or leaves out some that one does; and it goes through a left-out time
of day minute by minute to find its end.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from .._text import described, preview
from ..errors import ConfigurationError
from .expressions import name_of, parsed_of, text_of_zone, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cronsim import CronSim

MOST_COUNTED: Final = 1000
"""Up to how many due times of a `Cron` are counted one by one."""

Passed: TypeAlias = tuple[int, float | None]
"""How many due times have passed, and which one comes next."""


class Schedule(Protocol):
    """When a job is due; all moments are in seconds since the Unix epoch."""

    @property
    def text(self) -> str:
        """What messages and records call it: ``"every 60 s"``."""
        ...

    def after(self, moment: float, /) -> float | None:
        """Give the first due time strictly after *moment*; None if there is none."""
        ...

    def passed(self, due: float, now: float, /) -> Passed:
        """Count the due times after *due* up to and including *now*, and give the first one after both.

        A schedule whose due times are counted one by one counts no further than `MOST_COUNTED`.
        """
        ...


# --- at intervals ---------------------------------------------------------------------------------

_LEAST, _MOST = 0.001, 3.2e9
"""The seconds of an interval: a clock tells a millisecond from the next one for ages, and a century is enough."""


@dataclass(frozen=True, slots=True, init=False)
class Every:
    """Due again and again, *seconds* apart.

    >>> from keyrack.scheduler.schedule import Every
    >>> hourly = Every(3600)
    >>> hourly.text, hourly.after(100.0), hourly.passed(100.0, 8000.0)
    ('every 3600 s', 3700.0, (2, 10900.0))

    Args:
        seconds: the seconds between two due times, from 0.001, or a `timedelta`.

    Raises:
        ConfigurationError: that is no interval.
    """

    seconds: float
    """The seconds between two due times."""

    def __init__(self, seconds: float | timedelta) -> None:
        object.__setattr__(self, "seconds", _interval(seconds))

    @property
    def text(self) -> str:
        """What messages and records call it."""
        return f"every {self.seconds:.15g} s"

    def after(self, moment: float, /) -> float | None:
        """Give the moment one interval after *moment*."""
        return self._at(moment, 1)

    def passed(self, due: float, now: float, /) -> Passed:
        """Count the due times after *due* up to *now*, however many, and give the next one.

        All of them are counted from *due*, so that nothing adds up between them.
        """
        count = max(0, math.floor((now - due) / self.seconds))
        # The quotient is rounded: it may be one off, on either side.
        while count and self._at(due, count) > now:
            count -= 1
        while (following := self._at(due, count + 1)) <= now:
            count += 1
        return count, following

    def _at(self, due: float, times: int) -> float:
        return due + times * self.seconds


def _interval(given: object) -> float:
    number = given.total_seconds() if isinstance(given, timedelta) else given
    if isinstance(number, (int, float)) and not isinstance(number, bool) and _LEAST <= number <= _MOST:
        return float(number)
    found = f"an interval is a timedelta or a number of seconds from {_LEAST:g} to {_MOST:g}, got {described(given)}"
    raise ConfigurationError(subject="Every", problems=[found])


# --- by hand --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Manual:
    """Never due by itself."""

    @property
    def text(self) -> str:
        """What messages and records call it."""
        return "by hand"

    def after(self, _moment: float, /) -> float | None:
        """Give None."""
        return None

    def passed(self, _due: float, _now: float, /) -> Passed:
        """Count none, and give None."""
        return 0, None


# --- in the words of cron -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Cron:
    """Due when the clocks of a time zone show what a cron expression names.

    >>> from keyrack.scheduler.schedule import Cron
    >>> nine = Cron("0 0 9 * * *", "Europe/Berlin")
    >>> nine.text
    "cron '0 0 9 * * *' in Europe/Berlin"
    >>> from datetime import datetime, timezone
    >>> str(datetime.fromtimestamp(nine.after(1774634400.0), timezone.utc))  # the night the clocks go forward is next
    '2026-03-28 08:00:00+00:00'
    >>> str(datetime.fromtimestamp(nine.after(1774684800.0), timezone.utc))
    '2026-03-29 07:00:00+00:00'

    Args:
        expression: five fields, or six with the seconds first: seconds, minutes, hours, days of the month, months,
            days of the week; or one of ``@hourly``, ``@daily``, ``@midnight``, ``@weekly``, ``@monthly``,
            ``@yearly`` and ``@annually``. Where both kinds of days are restricted, one that is named by either is
            meant, as in Debian's cron.
        timezone: whose clocks: a name of the IANA data base, or a `tzinfo`.

    Raises:
        ConfigurationError: the expression or the zone cannot be read, or the expression names no time at all.
        MissingExtraError: cronsim is not installed.
    """

    expression: str
    """The expression as it was given, with single spaces."""
    timezone: str | tzinfo = "UTC"
    """Whose clocks: a name where it has one."""
    _zone: tzinfo = field(init=False, compare=False)
    _parsed: CronSim = field(init=False, compare=False)
    """The fields as cronsim reads them; copied before it is moved on."""

    def __post_init__(self) -> None:
        put: Callable[[str, object], None] = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        problems: list[str] = []
        parsed = parsed_of(self.expression, problems)
        zone = zone_of(self.timezone, problems)
        if parsed is None or zone is None or problems:
            raise ConfigurationError(subject=f"cron {preview(self.expression)}", problems=problems)
        put("expression", " ".join(self.expression.split()))
        put("timezone", name_of(zone))
        put("_zone", zone)
        put("_parsed", parsed)

    def __repr__(self) -> str:
        return f"Cron({self.expression!r}, {self.timezone!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Cron, (self.expression, self.timezone)

    @property
    def text(self) -> str:
        """What messages and records call it: the same for each way of writing it, in every process."""
        return f"cron {' '.join(self._parsed.parts)!r} in {text_of_zone(self._zone)}"

    def after(self, moment: float, /) -> float | None:
        """Give the first due time strictly after *moment*; None if there is none in fifty years."""
        try:
            now = _EPOCH + timedelta(seconds=math.floor(moment))  # due times are whole seconds
            found = self._after(now)
        except (OverflowError, StopIteration):  # there are no dates, or none in fifty years
            return None
        return (found - _EPOCH) / _SECOND

    def passed(self, due: float, now: float, /) -> Passed:
        """Count the due times after *due* up to *now*, at most `MOST_COUNTED`, and give the first one after both."""
        count, following = 0, self.after(due)
        while following is not None and following <= now:
            count += 1
            following = self.after(following if count < MOST_COUNTED else now)
        return count, following

    def _after(self, now: datetime) -> datetime:
        sim = copy(self._parsed)
        minutes, hours = sim.parts[1:3]
        is_by_real_time = minutes.startswith("*") or hours.startswith("*")
        return self._real_time(sim, now + _SECOND) if is_by_real_time else self._time_of_day(sim, now)

    def _time_of_day(self, sim: CronSim, now: datetime) -> datetime:
        """Give the first due time after *now* of a job that is due at a time of day."""
        local = now.astimezone(self._zone)
        sim.dt = local.replace(tzinfo=None, fold=0)
        if local.fold:  # the second pass: all that it shows was due in the first
            sim.dt = self._change_at(sim.dt)[0] - _SECOND
        found = next(sim)
        first = self._moment(found, 0)
        return first if self._shows(first, found) else self._change_at(found)[1]

    def _real_time(self, sim: CronSim, begin: datetime) -> datetime:
        """Give the first due time from *begin* on of a job that is due by real time."""
        sim.dt = self._shown(begin) - _SECOND
        while not (shown := self._moments(found := next(sim))):  # the wall never shows it: go on behind the gap
            sim.dt = self._shown(self._change_at(found)[1]) - _SECOND
        first = next(one for one in shown if one >= begin)
        reached = min(first, begin + _LONGEST_SETTING_BACK)
        if self._offset(reached) >= self._offset(begin):
            return first
        # Clocks are set back before that, and the wall shows again what it showed before *begin*.
        return self._real_time(sim, self._change(begin, reached))

    # A moment is aware, in UTC; what the wall shows is naive.

    def _moment(self, shown: datetime, fold: int) -> datetime:
        return shown.replace(tzinfo=self._zone, fold=fold).astimezone(UTC)

    def _moments(self, shown: datetime) -> list[datetime]:
        return [one for one in (self._moment(shown, 0), self._moment(shown, 1)) if self._shows(one, shown)]

    def _shown(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone).replace(tzinfo=None, fold=0)

    def _shows(self, moment: datetime, shown: datetime) -> bool:
        return self._shown(moment) == shown

    def _offset(self, moment: datetime) -> timedelta:
        return self._shown(moment) - moment.replace(tzinfo=None)

    def _change_at(self, shown: datetime) -> tuple[datetime, datetime]:
        """Give when clocks are set, where *shown* is shown twice or never: as shown up to then, and as a moment."""
        one, other = sorted((self._moment(shown, 0), self._moment(shown, 1)))
        change = self._change(one - _SECOND, other)
        return change.replace(tzinfo=None) + self._offset(one - _SECOND), change

    def _change(self, low: datetime, high: datetime) -> datetime:
        """Give the first moment whose offset is not that of *low*, where that of *high* is another."""
        before = self._offset(low)
        while (between := (high - low) // _SECOND) > 1:
            middle = low + between // 2 * _SECOND
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        return high


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_LONGEST_SETTING_BACK = timedelta(hours=25)
"""More than clocks are ever set back by: a day, where a date line moves."""

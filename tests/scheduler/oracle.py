"""When a job is due, found by looking at the clock on the wall minute by minute; knows no library of cron.

`due` reads an expression by itself. All that it asks a zone is what its clocks show at a moment.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

_BOUNDS = {"second": (0, 59), "minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


def zone(name: str | tzinfo) -> tzinfo:
    """Give the time zone that a schedule may be given as either."""
    return ZoneInfo(name) if isinstance(name, str) else name


def due(expression: str, where: str | tzinfo, begin: float, end: float) -> list[float]:
    """Give the due times after *begin*, up to and including *end*."""
    parts = expression.split()
    six = parts if len(parts) == 6 else ["0", *parts]
    fixed = not six[1].startswith("*") and not six[2].startswith("*")
    found = _by_time_of_day if fixed else _by_real_time
    return [moment for moment in found(six, zone(where), int(begin // 60 * 60), int(end)) if begin < moment <= end]


def _by_real_time(six: list[str], where: tzinfo, begin: int, end: int) -> Iterator[float]:
    """Look at the wall in every minute of real time."""
    seconds = sorted(_values(six[0], "second"))
    minute = begin
    while minute <= end:
        if _is_idle(six, where, minute):
            minute += QUARTER
            continue
        if _matches(six, _wall(minute, where)):
            yield from (float(minute + second) for second in seconds)
        minute += 60


def _by_time_of_day(six: list[str], where: tzinfo, begin: int, end: int) -> Iterator[float]:
    """Walk through real time; what the wall shows for the first time is due, and so is, at once, what it jumps over."""
    seconds = sorted(_values(six[0], "second"))
    since = begin - LOOK_BACK
    shown = _wall(since, where)  # the latest minute that has been shown so far, at *since*
    last = -math.inf
    moment = since
    while moment <= end:
        moment += 60
        now = _wall(moment, where)
        if now <= shown:  # the second pass
            continue
        for wall in (minute + timedelta(seconds=second) for minute in _minutes(six, shown, now) for second in seconds):
            at = min(since + (wall - shown).total_seconds(), moment)
            if at > last:
                yield at
            last = at
        if _is_idle(six, where, moment):
            moment += QUARTER - 60
            now = _wall(moment, where)
        since, shown = moment, now


QUARTER = 15 * 60


def _is_idle(six: list[str], where: tzinfo, moment: int) -> bool:
    """Say whether a quarter of an hour begins in which nothing is due and no clock is set; spares looking closer."""
    if moment % QUARTER:
        return False
    first, last = _wall(moment, where), _wall(moment + QUARTER - 60, where)
    hours = _values(six[2], "hour")
    return last - first == timedelta(seconds=QUARTER - 60) and first.hour not in hours and last.hour not in hours


def _minutes(six: list[str], low: datetime, high: datetime) -> Iterator[datetime]:
    while low < high:
        if _matches(six, low):
            yield low
        low += timedelta(minutes=1)


LOOK_BACK = 26 * 3600
"""What is shown in the second pass has been shown before within that time."""


@lru_cache(maxsize=1 << 19)
def _wall(minute: int, where: tzinfo) -> datetime:
    wall = datetime.fromtimestamp(minute, where).replace(tzinfo=None, fold=0)
    assert wall.second == 0, "the oracle looks once a minute: clocks are set on the minute, by whole minutes"
    return wall


# --- what an expression means ---------------------------------------------------------------------


def _matches(six: list[str], wall: datetime) -> bool:
    """Say whether the minute of *wall* is one that the fields name."""
    if wall.minute not in _values(six[1], "minute") or wall.hour not in _values(six[2], "hour"):
        return False
    return wall.month in _values(six[4], "month") and _is_day(six[3], six[5], wall.date())


@lru_cache(maxsize=4096)
def _is_day(days: str, weekdays: str, day: date) -> bool:
    named = any(_is_day_of_month(term, day) for term in days.split(","))
    of_week = any(_is_day_of_week(term.upper(), day) for term in weekdays.split(","))
    return (named and of_week) if days[0] == "*" or weekdays[0] == "*" else (named or of_week)


def _is_day_of_month(term: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if term == "L":
        return day.day == last
    if term == "LW":
        weekdays = [one for one in range(1, last + 1) if date(day.year, day.month, one).weekday() < 5]
        return day.day == weekdays[-1]
    return day.day in _values(term, "day")


def _is_day_of_week(term: str, day: date) -> bool:
    number = day.isoweekday() % 7
    if "#" in term:
        weekday, place = term.split("#")
        return _number(weekday, "weekday") % 7 == number and (day.day - 1) // 7 + 1 == int(place)
    if term.endswith("L"):
        is_last = (day + timedelta(days=7)).month != day.month
        return int(term[:-1]) % 7 == number and is_last
    return number in {value % 7 for value in _values(term, "weekday")}


@lru_cache(maxsize=4096)
def _values(text: str, field: str) -> frozenset[int]:
    low, high = _BOUNDS[field]
    if "," in text:
        return frozenset[int]().union(*(_values(term, field) for term in text.split(",")))
    what, _, step = text.partition("/")
    if what == "*":
        first, final = low, high
    elif "-" in what:
        first, final = (_number(end, field) for end in what.split("-"))
    else:
        first = _number(what, field)
        final = high if step else first
    return frozenset(range(first, final + 1, int(step or 1)))


def _number(text: str, field: str) -> int:
    names: dict[str, Callable[[], int]] = {
        "month": lambda: MONTHS.index(text.upper()) + 1,
        "weekday": lambda: DAYS.index(text.upper()),
    }
    return int(text) if text.isdigit() else names[field]()

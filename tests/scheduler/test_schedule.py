"""When a job is due: at intervals, by hand, and by the clocks of a time zone, through every way of setting them."""

from __future__ import annotations

import math
import os
import pickle
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.scheduler.oracle import due

from keyrack.errors import ConfigurationError
from keyrack.scheduler.schedule import MOST_COUNTED, Cron, Every, Manual, Schedule

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
INDIA = timezone(timedelta(hours=5, minutes=30))


def at(text: str) -> float:
    """Give a moment in UTC, written as a date."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def times(schedule: Schedule, begin: float, count: int) -> list[float]:
    """Give the first due times after a moment."""
    found: list[float] = []
    while len(found) < count and (following := schedule.after(found[-1] if found else begin)) is not None:
        found.append(following)
    return found


def shown(cron: Cron, begin: str, count: int) -> list[str]:
    """Give the first due times after a moment in UTC, as the clocks of the zone show them."""
    zone = ZoneInfo(cron.timezone) if isinstance(cron.timezone, str) else cron.timezone
    return [f"{datetime.fromtimestamp(moment, zone):%a %d %H:%M %z}" for moment in times(cron, at(begin), count)]


# --- at intervals ---------------------------------------------------------------------------------


def test_an_interval_follows_an_interval() -> None:
    assert times(Every(90), 1000.0, 3) == [1090.0, 1180.0, 1270.0]
    assert times(Every(timedelta(minutes=1.5)), 1000.0, 2) == [1090.0, 1180.0]


def test_all_due_times_that_have_passed_are_counted_however_many() -> None:
    every = Every(10)

    assert every.passed(100.0, 100.0) == (0, 110.0)
    assert every.passed(100.0, 109.9) == (0, 110.0)
    assert every.passed(100.0, 110.0) == (1, 120.0)
    assert every.passed(100.0, 1e9 + 105) == (100_000_000, 1e9 + 110)


def test_nothing_has_passed_where_the_clock_is_before_the_due_time() -> None:
    assert Every(10).passed(100.0, 3.0) == (0, 110.0)
    assert Cron("0 * * * *").passed(7200.0, 3.0) == (0, 10800.0)


@given(st.floats(0.001, 1e6), st.floats(0, 4e9), st.floats(0, 1e9))
@example(0.1, 1.7e9, 1e8)
@example(0.001, 4e9, 1e9)
@example(1 / 3, 1.7e9, 1.0)
def test_due_times_lie_on_the_grid_and_the_next_one_is_later(seconds: float, start: float, elapsed: float) -> None:
    every, now = Every(seconds), start + elapsed

    count, following = every.passed(start, now)

    assert following is not None
    assert following == start + (count + 1) * seconds
    assert now < following
    assert count == 0 or start + count * seconds <= now


@pytest.mark.parametrize(
    "seconds", [0, -1, 0.0009, 4e9, math.inf, math.nan, True, "60", None, timedelta(0), timedelta.max, 10**400]
)
def test_what_is_no_interval_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match=r"an interval is a timedelta or a number of seconds from 0\.001"):
        Every(seconds)


def test_an_interval_is_a_value() -> None:
    every = Every(60)

    assert every == Every(timedelta(minutes=1)) == pickle.loads(pickle.dumps(every)) == deepcopy(every)
    assert hash(every) == hash(Every(60.0))
    assert repr(every) == "Every(seconds=60.0)"
    assert every.text == "every 60 s"
    assert Every(0.25).text == "every 0.25 s"
    assert Every(1_234_567).text == "every 1234567 s"
    with pytest.raises(AttributeError):
        every.seconds = 3  # type: ignore[misc]  # that is what is tested


# --- by hand --------------------------------------------------------------------------------------


def test_what_is_started_by_hand_is_never_due() -> None:
    manual = Manual()

    assert manual.after(0.0) is None
    assert manual.passed(0.0, 1e9) == (0, None)
    assert manual.text == "by hand"
    assert manual == pickle.loads(pickle.dumps(manual))


# --- by the clock on the wall ---------------------------------------------------------------------


def test_nine_in_berlin_is_nine_on_the_wall_when_clocks_are_set() -> None:
    nine = Cron("0 0 9 * * *", "Europe/Berlin")

    assert shown(nine, "2026-03-27T12:00", 3) == ["Sat 28 09:00 +0100", "Sun 29 09:00 +0200", "Mon 30 09:00 +0200"]
    assert shown(nine, "2026-10-23T12:00", 3) == ["Sat 24 09:00 +0200", "Sun 25 09:00 +0100", "Mon 26 09:00 +0100"]


@pytest.mark.parametrize("expression", ["30 2 * * *", "0 30 2 * * *", "30 02 * * *"])
def test_a_time_of_day_that_is_left_out_is_due_right_after(expression: str) -> None:
    cron = Cron(expression, "Europe/Berlin")

    assert shown(cron, "2026-03-27T12:00", 3) == ["Sat 28 02:30 +0100", "Sun 29 03:00 +0200", "Mon 30 02:30 +0200"]


def test_several_times_of_day_that_are_left_out_are_due_once() -> None:
    cron = Cron("0,20,40 2,3 * * *", "Europe/Berlin")

    assert shown(cron, "2026-03-29T00:00", 3) == ["Sun 29 03:00 +0200", "Sun 29 03:20 +0200", "Sun 29 03:40 +0200"]


@pytest.mark.parametrize("expression", ["30 2 * * *", "0 30 2 * * *"])
def test_a_time_of_day_that_comes_twice_is_due_the_first_time(expression: str) -> None:
    cron = Cron(expression, "Europe/Berlin")

    assert shown(cron, "2026-10-24T12:00", 2) == ["Sun 25 02:30 +0200", "Mon 26 02:30 +0100"]


def test_who_looks_in_the_second_pass_does_not_see_what_was_due_in_the_first() -> None:
    cron = Cron("45 2,3 * * *", "Europe/Berlin")

    assert shown(cron, "2026-10-25T01:10", 2) == ["Sun 25 03:45 +0100", "Mon 26 02:45 +0100"]


@pytest.mark.parametrize("expression", ["*/15 * * * *", "0 */15 * * * *", "*/15 */1 * * *"])
def test_every_quarter_of_an_hour_goes_on_when_clocks_are_set(expression: str) -> None:
    cron = Cron(expression, "Europe/Berlin")

    for begin in "2026-03-29T00:00", "2026-10-25T00:00":
        assert times(cron, at(begin), 12) == [at(begin) + 900 * step for step in range(1, 13)]
    assert shown(cron, "2026-03-29T00:40", 2) == ["Sun 29 01:45 +0100", "Sun 29 03:00 +0200"]
    assert shown(cron, "2026-10-25T00:40", 2) == ["Sun 25 02:45 +0200", "Sun 25 02:00 +0100"]


def test_a_job_of_every_minute_of_an_hour_is_left_out_with_the_hour_and_comes_twice_with_it() -> None:
    cron = Cron("* 2 * * *", "Europe/Berlin")
    night, day = at("2026-03-28T12:00"), 24 * 3600

    assert len([one for one in times(cron, night, 200) if one < night + day]) == 0
    assert len([one for one in times(cron, at("2026-10-24T12:00"), 200) if one < at("2026-10-25T12:00")]) == 120


def test_half_an_hour_is_left_out_and_comes_twice_on_lord_howe() -> None:
    fixed, star = (Cron(text, "Australia/Lord_Howe") for text in ("15 2 * * *", "*/10 2 * * *"))

    assert shown(fixed, "2026-10-03T00:00", 2) == ["Sun 04 02:30 +1100", "Mon 05 02:15 +1100"]
    assert shown(star, "2026-10-03T12:00", 4) == [
        "Sun 04 02:30 +1100", "Sun 04 02:40 +1100", "Sun 04 02:50 +1100", "Mon 05 02:00 +1100",
    ]  # fmt: skip
    assert shown(Cron("45 1 * * *", "Australia/Lord_Howe"), "2026-04-04T00:00", 2) == [
        "Sun 05 01:45 +1100", "Mon 06 01:45 +1030",
    ]  # fmt: skip
    assert shown(Cron("*/10 1 * * *", "Australia/Lord_Howe"), "2026-04-04T14:25", 6) == [
        "Sun 05 01:30 +1100", "Sun 05 01:40 +1100", "Sun 05 01:50 +1100",
        "Sun 05 01:30 +1030", "Sun 05 01:40 +1030", "Sun 05 01:50 +1030",
    ]  # fmt: skip


def test_midnight_is_left_out_in_sao_paulo() -> None:
    assert shown(Cron("@daily", "America/Sao_Paulo"), "2018-11-03T12:00", 2) == [
        "Sun 04 01:00 -0200", "Mon 05 00:00 -0200",
    ]  # fmt: skip
    assert shown(Cron("*/30 0 * * *", "America/Sao_Paulo"), "2018-11-03T12:00", 1) == ["Mon 05 00:00 -0200"]
    assert shown(Cron("30 23 * * *", "America/Sao_Paulo"), "2019-02-16T12:00", 2) == [
        "Sat 16 23:30 -0200", "Sun 17 23:30 -0300",
    ]  # fmt: skip


def test_a_day_is_left_out_in_samoa() -> None:
    assert shown(Cron("0 9 * * *", "Pacific/Apia"), "2011-12-29T00:00", 3) == [
        "Thu 29 09:00 -1000", "Sat 31 00:00 +1400", "Sat 31 09:00 +1400",
    ]  # fmt: skip
    assert shown(Cron("0 */12 * * *", "Pacific/Apia"), "2011-12-29T23:00", 2) == [
        "Sat 31 00:00 +1400", "Sat 31 12:00 +1400",
    ]  # fmt: skip


def test_every_second_of_the_day_that_samoa_left_out_is_jumped_over_at_once() -> None:
    change = at("2011-12-30T10:00")

    assert times(Cron("* * * * * *", "Pacific/Apia"), change - 2, 3) == [change - 1, change, change + 1]


# --- which days -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "begin", "expected"),
    [
        ("0 0 29 2 *", "2026-01-01", ["Tue 29 00:00 +0000", "Sun 29 00:00 +0000"]),
        ("0 0 0 31 12 *", "2026-12-31T00:00", ["Fri 31 00:00 +0000"]),
        ("59 59 23 31 12 *", "2026-12-31T23:59", ["Thu 31 23:59 +0000", "Fri 31 23:59 +0000"]),
        ("0 0 L * *", "2028-02-01", ["Tue 29 00:00 +0000", "Fri 31 00:00 +0000"]),
        ("0 0 LW * *", "2026-05-01", ["Fri 29 00:00 +0000", "Tue 30 00:00 +0000"]),
        ("0 9 * * MON#2", "2026-06-01", ["Mon 08 09:00 +0000", "Mon 13 09:00 +0000"]),
        ("0 9 * * 5L", "2026-06-01", ["Fri 26 09:00 +0000", "Fri 31 09:00 +0000"]),
        ("0 9 * * mon-fri", "2026-06-05T10:00", ["Mon 08 09:00 +0000", "Tue 09 09:00 +0000"]),
        ("0 9 * * 7", "2026-06-05", ["Sun 07 09:00 +0000", "Sun 14 09:00 +0000"]),
        ("0 0 13 * FRI", "2026-06-01", ["Fri 05 00:00 +0000", "Fri 12 00:00 +0000", "Sat 13 00:00 +0000"]),
        ("0 0 */2 * FRI", "2026-06-01", ["Fri 05 00:00 +0000", "Fri 19 00:00 +0000"]),
        ("0 0 13 * */5", "2026-06-01", ["Sun 13 00:00 +0000", "Fri 13 00:00 +0000"]),
        ("5-5/10 4-4/8 * * *", "2026-06-01", ["Mon 01 04:05 +0000", "Tue 02 04:05 +0000"]),
        ("@hourly", "2026-06-01", ["Mon 01 01:00 +0000"]),
        ("@weekly", "2026-06-01", ["Sun 07 00:00 +0000"]),
        ("@MONTHLY", "2026-06-01", ["Wed 01 00:00 +0000"]),
        ("@yearly", "2026-06-01", ["Fri 01 00:00 +0000", "Sat 01 00:00 +0000"]),
    ],
)
def test_days_are_those_that_the_fields_name(expression: str, begin: str, expected: list[str]) -> None:
    assert shown(Cron(expression), begin, len(expected)) == expected


# --- how many have passed -------------------------------------------------------------------------


def test_due_times_of_a_night_are_counted_and_the_next_one_named() -> None:
    hourly = Cron("0 * * * *", "Europe/Berlin")

    assert hourly.passed(at("2026-10-24T20:00"), at("2026-10-25T06:30")) == (10, at("2026-10-25T07:00"))
    assert hourly.passed(at("2026-10-24T20:00"), at("2026-10-25T06:00")) == (10, at("2026-10-25T07:00"))
    assert hourly.passed(at("2026-10-24T20:00"), at("2026-10-24T20:00")) == (0, at("2026-10-24T21:00"))


def test_nobody_counts_further_than_a_thousand_and_the_next_one_is_still_right() -> None:
    cron = Cron("* * * * *")

    assert cron.passed(0.0, 60.0 * 999) == (999, 60_000.0)
    assert cron.passed(0.0, 60.0 * MOST_COUNTED) == (MOST_COUNTED, 60_060.0)
    assert cron.passed(0.0, at("2026-06-01") + 30) == (MOST_COUNTED, at("2026-06-01T00:01"))


def test_a_moment_between_two_seconds_is_before_the_later_one() -> None:
    cron = Cron("* * * * * *")

    assert cron.after(10.0) == 11.0
    assert cron.after(10.25) == 11.0
    assert cron.after(math.nextafter(11.0, 0)) == 11.0
    assert cron.after(-0.5) == 0.0


@pytest.mark.parametrize("moment", [at("9999-12-31T23:59:59"), 1e15, 1e300, -1e15])
def test_where_the_calendar_ends_nothing_is_due(moment: float) -> None:
    assert Cron("0 0 1 1 *").after(moment) is None
    assert Cron("* * * * *", "America/New_York").after(moment) is None
    assert Cron("30 2 * * *", "Europe/Berlin").passed(moment, moment) == (0, None)


# --- against the oracle ---------------------------------------------------------------------------

CHANGES: list[tuple[str | tzinfo, str]] = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("America/Sao_Paulo", "2019-02-17T02:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Pacific/Kwajalein", "1969-09-30T13:00"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Africa/Casablanca", "2026-03-22T02:00"),
    ("America/Havana", "2026-11-01T05:00"),
    ("Antarctica/Troll", "2026-10-25T01:00"),
    ("Asia/Kathmandu", "1985-12-31T18:30"),
    ("UTC", "2027-12-31T23:00"),
    (INDIA, "2028-02-28T18:30"),
]
"""Zones, and when their clocks are set or a day ends; by an hour, half an hour, two hours, 15 minutes, and a day."""


@st.composite
def fields(draw: st.DrawFn, low: int, high: int) -> str:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: "{}-{}".format(*sorted(pair)))
    step = st.integers(1, 30)
    term = st.one_of(
        number.map(str),
        span,
        st.builds("{}/{}".format, st.one_of(st.just("*"), number.map(str), span), step),
    )
    return draw(st.one_of(st.just("*"), st.lists(term, min_size=1, max_size=3).map(",".join)))


EXPRESSIONS = st.builds(
    lambda *parts: " ".join(part for part in parts if part),
    st.one_of(st.just(""), st.just("0"), st.integers(0, 59).map(str), st.just("*/20")),
    fields(0, 59),
    st.one_of(fields(0, 5), fields(0, 23)),
    st.one_of(st.just("*"), fields(1, 31), st.sampled_from(["L", "LW", "28-31,L"])),
    st.one_of(st.just("*"), fields(1, 12), st.sampled_from(["MAR,OCT", "dec-dec"])),
    st.one_of(st.just("*"), fields(0, 7), st.sampled_from(["MON#2", "0L", "sun-fri", "SAT,SUN#5"])),
)


@given(EXPRESSIONS, st.sampled_from(CHANGES), st.integers(-30 * 3600, 30 * 3600), st.sampled_from([0.0, 0.5]))
@settings(max_examples=3000 if SOAK else 120, deadline=None)
@example("30 2 * * *", CHANGES[0], -7200, 0.0)
@example("* 1 * * *", CHANGES[4], -7200, 0.0)
@example("0 0 * * *", CHANGES[6], -7200, 0.5)
@example("*/7 * * * *", CHANGES[8], -7200, 0.0)
def test_due_times_are_those_that_a_look_at_the_wall_finds(
    expression: str, change: tuple[str | tzinfo, str], offset: int, part: float
) -> None:
    where, moment = change
    try:
        cron = Cron(expression, where)
    except ConfigurationError:  # such as the 31st of a month of 30 days
        assume(False)
        raise
    begin = at(moment) + offset + part
    end = begin + 8 * 3600
    expected = due(expression, where, begin, end)

    found = times(cron, begin, len(expected) + 1)

    assert [one for one in found if one <= end] == expected
    assert cron.passed(begin, end) == (min(len(expected), MOST_COUNTED), cron.after(end))


# --- a value --------------------------------------------------------------------------------------


def test_a_cron_schedule_is_a_value() -> None:
    cron = Cron("0 0  9 * * *", "Europe/Berlin")

    assert cron == Cron("0 0 9 * * *", ZoneInfo("Europe/Berlin")) == pickle.loads(pickle.dumps(cron)) == deepcopy(cron)
    assert hash(cron) == hash(Cron("0 0 9 * * *", "Europe/Berlin"))
    assert cron != Cron("0 0 9 * * *") != Cron("0 9 * * *")
    assert repr(cron) == "Cron('0 0 9 * * *', 'Europe/Berlin')"
    assert cron.text == "cron '0 0 9 * * *' in Europe/Berlin"
    assert Cron("@daily", INDIA).text == "cron '0 0 0 * * *' in UTC+05:30"
    assert pickle.loads(pickle.dumps(Cron("@daily", INDIA))) == Cron("@daily", INDIA)
    assert Cron("@daily", UTC) == Cron("@daily", "UTC")
    with pytest.raises(AttributeError):
        cron.timezone = "UTC"  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize(
    "same",
    [
        ("@daily", "@Midnight", "0 0 * * *", " 0  0 0 * * * "),
        ("0 9 * JAN MON-FRI", "0 9 * jan mon-fri", "0 0 9 * Jan Mon-Fri"),
    ],
)
def test_a_schedule_is_called_the_same_however_it_is_written(same: tuple[str, ...]) -> None:
    assert len({Cron(expression).text for expression in same}) == 1


class Homemade(tzinfo):
    def utcoffset(self, _moment: datetime | None, /) -> timedelta:
        return timedelta(hours=1)

    def dst(self, _moment: datetime | None, /) -> timedelta:
        return timedelta(0)

    def tzname(self, _moment: datetime | None, /) -> str:
        return "home"


class Named(Homemade):
    def __str__(self) -> str:
        return "at home"


@pytest.mark.parametrize(
    ("where", "called"),
    [
        (Homemade(), "Homemade"),
        (Named(), "at home"),
        (timezone(timedelta(hours=1), "whatever"), "UTC+01:00"),
        (ZoneInfo("Europe/Berlin"), "Europe/Berlin"),
        (ZoneInfo.no_cache("Europe/Berlin"), "Europe/Berlin"),
        (UTC, "UTC"),
    ],
)
def test_a_zone_is_called_the_same_in_every_process(where: tzinfo, called: str) -> None:
    assert Cron("@daily", where).text == f"cron '0 0 0 * * *' in {called}"


def test_asking_changes_nothing() -> None:
    cron = Cron("*/5 * * * *")

    assert [cron.after(100.0) for _ in range(3)] == [300.0] * 3

"""What is no cron expression or no time zone: refused, with what is wrong and what it may be."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyrack.errors import ConfigurationError, MissingExtraError
from keyrack.scheduler.schedule import Cron


def refused(expression: Any, where: Any = "UTC") -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        Cron(expression, where)
    return caught.value


@pytest.mark.parametrize(
    ("expression", "name", "part", "holds"),
    [
        ("60 * * * * *", "seconds", "60", "0 to 59"),
        ("60 * * * *", "minutes", "60", "0 to 59"),
        ("* 24 * * *", "hours", "24", "0 to 23"),
        ("* * 0 * *", "days of the month", "0", "'L' for the last day"),
        ("* * 32 * *", "days of the month", "32", "1 to 31"),
        ("* * L-3 * *", "days of the month", "L-3", "1 to 31"),
        ("* * * 13 *", "months", "13", "JAN to DEC"),
        ("* * * january *", "months", "JANUARY", "JAN to DEC"),
        ("* * * * 8", "days of the week", "8", "0 to 7 or SUN to SAT"),
        ("* * * * FRI-SUN", "days of the week", "FRI-SUN", "ranges from low to high"),
        ("* * * * MON#6", "days of the week", "MON#6", "'MON#2' for the second"),
        ("* * * * L", "days of the week", "L", "'1L' for the last"),
        ("*/0 * * * *", "minutes", "*/0", "steps as '*/2'"),
        ("5-1 * * * *", "minutes", "5-1", "ranges from low to high as '1-5'"),
        ("5-5/0 * * * *", "minutes", "5-5/0", "steps as '*/2'"),
        ("1,,2 * * * *", "minutes", "1,,2", "lists of these as '1,3'"),
        (", * * * *", "minutes", ",", "0 to 59"),
        ("-1 * * * *", "minutes", "-1", "0 to 59"),
        ("1/2/3 * * * *", "minutes", "1/2/3", "0 to 59"),
        ("1.5 * * * *", "minutes", "1.5", "0 to 59"),
        ("? * * * *", "minutes", "?", "'*' for all"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_with_what_it_may_hold(
    expression: str, name: str, part: str, holds: str
) -> None:
    error = refused(expression)

    assert error.subject == f"cron {expression!r}"
    assert len(error.problems) == 1
    assert error.problems[0].startswith(f"the {name} cannot be {part!r}: they hold ")
    assert holds in error.problems[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    error = refused("61 25 * * FOO", "Europe/Berln")

    assert [problem.partition(":")[0] for problem in error.problems] == [
        "the minutes cannot be '61'",
        "the hours cannot be '25'",
        "the days of the week cannot be 'FOO'",
        "there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 1000])
def test_too_few_or_too_many_fields_are_counted(count: int) -> None:
    [problem] = refused(" ".join(["*"] * count)).problems

    assert problem == (
        "an expression has six fields (seconds, minutes, hours, days of the month, months, days of the week) or "
        f"five, without the seconds; it has {count}"
    )


@pytest.mark.parametrize("expression", ["", "  ", "\n", None, 5, b"* * * * *", ["*"] * 5, "é * * * *", "٣ * * * *"])
def test_what_is_no_text_of_fields_is_refused(expression: object) -> None:
    assert refused(expression).problems[0].startswith("the expression is a text of five or six fields, got ")


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 30,31 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 */2"])
def test_an_expression_of_days_that_never_come_is_refused(expression: str) -> None:
    assert refused(expression).problems == ("it names no time in fifty years: no month that it names has such a day",)


def test_a_leap_day_that_is_a_monday_is_waited_for() -> None:
    cron = Cron("0 0 * 2 MON#5")

    assert cron.after(datetime(2072, 3, 1, tzinfo=UTC).timestamp()) == datetime(2112, 2, 29, tzinfo=UTC).timestamp()


def test_a_name_that_is_not_known_is_refused_with_the_known_ones() -> None:
    [problem] = refused("@dayly").problems

    assert problem == (
        "a name of an expression is one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually; "
        "did you mean '@daily'?"
    )
    assert "did you mean" not in refused("@reboot").problems[0]
    assert refused("@").problems


@pytest.mark.parametrize("expression", ["9" * 5000 + " * * * *", "1," * 50_000 + "1 x * * *", "*" * 10_000, "-/#L,"])
def test_an_expression_of_any_length_is_refused_in_a_short_sentence(expression: str) -> None:
    assert len(str(refused(expression))) < 500


@given(st.text("0123456789*/-,#L W@adilySUNMO?\0\x1f", max_size=30))
@example("* * * * L/2")
@example("* * L/2 * *")
@example("* * L,LW/3 * *")
@example("* * * * 1L/2")
@example("* * * * 1#2/3")
@example("0 0 L 2 MON")
def test_any_text_is_a_schedule_or_refused(expression: str) -> None:
    try:
        cron = Cron(expression)
    except ConfigurationError:
        return
    assert (cron.after(0.0) or 0.0) > 0.0


# --- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "/etc/passwd", "Europe", "Europe/", "\0", "\udcff", "x" * 5000, "tzdata.zi", "Mars/Base", "."],
)
def test_a_name_of_no_zone_is_refused(name: str) -> None:
    error = refused("@daily", name)

    assert len(error.problems) == 1
    assert error.problems[0].startswith("there is no time zone ")
    assert len(str(error)) < 200
    str(error).encode()


@pytest.mark.parametrize(("name", "meant"), [("europe/berlin", "Europe/Berlin"), ("Asia/Katmandou", "Asia/Katmandu")])
def test_a_slip_of_the_pen_in_the_name_of_a_zone_is_seen(name: str, meant: str) -> None:
    assert f"did you mean {meant!r}?" in str(refused("@daily", name))


@pytest.mark.parametrize("where", [None, 1, b"UTC", timedelta(hours=1), timezone])
def test_what_is_no_zone_is_refused(where: object) -> None:
    assert (
        refused("@daily", where).problems[0].startswith("timezone is a name such as 'Europe/Berlin', or a tzinfo, got ")
    )


class Silent(tzinfo):
    """A zone that does not say what its offset is."""

    def utcoffset(self, _when: datetime | None, /) -> timedelta | None:
        return None

    def dst(self, _when: datetime | None, /) -> timedelta | None:
        return None

    def tzname(self, _when: datetime | None, /) -> str | None:
        return None


class Broken(Silent):
    """A zone that fails."""

    def utcoffset(self, _when: datetime | None, /) -> timedelta | None:
        raise NotImplementedError


class Localized(Silent):
    """A zone as those of pytz are."""

    def localize(self, when: datetime) -> datetime:
        return when

    def __str__(self) -> str:
        return "Europe/Berlin"


def test_a_zone_that_tells_no_offset_in_seconds_is_refused() -> None:
    for zone in Silent(), Broken(), timezone(timedelta(microseconds=1)):
        assert refused("@daily", zone).problems[0].startswith("timezone tells no offset in whole seconds, got ")


class Seasonless(Silent):
    """A zone that cannot be converted to, as `tzinfo` wants to know about summer time."""

    def utcoffset(self, _when: datetime | None, /) -> timedelta:
        return timedelta(hours=1)


class Nameless(Seasonless):
    """A zone that cannot be written down."""

    def dst(self, _when: datetime | None, /) -> timedelta:
        return timedelta(0)

    def __str__(self) -> str:
        raise RuntimeError("no name")


@pytest.mark.parametrize(("zone", "raised"), [(Seasonless(), "ValueError: "), (Nameless(), "RuntimeError: no name")])
def test_a_zone_that_raises_when_it_is_used_is_refused_before(zone: tzinfo, raised: str) -> None:
    assert refused("@daily", zone).problems[0].startswith(f"timezone cannot be used, it raises {raised}")


@pytest.mark.parametrize("key", ["Home/Kitchen", "../up"])
def test_a_zone_of_a_file_may_have_a_key_that_the_machine_does_not_know(key: str) -> None:
    with (resources.files("tzdata") / "zoneinfo" / "Europe" / "Berlin").open("rb") as file:
        zone = ZoneInfo.from_file(file, key=key)

    assert Cron("0 9 * * *", zone).timezone is zone
    assert Cron("0 9 * * *", zone).after(0.0) == Cron("0 9 * * *", "Europe/Berlin").after(0.0)


def test_a_zone_of_pytz_is_refused_with_the_name_to_give_instead() -> None:
    assert refused("@daily", Localized()).problems == (
        "timezone is a zone of pytz, which cannot be used here; give its name, 'Europe/Berlin'",
    )


def test_where_the_machine_knows_no_zones_the_error_says_so_and_utc_is_still_there() -> None:
    program = (
        "import sys; sys.modules['tzdata'] = None\n"
        "from keyrack.scheduler.schedule import Cron\n"
        "print(Cron('@daily').after(0.0))\n"
        "Cron('@daily', 'Europe/Berlin')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONTZPATH": ""},
    )

    assert done.stdout == "86400.0\n"
    assert "there is no time zone 'Europe/Berlin'; this machine knows no zones: pip install tzdata" in done.stderr


def test_without_cronsim_the_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['cronsim'] = None\n"
        "from keyrack.scheduler.schedule import Cron, Every, Manual\n"
        "Every(1), Manual()\n"
        "Cron('@daily')\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert MissingExtraError.__name__ in done.stderr
    assert (
        "a cron expression needs the 'cronsim' package; install it with: pip install 'keyrack[scheduler]'"
        in done.stderr
    )

"""Cron expressions and names of time zones, read: each function says what is wrong with one, if something is.

What has been read is left to `Cron`; here nothing is known of moments.
"""

from __future__ import annotations

import re
from copy import copy
from datetime import UTC, datetime, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from .._text import described, did_you_mean, preview, told
from ..errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cronsim import CronSim

_NAMES = {
    "@hourly": "0 0 * * * *",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@weekly": "0 0 0 * * 0",
    "@monthly": "0 0 0 1 * *",
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
}

_HOLDS = {
    "seconds": "0 to 59",
    "minutes": "0 to 59",
    "hours": "0 to 23",
    "days of the month": "1 to 31, 'L' for the last day or 'LW' for the last weekday",
    "months": "1 to 12 or JAN to DEC",
    "days of the week": "0 to 7 or SUN to SAT, both 0 and 7 being Sunday, 'MON#2' for the second or '1L' for the last",
}
"""The fields, and what each may hold beside stars, ranges, steps and lists."""


def parsed_of(expression: object, problems: list[str]) -> CronSim | None:
    """Give *expression* as cronsim reads it, at no moment in particular, or say what is wrong with it."""
    if not isinstance(expression, str) or not expression.strip() or not expression.isascii():
        problems.append(f"the expression is a text of five or six fields, got {described(expression)}")
        return None
    given = expression.strip()
    if given.startswith("@") and given.lower() not in _NAMES:
        problems.append(f"a name of an expression is one of {', '.join(_NAMES)}" + did_you_mean(given, _NAMES))
        return None
    parts = _NAMES.get(given.lower(), given.upper()).split()
    if len(parts) not in {5, 6}:
        names = ", ".join(_HOLDS)
        problems.append(f"an expression has six fields ({names}) or five, without the seconds; it has {len(parts)}")
        return None
    parts = ["0"] * (6 - len(parts)) + parts
    if found := [*_bad(parts)]:
        problems.extend(found)
        return None
    parsed = _read(_OF_ONE.sub(r"\1", " ".join(parts)))
    if parsed is None or next(copy(parsed), None) is None:  # whenever one begins: it would come within forty years
        problems.append("it names no time in fifty years: no month that it names has such a day")
        return None
    return parsed


_OF_ONE = re.compile(r"\b0*(\w+)-0*\1/\d+")
"""A range of one, with a step: cronsim takes it for a step from there on to the end, unlike cron."""


def _bad(parts: list[str]) -> Iterator[str]:
    """Say which of the fields cannot be read: each is tried by itself."""
    for place, ((name, holds), part) in enumerate(zip(_HOLDS.items(), parts, strict=True)):
        alone = ["*"] * len(parts)
        alone[place] = part
        if _read(" ".join(alone)) is None:
            yield (
                f"the {name} cannot be {preview(part)}: they hold {holds}; "
                "'*' for all, ranges from low to high as '1-5', steps as '*/2', and lists of these as '1,3'"
            )


def _read(fields: str) -> CronSim | None:
    try:
        from cronsim import CronSim, CronSimError
    except ModuleNotFoundError:
        raise MissingExtraError(feature="a cron expression", package="cronsim", extra="scheduler") from None
    try:
        return CronSim(fields, datetime(2000, 1, 1))  # noqa: DTZ001  # plain local time
    except (CronSimError, ValueError):  # the latter for a number of thousands of digits
        return None


# --- finding zones --------------------------------------------------------------------------------


def zone_of(given: object, problems: list[str]) -> tzinfo | None:
    """Give the time zone, or say why there is none."""
    if isinstance(given, str):
        return _zone_of_name(given, problems)
    if not isinstance(given, tzinfo):
        problems.append(f"timezone is a name such as 'Europe/Berlin', or a tzinfo, got {described(given)}")
    elif hasattr(given, "localize"):  # those of pytz do not tell the offset of a local time
        problems.append(f"timezone is a zone of pytz, which cannot be used here; give its name, {str(given)!r}")
    elif not _tells_whole_seconds(given):
        problems.append(f"timezone tells no offset in whole seconds, got {described(given)}")
    elif trouble := _trouble_with(given):
        problems.append(f"timezone cannot be used, it raises {trouble}, got {described(given)}")
    else:
        return given
    return None


def _zone_of_name(name: str, problems: list[str]) -> tzinfo | None:
    if name == "UTC":  # there even where the machine knows no zones
        return UTC
    zone = _known(name)
    if zone is None:
        known = available_timezones()
        advice = did_you_mean(name, known) if known else "; this machine knows no zones: pip install tzdata"
        problems.append(f"there is no time zone {preview(name)}{advice}")
    return zone


def _known(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name of a zone; a folder, or what no file can be called
        return None


def _tells_whole_seconds(zone: tzinfo) -> bool:
    try:
        offset = zone.utcoffset(datetime(2000, 1, 1))  # noqa: DTZ001  # plain local time
    except Exception:  # noqa: BLE001  # a zone is a stranger's class
        return False
    return offset is not None and not offset.microseconds


def _trouble_with(zone: tzinfo) -> str | None:
    """Say what *zone* raises when it is asked for what a schedule needs of it, if it does."""
    try:
        datetime(2000, 1, 1, tzinfo=UTC).astimezone(zone)  # asks for more than the offset
        text_of_zone(zone)
    except Exception as error:  # noqa: BLE001  # a zone is a stranger's class
        return told(error)
    return None


def name_of(zone: tzinfo) -> str | tzinfo:
    """Give the name of *zone* where that alone makes it again."""
    if zone is UTC:
        return "UTC"
    if isinstance(zone, ZoneInfo) and zone.key and _known(zone.key) is zone:  # one made of a file may have any key
        return zone.key
    return zone


def text_of_zone(zone: tzinfo) -> str:
    """Give what *zone* is called, in every process alike."""
    if isinstance(zone, timezone):
        return str(timezone(zone.utcoffset(None)))  # not by a name that was given to it
    text = str(zone)
    return type(zone).__name__ if " at 0x" in text else text  # an address is another one in each process

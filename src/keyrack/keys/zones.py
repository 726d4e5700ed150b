"""Dates with a time, and times of day, as text: nothing is lost, not even the name of the zone.

``2024-02-29T12:00:00+01:00[Europe/Paris]`` is how RFC 9557 writes a zone. What is read is checked against the zone:
the offset tells the two hours of a night apart in which clocks are put back.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

_FOLDED = "[u-fold=1]"
"""Marks the second of two times that look the same, where no offset tells them apart."""


def write_datetime(value: Any) -> str:
    """Write a date with a time.

    Raises:
        ValueError: *value* is none, or of a zone that cannot be named.
    """
    if not isinstance(value, datetime):
        raise ValueError("no datetime")  # as pydantic wants it
    zone = value.tzinfo
    if type(zone) is not ZoneInfo:
        return value.isoformat() + (_FOLDED if value.fold else "")
    return f"{value.isoformat()}[{_key(zone)}]" + (_FOLDED if value.fold else "")


def read_datetime(text: Any) -> Any:
    """Read what `write_datetime` wrote; leave what is no text as it is.

    Raises:
        ValueError: *text* is no date with a time.
    """
    if type(text) is not str:
        return text
    if "T" not in text:
        raise ValueError("should be a date with a time")
    if text[-1] != "]":
        return datetime.fromisoformat(text)
    stem, fold = (text.removesuffix(_FOLDED), 1) if text.endswith(_FOLDED) else (text, 0)
    if stem[-1] != "]":
        return datetime.fromisoformat(stem).replace(fold=fold)
    moment, _, name = stem[:-1].partition("[")
    read = datetime.fromisoformat(moment)
    placed = read.replace(tzinfo=_zone(name), fold=fold)
    if placed.utcoffset() != read.utcoffset():
        raise ValueError(f"is no time of {name}")
    return placed


def write_time(value: Any) -> str:
    """Write a time of day.

    Raises:
        ValueError: *value* is none, or of a zone that has no one offset.
    """
    if not isinstance(value, time):
        raise ValueError("no time")  # as pydantic wants it
    zone = value.tzinfo
    named = f"[{_key(zone)}]" if type(zone) is ZoneInfo else ""
    return value.isoformat() + named + (_FOLDED if value.fold else "")


def read_time(text: Any) -> Any:
    """Read what `write_time` wrote; leave what is no text as it is.

    Raises:
        ValueError: *text* is no time of day.
    """
    if type(text) is not str:
        return text
    stem, fold = (text.removesuffix(_FOLDED), 1) if text.endswith(_FOLDED) else (text, 0)
    moment, _, name = stem.removesuffix("]").partition("[")
    read = time.fromisoformat(moment).replace(fold=fold)
    return read.replace(tzinfo=_zone(name)) if name else read


def _key(zone: ZoneInfo) -> str:
    if not zone.key:  # one that was read from a file may have none
        raise ValueError("the time zone has no name")
    return zone.key


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except Exception as error:  # not only ZoneInfoNotFoundError: a name of a folder, or an odd one, gives others
        raise ValueError(f"there is no time zone {name[:40]!r}") from error

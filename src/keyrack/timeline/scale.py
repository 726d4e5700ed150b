"""The scale of a time axis: where its ticks are; and how times and sizes are written."""

from __future__ import annotations

from math import floor, log10
from typing import Final

from .._text import counted

TICKS: Final = 6
"""About how many ticks an axis has."""

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 86_400.0
_KILO: Final = 1000.0

_STEPS: Final = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(_MINUTE * step for step in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * step for step in (1, 2, 3, 6, 12)),
)
"""The steps of a clock, between a second and a day."""


def ticks(seconds: float) -> list[float]:
    """Give the ticks of an axis from 0 to *seconds*, at round times.

    >>> from keyrack.timeline.scale import ticks
    >>> ticks(12.3)
    [0.0, 5.0, 10.0]
    >>> ticks(4000)
    [0.0, 900.0, 1800.0, 2700.0, 3600.0]
    """
    if seconds <= 0:
        return [0.0]
    step = _step(seconds / TICKS)
    return [number * step for number in range(floor(seconds / step * (1 + 1e-9)) + 1)]


def _step(least: float) -> float:
    """Give the first round step that is not smaller than *least*."""
    if least > _STEPS[-1]:
        return _DAY * max(_decimal(least / _DAY), 1.0)
    if least > _STEPS[0] / 2:
        return next(step for step in _STEPS if step >= least * (1 - 1e-9))
    return _decimal(least)


def _decimal(least: float) -> float:
    power: float = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def written(seconds: float) -> str:
    """Write a span of time in units that suit it.

    >>> from keyrack.timeline.scale import written
    >>> [written(seconds) for seconds in (0, 0.0000042, 0.0123, 5, 61.5, 4000, 200_000)]
    ['0 s', '4.2 µs', '12.3 ms', '5 s', '1 min 1.5 s', '1 h 7 min', '2 d 8 h']
    """
    if seconds <= 0:
        return "0 s"
    if seconds < _MINUTE * 0.9995:
        return _small(seconds)
    if seconds < _HOUR - 0.05:
        return _pair(round(seconds, 1), _MINUTE, "min", 1.0, "s")
    if seconds < _DAY - _MINUTE / 2:
        return _pair(round(seconds / _MINUTE) * _MINUTE, _HOUR, "h", _MINUTE, "min")
    return _pair(round(seconds / _HOUR) * _HOUR, _DAY, "d", _HOUR, "h")


def _small(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.9995:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def _pair(seconds: float, size: float, unit: str, part: float, name: str) -> str:
    whole, rest = divmod(seconds, size)
    return f"{whole:,.0f} {unit}" + (f" {rest / part:.3g} {name}" if rest >= part / 20 else "")


def sized(size: int) -> str:
    """Write a number of bytes in a unit that suits it.

    >>> from keyrack.timeline.scale import sized
    >>> [sized(size) for size in (1, 999, 1000, 12_345, 8_000_000, 999_999)]
    ['1 byte', '999 bytes', '1 kB', '12.3 kB', '8 MB', '1 MB']
    """
    if size < _KILO:
        return counted(size, "byte")
    value = size / _KILO
    for unit in ("kB", "MB", "GB"):
        if value < _KILO - 0.5:
            return f"{value:.3g} {unit}"
        value /= _KILO
    return f"{value:,.3g} TB"

"""Numbers that users give, checked: each function says what is wrong with one, if something is."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite
from typing import TYPE_CHECKING

from .._text import described

if TYPE_CHECKING:
    from typing_extensions import TypeIs


def whole(name: str, number: object) -> Iterator[str]:
    """Refuse what is no integer of at least 1."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        yield f"{name} is a whole number of at least 1, got {described(number)}"


def seconds(name: str, number: object) -> Iterator[str]:
    """Refuse what is no time limit."""
    if not _is_number(number) or not 0 < number < inf:
        yield f"{name} is a number of seconds above 0, got {described(number)}"


def within(name: str, number: object, least: float, most: float) -> Iterator[str]:
    """Refuse what is no number from *least* to *most*, infinity only where *most* is."""
    if not _is_number(number) or not least <= number <= most:
        upper = f" and at most {most:g}" if isfinite(most) else ""
        yield f"{name} is a number of at least {least:g}{upper}, got {described(number)}"


def _is_number(number: object) -> TypeIs[int | float]:
    return isinstance(number, (int, float)) and not isinstance(number, bool)

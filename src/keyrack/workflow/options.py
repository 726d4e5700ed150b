"""Options that users give, checked: each function says what is wrong with one, if something is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from .._text import described

if TYPE_CHECKING:
    from typing_extensions import TypeIs


T = TypeVar("T")

_AGES = 1e15
"""More seconds than any clock counts."""


def whole(name: str, number: object) -> Iterator[str]:
    """Refuse what is no integer of at least 1."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        yield f"{name} is a whole number of at least 1, got {described(number)}"


def seconds(name: str, number: object) -> Iterator[str]:
    """Refuse what is no time limit."""
    if not _is_number(number) or not 0 < number < _AGES:
        yield f"{name} is a finite number of seconds above 0, or None for no limit, got {described(number)}"


def within(name: str, number: object, least: float, most: float) -> Iterator[str]:
    """Refuse what is no number from *least* to *most*, infinity only where *most* is."""
    if not _is_number(number) or not least <= number <= most:
        upper = f" and at most {most:g}" if isfinite(most) else ""
        yield f"{name} is a number of at least {least:g}{upper}, got {described(number)}"


def is_text(value: object) -> bool:
    """Say whether a value can be a name: a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def listed(name: str, values: object) -> Iterator[str]:
    """Refuse what is no iterable of values; a string is none."""
    if not _is_listed(values):
        yield f"{name} are given in a list or a tuple, got {described(values)}"


def items(values: Iterable[T]) -> tuple[T, ...]:
    """Give the values of what `listed` does not refuse, else none."""
    return tuple(values) if _is_listed(values) else ()


def _is_listed(values: object) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, (str, bytes))


def _is_number(number: object) -> TypeIs[int | float]:
    return isinstance(number, (int, float)) and not isinstance(number, bool)

"""Whether two values of one type are the same, as far as a store can tell."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# The values here are of any type.

from __future__ import annotations

import sys
from typing import Any

from .arrays import is_array


def same(one: Any, other: Any) -> bool:
    """Say whether two values are equal and of one class, and so is what is in lists, tuples and dicts.

    NaN is the same as NaN there; arrays are the same when class, shape, dtype and all items are. For everything else,
    models and dataclasses too, its own ``==`` decides.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (one != one and other != other)  # noqa: PLR0124  # that is how NaN is told
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(part, other[name]) for name, part in one.items())
    if is_array(one):
        return _same_arrays(one, other)
    return _equal(one, other)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # arrays inside: field by field, then
        if hasattr(one, "__dict__"):
            return same(vars(one), vars(other))
        raise


def _same_arrays(one: Any, other: Any) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    can_be_nan = one.dtype.kind in "fc"
    return bool(sys.modules["numpy"].array_equal(one, other, equal_nan=can_be_nan))

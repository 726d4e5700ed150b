"""Numpy arrays in type forms: which there are, and what they state about dtype and shape.

numpy is never imported here: where there is an array, it has been imported.
"""

from __future__ import annotations

import sys
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from .._text import type_name


def has_numpy() -> bool:
    """Say whether there can be arrays at all."""
    return "numpy" in sys.modules


def is_array_class(cls: Any) -> bool:
    """Say whether *cls* is the class of numpy arrays, or one below it."""
    return has_numpy() and isinstance(cls, type) and issubclass(cls, sys.modules["numpy"].ndarray)


def is_array(value: object) -> bool:
    """Say whether *value* is a numpy array."""
    return is_array_class(type(value))


class ArrayRule:
    """What an array type states: class, dtype and shape, each of which may be open."""

    def __init__(self, form: Any) -> None:
        shape, dtype, *_ = (*get_args(form), Any, Any)
        dimensions = get_args(shape)
        has_shape = get_origin(shape) is tuple and Ellipsis not in dimensions
        self.cls: type = get_origin(form)
        self.scalars: tuple[type, ...] = _scalar_classes(next(iter(get_args(dtype)), Any))
        self.shape: tuple[Any, ...] | None = dimensions if has_shape else None

    def broken_by(self, value: Any) -> tuple[str, str, str] | None:
        """Say which rule an array breaks: what it is about, what it wants, what it found; None where it fits."""
        if self.scalars and not issubclass(value.dtype.type, self.scalars):
            return "dtype", " or ".join(scalar.__name__ for scalar in self.scalars), str(value.dtype)
        if self.shape is not None and not self._has_shape(value.shape):
            return "shape", f"({', '.join(map(type_name, self.shape))})", str(value.shape)
        return None

    def _has_shape(self, shape: tuple[int, ...]) -> bool:
        wanted = self.shape or ()
        return len(shape) == len(wanted) and all(map(_is_size, wanted, shape))


def _scalar_classes(form: Any) -> tuple[type, ...]:
    """Give the scalar classes that a dtype allows; none where it allows all."""
    if get_origin(form) in {Union, UnionType}:
        return tuple(cls for member in get_args(form) for cls in _scalar_classes(member))
    cls = get_origin(form) or form  # np.floating[Any] is np.floating
    return (cls,) if isinstance(cls, type) and cls is not Any else ()


def _is_size(wanted: Any, size: int) -> bool:
    """Say whether *size* is what a dimension states: ``Literal[3]`` means 3, everything else any size."""
    return get_origin(wanted) is not Literal or size in get_args(wanted)

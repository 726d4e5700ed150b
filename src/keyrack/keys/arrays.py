"""Numpy arrays in type forms: which there are, and what they state about dtype and shape.

numpy is never imported here: where there is an array, it has been imported.
"""

from __future__ import annotations

import sys
from typing import Any, Literal, get_args, get_origin

from .._text import type_name


def has_numpy() -> bool:
    """Say whether there can be arrays at all."""
    return "numpy" in sys.modules


def is_array_class(cls: Any) -> bool:
    """Say whether *cls* is the class of numpy arrays, or one below it."""
    return has_numpy() and isinstance(cls, type) and issubclass(cls, sys.modules["numpy"].ndarray)


class ArrayRule:
    """What an array type states: class, dtype and shape, each of which may be open."""

    def __init__(self, form: Any) -> None:
        shape, dtype, *_ = (*get_args(form), Any, Any)
        dimensions = get_args(shape)
        self.cls: type = get_origin(form)
        self.scalar: Any = next(iter(get_args(dtype)), Any)
        self.shape: tuple[Any, ...] | None = None if not dimensions or Ellipsis in dimensions else dimensions

    def broken_by(self, value: Any) -> tuple[str, str, str] | None:
        """Say which rule an array breaks: what it is about, what it wants, what it found; None where it fits."""
        if isinstance(self.scalar, type) and not issubclass(value.dtype.type, self.scalar):
            return "dtype", self.scalar.__name__, str(value.dtype)
        if self.shape is not None and not self._has_shape(value.shape):
            return "shape", f"({', '.join(map(type_name, self.shape))})", str(value.shape)
        return None

    def _has_shape(self, shape: tuple[int, ...]) -> bool:
        wanted = self.shape or ()
        return len(shape) == len(wanted) and all(map(_is_size, wanted, shape))


def _is_size(wanted: Any, size: int) -> bool:
    """Say whether *size* is what a dimension states: ``Literal[3]`` means 3, everything else any size."""
    return get_origin(wanted) is not Literal or size in get_args(wanted)

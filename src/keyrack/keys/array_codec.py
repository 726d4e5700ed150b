"""Numpy arrays as bytes: the memory as it lies there, and a few words on what it means.

A contiguous array, in C or in Fortran order, is not copied; one with gaps is put together first. numpy is imported
where an array is met.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# A dtype is described by lists in lists.

from __future__ import annotations

import json
from functools import lru_cache
from math import prod
from typing import Any

from .codecs import RefusedError
from .envelope import DamagedError


def encode_array(value: Any) -> tuple[bytes, bytes | memoryview]:
    """Give what is to be known of an array, and its memory.

    Raises:
        RefusedError: it holds objects, or is of a subclass.
    """
    np = _numpy()
    if type(value) is not np.ndarray:
        raise RefusedError(f"would come back as an ndarray, not a {type(value).__name__}; give the key a codec")
    if value.dtype.hasobject:
        raise RefusedError("is an array of objects, which have no bytes; use another dtype, or give the key a codec")
    about = _about(value)
    if not value.nbytes:
        return about, b""
    flat = value.ravel(order="K") if _is_contiguous(value) else np.ascontiguousarray(value).ravel()
    return about, memoryview(flat.view(np.uint8))


def decode_array(about: bytes, body: bytes | memoryview, *, shared: bool) -> Any:
    """Give an array again.

    Args:
        about: what is known of it.
        body: its memory.
        shared: whether it may be a read-only view on *body*.

    Raises:
        DamagedError: *about* or the length of *body* is not that of an array.
    """
    np = _numpy()
    dtype, shape, order = _read_about(about)
    view = memoryview(body)
    if prod(shape) * dtype.itemsize != view.nbytes:
        raise DamagedError("its length is not that of the array")
    try:
        if not view.nbytes:
            array = np.empty(shape, dtype, order)
        else:
            array = np.frombuffer(view, dtype).reshape(shape, order=order)
    except Exception:  # noqa: BLE001  # too many dimensions, a size beyond all memory
        raise DamagedError("what is said of the array cannot be true") from None
    if not shared:
        return array.copy(order)
    array.flags.writeable = False
    return array


@lru_cache(256)
def _read_about(about: bytes) -> tuple[Any, tuple[int, ...], str]:
    """Give dtype, shape and order."""
    try:
        words = json.loads(about)
        dtype = _numpy().lib.format.descr_to_dtype(_read_description(words["dtype"]))
        shape = tuple(words["shape"])
        order = {"C": "C", "F": "F"}[words["order"]]
    except Exception:  # noqa: BLE001  # numpy has many ways to say that this is no dtype
        raise DamagedError("what is said of the array cannot be read") from None
    if dtype.hasobject or any(type(size) is not int or size < 0 for size in shape):
        raise DamagedError("what is said of the array cannot be true")
    return dtype, shape, order


def _numpy() -> Any:
    """Give numpy, whose types do not tell what is read from what is known."""
    try:
        import numpy as np
    except ImportError:
        raise DamagedError("it is an array, and numpy is not installed") from None
    return np


def _is_contiguous(value: Any) -> bool:
    return bool(value.flags.c_contiguous or value.flags.f_contiguous)


def _about(value: Any) -> bytes:
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    words = {"dtype": _description(value.dtype), "shape": list(value.shape), "order": order}
    return json.dumps(words, separators=(",", ":")).encode("ascii")


def _description(dtype: Any) -> Any:
    """Describe a dtype by text and lists.

    Raises:
        RefusedError: a description would not give it again.
    """
    np = _numpy()
    described: Any = None
    again: Any
    try:
        described = dtype.str if dtype.names is None and dtype.subdtype is None else dtype.descr
        again = np.lib.format.descr_to_dtype(described)
    except Exception:  # noqa: BLE001  # a dtype of a library's own, or one with fields in another order
        again = None
    if (
        again is None
        or again != dtype
        or again.metadata != dtype.metadata
        or again.isalignedstruct != dtype.isalignedstruct
    ):
        raise RefusedError(f"has a dtype that would not come back as it is: {dtype}; give the key a codec")
    return described


def _read_description(words: Any) -> Any:
    """Give the description of a dtype as numpy takes it: its fields in tuples."""
    if isinstance(words, str):
        return words
    return [_read_field(field) for field in words]


def _read_field(field: list[Any]) -> tuple[Any, ...]:
    name, described, *shape = field
    named = tuple(name) if isinstance(name, list) else name
    return (named, _read_description(described), *map(tuple, shape))

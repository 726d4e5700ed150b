"""A picture of a value: everything that can be seen of it, to be compared with another picture.

``==`` is not enough to tell whether a copy is true or an original untouched: it does not see classes, the order of a
dict, private attributes, a deque's limit, and NaN is not equal to itself.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare container leaves unknown is unknown.

from collections import defaultdict, deque
from collections.abc import Iterator
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

_SINGLE = (Enum, type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)
"""What is the same only if it is the same object."""


def picture(value: Any) -> Any:
    """Give everything that can be seen of *value*; two pictures are equal if the values cannot be told apart."""
    return _picture(value, ())


def _picture(value: Any, above: tuple[int, ...]) -> Any:
    if id(value) in above:
        return "again", above.index(id(value))
    if isinstance(value, _SINGLE):
        return id(value)
    return type(value), _content(value, (*above, id(value))), dict(_attributes(value, (*above, id(value))))


def _content(value: Any, above: tuple[int, ...]) -> Any:
    match value:
        case int():
            return hex(value)  # not its digits: those of a big one are refused
        case list() | tuple():
            return [_picture(part, above) for part in value]
        case deque():
            return [_picture(part, above) for part in value], value.maxlen
        case dict():
            factory = value.default_factory if isinstance(value, defaultdict) else None
            return [(_picture(key, above), _picture(part, above)) for key, part in value.items()], factory
        case set() | frozenset():
            return sorted(repr(_picture(part, above)) for part in value)
        case np.ndarray():
            flat = value.tolist() if value.dtype.hasobject else value.tobytes()
            return _picture(flat, above), value.dtype.descr, value.shape
        case _ if _has_no_repr(value) or _is_record(value):
            return None  # an address, or nothing but the attributes
        case _:
            return repr(value)


def _has_no_repr(value: Any) -> bool:
    repr_of_class: Any = type(value).__repr__
    return repr_of_class is object.__repr__


def _is_record(value: Any) -> bool:
    return hasattr(value, "__pydantic_fields__") or hasattr(value, "__dataclass_fields__")


def _attributes(value: Any, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    for name, part in getattr(value, "__dict__", {}).items():
        yield name, _picture(part, above)
    for cls in type(value).__mro__:
        names = cls.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in {"__dict__", "__weakref__"} and cls.__module__.partition(".")[0] not in _WITHOUT_INTEREST:
                yield name, _picture(getattr(value, name, "not set"), above)


_WITHOUT_INTEREST = frozenset({"pathlib", "fractions", "uuid", "decimal", "collections", "ipaddress"})
"""Modules whose slots hold caches, or what the repr says."""

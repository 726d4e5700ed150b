"""Named tuples: tuples whose items have names too."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# What a live class of the user's is made of is not known here.

from __future__ import annotations

from collections import namedtuple
from functools import cache
from typing import Any

_MADE: Any = namedtuple("_MADE", ["field"])  # noqa: PYI024  # pyright: ignore[reportUntypedNamedTuple]  # for what Python makes of it
_FIELD: Any = type(vars(_MADE)["field"])
_OWN = frozenset(
    {name for name in vars(tuple) if name.startswith("__")} | {"__bool__", "__getattr__", "__init__", "__del__"}
)
_GENERATED = frozenset({"__new__", "__repr__", "__getnewargs__", "__slots__", "__doc__"})


def is_named_tuple(cls: type) -> bool:
    """Say whether a class is one of named tuples, which do what those of Python do."""
    found: Any = cls
    return _is_named_tuple(found)


@cache
def _is_named_tuple(cls: Any) -> bool:
    if type(cls) is not type or not issubclass(cls, tuple) or not isinstance(getattr(cls, "_fields", None), tuple):
        return False
    makers = [base for base in cls.__mro__ if base not in {tuple, object}]
    if not _is_generated(makers[-1].__new__) or any("__new__" in vars(base) for base in makers[:-1]):
        return False
    if any((vars(base).keys() & _OWN) - _GENERATED for base in makers):
        return False
    fields: tuple[str, ...] = getattr(cls, "_fields")  # noqa: B009  # no type knows it
    return all(type(_found(cls, name)) is _FIELD for name in fields)


def _is_generated(method: Any) -> bool:
    """Say whether Python has written a method for a named tuple."""
    code = getattr(method, "__code__", None)
    return code is not None and code.co_filename == _MADE.__new__.__code__.co_filename


def _found(cls: type, name: str) -> object:
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)

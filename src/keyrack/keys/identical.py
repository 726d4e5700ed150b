"""Where two values can be told apart: equality that looks at everything a value is.

``==`` does not see classes, the order of a dict, the sign of a zero, the exponent of a Decimal, the limit of a deque,
private attributes or the fields that a model was given, and NaN is not equal to itself. Here they all count.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type.

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Container, Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cached_property
from math import copysign
from types import MemberDescriptorType
from typing import Any
from uuid import UUID

from .arrays import is_array


class Difference:
    """A place where two values differ.

    Args:
        one: what is there in the one value.
        other: what is there in the other.
    """

    __slots__ = ("one", "other", "steps")

    def __init__(self, one: Any, other: Any) -> None:
        self.one: Any = one
        self.other: Any = other
        self.steps: list[str | int] = []

    def below(self, step: Any) -> Difference:
        """Give the difference as that of the values in which these two stand."""
        self.steps.append(step if type(step) in {int, str} else repr(step))
        return self

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where it is, from the outside in."""
        return tuple(reversed(self.steps))


def identical(one: Any, other: Any) -> bool:
    """Say whether nothing tells *one* from *other*: equal, and of the same classes, all the way down."""
    return difference(one, other) is None


def difference(one: Any, other: Any, ordered: bool = True) -> Difference | None:
    """Give the first place where *one* and *other* differ, None where there is none.

    Args:
        one: a value.
        other: another one.
        ordered: whether the order of dicts counts.
    """
    cls = type(one)
    if cls is not type(other):
        return Difference(one, other)
    compare = _BY_CLASS.get(cls)
    return _other(cls, one, other, ordered) if compare is None else compare(one, other, ordered)


def _plain(one: Any, other: Any, _ordered: bool) -> Difference | None:
    return None if one == other else Difference(one, other)


def _float(one: Any, other: Any, _ordered: bool) -> Difference | None:
    return None if _same_float(one, other) else Difference(one, other)


def _same_float(one: float, other: float) -> bool:
    if one == other:
        return one != 0 or copysign(1, one) == copysign(1, other)
    return one != one and other != other  # noqa: PLR0124  # that is how NaN is told


def _complex(one: Any, other: Any, _ordered: bool) -> Difference | None:
    same = _same_float(one.real, other.real) and _same_float(one.imag, other.imag)
    return None if same else Difference(one, other)


def _items(one: Any, other: Any, ordered: bool) -> Difference | None:
    if len(one) != len(other):
        return Difference(one, other)
    for index, (part, counterpart) in enumerate(zip(one, other, strict=True)):
        found = difference(part, counterpart, ordered)
        if found is not None:
            return found.below(index)
    return None


def _dict(one: Any, other: Any, ordered: bool) -> Difference | None:
    if len(one) != len(other):
        return Difference(one, other)
    there = other.items() if ordered else _in_order_of(one, other)
    for (name, part), (name_there, counterpart) in zip(one.items(), there, strict=False):
        if difference(name, name_there, ordered) is not None:
            return Difference(one, other)
        found = difference(part, counterpart, ordered)
        if found is not None:
            return found.below(name)
    return None


def _ordered_dict(one: Any, other: Any, ordered: bool) -> Difference | None:
    return _dict(one, other, ordered) if list(one) == list(other) else Difference(one, other)


def _in_order_of(one: Any, other: Any) -> Iterable[tuple[Any, Any]]:
    """Give what is in *other* in the order of *one*, where both have the same names."""
    if list(one) == list(other) or one.keys() != other.keys():
        items: Iterable[tuple[Any, Any]] = other.items()
        return items
    names = {name: name for name in other}
    return [(names[name], other[name]) for name in one]


def _defaultdict(one: Any, other: Any, ordered: bool) -> Difference | None:
    return _dict(one, other, ordered) if one.default_factory is other.default_factory else Difference(one, other)


def _deque(one: Any, other: Any, ordered: bool) -> Difference | None:
    return _items(one, other, ordered) if one.maxlen == other.maxlen else Difference(one, other)


def _set(one: Any, other: Any, ordered: bool) -> Difference | None:
    if one != other:
        return Difference(one, other)
    there = {part: part for part in other}
    return None if all(difference(part, there[part], ordered) is None for part in one) else Difference(one, other)


def _decimal(one: Any, other: Any, _ordered: bool) -> Difference | None:
    return None if one.as_tuple() == other.as_tuple() else Difference(one, other)


def _time(one: Any, other: Any, _ordered: bool) -> Difference | None:
    same = (
        one.replace(tzinfo=None) == other.replace(tzinfo=None)
        and one.fold == other.fold
        and _same_zone(one.tzinfo, other.tzinfo)
    )
    return None if same else Difference(one, other)


def _same_zone(one: Any, other: Any) -> bool:
    if one is other:
        return True
    return type(one) is type(other) and (repr(one) == repr(other) if type(one) is timezone else one == other)


def _range(one: Any, other: Any, _ordered: bool) -> Difference | None:
    return None if repr(one) == repr(other) else Difference(one, other)


def _bytes_of_view(one: Any, other: Any, _ordered: bool) -> Difference | None:
    same = one.format == other.format and one.shape == other.shape and one.tobytes() == other.tobytes()
    return None if same else Difference(one, other)


def _only_itself(one: Any, other: Any, _ordered: bool) -> Difference | None:
    return None if one is other else Difference(one, other)


_BY_CLASS: dict[type, Callable[[Any, Any, bool], Difference | None]] = {
    **dict.fromkeys((int, str, bytes, bytearray, bool, type(None), date, timedelta, UUID), _plain),
    float: _float,
    complex: _complex,
    list: _items,
    tuple: _items,
    dict: _dict,
    OrderedDict: _ordered_dict,
    defaultdict: _defaultdict,
    deque: _deque,
    set: _set,
    frozenset: _set,
    Decimal: _decimal,
    datetime: _time,
    time: _time,
    range: _range,
    memoryview: _bytes_of_view,
    type: _only_itself,
}


# --- everything else --------------------------------------------------------------------------------


def _other(cls: type, one: Any, other: Any, ordered: bool) -> Difference | None:
    if isinstance(one, Enum | type):
        return _only_itself(one, other, ordered)
    if is_array(one):
        return None if _same_arrays(one, other) else Difference(one, other)
    if hasattr(cls, "__pydantic_fields_set__"):
        return _model(one, other, ordered)
    if hasattr(cls, "__dataclass_fields__"):
        return _dataclass(cls, one, other, ordered)
    base = next((base for base in cls.__mro__ if base in _BY_CLASS), None)
    found = _BY_CLASS[base](one, other, ordered) if base is not None else _by_its_own_word(cls, one, other)
    return found or _attributes(cls, one, other, ordered, slots=base is None and _has_no_word(cls))


def _by_its_own_word(cls: type, one: Any, other: Any) -> Difference | None:
    if _has_no_word(cls):
        return None if _has_attributes(cls, one) or one is other else Difference(one, other)
    try:
        return None if bool(one == other) else Difference(one, other)
    except Exception:  # noqa: BLE001  # an __eq__ is a stranger's code; what cannot be compared is not the same
        return Difference(one, other)


def _has_no_word(cls: type) -> bool:
    """Say whether a class does not define what is equal."""
    word: Any = cls.__eq__
    return word is object.__eq__


def _has_attributes(cls: type, value: Any) -> bool:
    return hasattr(value, "__dict__") or bool(slot_names(cls))


def _model(one: Any, other: Any, ordered: bool) -> Difference | None:
    if one.__pydantic_fields_set__ != other.__pydantic_fields_set__:
        return Difference(one, other)
    for name in ("__pydantic_private__", "__pydantic_extra__"):
        found = difference(getattr(one, name, None), getattr(other, name, None), ordered)
        if found is not None:
            return found
    return _attributes(type(one), one, other, ordered)


def _dataclass(cls: Any, one: Any, other: Any, ordered: bool) -> Difference | None:
    # One field by one: a default may lie in the class or in the instance.
    for name in cls.__dataclass_fields__:
        found = difference(getattr(one, name, MISSING), getattr(other, name, MISSING), ordered)
        if found is not None:
            return found.below(name)
    return _attributes(cls, one, other, ordered, known=cls.__dataclass_fields__)


def _attributes(
    cls: type, one: Any, other: Any, ordered: bool, *, slots: bool = True, known: Container[str] = ()
) -> Difference | None:
    here, there = getattr(one, "__dict__", _NONE), getattr(other, "__dict__", _NONE)
    if here.keys() != there.keys():
        for name in here.keys() ^ there.keys():
            if name not in known and not _is_nobodys(cls, name):
                return Difference(here.get(name, MISSING), there.get(name, MISSING)).below(name)
    for name, part in here.items():
        if name in there:
            found = difference(part, there[name], ordered)
            if found is not None:
                return found.below(name)
    return _compare_slots(cls, one, other, ordered) if slots else None


def _is_nobodys(cls: type, name: str) -> bool:
    """Say whether an attribute is nothing that somebody gave: a cached property, or what typing leaves behind."""
    return name == "__orig_class__" or isinstance(getattr(cls, name, None), cached_property)


def _compare_slots(cls: type, one: Any, other: Any, ordered: bool) -> Difference | None:
    for name in slot_names(cls):
        found = difference(getattr(one, name, MISSING), getattr(other, name, MISSING), ordered)
        if found is not None:
            return found.below(name)
    return None


def slot_names(cls: type) -> Iterable[str]:
    """Give the names of the slots that hold what somebody gave."""
    if not any("__slots__" in base.__dict__ for base in cls.__mro__[:-1]):
        return ()
    return [
        name
        for base in cls.__mro__
        for name, slot in base.__dict__.items()
        if isinstance(slot, MemberDescriptorType) and not name.startswith("__pydantic_")
    ]


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()
"""Stands in a `Difference` for what is not there."""
_NONE: dict[str, Any] = {}


def _same_arrays(one: Any, other: Any) -> bool:
    if one.dtype != other.dtype or one.dtype.str != other.dtype.str or one.shape != other.shape:
        return False
    if one.dtype.names is not None:  # what lies between the fields is nothing
        return all(_same_arrays(one[name], other[name]) for name in one.dtype.names)
    if one.dtype.hasobject:
        return difference(one.tolist(), other.tolist()) is None
    return bool(one.tobytes() == other.tobytes())

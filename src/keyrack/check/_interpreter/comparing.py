"""What Python says of live objects that are compared or asked for their truth, where no code of the user's runs."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

from enum import Enum
from functools import cache
from types import FunctionType, WrapperDescriptorType
from typing import Any

from ...keys.key import StoreKey
from ...registry import RegistryMeta
from .running import MOST_ALIKE
from .values import SCALARS, Known, Pending, Sequence, Value

_OWN = frozenset({Enum.__module__, RegistryMeta.__module__})
"""Modules whose classes say themselves what they are, without code of the user's."""
_HOLDING = (tuple, frozenset)
"""They compare what is in them."""
_SINGLE = (type(None), bool, Enum, type)
"""Of these there is one object a value."""


def equal(one: Any, other: Any) -> bool | None:
    """Say whether two live objects are equal; None where that cannot be told."""
    if type(one) is tuple and type(other) is tuple:
        if len(one) != len(other):
            return False
        answers = {same(*pair) for pair in zip(one, other, strict=True)}
        return False if False in answers else None if None in answers else True
    if type(one) is StoreKey and type(other) is StoreKey:
        return _same_key(one, other)
    if _compares_plainly(one) and _compares_plainly(other):
        return bool(one == other)
    return None


def same(one: Any, other: Any) -> bool | None:
    """Say whether one is the other or equal to it, as ``in`` does."""
    return True if one is other else equal(one, other)


def identical(one: Any, other: Any) -> bool | None:
    """Say whether two live objects are one; None where that cannot be told: equal texts may be one or two."""
    if type(one) is not type(other):
        return False
    if type(one) is StoreKey:
        return _same_key(one, other)
    if isinstance(one, _SINGLE) or not isinstance(one, (*SCALARS, tuple)):
        return one is other or (False if isinstance(one, _SINGLE) or _compares_plainly(one) else None)
    return None if equal(one, other) is not False or one != one else False  # noqa: PLR0124  # not a number


def _same_key(one: StoreKey[Any], other: StoreKey[Any]) -> bool | None:
    """Say whether two keys are one; those that are made anew may be equal or not, where they have one name."""
    if one.name != other.name:
        return False
    home = one.declaration.home
    return True if one is other and home is not None and vars(home[0]).get(home[1]) is one else None


def same_value(one: Value, other: Value) -> bool | None:
    """Say whether two values are one or equal, as ``in`` and a dict ask it; None where that cannot be told."""
    if is_one_task(one) and is_one_task(other):
        return one == other
    left, right = plain(one), plain(other)
    return None if left is None or right is None else same(left[0], right[0])


def is_one_task(value: Value) -> bool:
    """Say whether it is a task or a future that can be told from those that were started alike."""
    return isinstance(value, Pending) and value.kind == "task" and value.args != (Known(MOST_ALIKE - 1),)


def plain(value: Value) -> tuple[Any] | None:
    """Give the live value, in a tuple, where all of it is known."""
    if isinstance(value, Known):
        return (value.value,)
    if isinstance(value, Sequence):
        parts = [plain(item) for item in value.items]
        return (tuple(part[0] for part in parts if part is not None),) if None not in parts else None
    return None


def looked_up(pairs: tuple[tuple[Value, Value], ...], key: Value) -> tuple[list[Value], bool]:
    """Give what a dict may have under a key, and whether it surely has something."""
    found: list[Value] = []
    for other, value in reversed(pairs):
        alike = same_value(other, key)
        if alike is not False:
            found.append(value)
        if alike:
            return [*dict.fromkeys(found)], True
    return [*dict.fromkeys(found)], False


def put_in(pairs: list[tuple[Value, Value]], key: Value, value: Value) -> bool:
    """Put something into a dict; give False where it cannot be told whether the key was there."""
    answers = [same_value(other, key) for other, _ in pairs]
    if None in answers:
        return False
    if True in answers:
        at = answers.index(True)
        pairs[at] = pairs[at][0], value
    else:
        pairs.append((key, value))
    return True


def truth_of(live: Any) -> bool | None:
    """Say whether a live object is true; None where that cannot be told."""
    if isinstance(live, SCALARS) and not isinstance(live, Enum):
        return bool(live)
    method = _truth_method(live)
    if method is None:
        return True
    if isinstance(live, Enum | type) and (not isinstance(method, FunctionType) or method.__module__ in _OWN):
        return bool(live)
    return None


def _compares_plainly(live: object) -> bool:
    """Say whether comparing an object, which never changes, runs no code of the user's."""
    cls: Any = type(live)
    return _class_compares_plainly(cls)


@cache
def _class_compares_plainly(cls: Any) -> bool:
    own: Any = cls.__eq__
    return isinstance(own, WrapperDescriptorType) and cls.__hash__ is not None and not issubclass(cls, _HOLDING)


def _truth_method(live: object) -> Any:
    """Give the method that an object is asked with whether it is true."""
    cls: Any = type(live)
    return _truth_method_of_class(cls)


@cache
def _truth_method_of_class(cls: Any) -> Any:
    for name in ("__bool__", "__len__"):
        for base in cls.__mro__:
            if name in vars(base):
                return vars(base)[name]
    return None

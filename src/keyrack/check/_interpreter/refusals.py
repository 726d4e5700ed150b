"""What a verb that writes may raise: where no code of the user's runs in it, errors of keyrack, and few others.

A value that goes under a key of a plain type is checked and copied by keyrack alone: of what the value's own methods
raise nothing gets out. So ``except Timeout`` around a `put` and a call catches what the call raises.
"""

# pyright: reportUnknownArgumentType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from ...keys.key import ABSENT, StoreKey
from .core import Thrown
from .source import is_standard
from .values import Element, Known, Value

if TYPE_CHECKING:
    from ...store import KeyValueStore

OF_A_STORE = Thrown(None, of_store=True)
"""What a store raises when it refuses a value, or cannot keep it."""

_PLAIN = frozenset[Any]({int, str, float, bool, NoneType, None, date, datetime, time, timedelta})
_HOLDING = frozenset[Any]({list, dict, tuple, set, frozenset, Union, UnionType})
_OF_ENUMS = Enum.__mro__
_RAISING = frozenset({"keyrack", "pydantic", "pydantic_core"})
"""Packages whose code runs in a store, besides Python's own."""


def raises_little(store: KeyValueStore | None, keys: Iterable[Value]) -> bool:
    """Say whether nothing of the user's runs where values are put under keys."""
    return (store is None or (_is_ours(store) and _is_ours(store.backend))) and all(map(_is_plain_key, keys))


def _is_ours(part: object) -> bool:
    return type(part).__module__.partition(".")[0] == "keyrack"


def _is_plain_key(key: Value) -> bool:
    live: Any = key.family.pattern if isinstance(key, Element) else key.value if isinstance(key, Known) else None
    return isinstance(live, StoreKey) and _takes_plainly(live)


@cache
def _takes_plainly(key: StoreKey[Any]) -> bool:
    try:
        return key.strict and key.declaration.codec is None and _is_plain(key.form)
    except Exception:  # noqa: BLE001  # a form that cannot be resolved says so on first use
        return False


def is_sentinel(live: Any) -> bool:
    """Say whether an object stands for nothing but itself."""
    return live is ABSENT or type(live) is object or (isinstance(live, Enum) and type(live).__mro__[1:] == _OF_ENUMS)


def keeps_out(key: StoreKey[Any], sentinel: Any) -> bool:
    """Say whether a sentinel is surely not stored under a key."""
    if not _takes_plainly(key):
        return False
    return not isinstance(sentinel, Enum) or not _takes_enums(key.form)


def _takes_enums(form: Any) -> bool:
    if isinstance(form, Enum) or (isinstance(form, type) and issubclass(form, Enum)):
        return True
    return any(map(_takes_enums, get_args(form)))


def _is_plain(form: Any) -> bool:
    origin = get_origin(form)
    if origin is Literal:
        return True
    if origin in _HOLDING:
        return all(part is ... or _is_plain(part) for part in get_args(form))
    if isinstance(form, type) and issubclass(form, Enum):
        return not hasattr(form, "__get_pydantic_core_schema__") and "__eq__" not in vars(form)
    return form in _PLAIN


@cache
def is_never_of_a_store(cls: type[BaseException]) -> bool:
    """Say whether no exception of a class is raised where a store refuses a value."""
    if issubclass(cls, ValueError | ArithmeticError) and cls.__module__ == "builtins":
        return True
    module = cls.__module__
    return not is_standard(module) and module.partition(".")[0] not in _RAISING

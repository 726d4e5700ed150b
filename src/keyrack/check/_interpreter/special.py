"""Special methods of the user's classes: what runs where an object is shown, compared, entered or gone through."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
import functools
import inspect
from abc import ABCMeta
from collections.abc import Iterable
from dataclasses import is_dataclass
from types import CoroutineType, FunctionType
from typing import Any

from .live import Live
from .reach import PLAIN
from .source import is_library
from .values import ANYTHING_CLEAN, Known, Partial, Pending, Ref, Sequence, Value

_LOOKING = (
    *("__str__", "__repr__", "__format__", "__len__", "__bool__", "__int__", "__float__", "__hash__", "__index__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"),
)


_BY_CALL = frozenset(
    {"__init__", "__new__", "__call__", "__post_init__", "__init_subclass__", "__class_getitem__", "__set_name__",
     "__enter__", "__exit__", "__aenter__", "__aexit__", "__await__", "__aiter__", "__anext__", "__iter__", "__next__"}
)  # fmt: skip
"""Methods that are called where it is seen that something unknown is called, entered, awaited or gone through."""
_PENDING: dict[str, type] = {"coroutine": CoroutineType}
"""The same of calls whose body has not run yet."""
_CLASSES: dict[str, type] = {"list": list, "dict": dict}
"""By kind, of what classes containers are whose items are known."""


class Special(Live):
    """How special methods are called."""

    def special(self, value: Value, names: tuple[str, ...], args: tuple[Value, ...], node: ast.AST) -> Value | None:
        """Call a special method of an object of the user's class, through which the store is reached.

        Args:
            value: the object; anything else is left alone.
            names: the methods that Python looks for, in that order.
            args: what the method is called with.
            node: where.
        """
        method = self.special_method(value, names)
        return None if method is None else self.call(Partial(Known(method), (value,)), args, {}, node)

    def look_at(self, values: Iterable[Value], node: ast.AST) -> None:
        """Let special methods of objects, and of those in them, run perhaps: something shows or compares them."""
        for value in values:
            inside = self.items_of(value, node) if isinstance(value, Sequence | Ref) else None
            for one in (value, *(inside or ())):
                for name, method in self._looking(one):
                    given = (ANYTHING_CLEAN,) * (method.__code__.co_argcount - 1)
                    self.maybe(functools.partial(self.special, one, (name,), given, node), node)

    def _looking(self, value: Value) -> list[tuple[str, FunctionType]]:
        """Give the methods of an object by which it is shown and compared, as far as they may use the store."""
        cls = self.class_of(value)
        if cls is None or cls in PLAIN or not self.tainted(value):
            return []
        return [(name, method) for name in _LOOKING if (method := users_method(cls, name)) is not None]

    def special_method(self, value: Value, names: tuple[str, ...]) -> FunctionType | None:
        """Give the first of some special methods that an object of the user's class has; see `special`."""
        if not isinstance(value, Ref | Known) or (cls := self.class_of(value)) is None or not self.tainted(value):
            return None
        return next((found for name in names if (found := users_method(cls, name)) is not None), None)

    def class_of(self, value: Value) -> type | None:
        """Give the class of an object, where it is known."""
        if isinstance(value, Ref):
            cell = self.state.heap.get(value.id)
            return None if cell is None else cell.cls or (_CLASSES.get(cell.kind) if cell.items is not None else None)
        if isinstance(value, Known):
            return type(value.value)
        return value.cls if isinstance(value, Sequence) else None

    def is_instance(self, value: Value, wanted: Value) -> bool | None:
        """Say whether a value is of a class, or of one of several; None where that cannot be told."""
        if isinstance(wanted, Sequence):
            told = {self.is_instance(value, each) for each in wanted.items}
            return True if True in told else None if None in told else False
        cls = self.class_of(value) if not isinstance(value, Pending) else _PENDING.get(value.kind)
        if cls is None or not isinstance(wanted, Known) or not _tells_plainly(wanted.value):
            return None
        return issubclass(cls, wanted.value)


def _tells_plainly(wanted: object) -> bool:
    """Say whether no code of the user's is asked whether something is of a class."""
    return type(wanted) is type or (type(wanted) is ABCMeta and getattr(wanted, "__module__", "") == "collections.abc")


@functools.cache
def has_special_methods(cls: type) -> bool:
    """Say whether objects of a class do something of the user's where they are compared, shown, or asked for items."""
    for name in {name for base in cls.__mro__ for name in vars(base)} - _BY_CALL:
        found = inspect.getattr_static(cls, name, None)
        kind: type[Any] = type(found)
        if isinstance(found, property) and isinstance(found.fset or found.fdel, FunctionType):
            return True
        if name.startswith("__") and name.endswith("__") and users_method(cls, name) is not None:
            return True
        if any(users_method(kind, setter) is not None for setter in ("__set__", "__delete__")):
            return True
    return False


def users_method(cls: type, name: str) -> FunctionType | None:
    """Give a method of the user's that a class has, or one of its bases; None if there is none."""
    found = inspect.getattr_static(cls, name, None)
    if isinstance(found, classmethod):
        found = found.__func__
    if not isinstance(found, FunctionType) or is_library(found.__code__.co_filename):
        return None
    generated = found.__code__.co_filename == "<string>" and is_dataclass(cls)  # it goes through the fields
    return None if generated else found

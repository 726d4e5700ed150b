"""Whether a store can be reached through a live object of the user's program.

How it works: the collector of garbage knows what each object holds, be it a list, a generator that waits or a queue
that is written in C. From there it goes on, down to a store. It goes through a function by the names that it uses,
and not through all globals around it; and not through what libraries are made of, as their classes.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownLambdaType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from ...keys.family import KeyFamily
from ...keys.key import StoreKey
from ...registry import KeyRegistry, Slot, SlotFamily
from ...store import KeyValueStore
from .source import is_library, is_standard

MANY: Final = 100_000
"""How many objects are looked at; behind more there may be anything."""
PLAIN: Final = frozenset({int, str, bytes, float, complex, bool, type(None), StoreKey, KeyFamily})
"""Classes of objects through which nothing is reached."""

_STORES: Final = (KeyValueStore, Slot, SlotFamily, KeyRegistry)
_LASTING: Final = (type, ModuleType, FunctionType, CodeType)
"""They are no parts of what holds them."""
_PROXIES: Final = (weakref.ProxyType, weakref.CallableProxyType)
_DYNAMIC: Final = frozenset({"getattr", "vars", "globals", "eval", "exec", "__dict__", "attrgetter", "methodcaller"})
"""What gives an attribute whose name is not in the code."""


class Reach:
    """Says through which live objects a store can be reached."""

    def __init__(self) -> None:
        self.holders: dict[int, object] = {}
        """Live objects in which some task puts the store, by id."""
        self._found: dict[int, tuple[object, bool]] = {}
        """By id: the object itself, whose id must not be used again, and whether it is one."""

    def hold(self, live: object) -> None:
        """Note that some task puts the store in an object: whoever has the object may have the store."""
        self.holders[id(live)] = live
        self._found.clear()

    def is_holder(self, live: object) -> bool:
        """Say whether some task puts the store in an object."""
        return id(live) in self.holders

    def reaches(self, live: object) -> bool:
        """Say whether a store can be reached through an object."""
        if type(live) in PLAIN:
            return False
        found = self._found.get(id(live))
        if found is None:
            found = self._found[id(live)] = live, self._find(live)
        return found[1]

    def _find(self, live: object) -> bool:
        seen: dict[int, object] = {}
        waiting = [live]
        while waiting:
            one = waiting.pop()
            if type(one) in PLAIN or id(one) in seen:
                continue
            known = self._found.get(id(one))
            if known is not None and not known[1]:
                continue
            if known is not None or id(one) in self.holders or _may_be_store(one) or len(seen) >= MANY:
                return True
            seen[id(one)] = one
            waiting += _parts(one)
        self._found.update((number, (one, False)) for number, one in seen.items())
        return False


def class_in(live: object, wanted: Callable[[type], bool]) -> type | None:
    """Give the class of an object in a live one, or of that itself, if it is one that is wanted."""
    seen: dict[int, object] = {}
    waiting = [live]
    while waiting and len(seen) < MANY:
        one = waiting.pop()
        if id(one) in seen or type(one) in PLAIN or isinstance(one, _LASTING) or _may_be_store(one):
            continue
        if wanted(type(one)):
            return type(one)
        seen[id(one)] = one
        waiting += gc.get_referents(one)
    return None


def _may_be_store(live: object) -> bool:
    return issubclass(type(live), _STORES) or type(live) in _PROXIES


def _parts(live: Any) -> Iterable[object]:
    """Give what an object holds, as far as it is followed."""
    for kind, parts in _PARTS.items():
        if issubclass(type(live), kind):
            return parts(live)
    return gc.get_referents(live)


def _of_module(module: ModuleType) -> Iterable[object]:
    return () if _is_of_library(module.__name__) else vars(module).values()


def _of_class(cls: Any) -> Iterable[Any]:
    if _is_of_library(cls.__module__) or issubclass(cls, KeyRegistry):
        return ()
    return *vars(cls).values(), *cls.__bases__, type(cls)


def _of_function(function: FunctionType) -> Iterable[object]:
    parts: list[object] = [function.__closure__, function.__defaults__, function.__kwdefaults__, vars(function)]
    if is_library(function.__code__.co_filename):
        return parts
    names = names_in(function.__code__)
    dynamic = not names.isdisjoint(_DYNAMIC)
    for name in names & function.__globals__.keys():
        value = function.__globals__[name]
        if type(value) is ModuleType and not dynamic:
            inside = {} if _is_of_library(value.__name__) else vars(value)
            parts += (inside[one] for one in names & inside.keys())
        else:
            parts.append(value)
    return parts


def _is_of_library(module: str) -> bool:
    """Say whether a module is none of the user's."""
    if is_standard(module):
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return isinstance(file, str) and is_library(file)


def names_in(code: CodeType) -> set[str]:
    """Give the names in a code object, of globals and of attributes, and those in the ones inside it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= names_in(constant)
    return names


_PARTS: Final[dict[type, Callable[[Any], Iterable[object]]]] = {
    FunctionType: _of_function,
    ModuleType: _of_module,
    type: _of_class,
    CodeType: lambda _: (),
    ContextVar: lambda one: (*gc.get_referents(one), one.get(None)),
    weakref.ReferenceType: lambda one: (weakref.ReferenceType.__call__(one),),  # a class of the user's may have another
    weakref.finalize: lambda one: (one.peek(),),
}
"""What the objects of a kind hold, where that is not what the collector knows."""

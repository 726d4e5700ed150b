"""Attributes of values: of modules, classes, objects and keys, as far as nothing changes them."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
import functools
import inspect
from dataclasses import replace
from enum import Enum
from types import FunctionType, MethodDescriptorType, ModuleType, SimpleNamespace
from typing import Any

from ...keys.family import KeyFamily
from ...keys.key import StoreKey
from ...registry import RegistryMeta
from ...store import KeyValueStore
from ...workflow.task import TaskResult
from . import known
from .core import ANY
from .imports import world
from .loading import is_changed_later, is_users, method_changes_later
from .reach import class_in
from .scopes import reassigned_by
from .source import function_node, is_library, is_standard, module
from .special import Special, has_special_methods, users_method
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    TAINTED,
    Known,
    Member,
    Opaque,
    Partial,
    Ref,
    RegistryValue,
    Sequence,
    SlotFamilyValue,
    SlotValue,
    StoreValue,
    Super,
    Value,
    is_lasting,
)

STEADY = (KeyValueStore, type, FunctionType, ModuleType)
"""What a name stands for that is bound anew in some function stays so until a task is seen to do it."""
_MISSING: Any = object()
_MADE = (FunctionType, property, functools.cached_property, staticmethod, classmethod)
"""What a class of the user's has for attributes that run code of his."""


class Attributes(Special):
    """How attributes are read."""

    # --- attributes -------------------------------------------------------------------------------

    def attribute(self, owner: Value, name: str, node: ast.AST) -> Value:  # noqa: C901  # a table of kinds
        """Give an attribute of a value."""
        if type(owner) is Known:
            return self._live_attribute(owner.value, name, owner, node)
        match owner:
            case StoreValue():
                if name == "inner" and owner.namespaces:
                    return replace(owner, namespaces=owner.namespaces[:-1])
                return Opaque(taint=True) if name == "backend" else Member(owner, name)
            case SlotValue():
                if name == "key":
                    return owner.key
                return owner.store if name == "store" else Member(owner, name)
            case RegistryValue():
                return self._bound_attribute(owner, name)
            case Ref(id=number):
                return self._object_attribute(owner, number, name, node)
            case Super():
                return self._method_after(owner, name)
            case Opaque():
                return self._attribute_of_unknown(owner, name, node)
            case Sequence(cls=type()):
                return self._attribute_of_named(owner, name, node)
            case _:
                return Member(owner, name)

    def _attribute_of_named(self, owner: Sequence, name: str, node: ast.AST) -> Value:
        """Give an attribute of a named tuple: what stands at the place of a field, or what its class has."""
        cls: Any = owner.cls
        if (unsure := self._unsure_attribute(cls, name, owner)) is not None:
            return unsure
        if name in cls._fields:
            at: int = cls._fields.index(name)
            return owner.items[at]
        return self._through_class(cls, name, owner, node)

    def _attribute_of_unknown(self, owner: Opaque, name: str, node: ast.AST) -> Value:
        self.throw(ANY)
        if not owner.taint:
            return Member(owner, name)
        if node is not self.callee:
            self.remark("KR901", node, callee=self.name_of(owner, node), reason="which may be a property")
            self.obscure()
        return TAINTED

    def _bound_attribute(self, owner: RegistryValue, name: str) -> Value:
        found = inspect.getattr_static(owner.registry.value, name, None)
        if isinstance(found, StoreKey):
            return SlotValue(owner.store, Known(found))
        if isinstance(found, KeyFamily):
            return SlotFamilyValue(owner.store, Known(found))
        if isinstance(found, FunctionType):
            return Partial(Known(found), (owner,))
        self.throw(ANY)
        return TAINTED

    def _live_attribute(self, live: Any, name: str, owner: Known, node: ast.AST) -> Value:
        mark = (id(live), name)
        if (found := self._names.get(mark)) is not None:
            return found
        overlay = self.state.heap.get(-id(live))
        for attribute, assigned in () if overlay is None else overlay.items or ():
            if attribute == name:
                value: Value = assigned
                return value
        if (unsure := self._unsure_attribute(live, name, owner)) is not None:
            return unsure
        if isinstance(live, StoreKey):
            return self._attribute_of_key(live, name, owner)
        if isinstance(live, ModuleType):
            module_name = getattr(live, "__file__", "") or ""
            now = getattr(live, name, None)
            if (rebound := _is_rebound(module_name, name, now)) is not None:
                return self.doubtful(name, now, rebound=rebound)
            return self.lifted(vars(live)[name]) if name in vars(live) else self._imported(live, name)
        if isinstance(live, Enum) and name in {"name", "value"}:
            return self.lifted(getattr(live, name))
        if isinstance(live, type):
            return self._class_attribute(live, name, owner, node)
        return self._instance_attribute(live, name, owner, node)

    def _attribute_of_key(self, live: StoreKey[Any], name: str, owner: Known) -> Value:
        if not _has(live, name):
            self.throw(ANY)
        return Known(getattr(live, name)) if name in {"name", "has_default"} else Member(owner, name)

    def _unsure_attribute(self, live: Any, name: str, owner: Value) -> Opaque | None:
        """Give an attribute that some task binds anew; None if none does."""
        if self.reach.is_holder(live) and name in self.tainted_names:
            return TAINTED
        if self.is_patched(live, name):
            return Opaque(taint=name in self.tainted_names or self.tainted(owner))
        return None

    def _imported(self, live: ModuleType, name: str) -> Value:
        try:
            return self.lifted(getattr(live, name))
        except Exception:  # noqa: BLE001  # there is none, or the module has its own __getattr__
            self.throw(ANY)
            return ANYTHING_CLEAN

    def doubtful(self, name: str, live: Any, *, rebound: bool = False) -> Value:
        """Give a name that some function binds anew, or whose object it changes: what it is then is not known."""
        if not rebound and isinstance(live, STEADY):
            return self.lifted(live)
        if isinstance(live, list | dict | set):  # it may have another name too
            self.changed[id(live)] = live
        return self.unsure(name, live)

    def unsure(self, name: str, live: Any) -> Opaque:
        """Give something that may be another thing by now; what runs where it is used then is not looked for."""
        reaches = self.reach.reaches(live)
        if reaches and class_in(live, has_special_methods) is not None:
            reason = "and what it does where it is used cannot be followed"
            self.remark("KR901", self.frame.code.node, callee=repr(name), reason=reason)
            self.opaque = True
        return Opaque(taint=reaches or name in self.tainted_names)

    def stash(self, name: str, value: Value, node: ast.AST) -> None:
        """Something is put where it cannot be followed: what is read there later may be it."""
        self.lose(value, node)
        if self.tainted(value):
            self.tainted_names.add(name)
            self.remark(
                "KR901", node, callee=repr(name), reason="and what is done with it from there cannot be followed"
            )
            self.obscure()

    def _class_attribute(  # a table of kinds
        self, live: type, name: str, owner: Known, node: ast.AST
    ) -> Value:
        if isinstance(live, RegistryMeta):
            found = inspect.getattr_static(live, name, None)
            if found is None:
                self.throw(ANY)
                return ANYTHING_CLEAN
            value = self._names[id(live), name] = Known(found)
            return value
        if issubclass(live, TaskResult):
            return Member(owner, name)
        if issubclass(live, Enum) and name in live.__members__:
            member = self._names[id(live), name] = Known(live[name])
            return member
        if isinstance(vars(type(live)).get(name), property):
            return self._through_class(type(live), name, owner, node)
        try:
            found = inspect.getattr_static(live, name)
        except AttributeError:
            self.throw(ANY)
            return Member(owner, name)
        if isinstance(found, _MADE) and not _is_in(live, name):
            return self._through_class(type(live), name, owner, node)
        if (getter := users_method(type(found), "__get__")) is not None:
            return self.call(Known(getter), [Known(found), NOTHING, owner], {}, node)
        if name in self.assigned and not callable(found):
            return self.doubtful(name, found)
        return self._of_the_class(found, name, owner)

    def _of_the_class(self, found: object, name: str, owner: Known) -> Value:
        """Give what stands in a class, as it is read from the class itself."""
        if isinstance(found, staticmethod):
            return self.lifted(found.__func__)
        if isinstance(found, classmethod):
            return (
                Partial(Known(found.__func__), (owner,))
                if isinstance(found.__func__, FunctionType)
                else Member(owner, name)
            )
        if isinstance(found, (FunctionType, StoreKey, KeyFamily, type, *SCALARS)):
            return Known(found)
        if isinstance(found, KeyValueStore | tuple):
            return self.lifted(found)
        return Member(owner, name) if known.rule_for(found) is None else Known(found)

    def _instance_attribute(self, live: Any, name: str, owner: Known, node: ast.AST) -> Value:
        if name == "__dict__":
            return Opaque(taint=self.tainted(owner))
        if type(live) is not SimpleNamespace and is_standard(type(live).__module__):
            if not _has(live, name):
                self.throw(ANY)
            return Member(owner, name)
        values: dict[str, Any] = getattr(live, "__dict__", {})
        if name in values or name in getattr(type(live), "__slots__", ()):
            value = _own(live, name)
            if name in self.assigned or is_reassigned(live, name):
                return self.unsure(name, None if value is _MISSING else value)
            if value is _MISSING:
                self.throw(ANY)
                return ANYTHING_CLEAN
            return self.lifted(value)
        if name in self.assigned or is_reassigned(live, name):
            found = inspect.getattr_static(type(live), name, None)
            if not callable(found) and not hasattr(type(found), "__get__"):
                return self.doubtful(name, found)
        if isinstance(live, SCALARS) and not isinstance(inspect.getattr_static(type(live), name, None), _MADE):
            return Member(owner, name)
        return self._through_class(type(live), name, owner, node)

    def _cached(self, function: Any, name: str, owner: Value, node: ast.AST) -> Value:
        """Give what a ``cached_property`` gives: its function runs the first time alone."""
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if cell is not None and cell.items is not None and isinstance(owner, Ref):
            value = self.call(Known(function), [owner], {}, node)
            cell = self.state.heap.get(owner.id, cell)
            items = None if cell.items is None else (*cell.items, (name, value))
            self.state.replace_cell(owner.id, replace(cell, items=items))
            return value
        values: set[Value] = set()
        self.maybe(lambda: values.add(self.call(Known(function), [owner], {}, node)), node)
        known_ = len(values) == 1 and all(map(is_lasting, values))
        return values.pop() if known_ else Opaque(taint=self.tainted(owner))

    def _through_class(  # noqa: C901, PLR0912  # a table of kinds
        self, cls: type, name: str, owner: Value, node: ast.AST
    ) -> Value:
        """Give an attribute that the class of an object has: a method, a property, a constant."""
        if (unsure := self._unsure_attribute(cls, name, owner)) is not None:
            return unsure
        found = inspect.getattr_static(cls, name, _MISSING)
        if found is _MISSING or (type(cls) is not type and not _is_in(cls, name)):
            self.throw(ANY)
            return TAINTED if name in self.tainted_names else Member(owner, name)
        if (getter := users_method(type(found), "__get__")) is not None:
            return self.call(Known(getter), [Known(found), owner, Known(cls)], {}, node)
        if isinstance(found, property):
            if isinstance(found.fget, FunctionType):
                return self.call(Known(found.fget), [owner], {}, node)
            return Opaque(taint=self.tainted(owner))
        if isinstance(found, functools.cached_property):
            return self._cached(found.func, name, owner, node)
        if isinstance(found, staticmethod):
            return self.lifted(found.__func__)
        if isinstance(found, classmethod):
            return Partial(Known(found.__func__), (Known(cls),))
        if isinstance(found, FunctionType):
            return Partial(Known(found), (owner,))
        if name in self.assigned and not callable(found):
            return self.doubtful(name, found)
        if isinstance(found, (StoreKey, KeyFamily, type, KeyValueStore, tuple, list, dict, *SCALARS)):
            return self.lifted(found)
        if isinstance(found, MethodDescriptorType) and isinstance(owner, Known) and issubclass(cls, dict):
            return Member(owner, name)
        if callable(found) and hasattr(found, "__get__") and not isinstance(found, functools.partial):
            return Partial(Known(found), (owner,))
        return Opaque(taint=self.reach.reaches(found))

    def _object_attribute(self, owner: Ref, number: int, name: str, node: ast.AST) -> Value:
        cell = self.state.heap.get(number)
        if cell is None or cell.kind != "object":
            return Member(owner, name)
        for attribute, value in cell.items or ():
            if attribute == name:
                found: Value = value
                return found
        if name == "__dict__":
            self.lose(owner, node)
        if cell.cls is None or name == "__dict__":
            return Opaque(taint=self.tainted(owner))
        if cell.items is None and not isinstance(inspect.getattr_static(cell.cls, name, None), _MADE):
            return Opaque(taint=self.tainted(owner))
        return self._through_class(cell.cls, name, owner, node)

    def _method_after(self, owner: Super, name: str) -> Value:
        inner = owner.owner
        cls = self.class_of(inner) or owner.cls
        order = cls.__mro__
        start = order.index(owner.cls) + 1 if owner.cls in order else 0
        for base in order[start:]:
            found = vars(base).get(name)
            if isinstance(found, FunctionType):
                return Partial(Known(found), (inner,))
            if isinstance(found, classmethod | staticmethod):
                return Known(found.__func__)
            if found is not None:
                return Member(ANYTHING_CLEAN, name) if _is_inert(base) else Opaque(taint=True)
        return Opaque(taint=self.tainted(inner))


def _own(live: object, name: str) -> object:
    """Give what an object has itself, in its dict or in a slot."""
    try:
        return getattr(live, "__dict__", {})[name]
    except KeyError:
        pass
    try:
        return object.__getattribute__(live, name)
    except AttributeError:
        return _MISSING


def _is_in(cls: type, name: str) -> bool:
    """Say whether a class has an attribute itself, or by its bases, and not by its metaclass."""
    return any(name in vars(base) for base in cls.__mro__)


def _has(live: object, name: str) -> bool:
    """Say whether an object, whose class is not the user's, has an attribute."""
    return hasattr(type(live), name) or name in getattr(live, "__dict__", ())


def _is_inert(cls: type) -> bool:
    """Say whether nothing of the user's runs in the methods of a class."""
    return cls is object or (issubclass(cls, BaseException) and cls.__module__ == "builtins")


def type_call(live: object) -> object:
    """Give what runs when an object is called."""
    return inspect.getattr_static(type(live), "__call__", None)


def is_reassigned(live: object, name: str) -> bool:
    """Say whether methods of an object assign an attribute outside ``__init__``, or change what is in it."""
    cls: Any = type(live)
    assigned, changed = _reassigned(cls, world())
    if name in assigned:
        return True
    return name in changed and not isinstance(_own(live, name), KeyValueStore)


@functools.cache
def _reassigned(cls: Any, world: tuple[int, int]) -> tuple[frozenset[str], frozenset[str]]:
    """Give the attributes of ``self`` that methods of a class assign outside ``__init__``, and those they change."""
    assigned: set[str] = set()
    changed: set[str] = set()
    plain = is_users(cls)
    for base in cls.__mro__:
        for name, part in vars(base).items():
            function = inspect.unwrap(part) if isinstance(part, FunctionType) else None
            if (
                isinstance(function, FunctionType)
                and name not in _MAKING
                and (found := function_node(function, follow=False))
            ):
                if plain and not method_changes_later(found[1], world):
                    continue
                more = reassigned_by(found[1])
                assigned |= more[0]
                changed |= more[1]
    return frozenset(assigned), frozenset(changed)


_MAKING = frozenset({"__init__", "__new__", "__post_init__"})


def _is_rebound(file: str, name: str, live: object) -> bool | None:
    """Say whether some function binds a name of a module anew; None where none does, nor changes what it stands for."""
    found = module(file) if file and not is_library(file) else None
    if found is None:
        return None
    if name in found.declared:
        return True
    return False if name in found.changed_at and is_changed_later(found, name, live) else None

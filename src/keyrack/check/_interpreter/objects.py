"""Objects that a task makes: instances, lists, dicts; and stores, keys and states made by a call."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import MISSING, is_dataclass
from enum import Enum, Flag
from types import FunctionType
from typing import Any

from ...keys.key import StoreKey
from ...registry import KeyRegistry
from ...store import KeyValueStore
from ...stores import NamespacedStore
from . import known
from .comparing import looked_up, put_in
from .core import ANY, DeadEnd
from .follow import may_change
from .losing import Losing
from .named import is_named_tuple
from .reach import class_in
from .source import is_library, is_standard
from .special import users_method
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    TAINTED,
    Cell,
    Function,
    Known,
    Member,
    Opaque,
    Pending,
    Ref,
    RegistryValue,
    Sequence,
    StoreValue,
    Value,
)

_KINDS: dict[type, str] = {list: "list", set: "set", frozenset: "set", dict: "dict"}

_GONE_THROUGH = frozenset({list, tuple, set, frozenset, reversed, enumerate, zip, iter})
"""What gives the items of what it is given, as they are."""

FEW_MEMBERS = 8
"""Of how many members of an enum each is tried, where it is not known which one it is."""


class Objects(Losing):
    """How classes are called, and the methods of containers."""

    # --- objects ----------------------------------------------------------------------------------

    def construct(  # noqa: C901, PLR0912  # a table of kinds
        self, cls: type, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Make an instance of a live class."""
        self.heed_end(cls, (*args, *kwargs.values()), node)
        if issubclass(cls, KeyRegistry):
            if args and isinstance(args[0], StoreValue):
                return RegistryValue(args[0], Known(cls))
            return self.unknown_call(Known(cls), args, kwargs, node)
        if issubclass(cls, NamespacedStore):
            return self._namespaced(cls, args, kwargs, node)
        if issubclass(cls, KeyValueStore):
            self.assume("a store that a task makes for itself is not followed further", node)
            return StoreValue(f"new-{getattr(node, 'lineno', 0)}")
        if issubclass(cls, Enum):
            return self._enum_member(cls, args, node)
        if issubclass(cls, StoreKey):
            return self._new_key(args, kwargs)
        if cls in known.HARMLESS:
            self.throw(ANY)
            self.look_at(args, node)
            return self._converted(cls, args)
        if cls in known.CALLBACKS:
            return self.hand(cls, args, kwargs, node)
        if cls in known.CONTAINERS:
            return self._container(cls, args, kwargs, node)
        if issubclass(cls, BaseException):
            return self._exception(cls, args, kwargs, node)
        involved = any(map(self.tainted, (*args, *kwargs.values())))
        init: Any = inspect.getattr_static(cls, "__init__", None)
        if involved and is_dataclass(cls) and is_generated(init):
            return self._dataclass(cls, args, kwargs, node)
        if isinstance(init, FunctionType) and not is_library(init.__code__.co_filename) and _is_plain(cls):
            owner = self.made(Cell("object", (), cls=cls), node)
            self.call(Known(init), [owner, *args], kwargs, node)
            return owner
        if init is object.__init__ and _is_plain(cls) and not is_standard(cls.__module__):
            return self.made(Cell("object", (), cls=cls), node)
        plain = all(isinstance(value, Known | Opaque) for value in (*args, *kwargs.values()))
        if plain and is_named_tuple(cls) and not {"*", "**"} & kwargs.keys() and not self.tainted(Known(cls)):
            return self._named_tuple(cls, args, kwargs)
        result = self.unknown_call(Known(cls), args, kwargs, node)
        return Opaque(taint=result.taint, not_none=True) if isinstance(result, Opaque) else result

    def heed_end(self, cls: type, given: Many[Value], node: ast.AST) -> None:
        """Let an object that holds some values do something to them, or to what its class reaches, when it is gone."""
        if not _is_mortal(cls):
            return
        if self.tainted(Known(cls)) or any(self.tainted(value) or may_change(value) for value in given):
            self._end_somewhen(cls, node)

    def let_go(self, live: object, node: ast.AST) -> None:
        """Let a live object be gone, with all that it holds: something else stands where it stood."""
        if self.reach.reaches(live) and (cls := class_in(live, _is_mortal)) is not None:
            self._end_somewhen(cls, node)

    def _end_somewhen(self, cls: type, node: ast.AST) -> None:
        self.remark("KR901", node, callee=f"{cls.__qualname__}.__del__()", reason="which runs nobody knows when")
        self.obscure()

    def _named_tuple(self, cls: Any, args: Many[Value], kwargs: Mapping[str, Value]) -> Value:
        fields: tuple[str, ...] = cls._fields
        given = {**dict(zip(fields, args, strict=False)), **kwargs}
        values = {**{name: self.lifted(value) for name, value in cls._field_defaults.items()}, **given}
        if len(given) < len(args) + len(kwargs) or values.keys() != {*fields}:
            self.throw(ANY)
            raise DeadEnd
        return Sequence(tuple(values[name] for name in fields), cls)

    def _exception(
        self, cls: type[BaseException], args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Make an exception: what is kept of it is its class alone."""
        self.throw(ANY)
        init: Any = inspect.getattr_static(cls, "__init__", None)
        if isinstance(init, FunctionType) and not is_library(init.__code__.co_filename):
            owner = self.made(Cell("object", (), cls=cls), node)
            self.call(Known(init), [owner, *args], kwargs, node)
            self.state.heap = {number: cell for number, cell in self.state.heap.items() if number != owner.id}
        self.lose_all((*args, *kwargs.values()), node)
        tainted = any(map(self.tainted, (*args, *kwargs.values())))
        return TAINTED if tainted else Pending("exception", Known(cls))

    def _namespaced(self, cls: type, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        if len(args) == 2 and isinstance(args[0], StoreValue):  # noqa: PLR2004
            store, name = args
            if isinstance(name, Known) and isinstance(name.value, str) and isinstance(store, StoreValue):
                return dataclasses.replace(store, namespaces=(*store.namespaces, name.value))
            self.remark("KR902", node, verb="NamespacedStore")
            self.opaque = True
            symbol = name.symbol if isinstance(name, Opaque) else ""
            return StoreValue(f"?{symbol}")
        return self.unknown_call(Known(cls), args, kwargs, node)

    def _enum_member(self, cls: type[Enum], args: Many[Value], node: ast.AST) -> Value:
        if len(args) == 1 and isinstance(args[0], Known):
            try:
                return Known(cls(args[0].value))
            except Exception:  # noqa: BLE001  # it raises at run time too
                self.throw(ANY)
                raise DeadEnd from None
        self.throw(ANY)
        self.look_at(args, node)
        if len(args) == 1 and cls is not self.states and 0 < len(cls) <= FEW_MEMBERS and not issubclass(cls, Flag):
            return self.pick([Known(member) for member in cls])
        return ANYTHING_CLEAN

    def _new_key(self, args: Many[Value], kwargs: Mapping[str, Value]) -> Value:
        """Make a key that a task makes for itself, where its name and its type are known."""
        self.throw(ANY)
        if len(args) == 2 and all(isinstance(arg, Known) for arg in args) and "*" not in kwargs:  # noqa: PLR2004
            name, form = (arg.value for arg in args if isinstance(arg, Known))
            given = (kwargs[name] for name in ("default", "default_factory") if name in kwargs)
            return key_of(name, form, default=any(value != NOTHING for value in given))
        return ANYTHING_CLEAN

    def _converted(self, cls: type, args: Many[Value]) -> Value:
        if cls is type and len(args) == 1:
            found = self.class_of(args[0])
            return Known(found) if found is not None else Opaque(taint=self.tainted(args[0]))
        if cls in {str, int, bool, float, range, slice} and args and all(isinstance(arg, Known) for arg in args):
            values = [arg.value for arg in args if isinstance(arg, Known)]
            if all(isinstance(value, int | str | bool | float | None) for value in values):
                try:
                    return Known(cls(*values))
                except Exception:  # noqa: BLE001  # it raises at run time too
                    raise DeadEnd from None
        return Opaque(not_none=True)

    def _container(  # noqa: C901  # a table of kinds
        self, cls: type, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        self.throw(ANY)
        if cls is dict and ("*" in kwargs or len(args) <= 1):
            return self._new_dict(args, kwargs, node)
        start = kwargs.get("start", args[1] if cls is enumerate and len(args) > 1 else Known(0))
        items: list[Value] = []
        for given in args[:1] if cls is enumerate else args:
            arg: Value = given
            if cls in known.WHOLE and "*" not in kwargs and (gathered := self.gathered(given, node)) is not None:
                arg = gathered
            found = self.items_of(arg if cls in {set, frozenset} else self.in_order(arg), node)
            if found is None or "*" in kwargs or cls not in _GONE_THROUGH:
                if cls not in known.WHOLE:
                    return Pending("mapped", Known(cls), tuple(args))
                self.exhaust(arg, node)
                return Opaque(taint=any(map(self.tainted, args)), not_none=True)
            items.append(Sequence(found))
        if not args:
            return self.made(Cell(_KINDS.get(cls, "list"), ()), node)
        content = [item.items for item in items if isinstance(item, Sequence)]
        if cls is enumerate:
            return iterator(_numbered(content[0], start), args[:1])
        if cls is zip:
            return iterator(tuple(Sequence(pair) for pair in zip(*content, strict=False)), args)
        if cls is reversed:
            return iterator(content[0][::-1], args)
        if cls is iter:
            return iterator(content[0], args)
        if cls is tuple:
            return Sequence(content[0])
        return self.made(Cell(_KINDS.get(cls, "list"), content[0]), node)

    def _new_dict(self, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Make a dict of another one and of names."""
        pairs: list[Value] | None = []
        for arg in args:
            cell = self.state.heap.get(arg.id) if isinstance(arg, Ref) else None
            if cell is not None and cell.kind == "dict" and cell.items is not None:
                pairs = [Sequence(pair) for pair in cell.items]
            else:
                found = self.items_of(arg, node)
                pairs = None if found is None else [*found]
                self.exhaust(arg, node)
        told = [_pair_of(pair) for pair in pairs or ()] + [(Known(name), value) for name, value in kwargs.items()]
        content: list[tuple[Value, Value]] = []
        sure = not {"*", "**"} & kwargs.keys() and all(pair is not None and put_in(content, *pair) for pair in told)
        if pairs is None or not sure:
            taint = any(map(self.tainted, (*args, *kwargs.values())))
            self.lose_all((*args, *kwargs.values()), node)
            return self.made(Cell("dict", None, taint=taint), node)
        return self.made(Cell("dict", (*content,)), node)

    def _dataclass(self, cls: type, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        made = self.made(Cell("object", (), cls=cls), node)
        self.fill(made, cls, args, kwargs, node)
        return made

    def fill(self, made: Ref, cls: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> None:
        """Do what the ``__init__`` does that was written for a dataclass."""
        fields = [one for one in cls.__dataclass_fields__.values() if not _is_kind(one, "_FIELD_CLASSVAR")]
        taken = [one for one in fields if one.init]
        by_place = [one.name for one in taken if not one.kw_only]
        names = {one.name for one in taken}
        if len(args) > len(by_place) or not kwargs.keys() <= names - {*by_place[: len(args)]}:
            self.throw(ANY)
            if not {"*", "**"} & kwargs.keys():
                raise DeadEnd
            self.unknown_call(Known(cls), args, kwargs, node)
            self.state.replace_cell(made.id, Cell("object", None, taint=True, cls=cls))
            return
        values: dict[str, Value] = {**dict(zip(by_place, args, strict=False)), **kwargs}
        for one in fields:
            if one.name not in values:
                if one.default_factory is not MISSING:
                    values[one.name] = self.call(Known(one.default_factory), [], {}, node)
                elif one.default is not MISSING:
                    values[one.name] = self.lifted(one.default)
                elif one.init:
                    self.throw(ANY)
                    raise DeadEnd
        inits = [values.pop(one.name) for one in fields if _is_kind(one, "_FIELD_INITVAR")]
        cell = self.state.heap[made.id]
        content = {**dict(cell.items or ()), **values}
        self.state.replace_cell(made.id, Cell("object", tuple(content.items()), taint=cell.taint, cls=cell.cls))
        after = inspect.getattr_static(cell.cls or cls, "__post_init__", None)
        if isinstance(after, FunctionType):
            self.call(Known(after), [made, *inits], {}, node)

    def _call_cell(
        self, owner: Ref, number: int, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        cell = self.state.heap.get(number)
        if cell is None or cell.kind == "object":
            return self.unknown_call(Member(owner, name), args, kwargs, node)
        if cell.kind == "tasks":
            return self.call_of_tasks(owner, cell, name, args, kwargs, node)
        self.throw(ANY)
        self.look_at(args, node)  # a set asks them for their hash
        if cell.kind == "dict":
            return self._call_dict(owner, cell, name, args, node)
        if name in {"append", "add"} and args and cell.items is not None:
            self.state.replace_cell(number, Cell(cell.kind, (*cell.items, args[0]), taint=cell.taint))
            if len(cell.items) >= 32:  # noqa: PLR2004  # a list that grows without end
                self.lose(owner, node)
            return NOTHING
        for arg in args:
            self.exhaust(arg, node)
        if name in {"copy", "index", "count", "issubset", "issuperset", "union", "join"}:
            self.lose_items(owner, node)
            return Opaque(taint=self.tainted(owner))
        taint = any(map(self.tainted, (owner, *args, *kwargs.values())))
        self.lose_all((owner, *args, *kwargs.values()), node)
        for arg in (*args, *kwargs.values()):
            if isinstance(arg, Function):
                self.maybe(functools.partial(self.call, arg, [ANYTHING_CLEAN], {}, node), node)
        self.state.replace_cell(number, Cell(cell.kind, None, taint=taint))
        return Opaque(taint=taint)

    def _call_dict(self, owner: Ref, cell: Cell, name: str, args: Many[Value], node: ast.AST) -> Value:
        if cell.items is not None and name in {"items", "keys", "values"}:
            return Pending("view", Member(owner, name))
        if name == "get" and args and cell.items is not None:
            default = args[1] if len(args) > 1 else NOTHING
            found, sure = looked_up(cell.items, args[0])
            return self.pick(found if sure else [*dict.fromkeys([*found, default])])
        taint = any(map(self.tainted, (owner, *args)))
        if name in {"items", "keys", "values", "copy"}:
            self.lose_items(owner, node)
        else:
            self.lose_all((owner, *args), node)
            self.state.replace_cell(owner.id, Cell("dict", None, taint=taint))
        return Opaque(taint=taint)


def _is_mortal(cls: type) -> bool:
    return users_method(cls, "__del__") is not None


def key_of(name: Any, form: Any, *, default: bool) -> Value:
    """Give a key that a task makes for itself, the same one whenever it makes it."""
    try:
        return _key_of(name, form, default)
    except Exception:  # noqa: BLE001  # it raises at run time too, or its type cannot be hashed
        return ANYTHING_CLEAN


@functools.cache
def _key_of(name: Any, form: Any, default: bool) -> Known:  # it is hashed
    key: StoreKey[Any] = StoreKey(name, form)
    if default:
        key.declaration.factory = lambda: None  # whatever it gives, nobody asks it
    return Known(key)


def _numbered(items: tuple[Value, ...], start: Value) -> tuple[Value, ...]:
    """Give pairs of a number and an item, as ``enumerate`` does."""
    first = start.value if isinstance(start, Known) and type(start.value) is int else None
    places = [ANYTHING_CLEAN if first is None else Known(first + at) for at in range(len(items))]
    return tuple(map(Sequence, zip(places, items, strict=True)))


def iterator(items: tuple[Value, ...], over: Many[Value]) -> Pending:
    """Give something that can be gone through once.

    Args:
        items: what it gives.
        over: what it goes through itself: where that is changed meanwhile, it gives something else.
    """
    return Pending("iterator", Sequence(items), tuple(over))


def is_generated(init: object) -> bool:
    """Say whether a dataclass has not been given its ``__init__`` by hand."""
    return isinstance(init, FunctionType) and init.__code__.co_filename == "<string>"


def _is_kind(field: Any, kind: str) -> bool:
    return field._field_type is getattr(dataclasses, kind)


def _pair_of(value: Value) -> tuple[Value, Value] | None:
    match value:
        case Sequence(items=(key, inner)):
            return key, inner
        case _:
            return None


def _is_plain(cls: type) -> bool:
    """Say whether instances are made and hold attributes in the plain way."""
    return (
        type(cls).__call__ is type.__call__
        and all(getattr(cls, name) is getattr(object, name) for name in ("__new__", "__setattr__", "__getattribute__"))
        and not hasattr(cls, "__getattr__")
    )

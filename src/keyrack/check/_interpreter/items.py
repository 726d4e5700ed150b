"""Attributes, items and iteration: what is in a value, as far as that is known."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from collections import Counter, OrderedDict, defaultdict, deque
from enum import Enum
from itertools import permutations
from typing import Any

from ...keys.family import KeyFamily
from ...keys.key import StoreKey
from ...registry import RegistryMeta
from .comparing import looked_up, plain, same_value
from .core import ANY, DeadEnd
from .loading import is_users
from .names import Names
from .special import users_method
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    Cell,
    Element,
    Known,
    Member,
    Opaque,
    Partial,
    Pending,
    Ref,
    RegistryValue,
    Sequence,
    SlotFamilyValue,
    SlotValue,
    Value,
)

_EACH = frozenset({Known(enumerate), Known(iter)})
"""What goes through the whole of one thing, when somebody goes through it."""
_INERT = frozenset({list, tuple, dict, set, frozenset, range, deque, OrderedDict, Counter, defaultdict})
"""Nothing of the user's runs when one of these is gone through."""
MOST_ITEMS = 48
"""The longest sequence whose items are looked at one by one."""

FEW_ITEMS = 3
"""The largest set that is gone through in every order; in a larger one any item may come after any other."""


def _has_item(live: Any, at: tuple[Any] | None) -> bool:
    """Say whether a dict that may make what is not in it surely has something under a key."""
    if at is None or users_method(type(live), "__getitem__") is not None or not isinstance(at[0], SCALARS):
        return False
    return at[0] in live


class Items(Names):
    """How attributes and items are read."""

    # --- attributes and items ----- -----------------------------------------------------------------

    def _eval_Attribute(self, node: ast.Attribute) -> Value:
        owner = self.evaluate(node.value)
        value = self.attribute(owner, node.attr, node)
        if type(value) is Known and type(owner) is Known:
            fixed = self.frames[-1].code.fixed
            if node.value in fixed and self._names.get((id(owner.value), node.attr)) is value:
                fixed[node] = value
        return value

    def _eval_Subscript(self, node: ast.Subscript) -> Value:
        owner = self.evaluate(node.value)
        if type(node.slice) is ast.Slice:
            return self._slice_of(owner, self._slice(node.slice), node)
        value = self.item(owner, self.evaluate(node.slice), node)
        if type(value) is Known and type(owner) is Known and isinstance(owner.value, KeyFamily):
            fixed = self.frames[-1].code.fixed
            if node.value in fixed and node.slice in fixed:
                fixed[node] = value
        return value

    def _eval_Slice(self, node: ast.Slice) -> Value:
        self._slice(node)
        return ANYTHING_CLEAN

    def _slice(self, node: ast.Slice) -> slice | None:
        """Give a slice whose bounds are known."""
        bounds = [NOTHING if part is None else self.evaluate(part) for part in (node.lower, node.upper, node.step)]
        live = [bound.value for bound in bounds if isinstance(bound, Known) and isinstance(bound.value, int | None)]
        return slice(*live) if len(live) == len(bounds) and live[2] != 0 else None

    def _slice_of(self, owner: Value, part: slice | None, node: ast.AST) -> Value:
        """Give a part of a value: of a list a new list."""
        if isinstance(owner, Known) and not isinstance(owner.value, list | str | bytes):
            return self.item(owner, ANYTHING_CLEAN, node)
        if isinstance(owner, Known) and isinstance(owner.value, str | bytes) and part is not None:
            return Known(owner.value[part])
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if isinstance(owner, Ref) and (cell is None or cell.kind != "list"):
            return self.item(owner, ANYTHING_CLEAN, node)
        items = self.items_of(owner, node) if isinstance(owner, Known | Ref | Sequence) else None
        if part is None or items is None:
            self.throw(ANY)
            self.lose_items(owner, node)
            return Opaque(taint=self.tainted(owner), not_none=isinstance(owner, Known | Ref | Sequence))
        return Sequence(items[part]) if isinstance(owner, Sequence) else self.made(Cell("list", items[part]), node)

    def item(self, owner: Value, index: Value, node: ast.AST) -> Value:
        """Give an item of a value."""
        if (told := self.special(owner, ("__getitem__",), (index,), node)) is not None:
            return told
        self.look_at((index,), node)
        if type(index) is Known and type(index.value) is slice:
            return self._slice_of(owner, index.value, node)
        match owner:
            case Known(value=live) if isinstance(live, KeyFamily):
                return self._member_of(live, index)
            case SlotFamilyValue(store=store, family=Known(value=family)):
                return SlotValue(store, self._member_of(family, index))
            case Sequence(items=items):
                return self._item_of(items, index, node)
            case Ref(id=number):
                return self._item_of_cell(owner, number, index, node)
            case Known(value=live):
                return self._item_of_live(live, index, node)
            case _:
                self.throw(ANY)
                return Opaque(taint=self.tainted(owner))

    def _member_of(self, family: KeyFamily[Any, Any], index: Value) -> Value:
        live = plain(index)
        if live is not None:
            try:
                return Known(family[live[0]])
            except Exception:  # noqa: BLE001  # it raises at run time too
                self.throw(ANY)
                raise DeadEnd from None
        return Element(family, index.symbol if isinstance(index, Opaque) else "")

    def _item_of(self, items: tuple[Value, ...], index: Value, node: ast.AST) -> Value:
        if isinstance(index, Known) and isinstance(index.value, int):
            if -len(items) <= index.value < len(items):
                return items[index.value]
            self.throw(ANY)
            raise DeadEnd
        self.throw(ANY)
        if items and len(items) <= MOST_ITEMS:
            return self.pick([*dict.fromkeys(items)])
        self.lose_items(Sequence(items), node)
        return Opaque(taint=any(map(self.tainted, items)))

    def _item_of_cell(self, owner: Ref, number: int, index: Value, node: ast.AST) -> Value:
        cell = self.state.heap.get(number)
        self.throw(ANY)
        if cell is None or cell.items is None or cell.kind not in {"list", "dict"}:
            return Opaque(taint=self.tainted(owner))
        if cell.kind == "list":
            if isinstance(index, Opaque) and not cell.items:
                return ANYTHING_CLEAN
            return self._item_of(cell.items, index, node)
        found, _ = looked_up(cell.items, index)
        if not found and plain(index) is not None:
            raise DeadEnd
        return self.pick(found) if found else ANYTHING_CLEAN

    def _item_of_live(self, live: Any, index: Value, node: ast.AST) -> Value:  # noqa: C901  # a table of kinds
        self.throw(ANY)
        at, is_changed = plain(index), id(live) in self.changed
        missing = self._missing_in(live, index)
        if missing is not None and (is_changed or not _has_item(live, at)):
            self.changed[id(live)] = live  # it may keep what it makes
            self.maybe(lambda: self.call(missing, (), {}, node), node)
            return Opaque(taint=self.tainted(Known(live)))
        if is_changed:
            return Opaque(taint=self.tainted(Known(live)))
        if isinstance(live, type) and issubclass(live, Enum):
            if at is not None and isinstance(at[0], str):
                if at[0] not in live.__members__:
                    raise DeadEnd
                return Known(live[at[0]])
            return ANYTHING_CLEAN
        if isinstance(live, RegistryMeta) and at is not None:
            try:
                return Known(live[at[0]])
            except Exception:  # noqa: BLE001  # it raises at run time too
                raise DeadEnd from None
        if isinstance(live, type) and (method := users_method(live, "__class_getitem__")) is not None:
            return self.call(Known(method), (Known(live), index), {}, node)
        if isinstance(live, dict | list | tuple) and users_method(type(live), "__getitem__") is None:
            self.assume("a dict or list of a module is read as it is when the check runs", node)
            return self._content_of(live, at)
        if isinstance(live, str | bytes) and at is not None:
            try:
                return Known(live[at[0]])
            except Exception:  # noqa: BLE001  # it raises at run time too
                raise DeadEnd from None
        return Opaque(taint=self.tainted(Known(live)))

    def _content_of(self, live: Any, at: tuple[Any] | None) -> Value:
        """Give an item of a live dict, list or tuple, or any of them where it is not known which."""
        if at is not None:
            try:
                return self.lifted(live[at[0]])
            except Exception:  # noqa: BLE001  # it raises at run time too
                raise DeadEnd from None
        values = [*live.values()] if isinstance(live, dict) else [*live]
        known = all(isinstance(value, (StoreKey, Enum)) or callable(value) or is_users(type(value)) for value in values)
        if 0 < len(values) <= MOST_ITEMS and known:
            return self.pick([*dict.fromkeys(map(self.lifted, values))])
        return Opaque(taint=self.tainted(Known(live)))

    def _missing_in(self, live: Any, index: Value) -> Value | None:
        """Give what a dict may call for a key that it does not have, if it calls something."""
        if isinstance(live, defaultdict) and live.default_factory is not None:
            return Known(live.default_factory)
        method = users_method(type(live), "__missing__") if isinstance(live, dict) else None
        return None if method is None else Partial(Known(method), (Known(live), index))

    # --- iteration --------------------------------------------------------------------------------

    def items_of(self, value: Value, node: ast.AST) -> tuple[Value, ...] | None:
        """Give the items of a value, where they are known."""
        match value:
            case Sequence(items=items):
                return items
            case Pending(kind="iterator", call=Sequence(items=items)) if not is_named(node):
                return items
            case Ref(id=number):
                cell = self.state.heap.get(number)
                if cell is None or cell.items is None or cell.kind in {"object", "tasks"}:
                    return None
                return tuple(pair[0] for pair in cell.items) if cell.kind == "dict" else cell.items
            case Known(value=live):
                return self._items_of_live(live, node)
            case Pending(kind="view", call=Member(owner=Ref(id=number), name=name)):
                return self._items_of_view(number, name)
            case _:
                return None

    def _items_of_view(self, number: int, name: str) -> tuple[Value, ...] | None:
        """Give what ``items()``, ``keys()`` or ``values()`` of a dict holds now."""
        cell = self.state.heap.get(number)
        if cell is None or cell.items is None or cell.kind != "dict":
            return None
        if name == "items":
            return tuple(map(Sequence, cell.items))
        return tuple(pair[0 if name == "keys" else 1] for pair in cell.items)

    def _items_of_live(self, live: Any, node: ast.AST) -> tuple[Value, ...] | None:
        if id(live) in self.changed:
            return None
        if isinstance(live, range):
            return tuple(map(Known, live)) if len(live) <= MOST_ITEMS else None
        if isinstance(live, frozenset | list | set | dict) and users_method(type(live), "__iter__") is None:
            content: Any = live
            if not isinstance(live, frozenset):
                self.assume("a dict or list of a module is read as it is when the check runs", node)
            return tuple(map(self.lifted, content)) if len(content) <= MOST_ITEMS else None
        if isinstance(live, RegistryMeta):
            return tuple(map(Known, live))
        if isinstance(live, type) and issubclass(live, Enum):
            return tuple(map(Known, live))
        if isinstance(live, str) and len(live) <= MOST_ITEMS:
            return tuple(map(Known, live))
        return None

    def in_order(self, value: Value) -> Value:
        """Give a set as something that has an order: a small one in each that it may have, a larger one in any."""
        items: tuple[Value, ...] | None = None
        if type(value) is Ref:
            cell = self.state.heap.get(value.id)
            items = cell.items if cell is not None and cell.kind == "set" else None
        elif type(value) is Known and isinstance(value.value, set | frozenset) and id(value.value) not in self.changed:
            items = tuple(map(self.lifted, value.value))
        if not items:
            return value
        if len(items) > FEW_ITEMS or (apart := _told_apart(items)) is None:
            return Pending("unordered", Sequence(items))
        return self.pick([*map(Sequence, permutations(apart))])

    def exhaust(self, value: Value, node: ast.AST) -> None:
        value = self.taken(value, node)
        if isinstance(value, Pending) and value.kind == "mapped" and value.call in _EACH:
            self.exhaust(value.args[0], node)
        elif not isinstance(value, Pending) or value.kind != "generator":
            self.go_through(value, node)
        elif self.acts(value):
            self.drain(value, node)
        else:
            self.consume(value, node)

    def go_through(self, source: Value, node: ast.AST) -> None:
        self.lose_items(source, node)
        if (inner := self.special(source, ("__iter__", "__aiter__"), (), node)) is not None:
            source = inner
            self.maybe(lambda: self.special(inner, ("__next__", "__anext__"), (), node), node)
        if isinstance(source, Pending):
            self.consume(source, node)
        elif self.tainted(source) and not _is_inert(source):
            self.remark("KR901", node, callee=self.name_of(source, node), reason="which is only known at run time")
            self.obscure()

    def element_of(self, source: Value) -> Value:
        """Give what is known of any item of a value."""
        if isinstance(source, Pending) and source.kind == "stored":
            family = source.call
            if isinstance(family, SlotFamilyValue) and isinstance(family.family.value, KeyFamily):
                live: KeyFamily[Any, Any] = family.family.value
                return SlotValue(family.store, Element(live, "stored"))
        if isinstance(source, Pending) and source.kind == "unordered" and isinstance(source.call, Sequence):
            items = source.call.items
            if len(items) <= MOST_ITEMS:
                return self.pick([*dict.fromkeys(items)])
        return Opaque(taint=self.tainted(source) and not isinstance(source, RegistryValue))


def _told_apart(items: tuple[Value, ...]) -> list[Value] | None:
    """Give the items of a set without doubles; None where it is not known which of them are equal."""
    kept: list[Value] = []
    for item in items:
        answers = [same_value(item, other) for other in kept]
        if None in answers:
            return None
        if True not in answers:
            kept.append(item)
    return kept


def _is_inert(source: Value) -> bool:
    """Say whether nothing runs when something is gone through."""
    if isinstance(source, Known):
        return type(source.value) in _INERT
    return isinstance(source, Ref | Sequence | SlotFamilyValue | Pending)


def is_named(node: ast.AST) -> bool:
    """Say whether what is gone through has a name: then somebody else may have gone through it before."""
    match node:
        case ast.For(iter=inner) | ast.AsyncFor(iter=inner) | ast.comprehension(iter=inner):
            return isinstance(inner, ast.Name)
        case ast.Call(args=args):
            return any(isinstance(arg, ast.Name) for arg in args)
        case _:
            return False

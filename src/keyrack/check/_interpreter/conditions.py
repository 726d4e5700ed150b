"""Conditions: where it is not known whether they hold, the path parts, and each way remembers what it was."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from enum import EnumMeta
from typing import Any

from ...keys.key import StoreKey
from ...registry import RegistryMeta
from ..relation import IF_PRESENT, Relation
from .calls import SPAWNING
from .comparing import equal, identical, plain, same_value, truth_of
from .core import ANY, DeadEnd
from .items import Items
from .source import CHANGING
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    Element,
    Known,
    Member,
    Opaque,
    Pending,
    Ref,
    Sequence,
    SnapshotValue,
    StoreValue,
    Value,
    known_as,
)

_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ACTING = (ast.Call, ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)
"""What must not be evaluated twice."""
_COMPARING: dict[type[ast.cmpop], str] = {
    ast.Eq: "__eq__",
    ast.NotEq: "__ne__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
}


class Conditions(Items):
    """How conditions are evaluated."""

    # --- conditions -------------------------------------------------------------------------------

    def truth(self, value: Value, node: ast.expr) -> bool:
        """Say whether a value is true; where that is not known, both ways are gone."""
        if (told := self.special(value, ("__bool__", "__len__"), (), node)) is not None:
            value = told
        match value:
            case Known(value=live):
                told_so = truth_of(live)
                return self.pick([True, False]) if told_so is None else told_so
            case Opaque(truth=bool(truth)):
                return truth
            case Sequence(items=items):
                return bool(items)
            case Ref(id=number):
                cell = self.state.heap.get(number)
                if (
                    cell is not None
                    and cell.kind == "object"
                    and not hasattr(cell.cls, "__bool__")
                    and not hasattr(cell.cls, "__len__")
                ):
                    return True
                if cell is not None and cell.items is not None and cell.kind != "object":
                    return bool(cell.items)
                return self.pick([True, False])
            case Pending(kind="view"):
                found = self.items_of(value, node)
                return self.pick([True, False]) if found is None else bool(found)
            case Opaque() | Member() | Element() | SnapshotValue() | Pending(kind="stored" | "exception"):
                return self._supposed(value, node)
            case _:
                return True

    def _supposed(self, value: Value, node: ast.expr) -> bool:
        """Go both ways on a value that is not known, and remember on each what it was."""
        chosen = self.pick([True, False])
        unknown = _unknown_of(value) if isinstance(value, Member) else value
        if isinstance(unknown, Opaque):
            self._learned(node, known_as(unknown, truth=chosen, not_none=chosen))
        if isinstance(value, Opaque) and chosen and value.key is not None:
            self._found(*value.key)
        return chosen

    def _found(self, key: str, relation: Relation) -> None:
        """A value that was read from a key is true: the key was there, if nothing has happened to it since."""
        self.happen(lambda one: one.after(key, IF_PRESENT) if one.relation(key) == relation else one)

    def _learned(self, node: ast.expr, value: Value) -> None:
        """Remember of a variable what was found out about it."""
        if isinstance(node, ast.NamedExpr):
            node = node.target
        if isinstance(node, ast.Name) and isinstance(self.state.env.get(node.id), Opaque | Member):
            self.state.env[node.id] = value

    def holds(self, node: ast.expr) -> bool:
        """Evaluate a condition."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not self.holds(node.operand)
        if isinstance(node, ast.BoolOp):
            wanted = isinstance(node.op, ast.Or)
            return next((wanted for part in node.values if self.holds(part) is wanted), not wanted)
        self._ask(node)
        return self.truth(self.evaluate(node), node)

    def _ask(self, node: ast.expr) -> None:
        """Note the calls of which a condition asks something."""
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Call() as inner]):
                self.asked.add(inner)
            case ast.Call():
                self.asked.add(node)
            case ast.NamedExpr(value=ast.Call() as inner):
                self.asked.add(inner)
            case ast.Compare(left=left, comparators=others):
                for part in (left, *others):
                    self._ask(part)
            case _:
                pass

    def _eval_BoolOp(self, node: ast.BoolOp) -> Value:
        wanted = isinstance(node.op, ast.Or)
        for part in node.values[:-1]:
            value = self.evaluate(part)
            if self.truth(value, part) is wanted:
                return known_as(value, truth=wanted) if isinstance(value, Opaque) else value
        return self.evaluate(node.values[-1])

    def _eval_UnaryOp(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return Known(not self.holds(node.operand))
        value = self.evaluate(node.operand)
        if (told := self.special(value, ("__neg__", "__pos__", "__invert__"), (), node)) is not None:
            return told
        if isinstance(value, Known) and type(value.value) in {int, float, bool, str, type(None)}:
            try:
                return Known(_SIGNS[type(node.op)](value.value))
            except Exception:  # noqa: BLE001  # it raises at run time too
                self.throw(ANY)
                raise DeadEnd from None
        self.throw(ANY)
        return Opaque(taint=self.tainted(value))

    def _eval_IfExp(self, node: ast.IfExp) -> Value:
        taken = self.holds(node.test)
        self.step([self.state], lambda: self.text(node.test), taken, node.test)
        return self.evaluate(node.body if taken else node.orelse)

    def _eval_Compare(self, node: ast.Compare) -> Value:
        left = self.evaluate(node.left)
        place = node.left
        unknown = False
        last = len(node.ops) - 1
        for at, (op, comparator) in enumerate(zip(node.ops, node.comparators, strict=True)):
            right = self.evaluate(comparator)
            value = self._compared(node, place, left, op, right)
            if at == last:
                return ANYTHING_CLEAN if unknown else value
            if isinstance(value, Known) or not all(map(self._is_still, node.comparators[at + 1 :])):
                if not self.truth(value, comparator):
                    return Known(False)
            else:  # the path need not part: what comes after does nothing
                unknown = True
            left, place = right, comparator
        return ANYTHING_CLEAN

    def _is_still(self, node: ast.expr) -> bool:
        """Say whether nothing happens where an expression is evaluated and compared."""
        if isinstance(node, ast.Name):
            return not self.tainted(self.lookup(node.id))
        return isinstance(node, ast.Constant)

    def _compared(self, node: ast.Compare, place: ast.expr, left: Value, op: ast.cmpop, right: Value) -> Value:
        """Compare two values; the left one stands at *place*."""
        if isinstance(op, ast.Is | ast.IsNot):
            same = self._same(place, left, right, identity=True)
            return ANYTHING_CLEAN if same is None else Known(same is isinstance(op, ast.Is))
        self.throw(ANY)
        method = _COMPARING.get(type(op), "__contains__")
        owner, other = (right, left) if method == "__contains__" else (left, right)
        if (told := self.special(owner, (method,), (other,), node)) is not None:
            return told
        self.look_at((left, right), node)
        if isinstance(op, ast.In | ast.NotIn):
            return self._contained(left, op, right, node)
        if isinstance(op, ast.Eq | ast.NotEq):
            same = self._same(place, left, right, identity=False)
            return ANYTHING_CLEAN if same is None else Known(same is isinstance(op, ast.Eq))
        if isinstance(left, Known) and isinstance(right, Known) and equal(left.value, right.value) is not None:
            try:
                return Known(bool(_COMPARISONS[type(op)](left.value, right.value)))
            except Exception:  # noqa: BLE001  # it raises at run time too
                raise DeadEnd from None
        return ANYTHING_CLEAN

    def _same(self, node: ast.expr, left: Value, right: Value, *, identity: bool) -> bool | None:
        """Say whether two values are the same; None where that is not known."""
        if right == NOTHING and not isinstance(left, Known):
            return self._is_none(node, left, identity=identity)
        if isinstance(left, Known) and isinstance(right, Known):
            return identical(left.value, right.value) if identity else equal(left.value, right.value)
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Known) and self.is_foreign(one, other.value):
                return False
        return None

    def _is_none(self, node: ast.expr, value: Value, *, identity: bool) -> bool | None:
        """Say whether a value is None; where that is not known, both ways are gone, and each remembers what it was."""
        if isinstance(value, Opaque):
            if value.not_none or value.truth:
                return False
            is_none = self.pick([True, False])
            self._learned(node, NOTHING if is_none else known_as(value, not_none=True))
            return is_none
        if isinstance(value, Member):
            is_none = self.pick([True, False])
            there = _unknown_of(value)
            self._learned(node, NOTHING if is_none else value if there is None else known_as(there, not_none=True))
            return is_none
        return False if identity or not isinstance(value, Ref) else None

    def _contained(self, left: Value, op: ast.cmpop, right: Value, node: ast.Compare) -> Value:
        wanted = isinstance(op, ast.In)
        if isinstance(right, StoreValue):
            return Known(self.present(right, [left], node, "contains_key") is wanted)
        if (listed := self._listed(node)) is not None:
            return Known(self.present(*listed, node, "contains_key") is wanted)
        if isinstance(right, Pending):
            self.consume(right, node)
            if right.kind != "view":
                return ANYTHING_CLEAN
        if isinstance(right, Known) and (asked := _asks_itself(right.value)) is not False:
            live = plain(left)
            if asked is None or live is None or not isinstance(live[0], SCALARS):
                return ANYTHING_CLEAN
            try:
                return Known((live[0] in right.value) is wanted)
            except Exception:  # noqa: BLE001  # it raises at run time too
                raise DeadEnd from None
        items = self.items_of(right, node)
        if items is None:
            return ANYTHING_CLEAN
        answers = {same_value(item, left) for item in items}
        found = True if True in answers else None if None in answers else False
        return ANYTHING_CLEAN if found is None else Known(found is wanted)

    def _listed(self, node: ast.Compare) -> tuple[StoreValue, list[Value]] | None:
        """Give the store and the key of ``key.name in store.keys()``."""
        match node:
            case ast.Compare(
                left=ast.Attribute(value=key, attr="name"),
                comparators=[ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr="keys"), args=[])],
            ) if not any(isinstance(part, _ACTING) for part in ast.walk(key)):
                store, named = self.evaluate(owner), self.evaluate(key)
                is_key = isinstance(named, Known) and isinstance(named.value, StoreKey)
                return (store, [named]) if isinstance(store, StoreValue) and is_key else None
            case _:
                return None


def _asks_itself(live: Any) -> bool | None:
    """Say whether Python asks an object what it has, and not its items; None where the object does as it likes."""
    if type(live) in {str, bytes, range, EnumMeta}:
        return True
    return None if isinstance(live, type) and not isinstance(live, RegistryMeta) else False


def _unknown_of(value: Member) -> Opaque | None:
    """Give what stands for an attribute of an unknown object, where it need not be known whose it is."""
    if isinstance(value.owner, Opaque) and value.name not in CHANGING and value.name not in SPAWNING:
        return Opaque(taint=value.owner.taint)
    return None

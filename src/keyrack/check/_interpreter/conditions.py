"""Conditions: where it is not known whether they hold, the path parts, and each way remembers what it was."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from enum import Enum
from types import ModuleType
from typing import Any

from ...keys.key import StoreKey
from ..relation import IF_PRESENT, Relation
from .core import ANY
from .items import Items
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
    StoreValue,
    Value,
    known_as,
)

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
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

    def truth(self, value: Value, node: ast.expr) -> bool:  # noqa: C901  # a table of kinds
        """Say whether a value is true; where that is not known, both ways are gone."""
        if (told := self.special(value, ("__bool__", "__len__"), (), node)) is not None:
            value = told
        match value:
            case Known(value=live):
                if isinstance(live, SCALARS) and not isinstance(live, Enum):
                    return bool(live)
                if isinstance(live, StoreKey | type | ModuleType) or callable(live):
                    return True
                return self.pick([True, False]) if not isinstance(live, Enum) else True
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
            case Opaque() | Member() | Element():
                return self._supposed(value, node)
            case _:
                return True

    def _supposed(self, value: Value, node: ast.expr) -> bool:
        """Go both ways on a value that is not known, and remember on each what it was."""
        chosen = self.pick([True, False])
        if isinstance(value, Opaque):
            self._learned(node, known_as(value, truth=chosen, not_none=chosen))
            if chosen and value.key is not None:
                self._found(*value.key)
        return chosen

    def _found(self, key: str, relation: Relation) -> None:
        """A value that was read from a key is true: the key was there, if nothing has happened to it since."""
        self.happen(lambda one: one.after(key, IF_PRESENT) if one.relation(key) == relation else one)

    def _learned(self, node: ast.expr, value: Value) -> None:
        """Remember of a variable what was found out about it."""
        if isinstance(node, ast.NamedExpr):
            node = node.target
        if isinstance(node, ast.Name) and isinstance(self.state.env.get(node.id), Opaque):
            self.state.env[node.id] = value

    def holds(self, node: ast.expr) -> bool:
        """Evaluate a condition."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not self.holds(node.operand)
        if isinstance(node, ast.BoolOp):
            wanted = isinstance(node.op, ast.Or)
            return next((wanted for part in node.values if self.holds(part) is wanted), not wanted)
        return self.truth(self.evaluate(node), node)

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
        if isinstance(node.op, ast.USub) and isinstance(value, Known) and isinstance(value.value, int | float):
            return Known(-value.value)
        return ANYTHING_CLEAN

    def _eval_IfExp(self, node: ast.IfExp) -> Value:
        taken = self.holds(node.test)
        self.step([self.state], lambda: self.text(node.test), taken, node.test)
        return self.evaluate(node.body if taken else node.orelse)

    def _eval_Compare(self, node: ast.Compare) -> Value:
        left = self.evaluate(node.left)
        if len(node.ops) == 1:
            right = self.evaluate(node.comparators[0])
            if not isinstance(node.ops[0], ast.Is | ast.IsNot):
                self.throw(ANY)
                method = _COMPARING.get(type(node.ops[0]), "__contains__")
                owner, other = (right, left) if method == "__contains__" else (left, right)
                if (told := self.special(owner, (method,), (other,), node)) is not None:
                    return told
            return self._compared(node, left, node.ops[0], right)
        for part in node.comparators:
            self.evaluate(part)
        return ANYTHING_CLEAN

    def _compared(self, node: ast.Compare, left: Value, op: ast.cmpop, right: Value) -> Value:
        if isinstance(op, ast.In | ast.NotIn):
            return self._contained(node, left, op, right)
        if isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
            same = self._same(node, left, right, identity=isinstance(op, ast.Is | ast.IsNot))
            if same is not None:
                return Known(same is isinstance(op, ast.Is | ast.Eq))
            return ANYTHING_CLEAN
        if isinstance(left, Known) and isinstance(right, Known):
            try:
                return Known(bool(_COMPARISONS[type(op)](left.value, right.value)))
            except Exception:  # noqa: BLE001  # it raises at run time too
                return ANYTHING_CLEAN
        return ANYTHING_CLEAN

    def _same(self, node: ast.Compare, left: Value, right: Value, *, identity: bool) -> bool | None:
        """Say whether two values are the same; None where that is not known."""
        if isinstance(right, Known) and right.value is None:
            if isinstance(left, Opaque):
                if left.not_none or left.truth:
                    return False
                is_none = self.pick([True, False])
                self._learned(node.left, NOTHING if is_none else known_as(left, not_none=True))
                return is_none
            return isinstance(left, Known) and left.value is None
        if isinstance(left, Known) and isinstance(right, Known):
            one, other = left.value, right.value
            if isinstance(one, SCALARS) and isinstance(other, SCALARS):
                return one is other if identity and isinstance(one, Enum) else bool(one == other)
            if one is other and (identity or isinstance(one, StoreKey | type | ModuleType)):
                return True
            return (
                False if isinstance(one, StoreKey | type) and isinstance(other, StoreKey | type) and identity else None
            )
        return None

    def _contained(self, node: ast.Compare, left: Value, op: ast.cmpop, right: Value) -> Value:
        wanted = isinstance(op, ast.In)
        if isinstance(right, StoreValue):
            return Known(self.present(right, [left], node, "contains_key") is wanted)
        if isinstance(right, Pending):
            self.consume(right, node)
        plain = self._plain(left)
        items = self.items_of(right, node) if not isinstance(right, Pending) else None
        if plain is not None and items is not None and all(self._plain(item) is not None for item in items):
            return Known(any(item == left for item in items) is wanted)
        return ANYTHING_CLEAN

"""Operators, texts and displays."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from collections.abc import Sequence as Many
from typing import Any

from .comparing import put_in
from .conditions import Conditions
from .core import ANY, DeadEnd
from .reach import PLAIN
from .values import (
    ANYTHING_CLEAN,
    SCALARS,
    Cell,
    Known,
    Opaque,
    Pending,
    Ref,
    Sequence,
    Value,
)

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
    ast.FloorDiv: lambda left, right: left // right,
    ast.BitOr: lambda left, right: left | right,
    ast.BitAnd: lambda left, right: left & right,
}
METHODS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
_SHOWING = ("__format__", "__str__", "__repr__")
_SHOWN = frozenset({str, int, bool, float, type(None)})
_LARGE = 10_000
_WIDE = 5
"""The longest format that is applied: more could ask for millions of blanks."""


class Operators(Conditions):
    """How operators and displays are evaluated."""

    # --- operators and displays -------------------------------------------------------------------

    def _eval_BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        name = METHODS.get(type(node.op), "")
        told = self.special(left, (f"__{name}__",), (right,), node)
        told = self.special(right, (f"__r{name}__",), (left,), node) if told is None else told
        if told is not None:
            return told
        if isinstance(node.op, ast.Mod):  # it may show what is on the right
            self.look_at((right,), node)
        if isinstance(left, Known) and isinstance(right, Known):
            apply = _OPERATORS.get(type(node.op))
            small = _is_small(left.value) and _is_small(right.value)
            if apply is not None and small:
                try:
                    return Known(apply(left.value, right.value))
                except Exception:  # noqa: BLE001  # it raises at run time too
                    self.throw(ANY)
                    raise DeadEnd from None
        if isinstance(left, Sequence) and isinstance(right, Sequence) and isinstance(node.op, ast.Add):
            return Sequence(left.items + right.items)
        self.throw(ANY)
        self.lose_items(left, node)
        self.lose_items(right, node)
        return Opaque(taint=self.tainted(left) or self.tainted(right))

    def _eval_JoinedStr(self, node: ast.JoinedStr) -> Value:
        parts: list[str] | None = []
        for part in node.values:
            value = self.evaluate(part)
            if parts is not None and isinstance(value, Known) and isinstance(value.value, str):
                parts.append(value.value)
            else:
                parts = None
        return Opaque(not_none=True) if parts is None else Known("".join(parts))

    def _eval_FormattedValue(self, node: ast.FormattedValue) -> Value:
        value = self.evaluate(node.value)
        self.special(value, _SHOWING, () if node.format_spec is None else (ANYTHING_CLEAN,), node)
        spec = Known("") if node.format_spec is None else self.evaluate(node.format_spec)
        shown = isinstance(value, Known) and type(value.value) in _SHOWN and node.conversion == -1
        if isinstance(value, Known) and shown and isinstance(spec, Known) and len(spec.value) < _WIDE:
            try:
                return Known(format(value.value, spec.value))
            except Exception:  # noqa: BLE001  # it raises at run time too
                self.throw(ANY)
                raise DeadEnd from None
        if spec != Known("") or not isinstance(value, Opaque) or value.taint:
            self.throw(ANY)
        return Opaque(not_none=True)

    def _items(self, nodes: Many[ast.expr], *, ordered: bool = True) -> tuple[Value, ...] | Opaque:
        items: list[Value] = []
        unknown = taint = False
        for node in nodes:
            if isinstance(node, ast.Starred):
                self.whole.add(node.value)
                value = self.evaluate(node.value)
                value = self.in_order(value) if ordered else value
                found = self.items_of(value, node)
                self.exhaust(value, node)
                if found is None:
                    unknown = True
                    self.throw(ANY)
                taint |= self.tainted(value)
                items.extend(found or ())
            else:
                items.append(self.evaluate(node))
        if items[1:]:
            self.renew(nodes, items)
        return Opaque(taint=taint or any(map(self.tainted, items))) if unknown else tuple(items)

    def renew(self, nodes: Many[ast.expr], values: list[Value]) -> None:
        """Evaluate names again that stand for generators: what was evaluated after them may have begun them."""
        if Pending in map(type, values) and len(nodes) == len(values):
            for at, node in enumerate(nodes):
                if type(values[at]) is Pending and type(node) is ast.Name:
                    values[at] = self.evaluate(node)

    def _eval_Tuple(self, node: ast.Tuple) -> Value:
        items = self._items(node.elts)
        return items if isinstance(items, Opaque) else Sequence(items)

    def _eval_List(self, node: ast.List) -> Value:
        return self._display("list", node.elts, node)

    def _eval_Set(self, node: ast.Set) -> Value:
        return self._display("set", node.elts, node)

    def _display(self, kind: str, nodes: Many[ast.expr], node: ast.AST) -> Value:
        items = self._items(nodes, ordered=kind != "set")
        if kind == "set":
            self.look_at(() if isinstance(items, Opaque) else items, node)
        if kind == "set" and not (isinstance(items, tuple) and all(map(_is_hashable, items))):
            self.throw(ANY)
        cell = Cell(kind, None, taint=items.taint) if isinstance(items, Opaque) else Cell(kind, items)
        return self.made(cell, node)

    def _eval_Dict(self, node: ast.Dict) -> Value:
        given: list[tuple[Value, Value]] = []
        unknown = taint = False
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                spread = self.evaluate(value)
                cell = self.state.heap.get(spread.id) if isinstance(spread, Ref) else None
                if cell is not None and cell.items is not None and cell.kind == "dict":
                    given.extend(cell.items)
                else:
                    self.throw(ANY)
                    unknown, taint = True, taint or self.tainted(spread)
            else:
                given.append((self.evaluate(key), self.evaluate(value)))
                self.look_at(given[-1][:1], node)
        if not all(_is_hashable(key) for key, _ in given):
            self.throw(ANY)
        pairs: list[tuple[Value, Value]] = []
        unknown |= not all(put_in(pairs, key, value) for key, value in given)
        if unknown:
            taint |= any(self.tainted(part) for pair in given for part in pair)
        return self.made(Cell("dict", None if unknown else tuple(pairs), taint=taint), node)

    def _eval_Starred(self, node: ast.Starred) -> Value:
        return self.evaluate(node.value)

    def _eval_NamedExpr(self, node: ast.NamedExpr) -> Value:
        value = self.named(self.evaluate(node.value), node)
        self.bind(node.target, value)
        return self.state.env.get(node.target.id, value)

    def named(self, value: Value, node: ast.AST) -> Value:
        """Give an unknown value a symbol, so that it is told from others while it has a name."""
        if isinstance(value, Opaque) and not value.symbol and not value.taint:
            symbol = f"{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}"
            self.happen(lambda history: history.without(f"[@{symbol}]"))  # another value had it before
            return Opaque(truth=value.truth, not_none=value.not_none, symbol=symbol, key=value.key)
        return value


def _is_hashable(value: Value) -> bool:
    """Say whether a value surely may be a key of a dict."""
    if isinstance(value, Sequence):
        return all(map(_is_hashable, value.items))
    return isinstance(value, Known) and (isinstance(value.value, SCALARS) or type(value.value) in PLAIN)


def _is_small(live: Any) -> bool:
    if isinstance(live, str):
        return len(live) < _LARGE
    return isinstance(live, int | float) and abs(live) < _LARGE

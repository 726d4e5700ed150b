"""Expressions: each kind of node gives an abstract value, and may part the path."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
import builtins
import operator
import sys
from collections.abc import Callable
from collections.abc import Sequence as Many
from enum import Enum
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...keys.family import KeyFamily
from ...keys.key import StoreKey
from ...registry import RegistryMeta
from ..relation import IF_PRESENT, Relation
from . import known
from .core import ANY, DeadEnd
from .source import is_standard, scope_of_node
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    TAINTED,
    Cell,
    Code,
    Element,
    Function,
    Known,
    Member,
    Opaque,
    Pending,
    Ref,
    RegistryValue,
    Sequence,
    SlotFamilyValue,
    SlotValue,
    StoreValue,
    Value,
    known_as,
)
from .waiting import Waiting

if TYPE_CHECKING:
    from .live import Shared

MOST_ITEMS = 48
"""The longest sequence whose items are looked at one by one."""

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
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
_COMPARING: dict[type[ast.cmpop], str] = {
    ast.Eq: "__eq__",
    ast.NotEq: "__ne__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
}
_SHOWING = ("__format__", "__str__", "__repr__")
_LARGE = 10_000


@cache
def _table(cls: Any, prefix: str) -> dict[type[ast.AST], Callable[..., Any]]:
    names = [name.removeprefix(prefix) for name in dir(cls) if name.startswith(prefix)]
    return {getattr(ast, name): getattr(cls, prefix + name) for name in names if hasattr(ast, name)}


class Expressions(Waiting):
    """How expressions are evaluated."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._codes: dict[ast.AST, Code] = {}
        self._kinds = self.table("_eval_")

    def table(self, prefix: str) -> dict[type[ast.AST], Callable[..., Any]]:
        """Give the methods that are for one kind of node each, by that kind."""
        cls: Any = type(self)
        return _table(cls, prefix)

    def evaluate(self, node: ast.expr) -> Value:
        """Evaluate an expression on the current state."""
        self._spent += 1
        fixed = self.frames[-1].code.fixed.get(node)
        if fixed is not None:
            return fixed
        value: Value = self._kinds[type(node)](self, node)
        return value

    # --- names and constants ----------------------------------------------------------------------

    def _eval_Constant(self, node: ast.Constant) -> Value:
        value = self.frames[-1].code.fixed[node] = Known(node.value)
        return value

    def _eval_Name(self, node: ast.Name) -> Value:
        found = self.state.env.get(node.id)
        if found is not None:
            return found
        value = self.lookup(node.id)
        frame = self.frames[-1]
        if type(value) is Known and not (frame.parent or node.id in frame.scope.local or node.id in frame.cells):
            code = frame.code
            if self._names.get((id(code.globals), node.id)) is value:
                code.fixed[node] = value
        return value

    def lookup(self, name: str) -> Value:
        """Give what a name stands for in the running function."""
        found = self.state.env.get(name)
        if found is not None:
            return found
        frame = self.frame
        if name in frame.scope.local:
            return ANYTHING_CLEAN  # not bound on this path: it raises
        if name not in frame.scope.globals:
            if name in frame.cells:
                return frame.cells[name]
            parent = frame.parent
            while parent:
                names = self.state.outer.get(parent)
                local, cells, above = self.closures.get(parent, (frozenset[str](), {}, 0))
                if names is not None and name in names:
                    return names[name]
                if name in local:  # not bound on this path, or forgotten
                    return TAINTED if names is None else ANYTHING_CLEAN
                if name in cells:
                    return cells[name]
                parent = above
        return self._global(name)

    def _global(self, name: str) -> Value:
        code = self.frame.code
        mark = (id(code.globals), name)
        if (found := self._names.get(mark)) is not None:
            return found
        if name in code.globals:
            live = code.globals[name]
            if self.patched and not self.patched.isdisjoint({(id(code.globals), name), (id(code.globals), "")}):
                return Opaque(taint=name in self.tainted_names or self._is_live_tainted(live))
            if name in code.module.rebound or name in self.frame.scope.globals:
                return self.doubtful(name, live)
            value = self.lifted(live)
            if type(value) is Known:
                self._names[mark] = value
            return value
        if hasattr(builtins, name):
            builtin = self._names[mark] = Known(getattr(builtins, name))
            return builtin
        return Opaque(taint=name in self.tainted_names)

    # --- attributes, items, calls -----------------------------------------------------------------

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
        value = self.item(owner, self.evaluate(node.slice), node)
        if type(value) is Known and type(owner) is Known and isinstance(owner.value, KeyFamily):
            fixed = self.frames[-1].code.fixed
            if node.value in fixed and node.slice in fixed:
                fixed[node] = value
        return value

    def _eval_Slice(self, node: ast.Slice) -> Value:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.evaluate(part)
        return ANYTHING_CLEAN

    def item(self, owner: Value, index: Value, node: ast.AST) -> Value:
        """Give an item of a value."""
        if (told := self.special(owner, ("__getitem__",), (index,), node)) is not None:
            return told
        match owner:
            case Known(value=live) if isinstance(live, KeyFamily):
                return self._member_of(live, index)
            case SlotFamilyValue(store=store, family=Known(value=family)):
                return SlotValue(store, self._member_of(family, index))
            case Sequence(items=items):
                return self._item_of(items, index)
            case Ref(id=number):
                return self._item_of_cell(owner, number, index)
            case Known(value=live):
                return self._item_of_live(live, index, node)
            case _:
                self.throw(ANY)
                return Opaque(taint=self.tainted(owner))

    def _member_of(self, family: KeyFamily[Any, Any], index: Value) -> Value:
        live = self._plain(index)
        if live is not None:
            try:
                return Known(family[live[0]])
            except Exception:  # noqa: BLE001  # it raises at run time too
                self.throw(ANY)
                raise DeadEnd from None
        return Element(family, index.symbol if isinstance(index, Opaque) else "")

    def _plain(self, value: Value) -> tuple[Any] | None:
        """Give the live value, in a tuple, where all of it is known."""
        if isinstance(value, Known):
            return (value.value,)
        if isinstance(value, Sequence):
            parts = [self._plain(item) for item in value.items]
            return (tuple(part[0] for part in parts if part is not None),) if None not in parts else None
        return None

    def _item_of(self, items: tuple[Value, ...], index: Value) -> Value:
        if isinstance(index, Known) and isinstance(index.value, int):
            if -len(items) <= index.value < len(items):
                return items[index.value]
            self.throw(ANY)
            raise DeadEnd
        self.throw(ANY)
        return (
            self.pick([*dict.fromkeys(items)])
            if items and len(items) <= MOST_ITEMS
            else Opaque(taint=any(map(self.tainted, items)))
        )

    def _item_of_cell(self, owner: Ref, number: int, index: Value) -> Value:
        cell = self.state.heap.get(number)
        self.throw(ANY)
        if cell is None or cell.items is None or cell.kind not in {"list", "dict"}:
            return Opaque(taint=self.tainted(owner))
        if cell.kind == "list":
            return self._item_of(cell.items, index) if not isinstance(index, Opaque) or cell.items else ANYTHING_CLEAN
        if isinstance(index, Known):
            for key, value in reversed(cell.items):
                if key == index:
                    found: Value = value
                    return found
            if all(isinstance(key, Known) for key, _ in cell.items):
                raise DeadEnd
        return self.pick([*dict.fromkeys(value for _, value in cell.items)]) if cell.items else ANYTHING_CLEAN

    def _item_of_live(self, live: Any, index: Value, node: ast.AST) -> Value:  # noqa: C901  # a table of kinds
        self.throw(ANY)
        if id(live) in self.changed:
            return Opaque(taint=self.tainted(Known(live)))
        plain = self._plain(index)
        if isinstance(live, type) and issubclass(live, Enum):
            if plain is not None and isinstance(plain[0], str):
                if plain[0] not in live.__members__:
                    raise DeadEnd
                return Known(live[plain[0]])
            return ANYTHING_CLEAN
        if isinstance(live, RegistryMeta) and plain is not None:
            try:
                return Known(live[plain[0]])
            except Exception:  # noqa: BLE001  # it raises at run time too
                raise DeadEnd from None
        if isinstance(live, dict | list | tuple):
            content: Any = live
            self.assume("a dict or list of a module is read as it is when the check runs", node)
            if plain is not None:
                try:
                    return self.lifted(content[plain[0]])
                except Exception:  # noqa: BLE001  # it raises at run time too
                    raise DeadEnd from None
            values = [*content.values()] if isinstance(content, dict) else [*content]
            if 0 < len(values) <= MOST_ITEMS and all(
                isinstance(value, (StoreKey, Enum)) or callable(value) for value in values
            ):
                return self.pick([*dict.fromkeys(map(self.lifted, values))])
            return Opaque(taint=self.tainted(Known(live)))
        if isinstance(live, str | bytes) and plain is not None:
            return ANYTHING_CLEAN
        return Opaque(taint=self.tainted(Known(live)))

    def _eval_Call(self, node: ast.Call) -> Value:
        function = self.evaluate(node.func)
        if (told := self._quantified(function, node)) is not None:
            return told
        pins = self.pins
        held = len(pins)
        pins.append(function)
        args: list[Value] = []
        kwargs: dict[str, Value] = {}
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                self._unpacked(arg.value, args, kwargs, node)
            elif isinstance(arg, ast.GeneratorExp) and self._goes_through(function):
                args.append(self._comprehension("list", arg.generators, [arg.elt], arg))
            else:
                args.append(self.evaluate(arg))
            pins += args[-1:]
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            pins.append(value)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            else:
                self._spread(value, kwargs)
        if isinstance(function, Member) and isinstance(function.owner, StoreValue) and "*" in kwargs:
            args.append(ANYTHING_CLEAN)  # keys that are not known
        value = self.call(function, args, kwargs, node)
        del pins[held:]
        return value

    def _unpacked(self, inner: ast.expr, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> None:
        """Add ``*inner`` to the arguments of a call."""
        if isinstance(inner, ast.GeneratorExp):
            value = self._comprehension("list", inner.generators, [inner.elt], inner)
        else:
            value = self.evaluate(inner)
        items = self.items_of(value, node)
        if items is None:
            self.exhaust(value, node)
            kwargs["*"] = Opaque(taint=self.tainted(value))
        else:
            args.extend(items)

    def _quantified(self, function: Value, node: ast.Call) -> Value | None:
        """Evaluate ``all(... for x in ...)`` and ``any(...)`` over items that are known, as far as Python does."""
        if type(function) is not Known or len(node.args) != 1 or not (function.value is all or function.value is any):
            return None
        inner = node.args[0]
        if not isinstance(inner, ast.GeneratorExp) or len(inner.generators) != 1:
            return None
        loop = inner.generators[0]
        items = self.items_of(self.evaluate(loop.iter), node)
        if items is None or len(items) > MOST_ITEMS:
            return None
        for item in items:
            self.bind(loop.target, item)
            if all(self.holds(test) for test in loop.ifs) and self.holds(inner.elt) is (function.value is any):
                return Known(function.value is any)
        return Known(function.value is all)

    def _goes_through(self, function: Value) -> bool:
        """Say whether a callable goes through a generator to its end, at once."""
        if isinstance(function, Member):
            return function.name in {"join", "extend"} and isinstance(function.owner, Known | Ref)
        return isinstance(function, Known) and known.belongs(function.value, known.WHOLE)

    def _spread(self, value: Value, kwargs: dict[str, Value]) -> None:
        cell = self.state.heap.get(value.id) if isinstance(value, Ref) else None
        if cell is not None and cell.kind == "dict" and cell.items is not None:
            for key, item in cell.items:
                if isinstance(key, Known) and isinstance(key.value, str):
                    kwargs[key.value] = item
                else:
                    kwargs["**"] = Opaque(taint=self.tainted(value))
        else:
            kwargs["**"] = Opaque(taint=self.tainted(value))

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

    # --- operators and displays -------------------------------------------------------------------

    def _eval_BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        name = METHODS.get(type(node.op), "")
        told = self.special(left, (f"__{name}__",), (right,), node)
        told = self.special(right, (f"__r{name}__",), (left,), node) if told is None else told
        if told is not None:
            return told
        if isinstance(left, Known) and isinstance(right, Known):
            apply = _OPERATORS.get(type(node.op))
            small = _is_small(left.value) and _is_small(right.value)
            if apply is not None and small:
                try:
                    return Known(apply(left.value, right.value))
                except Exception:  # noqa: BLE001  # it raises at run time too
                    return ANYTHING_CLEAN
        if isinstance(left, Sequence) and isinstance(right, Sequence) and isinstance(node.op, ast.Add):
            return Sequence(left.items + right.items)
        self.throw(ANY)
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
        if node.format_spec is not None:
            self.evaluate(node.format_spec)
        elif isinstance(value, Known) and type(value.value) in {str, int, bool} and node.conversion == -1:
            return Known(str(value.value))
        return Opaque(not_none=True)

    def _items(self, nodes: Many[ast.expr]) -> tuple[Value, ...] | Opaque:
        items: list[Value] = []
        unknown = taint = False
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self.evaluate(node.value)
                found = self.items_of(value, node)
                self.exhaust(value, node)
                unknown |= found is None
                taint |= self.tainted(value)
                items.extend(found or ())
            else:
                items.append(self.evaluate(node))
        return Opaque(taint=taint or any(map(self.tainted, items))) if unknown else tuple(items)

    def _eval_Tuple(self, node: ast.Tuple) -> Value:
        items = self._items(node.elts)
        return items if isinstance(items, Opaque) else Sequence(items)

    def _eval_List(self, node: ast.List) -> Value:
        return self._display("list", node.elts, node)

    def _eval_Set(self, node: ast.Set) -> Value:
        return self._display("set", node.elts, node)

    def _display(self, kind: str, nodes: Many[ast.expr], node: ast.AST) -> Value:
        items = self._items(nodes)
        cell = Cell(kind, None, taint=items.taint) if isinstance(items, Opaque) else Cell(kind, items)
        return self.made(cell, node)

    def _eval_Dict(self, node: ast.Dict) -> Value:
        pairs: list[tuple[Value, Value]] = []
        unknown = taint = False
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                spread = self.evaluate(value)
                cell = self.state.heap.get(spread.id) if isinstance(spread, Ref) else None
                if cell is not None and cell.items is not None and cell.kind == "dict":
                    pairs.extend(cell.items)
                else:
                    unknown, taint = True, taint or self.tainted(spread)
            else:
                pairs.append((self.evaluate(key), self.evaluate(value)))
        if unknown:
            taint |= any(self.tainted(part) for pair in pairs for part in pair)
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

    # --- functions and comprehensions -------------------------------------------------------------

    def _eval_Lambda(self, node: ast.Lambda) -> Value:
        return self.defined(node, "<lambda>")

    def defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> Function:
        """Give a function that the interpreted code defines."""
        spec = node.args
        defaults = tuple(self.evaluate(default) for default in spec.defaults)
        keywords = tuple(
            (arg.arg, self.evaluate(default))
            for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
            if default is not None
        )
        frame = self.frame
        code = self._codes.get(node)
        if code is None:
            code = self._codes[node] = Code(frame.code.module, node, frame.code.globals, name, scope_of_node(node))
        return Function(code, frame.number, (), defaults, keywords)

    def _eval_ListComp(self, node: ast.ListComp) -> Value:
        return self._comprehension("list", node.generators, [node.elt], node)

    def _eval_SetComp(self, node: ast.SetComp) -> Value:
        return self._comprehension("set", node.generators, [node.elt], node)

    def _eval_DictComp(self, node: ast.DictComp) -> Value:
        return self._comprehension("dict", node.generators, [node.key, node.value], node)

    def _eval_GeneratorExp(self, node: ast.GeneratorExp) -> Value:
        before = self.state
        taint = [False]
        self.maybe(lambda: self._lazily(node, taint), node)
        self.state = before
        return Opaque(taint=taint[0], not_none=True)

    def _lazily(self, node: ast.GeneratorExp, taint: list[bool]) -> None:
        result = self._comprehension("list", node.generators, [node.elt], node)
        taint[0] |= self.tainted(result)

    def _comprehension(
        self, kind: str, generators: list[ast.comprehension], parts: list[ast.expr], node: ast.AST
    ) -> Value:
        hidden = {name: self.state.env.get(name) for name in _targets(generators)}
        items: list[Any] = []
        taint = [False]

        def one() -> None:
            values = [self.evaluate(part) for part in parts]
            taint[0] |= any(map(self.tainted, values))
            items.append(values[0] if len(values) == 1 else tuple(values))

        exact = self._each(generators, one, node)
        for name, value in hidden.items():
            if value is None:
                self.state.env.pop(name, None)
            else:
                self.state.env[name] = value
        content = tuple(items) if exact and len(items) <= MOST_ITEMS else None
        return self.made(Cell(kind, content, taint=content is None and taint[0]), node)

    def _each(self, generators: list[ast.comprehension], one: Callable[[], None], node: ast.AST) -> bool:
        """Go through the loops of a comprehension; say whether it is known how often."""
        if not generators:
            one()
            return True
        first, *others = generators
        source = self.evaluate(first.iter)
        items = None if first.is_async else self.items_of(source, first)
        if items is not None and len(items) <= MOST_ITEMS:
            exact = True
            for item in items:
                self.bind(first.target, item)
                if all(self.holds(test) for test in first.ifs):
                    exact &= self._each(others, one, node)
            return exact
        self._go_through(source, node)

        def step() -> None:
            self.bind(first.target, self.named(self.element_of(source), first.target))
            if all(self.holds(test) for test in first.ifs):
                self._each(others, one, node)

        before = self.state
        with self.entering([before]):
            surely = self.aside(step)
            self.maybe(step, node)
            self.mark_skipped(before, surely)
        self.come_out([before])
        self.state = before
        return False

    def _go_through(self, source: Value, node: ast.AST) -> None:
        if (inner := self.special(source, ("__iter__", "__aiter__"), (), node)) is not None:
            source = inner
            self.maybe(lambda: self.special(inner, ("__next__", "__anext__"), (), node), node)
        if isinstance(source, Pending) and source.kind == "generator":
            self.consume(source, node)
        elif self.tainted(source) and not isinstance(source, Ref | SlotFamilyValue | Pending):
            self.remark("KR901", node, callee=self.name_of(source, node), reason="which is only known at run time")
            self.obscure()

    def element_of(self, source: Value) -> Value:
        """Give what is known of any item of a value."""
        if isinstance(source, Pending) and source.kind == "stored":
            family = source.call
            if isinstance(family, SlotFamilyValue) and isinstance(family.family.value, KeyFamily):
                live: KeyFamily[Any, Any] = family.family.value
                return SlotValue(family.store, Element(live, "stored"))
        return Opaque(taint=self.tainted(source) and not isinstance(source, RegistryValue))

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
            case _:
                return None

    def _items_of_live(self, live: Any, node: ast.AST) -> tuple[Value, ...] | None:
        if id(live) in self.changed:
            return None
        if isinstance(live, range):
            return tuple(map(Known, live)) if len(live) <= MOST_ITEMS else None
        if isinstance(live, frozenset | list | set | dict):
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

    # --- waiting and yielding ---------------------------------------------------------------------

    def _eval_Await(self, node: ast.Await) -> Value:
        return self.await_value(self.evaluate(node.value), node)

    def _eval_Yield(self, node: ast.Yield) -> Value:
        value = NOTHING if node.value is None else self.evaluate(node.value)
        return self.yielded(value)

    def yielded(self, value: Value) -> Value:
        """Hand a value to who goes through the generator, and go on when he comes back."""
        consumer = self.frame.on_yield
        if consumer is None:
            return ANYTHING_CLEAN
        here = self.state
        self.choice(lambda: [(state, None) for state in consumer(here.copy(), value)])
        return ANYTHING_CLEAN

    def _eval_YieldFrom(self, node: ast.YieldFrom) -> Value:
        source = self.evaluate(node.value)
        consumer = self.frame.on_yield
        if (
            isinstance(source, Pending)
            and source.kind == "generator"
            and isinstance(source.call, Function)
            and consumer
        ):
            return self.enter(source.call, source.args, dict(source.kwargs), node, on_yield=consumer)
        items = self.items_of(source, node)
        if items is not None:
            for item in items:
                self.yielded(item)
            return ANYTHING_CLEAN
        self._go_through(source, node)
        self.maybe(partial(self.yielded, self.element_of(source)), node)
        return ANYTHING_CLEAN

    # --- texts and imports ------------------------------------------------------------------------

    def text(self, node: ast.expr) -> str:
        """Give an expression as it stands in the source."""
        return self.frame.code.module.text(node)

    def imported(self, name: str, package: str = "") -> Value:
        """Give a module that a function imports."""
        try:
            if name not in sys.modules and is_standard(name) and not package:
                return ANYTHING_CLEAN if name not in sys.modules else Known(sys.modules[name])
            return Known(import_module(name, package or None))
        except (Exception, SystemExit):  # noqa: BLE001  # what it raises, it raises at run time
            return ANYTHING_CLEAN


def is_named(node: ast.AST) -> bool:
    """Say whether what is gone through has a name: then somebody else may have gone through it before."""
    match node:
        case ast.For(iter=inner) | ast.AsyncFor(iter=inner) | ast.comprehension(iter=inner):
            return isinstance(inner, ast.Name)
        case ast.Call(args=args):
            return any(isinstance(arg, ast.Name) for arg in args)
        case _:
            return False


def _is_small(live: Any) -> bool:
    if isinstance(live, str):
        return len(live) < _LARGE
    return isinstance(live, int | float) and abs(live) < _LARGE


def _targets(generators: list[ast.comprehension]) -> list[str]:
    nodes = (node for generator in generators for node in ast.walk(generator.target))
    return list(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))

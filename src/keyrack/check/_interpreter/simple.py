"""Blocks, simple statements and branches: how they turn the states before them into those after them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Many
from enum import Enum
from functools import partial
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, cast

from ...keys.family import KeyFamily
from ...keys.key import StoreKey
from . import known
from .core import ANY, DeadEnd, Thrown
from .expressions import Expressions
from .items import MOST_ITEMS
from .operators import METHODS
from .skipping import Outline, outline
from .source import is_standard
from .state import State, merged
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    Cell,
    Function,
    Known,
    Opaque,
    Pending,
    Ref,
    Sequence,
    StoreValue,
    Value,
)

if TYPE_CHECKING:
    from .live import Shared

TASK = 2
"""How many frames there are while the task itself runs: it, and the one that calls it."""

UNTOLD = Opaque()
_BLOCKS = (ast.If, ast.For, ast.While, ast.Try)


class Simple(Expressions):
    """How blocks, simple statements and branches are run."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._handling: list[list[Thrown]] = []
        self._dull: dict[Any, bool] = {}
        self._statements = self.table("_run_")

    # --- blocks -----------------------------------------------------------------------------------

    def run(self, body: Many[ast.stmt], states: list[State]) -> list[State]:
        """Run statements, and give the states in which they end without leaving the block."""
        for statement in body:
            if not states:
                return []
            self.spend(len(states))
            run = self._statements[type(statement)]
            if isinstance(statement, _BLOCKS) and (inner := outline(statement, _stores_in(states))) is not None:
                left = [state for state in states if not self._step_over(inner, state)]
                over = [state for state in states if state not in left]
                states = over + (run(self, statement, left) if left else [])
            else:
                states = run(self, statement, states)
            if len(states) > 1:
                states = merged(states)
        return states

    def _step_over(self, inner: Outline, state: State) -> bool:
        """Step over a block that has nothing to do with the store, if it is one."""
        self.state = state
        env = state.env
        changed: list[Ref] = []
        for name in inner.loads:
            value = env.get(name)
            if value is None:
                if name in inner.stores:
                    continue
                value = self.lookup(name)
            if isinstance(value, Ref):
                changed.append(value)
            if not self._is_dull(value):
                return False
        self.throw(ANY)
        for name in inner.changes:
            self.forget_truth(env.get(name, UNTOLD))
        env = state.env
        for name in inner.stores:
            if isinstance(old := env.get(name), Ref):
                changed.append(old)
            env[name] = UNTOLD
        for ref in changed:
            self.forget_content(ref)
        self.throw(ANY)
        return True

    def _is_dull(self, value: Value) -> bool:
        """Say whether a value has nothing to do with keys, and what is called through it need not be followed."""
        match value:
            case Opaque(taint=taint):
                return not taint
            case Known(value=live):
                return self._is_dull_object(live)
            case Ref(id=number):
                cell = self.state.heap.get(number)
                return cell is not None and cell.kind not in {"object", "tasks"} and not self.tainted(value)
            case Sequence(items=items):
                return all(map(self._is_dull, items))
            case _:
                return False

    def _is_dull_object(self, live: Any) -> bool:
        """Say so of a live object: a constant, or something of a library that was not given the store."""
        try:
            found = self._dull.get(live)
        except TypeError:
            return False
        if found is None:
            found = self._dull[live] = self._find_dull(live)
        return found

    def _find_dull(self, live: Any) -> bool:
        if isinstance(live, Enum | StoreKey | KeyFamily):
            return False
        if isinstance(live, SCALARS):
            return True
        if known.belongs(live, known.ENDS | known.DYNAMIC) or known.rule_for(live) is not None:
            return False
        if isinstance(live, ModuleType):
            return is_standard(live.__name__) and live.__name__ not in {"asyncio", "functools", "contextlib"}
        if isinstance(live, type):
            return is_standard(live.__module__) and not issubclass(live, Enum)
        name = getattr(live, "__module__", None)
        return isinstance(name, str) and is_standard(name) and callable(live)

    def _each_way(self, states: Iterable[State], code: Callable[[], Any]) -> list[tuple[State, Any]]:
        found: list[tuple[State, Any]] = []
        for state in states:
            found.extend(self.explore(state, code))
        return found

    def _simply(self, states: Iterable[State], code: Callable[[], object]) -> list[State]:
        return [state for state, _ in self._each_way(states, code)]

    # --- simple statements ------------------------------------------------------------------------

    def _run_Expr(self, node: ast.Expr, states: list[State]) -> list[State]:
        if isinstance(node.value, ast.Constant):
            return states

        def evaluate() -> None:
            value = self.evaluate(node.value)
            if isinstance(value, Pending) and value.kind in {"task", "coroutine"} and self.tainted(value):
                self._dropped(node, value)

        return self._simply(states, evaluate)

    def _dropped(self, node: ast.Expr, value: Pending) -> None:
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            owner = self.evaluate(node.value.func.value)
            if isinstance(owner, Ref):  # a group waits for it
                return
        inner = value.call if value.kind == "task" else value
        called = inner.call if isinstance(inner, Pending) else inner
        name = called.code.name if isinstance(called, Function) else self.name_of(called, node.value)
        self.remark("KR905", node, callee=name)

    def _run_Assign(self, node: ast.Assign, states: list[State]) -> list[State]:
        def assign() -> None:
            value = self.evaluate(node.value)
            for target in node.targets:
                self.bind(target, self.named(value, target) if isinstance(target, ast.Name) else value)

        return self._simply(states, assign)

    def _run_AnnAssign(self, node: ast.AnnAssign, states: list[State]) -> list[State]:
        value = node.value
        if value is None:
            return states
        return self._simply(states, lambda: self.bind(node.target, self.named(self.evaluate(value), node.target)))

    def _run_AugAssign(self, node: ast.AugAssign, states: list[State]) -> list[State]:
        def assign() -> None:
            loaded: ast.expr = _as_load(node.target)
            combined = ast.copy_location(ast.BinOp(loaded, node.op, node.value), node)
            owner = self.evaluate(loaded)
            if self.special(owner, (f"__i{METHODS.get(type(node.op), '')}__",), (ANYTHING_CLEAN,), node):
                return
            value = self.evaluate(combined)
            if isinstance(owner, Ref):  # changed in place
                self.forget_content(owner)
                if self.tainted(value):
                    cell = self.state.heap[owner.id]
                    self.state.replace_cell(owner.id, Cell(cell.kind, None, taint=True, cls=cell.cls))
                return
            self.bind(node.target, self.named(value, node.target))

        return self._simply(states, assign)

    def bind(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""
        match target:
            case ast.Name(id=name):
                self._bind_name(name, value, target)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._unpack(parts, value, target)
            case ast.Starred(value=inner):
                self.bind(inner, value)
            case ast.Attribute(value=owner, attr=name):
                self._bind_attribute(self.evaluate(owner), name, value, target)
            case ast.Subscript(value=owner, slice=index):
                self._bind_item(owner, self.evaluate(owner), self.evaluate(index), value, target)
            case _:
                pass

    def _bind_name(self, name: str, value: Value, node: ast.AST) -> None:
        frame = self.frame
        if name in frame.scope.globals:
            self.stash(name, value, node)
        elif name in frame.scope.outer:
            number = frame.parent
            while number:
                names = self.state.outer.get(number)
                if names is not None and name in names:
                    self.state.outer = {**self.state.outer, number: {**names, name: value}}
                    return
                number = self.closures.get(number, (frozenset[str](), {}, 0))[2]
            self.stash(name, value, node)
        else:
            self.state.env[name] = value

    def _unpack(self, parts: list[ast.expr], value: Value, node: ast.AST) -> None:
        items = self.items_of(value, node)
        stars = [at for at, part in enumerate(parts) if isinstance(part, ast.Starred)]
        if items is None:
            self.throw(ANY)
            self.exhaust(value, node)
            self._go_through(value, node)
        if items is None or (stars and len(items) < len(parts) - 1):
            unknown = Opaque(taint=self.tainted(value))
            for part in parts:
                self.bind(part, self.named(unknown, part))
        elif stars:
            at, after = stars[0], len(parts) - stars[0] - 1
            middle = items[at : len(items) - after]
            content = [*items[:at], self.made(Cell("list", middle), node), *items[len(items) - after :]]
            for part, item in zip(parts, content, strict=True):
                self.bind(part, item)
        elif len(items) != len(parts):
            self.throw(ANY)
            raise DeadEnd
        else:
            for part, item in zip(parts, items, strict=True):
                self.bind(part, item)

    def _bind_attribute(self, owner: Value, name: str, value: Value, node: ast.AST) -> None:
        if self._set_by_class(owner, name, value, node):
            return
        number = 0
        cls: type | None = None
        if isinstance(owner, Known):
            self.patch(owner.value, name)
        if isinstance(owner, Ref):
            number = owner.id
        elif isinstance(owner, Known) and not isinstance(owner.value, type):
            number, cls = -id(owner.value), cast("type[object]", type(owner.value))
        cell = self.state.heap.get(number) if number else None
        if number < 0 and cell is None:
            cell = Cell("object", (), cls=cls)
        if cell is None or cell.kind != "object":
            self.stash(name, value, node)
            return
        if isinstance(owner, Known) and self.tainted(value):
            self.hold(owner.value, name)  # another task may have the same object
        items = tuple(pair for pair in cell.items or () if pair[0] != name)
        self.state.replace_cell(number, Cell("object", (*items, (name, value)), taint=cell.taint, cls=cell.cls))

    def _set_by_class(self, owner: Value, name: str, value: Value, node: ast.AST) -> bool:
        """Let a property of the user's class take a value, if there is one of that name."""
        cls = self.class_of(owner) if isinstance(owner, Ref | Known) else None
        found = None if cls is None else inspect.getattr_static(cls, name, None)
        if not isinstance(found, property) or not isinstance(found.fset, FunctionType):
            return False
        self.call(Known(found.fset), [owner, value], {}, node)
        return True

    def _bind_item(self, place: ast.expr, owner: Value, index: Value, value: Value, node: ast.AST) -> None:
        self.throw(ANY)
        if self.special(owner, ("__setitem__",), (index, value), node) is not None:
            return
        self._rebind(place, owner, str(index.value) if isinstance(index, Known) else "")
        self.forget_truth(owner)
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if isinstance(owner, Ref) and cell is not None:
            if (
                cell.kind == "dict"
                and cell.items is not None
                and isinstance(index, Known)
                and len(cell.items) < MOST_ITEMS
            ):
                pairs = tuple(pair for pair in cell.items if pair[0] != index)
                self.state.replace_cell(owner.id, Cell("dict", (*pairs, (index, value)), taint=cell.taint))
            else:
                taint = self.tainted(owner) or self.tainted(value)
                self.state.replace_cell(owner.id, Cell(cell.kind, None, taint=taint, cls=cell.cls))
            return
        if isinstance(owner, Known):
            self.changed[id(owner.value)] = owner.value
        name = next((part.id for part in ast.walk(place) if isinstance(part, ast.Name)), "it")
        self.stash(name, value, node)

    def _rebind(self, place: ast.expr, owner: Value, name: str) -> None:
        """Bind a name in a dict of names: ``globals()``, ``vars(x)``, ``x.__dict__``."""
        match place:
            case ast.Call(func=ast.Name(id="vars"), args=[inner]) | ast.Attribute(value=inner, attr="__dict__"):
                live = self.evaluate(inner)
                if isinstance(live, Known):
                    self.patch(live.value, name)
            case _ if isinstance(owner, Opaque) and owner.taint:  # it may be what globals() gave
                self.patched.add((id(self.frame.code.globals), name))
            case _:
                pass

    def _run_Delete(self, node: ast.Delete, states: list[State]) -> list[State]:
        def delete() -> None:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.state.env.pop(target.id, None)
                elif isinstance(target, ast.Attribute):
                    owner = self.evaluate(target.value)
                    if isinstance(owner, Known):
                        self.patch(owner.value, target.attr)
                elif isinstance(target, ast.Subscript):
                    self.throw(ANY)
                    owner = self.evaluate(target.value)
                    self.forget_content(owner)
                    self.forget_truth(owner)

        return self._simply(states, delete)

    def _run_Return(self, node: ast.Return, states: list[State]) -> list[State]:
        expression = node.value
        where = self.spot(node)
        frame = self.frame
        for state, value in self._each_way(
            states, lambda: NOTHING if expression is None else self.evaluate(expression)
        ):
            if len(self.frames) == TASK:
                state.returned = where
            frame.returns.append((state, value, where))
        return []

    def _run_Raise(self, node: ast.Raise, states: list[State]) -> list[State]:
        def throw() -> None:
            if node.exc is None:
                for thrown in (self._handling or [[ANY]])[-1]:
                    self.throw(thrown)
            else:
                value = self.evaluate(node.exc)
                if node.cause is not None:
                    self.evaluate(node.cause)
                if isinstance(value, Pending) and value.kind == "exception":
                    value = value.call
                live = value.value if isinstance(value, Known) else None
                self.throw(Thrown(live) if isinstance(live, type) and issubclass(live, BaseException) else ANY)
                if live is None:
                    for thrown in (self._handling or [[]])[-1]:  # raise error
                        self.throw(thrown)
            raise DeadEnd

        self._simply(states, throw)
        return []

    def _run_Assert(self, node: ast.Assert, states: list[State]) -> list[State]:
        def check() -> None:
            if not self.holds(node.test):
                if node.msg is not None:
                    self.evaluate(node.msg)
                self.throw(Thrown(AssertionError))
                raise DeadEnd

        return self._simply(states, check)

    def _run_Pass(self, node: ast.Pass, states: list[State]) -> list[State]:
        return states

    def _run_Global(self, node: ast.Global, states: list[State]) -> list[State]:
        return states

    _run_Nonlocal = _run_Global
    _run_TypeAlias = _run_Global

    def _run_Import(self, node: ast.Import, states: list[State]) -> list[State]:
        for state in states:
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                if alias.asname is None:
                    self.imported(alias.name)
                state.env[alias.asname or name] = self.imported(name)
        return states

    def _run_ImportFrom(self, node: ast.ImportFrom, states: list[State]) -> list[State]:
        package = str(self.frame.code.globals.get("__package__") or "")
        module = self.imported("." * node.level + (node.module or ""), package if node.level else "")

        def take() -> None:
            for alias in node.names:
                self.state.env[alias.asname or alias.name] = self.attribute(module, alias.name, node)

        return self._simply(states, take)

    def _run_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, states: list[State]) -> list[State]:
        def define() -> None:
            value: Value = self.defined(node, f"{self.frame.code.name}.{node.name}")
            for decorator in reversed(node.decorator_list):
                value = self.call(self.evaluate(decorator), [value], {}, decorator)
            self.state.env[node.name] = value

        return self._simply(states, define)

    _run_AsyncFunctionDef = _run_FunctionDef

    def _run_ClassDef(self, node: ast.ClassDef, states: list[State]) -> list[State]:
        def define() -> None:
            env = self.state.env
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            taint = any(name in env and self.tainted(env[name]) for name in names)
            if self._acts(node):
                self.remark("KR901", node, callee="the body of a class", reason="which is not followed")
                self.obscure()
            self.state.env[node.name] = Opaque(taint=taint, not_none=True)

        return self._simply(states, define)

    def _acts(self, node: ast.ClassDef) -> bool:
        """Say whether something is called with the store where a class is defined, outside of its methods."""
        own = (inner for inner in node.body if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))
        parts = [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords), *own]
        inside = [inner for part in parts for inner in ast.walk(part)]
        names = dict.fromkeys(inner.id for inner in inside if isinstance(inner, ast.Name))
        calls = bool(node.decorator_list) or any(isinstance(inner, ast.Call) for inner in inside)
        return calls and any(self.tainted(self.lookup(name)) for name in names)

    # --- branches ---------------------------------------------------------------------------------

    def _run_If(self, node: ast.If, states: list[State]) -> list[State]:
        ways = self._each_way(states, lambda: self.holds(node.test))
        taken = merged(state for state, held in ways if held)
        other = merged(state for state, held in ways if not held)
        if taken and other:
            self.step(taken, lambda: self.text(node.test), True, node.test)
            self.step(other, lambda: self.text(node.test), False, node.test)
        return self.run(node.body, taken) + self.run(node.orelse, other)

    def _run_Match(self, node: ast.Match, states: list[State]) -> list[State]:
        waiting = self._each_way(states, lambda: self.evaluate(node.subject))
        ends: list[State] = []
        for case in node.cases:
            chosen: list[State] = []
            left: list[tuple[State, Value]] = []
            for state, subject in waiting:
                for after, held in self.explore(state, partial(self._case, case, subject)):
                    if held:
                        chosen.append(after)
                    else:
                        left.append((after, subject))
            if chosen and (left or len(node.cases) > 1):
                self.step(chosen, partial(self._text_of_case, node, case), True, case.pattern)
            ends += self.run(case.body, merged(chosen))
            waiting = _distinct(left)
        return ends + [state for state, _ in waiting]

    def _text_of_case(self, node: ast.Match, case: ast.match_case) -> str:
        return f"{self.text(node.subject)} matches {ast.unparse(case.pattern)}"

    def _case(self, case: ast.match_case, subject: Value) -> bool:
        return self.matches(case.pattern, subject) and (case.guard is None or self.holds(case.guard))

    def matches(self, pattern: ast.pattern, subject: Value) -> bool:
        """Say whether a pattern matches; where that is not known, both ways are gone."""
        match pattern:
            case ast.MatchAs(pattern=inner, name=name):
                if inner is not None and not self.matches(inner, subject):
                    return False
                if name is not None:
                    self._bind_name(name, subject, pattern)
                return True
            case ast.MatchOr(patterns=patterns):
                return any(self.matches(inner, subject) for inner in patterns)
            case ast.MatchValue(value=wanted):
                return self._equals(subject, self.evaluate(wanted))
            case ast.MatchSingleton(value=wanted):
                return self._equals(subject, Known(wanted))
            case ast.MatchSequence(patterns=patterns) if isinstance(subject, Sequence) and not any(
                isinstance(inner, ast.MatchStar) for inner in patterns
            ):
                if len(patterns) != len(subject.items):
                    return False
                return all(self.matches(inner, item) for inner, item in zip(patterns, subject.items, strict=True))
            case _:
                return self._perhaps(pattern, subject)

    def _equals(self, subject: Value, wanted: Value) -> bool:
        if isinstance(subject, Known) and isinstance(wanted, Known):
            return bool(subject.value == wanted.value)
        if isinstance(subject, Opaque) and subject.not_none and wanted == NOTHING:
            return False
        return self.pick([True, False])

    def _perhaps(self, pattern: ast.pattern, subject: Value) -> bool:
        part = Opaque(taint=self.tainted(subject))
        for inner in ast.walk(pattern):
            name = getattr(inner, "name", None) or getattr(inner, "rest", None)
            if isinstance(name, str) and isinstance(inner, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
                self._bind_name(name, part, pattern)
        return self.pick([True, False])


def _stores_in(states: list[State]) -> list[str]:
    """Give the variables that hold a store in every state."""
    return [
        name
        for name, value in states[0].env.items()
        if type(value) is StoreValue and all(state.env.get(name) == value for state in states[1:])
    ]


def _as_load(node: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    if isinstance(node, ast.Name):
        return ast.copy_location(ast.Name(node.id, ast.Load()), node)
    if isinstance(node, ast.Attribute):
        return ast.copy_location(ast.Attribute(node.value, node.attr, ast.Load()), node)
    return ast.copy_location(ast.Subscript(node.value, node.slice, ast.Load()), node)


def _distinct(ways: list[tuple[State, Value]]) -> list[tuple[State, Value]]:
    found: dict[Any, tuple[State, Value]] = {}
    for state, value in ways:
        found.setdefault((state.signature(), value), (state, value))
    return list(found.values())

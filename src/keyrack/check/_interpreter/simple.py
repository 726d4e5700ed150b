"""Simple statements: how they turn the states before them into those after them."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from ...errors import KeyNotFoundError
from .branches import Branches
from .core import ANY, DeadEnd, Thrown
from .operators import METHODS
from .scopes import hints_of
from .source import FUNCTIONS
from .values import NOTHING, TAINTED, Cell, Function, Known, Opaque, Pending, Ref, Value

if TYPE_CHECKING:
    from .live import Shared
    from .state import State

CAUGHT = Opaque(not_none=True)
"""What a handler has caught."""
TASK = 2
"""How many frames there are while the task itself runs: it, and the one that calls it."""


class Simple(Branches):
    """How simple statements are run."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._handling: list[tuple[str, list[Thrown]]] = []
        """Of each handler that runs the name of what it caught, and what that may be."""

    def _run_Expr(self, node: ast.Expr, states: list[State]) -> list[State]:
        if isinstance(node.value, ast.Constant):
            return states

        def evaluate() -> None:
            self.dropped.add(node.value)
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
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            self.whole.add(node.value)

        def assign() -> None:
            value = self.evaluate(node.value)
            for target in node.targets:
                self.bind(target, self.named(value, target) if isinstance(target, ast.Name) else value)

        return self._simply(states, assign)

    def _run_AnnAssign(self, node: ast.AnnAssign, states: list[State]) -> list[State]:
        value = node.value
        if value is None:
            return self._simply(states, lambda: self._reach(node.target))
        return self._simply(states, lambda: self.bind(node.target, self.named(self.evaluate(value), node.target)))

    def _reach(self, target: ast.expr) -> None:
        """Evaluate what leads to a target, and not the target."""
        for part in ast.iter_child_nodes(target):
            if isinstance(part, ast.expr):
                self.evaluate(part)

    def _run_AugAssign(self, node: ast.AugAssign, states: list[State]) -> list[State]:
        def assign() -> None:
            loaded: ast.expr = _as_load(node.target)
            owner = self.evaluate(loaded)
            cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
            in_place = (f"__i{METHODS.get(type(node.op), '')}__",)
            if isinstance(owner, Ref) and cell is not None and cell.kind != "object":
                self._extend(owner, self.evaluate(node.value), node)
                if not isinstance(node.target, ast.Name):  # it is put back where it came from
                    self.bind(node.target, owner)
                return
            if isinstance(owner, Known) and isinstance(owner.value, list | dict | set):
                self._extend(owner, self.evaluate(node.value), node)
                return
            if self.special_method(owner, in_place) is not None:
                value = self.special(owner, in_place, (self.evaluate(node.value),), node) or TAINTED
            else:
                value = self.evaluate(ast.copy_location(ast.BinOp(loaded, node.op, node.value), node))
            self.bind(node.target, self.named(value, node.target))

        return self._simply(states, assign)

    def _extend(self, owner: Ref | Known, value: Value, node: ast.AST) -> None:
        """Change a list, a dict or a set in place."""
        self.throw(ANY)
        self.exhaust(value, node)
        self.lose(owner, node)
        self.lose_items(value, node)
        self.change_live(owner)
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if not self.tainted(value):
            return
        if isinstance(owner, Ref) and cell is not None:
            self.state.replace_cell(owner.id, Cell(cell.kind, None, taint=True, cls=cell.cls))
        else:
            self.stash("it", value, node)

    def _run_Delete(self, node: ast.Delete, states: list[State]) -> list[State]:
        def delete() -> None:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    if self.state.env.pop(target.id, None) is None:
                        self.throw(ANY)
                        if target.id in self.frame.scope.globals:
                            self.rebind_global(target.id, target)
                elif isinstance(target, ast.Attribute):
                    self.unbind_attribute(self.evaluate(target.value), target.attr, target)
                elif isinstance(target, ast.Subscript):
                    self.unbind_item(self.evaluate(target.value), self.evaluate(target.slice), target)

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
            name, caught = self._handling[-1] if self._handling else ("", [ANY])
            again = isinstance(node.exc, ast.Name) and node.exc.id == name and self.lookup(name) == CAUGHT
            if node.exc is None or again:
                for thrown in caught:
                    self.throw(thrown)
            else:
                value = self.evaluate(node.exc)
                if node.cause is not None:
                    self.evaluate(node.cause)
                if isinstance(value, Pending) and value.kind == "exception":
                    value = value.call
                live = value.value if isinstance(value, Known) else None
                cls = live if isinstance(live, type) else type(live)
                if issubclass(cls, BaseException):
                    self.heed_end(cls, (), node)
                    self.throw(Thrown(cls))
                else:
                    for thrown in (ANY, Thrown(KeyNotFoundError), *caught):  # it may have been kept
                        self.throw(thrown)
            raise DeadEnd

        self.leaves = True
        self._simply(states, throw)
        return []

    def _run_Assert(self, node: ast.Assert, states: list[State]) -> list[State]:
        def check() -> None:
            if not self.holds(node.test):
                if node.msg is not None:
                    self.evaluate(node.msg)
                self.leaves = True
                self.throw(Thrown(AssertionError))
                raise DeadEnd

        return states if sys.flags.optimize else self._simply(states, check)

    def _run_Pass(self, node: ast.Pass, states: list[State]) -> list[State]:
        return states

    def _run_Global(self, node: ast.Global, states: list[State]) -> list[State]:
        return states

    _run_Nonlocal = _run_Global
    _run_TypeAlias = _run_Global

    def _run_Import(self, node: ast.Import, states: list[State]) -> list[State]:
        def take() -> None:
            self.throw(ANY)
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                if alias.asname is None:
                    self.imported(alias.name)
                self.bind_name(alias.asname or name, self.imported(name), node)

        return self._simply(states, take)

    def _run_ImportFrom(self, node: ast.ImportFrom, states: list[State]) -> list[State]:
        package = str(self.frame.code.globals.get("__package__") or "")
        module = self.imported("." * node.level + (node.module or ""), package if node.level else "")

        def take() -> None:
            self.throw(ANY)
            for alias in node.names:
                self.bind_name(alias.asname or alias.name, self.attribute(module, alias.name, node), node)

        return self._simply(states, take)

    def _run_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, states: list[State]) -> list[State]:
        def define() -> None:
            held = len(self.pins)
            for decorator in node.decorator_list:
                self.pins.append(self.evaluate(decorator))
            decorators = [*zip(node.decorator_list, self.pins[held:], strict=True)]
            value: Value = self.defined(node, f"{self.frame.code.name}.{node.name}")
            if not self.frame.code.module.annotates_lazily:
                for annotation in hints_of(node):
                    self.evaluate(annotation)
            for decorator, call in reversed(decorators):
                value = self.call(call, [value], {}, decorator)
            del self.pins[held:]
            self.bind_name(node.name, value, node)

        return self._simply(states, define)

    _run_AsyncFunctionDef = _run_FunctionDef

    def _run_ClassDef(self, node: ast.ClassDef, states: list[State]) -> list[State]:
        def define() -> None:
            self.throw(ANY)
            env = self.state.env
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            taint = any(name in env and self.tainted(env[name]) for name in names)
            if self._acts(node):
                self.remark("KR901", node, callee="the body of a class", reason="which is not followed")
                self.obscure()
            self.lose_all([env[name] for name in names & env.keys() if isinstance(env[name], Ref)], node)
            methods = [inner for inner in ast.walk(node) if isinstance(inner, FUNCTIONS)]
            self.lose_all([self.defined(method, node.name) for method in methods], node)
            self.bind_name(node.name, Opaque(taint=taint, not_none=True), node)

        return self._simply(states, define)

    def _acts(self, node: ast.ClassDef) -> bool:
        """Say whether something is called with the store where a class is defined, outside of its methods."""
        own = (inner for inner in node.body if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))
        parts = [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords), *own]
        inside = [inner for part in parts for inner in ast.walk(part)]
        names = dict.fromkeys(inner.id for inner in inside if isinstance(inner, ast.Name))
        calls = any(isinstance(inner, ast.Call) for inner in inside)
        calls |= bool(node.decorator_list or node.bases)  # a base may act when there is a new class of it
        return calls and any(self.tainted(self.lookup(name)) for name in names)


def _as_load(node: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    if isinstance(node, ast.Name):
        return ast.copy_location(ast.Name(node.id, ast.Load()), node)
    if isinstance(node, ast.Attribute):
        return ast.copy_location(ast.Attribute(node.value, node.attr, ast.Load()), node)
    return ast.copy_location(ast.Subscript(node.value, node.slice, ast.Load()), node)

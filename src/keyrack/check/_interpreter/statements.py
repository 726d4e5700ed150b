"""``with``; and with it all statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial
from types import FunctionType
from typing import Any

from . import known
from .core import ANY, Thrown
from .generators import Diverted
from .logs import is_users
from .loops import Loops
from .managers import may_swallow
from .scopes import calls_named
from .state import State, merged
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    Known,
    Member,
    Opaque,
    Pending,
    Ref,
    StoreValue,
    Value,
)


class Statements(Loops):
    """How statements are run."""

    def _run_With(self, node: ast.With | ast.AsyncWith, states: list[State]) -> list[State]:
        return self._with(node, 0, states)

    _run_AsyncWith = _run_With

    def _with(self, node: ast.With | ast.AsyncWith, at: int, states: list[State]) -> list[State]:
        if at == len(node.items):
            return self.run(node.body, merged(states))
        item = node.items[at]
        ends: list[State] = []
        if isinstance(node, ast.AsyncWith):
            for state in states:
                self.state = state
                self.note_await()
        for state, manager in self._each_way(states, lambda: self.evaluate(item.context_expr)):
            ends += self._managed(node, at, state, manager)
        return ends

    def _managed(self, node: ast.With | ast.AsyncWith, at: int, state: State, manager: Value) -> list[State]:
        target = node.items[at].optional_vars

        def inside(value: Value, states: list[State]) -> list[State]:
            begun = states if target is None else self._simply(states, partial(self.bind, target, value))
            return self._with(node, at + 1, begun)

        match manager:
            case Pending(kind="context"):
                return self._context(manager, node, state, inside)
            case Pending(kind="suppress", args=args):
                classes = tuple(arg.value if isinstance(arg, Known) else None for arg in args)
                ends, caught = self._guarded(classes, lambda: inside(NOTHING, [state]))
                swallowed = [each for each, thrown in caught if self.catches(thrown, classes, node) is not False]
                self._throw_on(self.let_past(caught, classes))
                return ends + [each.copy() for each in swallowed]
            case Pending(kind="nullcontext", call=value):
                return inside(value, [state])
            case Pending(kind="closing", call=value):
                return self._finally(
                    lambda: inside(value, [state]), lambda left: self._simply(left, lambda: self._close(value, node))
                )
            case StoreValue():
                return inside(manager, [state])
            case Ref(id=number) if (cell := state.heap.get(number)) is not None and cell.kind == "tasks":

                def joined() -> list[State]:
                    return self._simply(inside(manager, [state]), lambda: self.join_tasks(manager, node))

                return self._grouping(joined) if isinstance(node, ast.AsyncWith) else joined()
            case Ref() | Known():
                return self._object_context(node, at, state, manager, inside)
            case _:
                return self._unknown_context(node, at, state, manager, inside)

    def _grouping(self, code: Callable[[], list[State]]) -> list[State]:
        """Run code in a task group, which puts exceptions into a group of them."""
        ends, caught = self._guarded((), code)
        for state, thrown in caught:
            kept = thrown.cls is None or not issubclass(thrown.cls, Exception)
            self._throw_on([(state, thrown if kept else Thrown(ExceptionGroup, thrown.read))])
        return ends

    def _close(self, value: Value, node: ast.With | ast.AsyncWith) -> None:
        is_async = isinstance(node, ast.AsyncWith)
        result = self.call(self.attribute(value, "aclose" if is_async else "close", node), [], {}, node)
        if is_async:
            self.await_value(result, node)

    def _unknown_context(
        self,
        node: ast.With | ast.AsyncWith,
        at: int,
        state: State,
        manager: Value,
        inside: Callable[[Value, list[State]], list[State]],
    ) -> list[State]:
        """Run ``with`` over something that cannot be followed: what is raised in it may be swallowed."""
        begun = self._simply([state], lambda: self._foreign_context(manager, node))
        value = Opaque(taint=self._tainted_in(state, manager))
        swallows = self._may_swallow(node, at, state, manager)
        if swallows is None:
            self.assume("context managers that are not known here let exceptions pass", node.items[at].context_expr)
        if not swallows:
            return inside(value, begun)
        ends, caught = self._guarded((), lambda: inside(value, begun))
        self._throw_on(caught)
        return ends + [each.copy() for each, _ in caught]

    def _may_swallow(self, node: ast.With | ast.AsyncWith, at: int, state: State, manager: Value) -> bool | None:
        """Say whether a context manager may swallow what is raised in its body; None where that is not known."""
        if isinstance(manager, Known):
            return known.swallows(type(manager.value))
        expression = node.items[at].context_expr
        expression = expression.value if isinstance(expression, ast.Await) else expression
        name = _attribute_of(expression)
        makers = self._makers(expression, state)
        if any(isinstance(maker, Known) and maker.value in known.STACKS for maker in makers):
            return self._stack_swallows(node, node.items[at].optional_vars, state)
        return _worst(_made_swallows(maker, name) for maker in makers)

    def _makers(self, expression: ast.expr, state: State) -> list[Value]:
        """Give what is called to make a context manager; something unknown where nothing is."""
        calls = calls_named(self.frame.code.node, expression.id) if isinstance(expression, ast.Name) else [expression]
        makers = [call.func for call in calls if isinstance(call, ast.Call)]
        if not makers or len(makers) < len(calls):
            return [ANYTHING_CLEAN]
        return [value for maker in makers for _, value in self.explore(state, partial(self.evaluate, maker))]

    def _stack_swallows(self, node: ast.AST, name: ast.expr | None, state: State) -> bool | None:
        """Say whether what is entered into an exit stack may swallow what is raised."""
        if not isinstance(name, ast.Name | None):
            return True
        answers: set[bool | None] = {False}
        owners = {id(inner.value) for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and name and inner.id == name.id and isinstance(inner.ctx, ast.Load):
                answers.add(id(inner) not in owners)  # somebody else may have it
            elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                if inner.func.attr in known.ENTERING:
                    answers.update(map(_entered_swallows, self._makers(inner.args[0], state) if inner.args else ()))
                elif inner.func.attr in {"push", "push_async_exit"}:
                    answers.add(True)
        return _worst(answers)

    def _tainted_in(self, state: State, value: Value) -> bool:
        here, self.state = self.state, state
        try:
            return self.tainted(value)
        finally:
            self.state = here

    def _foreign_context(self, manager: Value, node: ast.AST) -> None:
        self.throw(ANY)
        if self.tainted(manager):
            self.remark("KR901", node, callee="a context manager", reason="whose source cannot be read")
            self.obscure()

    def _context(
        self,
        manager: Pending,
        node: ast.With | ast.AsyncWith,
        state: State,
        inside: Callable[[Value, list[State]], list[State]],
    ) -> list[State]:
        """Run the body of ``with`` where a context manager function yields."""
        frame = self.frame
        left = Diverted(frame)

        def on_yield(inner: State, value: Value) -> list[State]:
            return self._in_consumer(frame, inner, lambda states: left.collect(lambda: inside(value, states)))

        return left.given_back(self._simply([state], lambda: self._enter_pending(manager, node, on_yield)))

    def _object_context(  # noqa: C901  # the ways out of one block
        self,
        node: ast.With | ast.AsyncWith,
        at: int,
        state: State,
        manager: Value,
        inside: Callable[[Value, list[State]], list[State]],
    ) -> list[State]:
        """Run ``with`` over an object of the user's class."""
        is_async = isinstance(node, ast.AsyncWith)
        names = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")

        def enter() -> tuple[Value, Value]:
            enter_, exit_ = (self.attribute(manager, name, node) for name in names)
            if isinstance(enter_, Member) or isinstance(exit_, Member):
                return manager, NOTHING
            value = self.call(enter_, [], {}, node)
            return (self.await_value(value, node) if is_async else value), exit_

        ends: list[State] = []
        for begun, (value, exit_) in self.explore(state, enter):
            if exit_ == NOTHING:
                ends += self._unknown_context(node, at, begun, manager, inside)
                continue

            def leave(kind: Value, exit_: Value = exit_) -> Value:
                result = self.call(exit_, [kind, kind, kind], {}, node)
                return self.await_value(result, node) if is_async else result

            swallowed: list[State] = []

            def body(
                begun: State = begun, value: Value = value, leave: Any = leave, swallowed: list[State] = swallowed
            ) -> list[State]:
                through, caught = self._guarded((), lambda: inside(value, [begun]))
                for each, thrown in caught:
                    for after, result in self.explore(each, lambda: leave(Opaque(not_none=True))):
                        if isinstance(result, Known) and not result.value:
                            self._throw_on([(after, thrown)])
                        elif isinstance(result, Known):
                            swallowed.append(after)
                        else:
                            self._throw_on([(after, thrown)])
                            swallowed.append(after.copy())
                return through

            ends += self._finally_normal(body, partial(self._simply, code=partial(leave, NOTHING)))
            ends += swallowed
        return ends

    def _finally_normal(
        self, code: Callable[[], list[State]], last: Callable[[list[State]], list[State]]
    ) -> list[State]:
        """Run code, and something more where it is left without an exception."""
        frame = self.frame
        saved = frame.returns, frame.breaks, frame.continues
        frame.returns, frame.breaks, frame.continues = [], [], []
        try:
            ends = code()
        finally:
            mine = frame.returns, frame.breaks, frame.continues
            frame.returns, frame.breaks, frame.continues = saved
        for state, value, where in mine[0]:
            frame.returns.extend((end, value, where) for end in last([state]))
        frame.breaks.extend(last(mine[1]))
        frame.continues.extend(last(mine[2]))
        return last(merged(ends))


def _worst(answers: Iterable[bool | None]) -> bool | None:
    found = {*answers}
    return True if True in found else None if None in found else False


def _attribute_of(expression: ast.expr) -> str:
    """Give the attribute by which something is found that is called, or taken as it is; empty where it is none."""
    found = expression.func if isinstance(expression, ast.Call) else expression
    return found.attr if isinstance(found, ast.Attribute) else ""


def _made_swallows(maker: Value, name: str) -> bool | None:
    """Say whether the context manager that a callable gives may swallow exceptions; None where that is not known."""
    live = maker.value if isinstance(maker, Known) else None
    if live is not None and not is_users(live):
        return known.swallows(live)
    return True if may_swallow(name) else None


def _entered_swallows(maker: Value) -> bool | None:
    """Say whether the context manager that a callable gives may swallow exceptions, when it is entered into a stack."""
    live = maker.value if isinstance(maker, Known) else None
    if isinstance(live, FunctionType):  # a function of the user's: what it catches is not looked at here
        return True
    return _made_swallows(maker, "")

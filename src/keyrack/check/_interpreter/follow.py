"""Following a call into the source of what is called, and code that may run or not."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from types import FunctionType
from typing import Any

from . import known
from .arguments import Arguments
from .core import ANY, DeadEnd, Frame
from .scopes import EXPRESSION, loaded_names
from .source import CHANGING
from .state import MOST, State, merged
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    TAINTED,
    Function,
    Known,
    Member,
    Opaque,
    Partial,
    Pending,
    Ref,
    Sequence,
    Value,
    is_lasting,
    parts_of,
)

DEEPEST = 24
"""How many calls are followed into each other."""
NESTED = 6
"""How many of one function, if each is given something else."""


_ENDING = (ast.Try, ast.With, ast.AsyncWith, ast.YieldFrom, ast.For, ast.AsyncFor)
"""What may do something when a generator is closed: also in another one that it goes through."""


class Follow(Arguments):
    """How the body of a function is entered and left."""

    # --- following --------------------------------------------------------------------------------

    def follow(
        self,
        function: Function,
        args: Many[Value],
        kwargs: Mapping[str, Value],
        node: ast.AST,
    ) -> Value:
        """Interpret the body of a function."""
        code = function.code
        if code.scope.yields:
            return Pending("generator", function, tuple(args), tuple(kwargs.items()))
        if isinstance(code.node, ast.AsyncFunctionDef):
            return Pending("coroutine", function, tuple(args), tuple(kwargs.items()))
        return self.enter(function, args, kwargs, node)

    def enter(
        self,
        function: Function,
        args: Many[Value],
        kwargs: Mapping[str, Value],
        node: ast.AST,
        *,
        on_yield: Callable[[State, Value], list[State]] | None = None,
    ) -> Value:
        """Interpret the body of a function now, whatever kind it is."""
        involved = on_yield is not None or any(map(self.tainted, (*args, *kwargs.values(), function)))
        if any(frame.code.node is function.code.node for frame in self.frames) or len(self.frames) > DEEPEST:
            if isinstance(on_yield, Stops):
                on_yield.lost = True
                involved = any(map(self.tainted, (*args, *kwargs.values(), function)))
            if not involved or not self._leads_on(function, args):
                return self._again(function, involved, args, kwargs, node)
        others = self.state.beside  # they may act where it waits
        if involved or others or function.frame or any(map(may_change, (*args, *kwargs.values()))):
            return self.choice(lambda: self._ways(function, args, kwargs, node, on_yield))
        try:
            memo = (function.code.node, function, tuple(args), tuple(kwargs.items()), self._live_as_it_is())
            values = self._pure.get(memo)
        except TypeError:
            return self.choice(lambda: self._ways(function, args, kwargs, node, on_yield))
        if values is None:
            ways = self._ways(function, args, kwargs, node, on_yield)
            if any(isinstance(value, Ref | Function) for _, value in ways):
                return self.choice(lambda: ways)
            values = self._pure[memo] = [*dict.fromkeys(value for _, value in ways)]
        self.throw(ANY)
        if not values:
            raise DeadEnd
        return values[0] if len(values) == 1 else self.pick(values)

    def _live_as_it_is(self) -> tuple[object, ...]:
        """Give what tells apart whether live objects are as they were: tasks change some of them."""
        changes = len(self.changed), len(self.patched), len(self.assigned), len(self.tainted_names)
        return (*changes, *(item for item in self.state.heap.items() if item[0] < 0))

    def _leads_on(self, function: Function, args: Many[Value]) -> bool:
        """Say whether a function that calls itself is called with something else each time, and not too often."""
        inside = [frame for frame in self.frames if frame.code.node is function.code.node]
        if len(inside) >= NESTED or len(self.frames) > DEEPEST:
            return False
        return all(any(map(_is_other, frame.given, args)) for frame in inside)

    def _again(
        self, function: Function, involved: bool, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        self._doubt_surroundings(function, (*args, *kwargs.values()), node)
        if involved:
            self.remark("KR901", node, callee=function.code.name, reason="which calls itself")
            self.obscure()
            return TAINTED
        self.throw(ANY)
        return ANYTHING_CLEAN

    def _doubt_surroundings(self, function: Function, args: Many[Value], node: ast.AST) -> None:
        """Something that is not looked at again may change what it is given, and variables around it."""
        reached = [*args]
        names = loaded_names(function.code.node) | function.code.scope.outer
        number = function.frame
        while number:
            env = self.env_of(number) or {}
            reached += [env[name] for name in names if name in env]
            for name in function.code.scope.outer & env.keys():
                self.set_outer(number, name, Opaque(taint=self.tainted(env[name])))
            number = self.closures.get(number, (frozenset[str](), {}, 0))[2]
        for value in reached:
            if not isinstance(value, Function | Partial):
                self.lose(value, node)

    def set_outer(self, number: int, name: str, value: Value) -> None:
        """Bind a variable of an activation."""
        if self.frame.number == number:
            self.state.env[name] = value
        else:
            self.state.outer = {**self.state.outer, number: {**self.state.outer[number], name: value}}

    def _ways(
        self,
        function: Function,
        args: Many[Value],
        kwargs: Mapping[str, Value],
        node: ast.AST,
        on_yield: Callable[[State, Value], list[State]] | None,
    ) -> list[tuple[State, Value]]:
        bound = self.bound(function, args, kwargs, node)
        if bound is None:  # a call that fails
            self.throw(ANY)
            return []
        code = function.code
        frame = Frame(
            self.number(),
            code,
            code.scope,
            self.spot(node) if self.frames else None,
            dict(function.cells),
            function.frame,
            on_yield=on_yield,
            given=tuple(args),
        )
        if frame.scope.nests:
            self.closures[frame.number] = frame.scope.local, frame.cells, frame.parent
        state = self.state.copy()
        caller = self.frame.number if self.frames else 0
        mine = state.env
        state.outer = {**state.outer, caller: mine}
        state.env = bound
        here = self.state
        self.frames.append(frame)
        try:
            if isinstance(code.node, ast.Lambda):
                body = code.node.body
                ends = [(end, value) for end, value in self.explore(state, lambda: self.evaluate(body))]
            else:
                through = self.run(code.node.body, [state])
                ends = [(end, value) for end, value, _ in frame.returns] + [(end, NOTHING) for end in through]
        finally:
            self.frames.pop()
            self.state = here
        return self._left(frame, caller, ends)

    def _left(self, frame: Frame, caller: int, ends: list[tuple[State, Value]]) -> list[tuple[State, Value]]:
        """Go back to the caller: its variables, without those of the function that has ended."""
        self.come_out(end for end, _ in ends)
        by_value: dict[Value, list[State]] = {}
        for end, value in ends:
            names = end.env
            outer = dict(end.outer)
            end.env = dict(outer.pop(caller, {}))
            if frame.scope.nests and self._is_kept(frame.number, value, end, outer):
                outer[frame.number] = names
            end.outer = outer
            by_value.setdefault(value, []).append(end)
        return [(state, value) for value, states in by_value.items() for state in merged(states, MOST // 2)]

    def _is_kept(self, number: int, value: Value, end: State, outer: Mapping[int, Mapping[str, Value]]) -> bool:
        """Say whether a function that was defined in an activation is still there after it."""
        waiting: list[Any] = [value, *end.env.values(), *(one for names in outer.values() for one in names.values())]
        waiting += end.beside
        waiting += (item for cell in end.heap.values() for item in cell.items or ())
        for one in waiting:  # grows while it is read
            if isinstance(one, Function) and one.frame == number:
                return True
            waiting += one if isinstance(one, tuple) else parts_of(one)
        return False

    def _call_cached(self, inner: Value, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Call a function whose body runs the first time alone."""
        if not any(map(self.tainted, (inner, *args, *kwargs.values()))):
            values: set[Value] = set()
            self.maybe(lambda: values.add(self.call(inner, args, kwargs, node)), node)
            for value in values:
                if len(values) == 1 and is_lasting(value):
                    return value
                self.lose(value, node)  # it is one object, and others may have changed it
            return Opaque()
        self.remark("KR901", node, callee=self.name_of(inner, node), reason="which runs the first time alone")
        self.obscure()
        return TAINTED

    def hand(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Hand functions to something that calls them, at once or when somebody goes through what it gives."""
        if known.belongs(live, known.LAZY):
            return Pending("mapped", Known(live), tuple(args), tuple(kwargs.items()))
        self._call_callbacks(args, kwargs, node)
        for arg in (*args[known.CHOOSING.get(live, len(args)) :], *kwargs.values()) if len(args) > 1 else ():
            if not _is_callback(arg):
                self.lose(arg, node)
        return Opaque(taint=any(map(self.tainted, (*args, *kwargs.values()))))

    def _call_callbacks(self, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> None:
        """Call functions that are handed to something that calls them, any number of times."""
        self.throw(ANY)
        self.look_at(args, node)
        given = [] if "*" in kwargs else [self.items_of(arg, node) for arg in args[1:]]
        every = [*args, *kwargs.values()]
        taint = any(self.tainted(arg) for arg in every if not _is_callback(arg))
        for at, arg in enumerate(every):
            if not _is_callback(arg):
                self.go_through(arg, node)
            elif isinstance(arg, Function) or any(map(self.tainted, (arg, *args))) or _may_change_given(arg):
                self._call_often(arg, given if at < len(args) else [self._asked_of(args, node)], node, taint=taint)

    def _asked_of(self, args: Many[Value], node: ast.AST) -> tuple[Value, ...] | None:
        """Give what a ``key=`` is called with."""
        return self.items_of(args[0], node) if len(args) == 1 else tuple(args)

    def _call_often(
        self, function: Value, given: list[tuple[Value, ...] | None], node: ast.AST, *, taint: bool
    ) -> None:
        """Call a function with the items that are known, or with what is not known, any number of times."""
        known = [items for items in given if items is not None]
        if known and len(known) == len(given) == arity(function) and max(map(len, known)) <= MOST:
            ways = [*zip(*known, strict=False)]
        else:
            ways = [(Opaque(taint=taint),) * arity(function)]
        for way in ways:
            self.maybe(functools.partial(self.call, function, way, {}, node), node)

    def maybe(self, code: Callable[[], object], node: ast.AST) -> bool:
        before, moved = self.state, False
        with self.entering([before]):
            known: object = None
            while known != before.signature():  # what it does may let it do more the next time
                known = before.signature()
                for end in self.aside(code):
                    moved = moved or before.is_moved(end)
                    self.weaken(before, end)
                self.state = before
        self.come_out([before])
        return moved

    def weaken(self, before: State, end: State) -> None:
        """Let what happened from *before* to *end* perhaps have happened, for keys that it touched."""
        touched = {*before.touched, *end.touched}
        before.unlink(
            [
                key
                for key in touched
                if any(one.relation(key) != other.relation(key) for one in before.histories for other in end.histories)
            ]
        )
        for other in end.histories:
            before.histories = tuple(
                [one.weakened(other) if other.comes_from(one) else one for one in before.histories]
            )
        before.doubt(end)

    def consume(self, pending: Pending, node: ast.AST) -> None:
        """Go through a generator, or what ``map`` gives, perhaps not to its end."""
        if pending.kind == "mapped":
            self._call_callbacks(pending.args, dict(pending.kwargs), node)
        elif pending.begun:
            self._go_on(pending, node)
        elif pending.kind == "generator":
            self.begin(pending)
            if is_expression(pending) or self.acts(pending):
                self.maybe(lambda: self.drain(pending, node, partly=True), node)
            else:
                self.doubt_what_it_has(pending, node)

    def begin(self, source: Pending) -> None:
        if source.kind == "generator" and not source.begun:
            self.state.swap(source, replace(source, begun=True))

    def doubt_what_it_has(self, pending: Pending, node: ast.AST) -> None:
        """Let a generator that is not followed here change what it was given, and variables around it."""
        given = (*pending.args, *(value for _, value in pending.kwargs))
        for value in given:
            if isinstance(value, Ref):
                self.forget_attributes(value)
        if isinstance(pending.call, Function):
            self._doubt_surroundings(pending.call, given, node)

    def _go_on(self, pending: Pending, node: ast.AST) -> None:
        """Go through a generator from where it was left, which is not known."""
        self.throw(ANY)
        self.doubt_what_it_has(pending, node)
        if self.tainted(pending):
            name = pending.call.code.name if isinstance(pending.call, Function) else self.name_of(pending.call, node)
            self.remark("KR901", node, callee=name, reason="which goes on where it was left")
            self.obscure()

    def acts(self, pending: Pending) -> bool:
        """Say whether a generator may do something that matters here: to the store, a container or a variable."""
        given = (*pending.args, *(value for _, value in pending.kwargs))
        cells = [self.state.heap.get(value.id) for value in given if isinstance(value, Ref)]
        if any(cell is not None and cell.kind != "object" for cell in cells) or self.tainted(pending):
            return True
        return isinstance(pending.call, Function) and bool(pending.call.code.scope.outer)

    def drain(self, pending: Pending, node: ast.AST, *, partly: bool = False) -> Value:
        """Go through a generator to its end."""
        if pending.begun:
            self._go_on(pending, node)
            return TAINTED if self.tainted(pending) else ANYTHING_CLEAN
        self.begin(pending)
        function = pending.call
        if not isinstance(function, Function):
            return self.unknown_call(function, pending.args, dict(pending.kwargs), node)
        stops = Stops()
        value = self.enter(function, pending.args, dict(pending.kwargs), node, on_yield=stops)
        for stop in stops.states if partly else ():  # it may be left wherever it yields
            self.weaken(self.state, stop)
        return value


class Stops:
    """Where a generator yields, to somebody who does nothing with what it gives."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.lost: bool = False
        """Whether there are more places, in a part that is not looked at."""

    def __call__(self, state: State, value: Value) -> list[State]:
        self.states.append(state)
        return [state]


def closes_somehow(source: Pending) -> bool:
    """Say whether a generator may do something when it is closed."""
    function = source.call
    return not isinstance(function, Function) or any(isinstance(each, _ENDING) for each in ast.walk(function.code.node))


def is_expression(value: Value) -> bool:
    """Say whether it is a generator expression."""
    return isinstance(value, Pending) and isinstance(value.call, Function) and value.call.code.name == EXPRESSION


def may_change(value: Value) -> bool:
    """Say whether there is an object in a value that the task has made."""
    return isinstance(value, Ref) or any(map(may_change, parts_of(value)))


def _is_other(value: Value, other: Value) -> bool:
    """Say whether two values are known, and not the same."""
    return value != other and all(isinstance(one, Known | Ref | Sequence) for one in (value, other))


def _is_callback(value: Value) -> bool:
    return isinstance(value, Function | Partial | Member) or (isinstance(value, Known) and callable(value.value))


def _may_change_given(value: Value) -> bool:
    """Say whether a live function may change a list, a dict or a set that it is given."""
    if isinstance(value, Member):
        return value.name in CHANGING
    return isinstance(value, Known) and known.changes(value.value)


def arity(value: Value) -> int:
    """Give how many arguments a function needs; 1 where that is not known, or where it takes any number."""
    match value:
        case Function(code=code):
            args = code.node.args
            return max(len(args.args) + len(args.posonlyargs) - len(args.defaults), args.vararg is not None)
        case Known(value=FunctionType() as live):
            code_ = live.__code__
            return max(code_.co_argcount - len(live.__defaults__ or ()), bool(code_.co_flags & inspect.CO_VARARGS))
        case Partial(call=call, args=given):
            return max(0, arity(call) - len(given))
        case _:
            return 1

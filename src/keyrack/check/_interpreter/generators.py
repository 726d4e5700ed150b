"""Generators, seen from who goes through them: the code around a generator wherever it yields."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Many
from functools import partial
from typing import TYPE_CHECKING, Any

from .core import DeadEnd, Thrown
from .follow import Stops, closes_somehow, may_change
from .running import Running
from .state import MOST, State
from .tries import Tries
from .values import (
    ANYTHING_CLEAN,
    Cell,
    Function,
    Known,
    Partial,
    Pending,
    Ref,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from .core import Frame


class Generators(Tries):
    """How a loop goes through a generator, and when that is closed."""

    @abstractmethod
    def _body(self, frame: Frame, body: list[ast.stmt], states: list[State]) -> list[State]: ...

    def _through_generator(
        self, frame: Frame, node: ast.For | ast.AsyncFor, state: State, source: Pending, *, numbered: bool
    ) -> list[State]:
        """Run the body of the loop wherever the generator yields; where the loop is left, the generator is closed."""
        guards = self.guards
        left = Diverted(frame)
        late = closes_late(node) and closes_somehow(source)
        unclosed: list[State] = []
        self.leave_behind(state, source)
        before = state.copy()

        def body(states: list[State]) -> list[State]:
            if not guards or not closes_somehow(source):
                return left.collect(lambda: self._body(frame, node.body, states))
            ends, caught = self._guarded((), lambda: left.collect(lambda: self._body(frame, node.body, states)))
            return [*ends, *left.raised(caught)]

        def on_yield(inner: State, value: Value) -> list[State]:
            def consume(states: list[State]) -> list[State]:
                item = Sequence((ANYTHING_CLEAN, value)) if numbered else value
                return body(self._simply(states, partial(self.bind, node.target, item)))

            here, self.guards = self.guards, guards  # what the body raises does not pass through the generator
            try:
                ends = self._in_consumer(frame, inner, consume)
            finally:
                self.guards = here
            gone = [end for end in ends if left.has(end)]
            if late:
                unclosed.extend(_out_of_generator(end, frame) for end in gone)
            self._throw_on((end, Thrown(GeneratorExit)) for end in gone)
            return [end for end in ends if not left.has(end)]

        ends, caught = self._guarded(
            (), lambda: self._simply([state], lambda: self._enter_pending(source, node, on_yield))
        )
        if unclosed:
            self.linger(before, source, node)
        for each in unclosed:
            each.beside = {**each.beside, **before.beside}
        for each, thrown in caught:
            if left.has(each) and thrown.cls is GeneratorExit:
                ends.append(each)
            else:  # also where it goes wrong while it is closed
                self._throw_on([(left.stayed(each), thrown)])
        return self._leaving([*ends, *unclosed], left)

    def gathered(self, source: Value, node: ast.AST) -> Ref | None:
        if not _is_fresh(source) or not isinstance(source, Pending):
            return None
        if not self.acts(source) and any(map(may_change, source.args)):  # it changes at most what it is given
            return None
        self.begin(source)
        made = self.made(Cell("list", ()), node)
        self.pins.append(made)

        gatherer = _Gatherer(made, self.tainted)
        self._enter_pending(source, node, gatherer)
        if gatherer.lost:
            self.lose(made, node)
        return made

    def rule_next(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``next(generator)``: it runs until it yields for the first time, or to its end."""
        source = args[0] if args else ANYTHING_CLEAN
        if not _is_fresh(source) or not isinstance(source, Pending):
            return super().rule_next(live, args, kwargs, node)
        self.begin(source)
        before, frame = self.state, self.frame

        def ways() -> list[tuple[State, Value | None]]:
            found: list[tuple[State, Value | None]] = []

            def on_yield(inner: State, value: Value) -> list[State]:
                found.append((_back_in(before, inner, frame), value))
                return []

            ends = self.explore(before, lambda: self._enter_pending(source, node, on_yield))
            return [*found, *((end, None) for end, _ in ends)]

        value = self.choice(ways)
        if value is not None:
            if self.tainted(source) and closes_somehow(source):
                self.linger(self.state, source, node)
            return value
        if len(args) > 1:
            return args[1]
        self.leaves = True
        self.throw(Thrown(StopIteration))
        raise DeadEnd

    def _leaving(self, states: list[State], left: Diverted) -> list[State]:
        """Let the paths that leave a loop do so."""
        ends = left.given_back(states)
        self._throw_on(left.thrown)
        left.thrown = []
        return ends

    def leave_behind(self, state: State, source: Pending) -> None:
        """Forget that a generator is not closed: it goes on."""
        mark = lingering(source)
        if mark in state.beside:
            state.beside = {one: did for one, did in state.beside.items() if one != mark}

    def linger(self, state: State, source: Pending, node: ast.AST) -> None:
        """Note that a generator is not closed where it is left but later, whenever nothing leads to it any more."""
        self.leave_behind(state, source)
        outside, self.log = self.log, []
        self._guarded((), lambda: self._simply([state.copy()], lambda: self.drain(source, node)))  # it acts later
        touched, self.log = frozenset(self.log), outside + self.log
        if any(kind != "asked" for _, kind in touched):
            running = Running(touched, thread=not isinstance(node, ast.AsyncFor), sure=False)
            state.beside = {**state.beside, lingering(source): running}

    def _enter_pending(self, source: Pending, node: ast.AST, on_yield: Callable[[State, Value], list[State]]) -> Value:
        function = source.call
        if isinstance(function, Partial):
            return self._enter_pending(
                Pending(source.kind, function.call, (*function.args, *source.args), source.kwargs), node, on_yield
            )
        if isinstance(function, Known):
            live = self.function_of(function.value) if hasattr(function.value, "__code__") else None
            if live is None:
                return self.unknown_call(function, source.args, dict(source.kwargs), node)
            function = live
        if not isinstance(function, Function) or not function.code.scope.yields:
            return self.unknown_call(function, source.args, dict(source.kwargs), node)
        return self.enter(function, source.args, dict(source.kwargs), node, on_yield=on_yield)

    def _in_consumer(self, frame: Frame, inner: State, code: Callable[[list[State]], list[State]]) -> list[State]:
        """Go from a generator back into the function that goes through it, and return when it wants the next value."""
        generator = self.frame.number
        names = inner.env
        outside = dict(inner.outer)
        between = {number: env for number, env in outside.items() if number >= frame.number}
        inner.env = dict(outside.pop(frame.number, {}))
        inner.outer = {**outside, generator: names}
        self.frames.append(frame)
        try:
            ends = code([inner])
        finally:
            self.frames.pop()
        for state in ends:
            outer = dict(state.outer)
            own = outer.pop(generator, names)
            state.outer = {
                **outer,
                **{number: env for number, env in between.items() if number not in outer},
                frame.number: state.env,
            }
            state.env = dict(own)
        return ends


def closes_late(node: ast.For | ast.AsyncFor) -> bool:
    """Say whether a generator is still there when a loop through it is left, or is closed by a task of its own."""
    return isinstance(node, ast.AsyncFor) or isinstance(node.iter, ast.Name)


def lingering(source: Pending) -> Pending:
    """Give what stands for a generator that was left and is not closed."""
    return Pending("left", source)


def _out_of_generator(inner: State, frame: Frame) -> State:
    """Give the state of the function that goes through a generator, without that."""
    state = inner.copy()
    state.env = dict(inner.outer.get(frame.number, inner.env))
    state.outer = {at: env for at, env in inner.outer.items() if at < frame.number}
    return state


def _back_in(before: State, inner: State, frame: Frame) -> State:
    """Give the state of a function that has asked a generator for something, when that yields."""
    state = inner.copy()
    state.env = dict(inner.outer.get(frame.number, inner.env))
    state.outer = {at: env for at, env in inner.outer.items() if at in before.outer}
    return state


def _is_fresh(source: Value) -> bool:
    """Say whether it is a generator that nobody has begun, and no one waits for what it yields."""
    is_one = isinstance(source, Pending) and source.kind == "generator" and not source.begun
    call = source.call if is_one and isinstance(source, Pending) else None
    return isinstance(call, Function) and isinstance(call.code.node, ast.FunctionDef)


class _Gatherer(Stops):
    """Puts what a generator yields into a list."""

    def __init__(self, made: Ref, tainted: Callable[[Value], bool]) -> None:
        super().__init__()
        self._made = made
        self._tainted = tainted

    def __call__(self, state: State, value: Value) -> list[State]:
        items = state.heap[self._made.id].items
        content = None if items is None or len(items) >= MOST else (*items, value)
        taint = content is None and (self._tainted(self._made) or self._tainted(value))
        state.replace_cell(self._made.id, Cell("list", content, taint=taint))
        return [state]


class Diverted:
    """Paths that leave a function while a generator around them still has something to do.

    They go on in the generator like the others, marked, and are given back to the function when it is through.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._ways: list[tuple[str, Any]] = []
        self.thrown: list[tuple[State, Thrown]] = []

    def collect(self, code: Callable[[], list[State]]) -> list[State]:
        """Run code of the function; give the states in which it ends, and marked those in which it is left."""
        frame = self._frame
        saved = frame.returns, frame.breaks, frame.continues
        frame.returns, frame.breaks, frame.continues = [], [], []
        try:
            ends = code()
        finally:
            returns, breaks, continues = frame.returns, frame.breaks, frame.continues
            frame.returns, frame.breaks, frame.continues = saved
        for state, value, where in returns:
            ends = [*ends, *self._marked("return", (value, where), [state])]
        return [*ends, *self._marked("break", None, breaks), *self._marked("continue", None, continues)]

    def raised(self, caught: Iterable[tuple[State, Thrown]]) -> list[State]:
        """Mark the states in which something was raised."""
        return [state for each, thrown in caught for state in self._marked("raise", thrown, [each])]

    def _marked(self, kind: str, what: Any, states: list[State]) -> list[State]:
        self._ways.append((kind, what))
        for state in states:
            state.pending = (*state.pending, (id(self), len(self._ways) - 1))
        return states

    def has(self, state: State) -> bool:
        """Say whether a path is marked."""
        return bool(state.pending) and state.pending[-1][0] == id(self)

    def stayed(self, state: State) -> State:
        """Let a path not leave the function as it wanted to."""
        if self.has(state):
            state.pending = state.pending[:-1]
        return state

    def given_back(self, states: list[State]) -> list[State]:
        """Let marked paths leave the function as they wanted to, and give the others."""
        frame = self._frame
        ends: list[State] = []
        for state in states:
            if not self.has(state):
                ends.append(state)
                continue
            kind, what = self._ways[state.pending[-1][1]]
            state.pending = state.pending[:-1]
            if kind == "raise":
                self.thrown.append((state, what))
            elif kind == "return":
                frame.returns.append((state, *what))
            else:
                (frame.breaks if kind == "break" else frame.continues).append(state)
        return ends

"""Loops: unrolled where it is known over what they go, else repeated until nothing new comes of it."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any

from ..relation import LOOP_SKIPPED, PRESENT, PUT, then
from .core import ANY, BUDGET, TooComplex
from .generators import Generators
from .history import History, one_each
from .items import MOST_ITEMS
from .running import TAKING, meets
from .state import State, merged
from .values import (
    NOTHING,
    Function,
    Known,
    Opaque,
    Pending,
    Ref,
    Sequence,
    Value,
    containers,
)

if TYPE_CHECKING:
    from .core import Frame

ROUNDS = 40
"""How often the body of a loop is interpreted; what comes to no end by then is too complex."""
_NUMBERING = Known(enumerate)
WIDE = 2
"""After how many rounds variables that change are no longer told apart."""


class Loops(Generators):
    """How loops are run."""

    @contextmanager
    def _loop(self, states: Iterable[State]) -> Generator[Frame, None, None]:
        """Collect the breaks and continues of a loop, and keep the objects that were there before it.

        An expression may hold them that is being evaluated, in this function or in one that waits for it.
        """
        frame = self.frame
        saved = frame.breaks, frame.continues, frame.kept
        frame.breaks, frame.continues = [], []
        frame.kept = [Ref(number) for number in {number for state in states for number in state.heap}]
        try:
            yield frame
        finally:
            frame.breaks, frame.continues, frame.kept = saved

    def _run_Break(self, node: ast.Break, states: list[State]) -> list[State]:
        self.frame.breaks.extend(states)
        return []

    def _run_Continue(self, node: ast.Continue, states: list[State]) -> list[State]:
        self.frame.continues.extend(states)
        return []

    def _body(self, frame: Frame, body: list[ast.stmt], states: list[State]) -> list[State]:
        ends = self.run(body, merged(states)) + frame.continues
        frame.continues = []
        for state in ends:
            state.sweep([*self.pins, *frame.kept])
        return merged(ends)

    def _run_While(self, node: ast.While, states: list[State]) -> list[State]:
        with self._loop(states) as frame:
            names = {inner.id for inner in ast.walk(node.test) if isinstance(inner, ast.Name)}
            rounds = count()

            def enter(states: list[State]) -> tuple[list[State], list[State]]:
                if next(rounds):  # a loop is there to change what it asks for
                    for state in states:
                        for name in names:
                            state.forget_truth(state.env.get(name, NOTHING))
                ways = self._each_way(states, lambda: self.holds(node.test))
                return [state for state, held in ways if held], [state for state, held in ways if not held]

            left = self._repeat(frame, states, enter, node.body)
            breaks = frame.breaks
            self.leaves |= not left and not breaks
        return self.run(node.orelse, merged(left)) + breaks

    def _run_For(self, node: ast.For | ast.AsyncFor, states: list[State]) -> list[State]:
        if isinstance(node.iter, ast.Call) and not _may_stop(node):
            self.whole.add(node.iter)

        def opened() -> tuple[Value, tuple[int, ...]]:
            source = self.evaluate(node.iter)
            if isinstance(source, Pending) and source.kind == "results" and not _may_stop(node):
                source = self.taken(source, node)
            return self.in_order(source), containers(source)

        ends: list[State] = []
        for state, (source, held) in self._each_way(states, opened):
            ends += self._for(node, state, source, held)
        return ends

    _run_AsyncFor = _run_For

    def _for(self, node: ast.For | ast.AsyncFor, state: State, source: Value, held: tuple[int, ...]) -> list[State]:
        self.state = state
        if isinstance(node, ast.AsyncFor):
            self.note_await()
        items = self.items_of(source, node)
        with self._loop([state]) as frame:
            if isinstance(source, Pending) and source.kind == "iterator":
                left = self._unrolled(frame, node, state.copy(), source, held, items_of_iterator(source))
                left += [] if isinstance(node.iter, ast.Call) else [state]
            elif items is not None and len(items) <= MOST_ITEMS:
                left = self._unrolled(frame, node, state, source, held, items)
            elif (fresh := _generator_in(source)) is not None:
                self.begin(fresh)
                left = self._through_generator(frame, node, state, fresh, numbered=fresh is not source)
            elif isinstance(source, Pending) and source.kind == "unordered" and isinstance(source.call, Sequence):
                left = self._in_any_order(frame, node, state, source, source.call.items)
            elif isinstance(source, Pending) and source.kind == "endless":
                self._unknown_times(frame, node, state, source)
                left = []
                self.leaves |= not frame.breaks
            else:
                left = self._unknown_times(frame, node, state, source)
            breaks = frame.breaks
        return self.run(node.orelse, merged(left)) + breaks

    def _unrolled(
        self,
        frame: Frame,
        node: ast.For | ast.AsyncFor,
        state: State,
        source: Value,
        held: tuple[int, ...],
        items: tuple[Value, ...],
        first: int = 0,
    ) -> list[State]:
        """Run the body for each item from the *first* on; where it changes what it goes through, go on with that."""
        states, left = [state], list[State]()
        before = state.contents(held)
        for at, item in enumerate(items[first:], first + 1):
            begun = self._simply(states, partial(self.bind, node.target, item))
            states = self._body(frame, node.body, begun)
            changed = [one for one in states if one.has_changed(before)] if held else []
            if changed:
                states = [one for one in states if one not in changed]
            for self.state in changed:
                now = self.items_of(source, node) if at <= MOST_ITEMS and self._has_places(before) else None
                if now is None or (isinstance(source, Pending) and source.kind == "iterator"):
                    unknown = Opaque(taint=self.tainted(source))
                    left += self._unknown_times(frame, node, self.state, unknown)
                else:
                    self.spend(BUDGET // 200)  # a list that grows in each round is not followed for ever
                    left += self._unrolled(frame, node, self.state, source, held, now, at)
        return [*states, *left]

    def _has_places(self, before: Mapping[int, Any]) -> bool:
        """Say whether a loop goes on from its next place, though what it goes through was changed."""
        for number, items in before.items():
            cell = self.state.heap.get(number)
            if cell is not None and cell.kind != "list" and (cell.kind != "dict" or _keys(cell.items) != _keys(items)):
                return False
        return True

    def _unknown_times(self, frame: Frame, node: ast.For | ast.AsyncFor, state: State, source: Value) -> list[State]:
        def open_() -> None:
            self.go_through(source, node)

        states = self._simply([state], open_)
        goes_on = isinstance(source, Pending) and source.begun  # it does something before each item, and in the end

        def enter(states: list[State]) -> tuple[list[State], list[State]]:
            def next_one() -> None:
                self.throw(ANY)
                if goes_on:
                    open_()
                self.bind(node.target, self.named(self.element_of(source), node.target))

            begun = self._simply(states, next_one)
            return begun, [state.copy() for state in states]

        self.pins.append(source)  # it is still needed in the next round
        left = self._repeat(frame, states, enter, node.body)
        self.pins.pop()
        return self._simply(left, open_) if goes_on else left

    def _in_any_order(
        self, frame: Frame, node: ast.For | ast.AsyncFor, state: State, source: Value, items: tuple[Value, ...]
    ) -> list[State]:
        """Run the body for each of some items, of which nobody knows which one comes first.

        Each may find what any of the others have done. What one of them writes, whatever it finds, is there in the
        end, if nothing removes it.
        """
        states = self._unknown_times(frame, node, state, source)
        if len(items) > MOST_ITEMS or any(one.beside for one in states):
            return states
        outside, self.log = self.log, []
        there: set[str] = set()
        for item in dict.fromkeys(items):
            begun = self._simply([one.copy() for one in states], partial(self.bind, node.target, item))
            ends = self._body(frame, node.body, begun)
            if not ends:  # no way leads past it
                return []
            there.update(_there_after(ends))
        gone = [key for key, kind in self.log if kind in TAKING]
        self.log = outside + self.log
        for key in there:
            if not any(meets(key, other) for other in gone):
                for self.state in states:
                    self.affect(key, PUT)
        return states

    def _repeat(
        self,
        frame: Frame,
        states: list[State],
        enter: Callable[[list[State]], tuple[list[State], list[State]]],
        body: list[ast.stmt],
    ) -> list[State]:
        """Run a body any number of times; give the states in which the loop ends by itself."""
        already = len(frame.breaks)
        with self.entering(states):
            left = self._rounds(frame, states, enter, body)
        self.come_out([*left, *frame.breaks[already:]])
        return left

    def _rounds(
        self,
        frame: Frame,
        states: list[State],
        enter: Callable[[list[State]], tuple[list[State], list[State]]],
        body: list[ast.stmt],
    ) -> list[State]:
        begun, skipped = enter(states)
        left: list[State] = []
        seen: dict[Any, set[Any]] = {}
        for state in states:
            _unmet(state, seen)
        ends: list[State] = []
        after: list[State] = []
        for round_ in range(ROUNDS):
            if not begun:
                break
            already = len(frame.breaks)
            ends = self._body(frame, body, begun)
            if round_ == 0:
                for state in skipped:
                    self.mark_skipped(state, [*ends, *frame.breaks[already:]])
            if round_ >= WIDE:
                ends = self._widened(ends, after)
            fresh = [unmet for end in ends if (unmet := _unmet(end, seen)) is not None]
            if not fresh:
                break
            after = [*after, *fresh] if round_ < WIDE else fresh
            begun, exits = enter(fresh)
            left += exits
        else:
            raise TooComplex
        return [*skipped, *left]

    def _widened(self, ends: list[State], earlier: list[State]) -> list[State]:
        """Unite states, so that a loop comes to an end."""
        if not ends:
            return ends
        wide = ends[0].on(one_each(ends[0].histories))
        for state in [*ends[1:], *earlier]:
            wide.absorb(state)
        wide.sweep([*self.pins, *self.frame.kept])  # what only one of them knew by its name is gone
        return [wide]

    def mark_skipped(self, state: State, ends: list[State]) -> None:
        """Note of keys that a loop writes whenever it runs that it may not have run."""
        if not ends:
            return
        after = [history for end in ends for history in end.histories]
        state.histories = tuple(
            [_skipping(one, [end for end in after if end.comes_from(one)]) for one in state.histories]
        )


@cache
def _may_stop(loop: ast.For | ast.AsyncFor) -> bool:
    """Say whether a loop may be left before it is through."""
    return any(isinstance(inner, ast.Break | ast.Return | ast.Yield) for inner in ast.walk(loop))


def _generator_in(source: Value) -> Pending | None:
    """Give a generator that nobody has begun, where it is gone through, or its numbered items."""
    if isinstance(source, Pending) and source.kind == "mapped" and source.call == _NUMBERING and len(source.args) == 1:
        source = source.args[0]
    is_one = isinstance(source, Pending) and source.kind == "generator" and isinstance(source.call, Function)
    return source if is_one and isinstance(source, Pending) and not source.begun else None


def _there_after(states: list[State]) -> list[str]:
    """Give the keys that are there in the end, whatever way was gone and whatever was found."""
    histories = [history for state in states for history in state.histories]
    keys = histories[0].keys if histories else ()
    return [key for key in keys if all(_leads_to_present(one.relation(key)) for one in histories) and "[" not in key]


def _keys(pairs: Any) -> list[Value] | None:
    """Give the keys of a dict; None where they are not known."""
    return None if pairs is None else [pair[0] for pair in pairs]


def items_of_iterator(source: Pending) -> tuple[Value, ...]:
    """Give what an iterator gives that nobody has gone through yet."""
    return source.call.items if isinstance(source.call, Sequence) else ()


def _skipping(before: History, ends: list[History]) -> History:
    """Note of the keys that a loop writes whenever it runs that it has not run."""
    for key in ends[0].keys if ends else ():
        relation = before.relation(key)
        if not _leads_to_present(relation) and all(_leads_to_present(end.relation(key)) for end in ends):
            before = before.related(key, then(relation, LOOP_SKIPPED))
    return before


def _unmet(state: State, seen: dict[Any, set[Any]]) -> State | None:
    """Give a state with those of its histories that were not met before, and note that they were; None without any."""
    met = seen.setdefault(state.surroundings(), set())
    fresh = [history for history in state.histories if history.signature not in met]
    met.update(history.signature for history in fresh)
    return state.on(fresh) if fresh else None


def _leads_to_present(relation: tuple[int, ...]) -> bool:
    return all(mask | PRESENT == PRESENT for mask in relation)

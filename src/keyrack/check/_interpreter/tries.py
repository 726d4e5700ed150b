"""``try``, and everything else that happens wherever a block is left."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial

from ...errors import KeyNotFoundError
from .core import ANY, STOP, Guard, Thrown
from .refusals import is_never_of_a_store
from .simple import CAUGHT, Simple
from .state import State, merged
from .values import (
    Known,
    Sequence,
    Value,
)


class Tries(Simple):
    """How exceptions are caught."""

    def _guarded(
        self, classes: tuple[type[BaseException] | None, ...], code: Callable[[], list[State]]
    ) -> tuple[list[State], list[tuple[State, Thrown]]]:
        """Run code in a ``try``: give the states in which it ends, and those in which something is raised."""
        guard = Guard(self.frame.number, classes)
        self.guards = [*self.guards, guard]
        try:
            ends = code()
        finally:
            self.guards = self.guards[:-1]
        self.come_out(state for state, _ in guard.caught.values())
        return ends, [*guard.caught.values()]

    def _throw_on(self, caught: Iterable[tuple[State, Thrown]]) -> None:
        here = self.state
        for state, thrown in caught:
            self.state = state
            self.throw(thrown)
        self.state = here

    def _run_Try(self, node: ast.Try, states: list[State]) -> list[State]:
        if node.finalbody:
            return self._finally(lambda: self._try(node, states), lambda left: self.run(node.finalbody, left))
        return self._try(node, states)

    _run_TryStar = _run_Try

    def _try(self, node: ast.Try | ast.TryStar, states: list[State]) -> list[State]:
        kinds = [self._classes(handler, states) for handler in node.handlers]
        every = tuple(cls for classes in kinds for cls in classes)
        through, caught = self._guarded(every, lambda: self.run(node.body, states))
        ends = self.run(node.orelse, merged(through))
        waiting = caught
        if isinstance(node, ast.TryStar):
            groups = [(state, thrown) for state, thrown in caught if _may_be_group(thrown)]
            ends += self._handle_group(node, groups)
            waiting = [(state, thrown) for state, thrown in caught if not _is_group(thrown)]
        for at, (handler, classes) in enumerate(zip(node.handlers, kinds, strict=True), 1):
            mine = [
                (state.copy(), thrown)
                for state, thrown in waiting
                if self.catches(thrown, classes, handler) is not False
            ]
            waiting = self.let_past(waiting, classes, kinds[at:])
            ends += self._handle(handler, mine)
        self._throw_on(waiting)
        return ends

    def catches(self, thrown: Thrown, classes: tuple[type[BaseException] | None, ...], node: ast.AST) -> bool | None:
        """Say whether some classes catch what is thrown, and what that rests on; None where it cannot be told."""
        caught = fits(thrown, classes)
        if thrown.of_store and caught is not fits(Thrown(thrown.cls), classes):
            self.assume("a run has a store of keyrack's own, whose writes raise its errors alone", node)
        return caught

    def let_past(
        self,
        caught: Iterable[tuple[State, Thrown]],
        classes: tuple[type[BaseException] | None, ...],
        later: Iterable[tuple[type[BaseException] | None, ...]] = (),
    ) -> list[tuple[State, Thrown]]:
        """Give what of some exceptions is not caught by some classes, or not surely.

        Args:
            caught: the exceptions.
            classes: what is caught.
            later: what is caught by others, if it passes; guards around come after them.
        """
        others: list[tuple[State, Thrown]] = []
        waited_for: bool | None = None
        for state, thrown in caught:
            if fits(thrown, classes) is not True:
                others.append((state, thrown))
            elif thrown == ANY and BaseException not in classes:
                if waited_for is None:
                    waited_for = any(map(_catches_stops, (*later, *(guard.classes for guard in self.guards))))
                if waited_for:
                    others.append((state, STOP))
        return others

    def _handle_group(self, node: ast.TryStar, groups: list[tuple[State, Thrown]]) -> list[State]:
        """Run ``except*`` over groups of exceptions: each handler may get a part, and a rest may go on.

        What a handler raises goes on when the others have run.
        """
        left = [state.copy() for state, _ in groups]
        handled: list[State] = []
        failed: list[tuple[State, Thrown]] = []
        for handler in node.handlers:
            mine = [(state.copy(), ANY) for state in [*left, *handled, *(state for state, _ in failed)]]
            ends, raised = self._guarded((), partial(self._handle, handler, mine))
            handled += ends
            failed += raised
        self._throw_on([*groups, *failed])
        group = Thrown(BaseExceptionGroup)
        self._throw_on((state.copy(), group) for state in [*handled, *(state for state, _ in failed)])
        return handled

    def _handle(self, handler: ast.ExceptHandler, caught: list[tuple[State, Thrown]]) -> list[State]:
        if handler.name is not None:
            for state, _ in caught:
                state.env[handler.name] = CAUGHT
        self._handling.append((handler.name or "", [*dict.fromkeys(thrown for _, thrown in caught)]))
        try:
            ends = self.run(handler.body, merged(state for state, _ in caught))
        finally:
            self._handling.pop()
        if handler.name is not None:
            for state in ends:
                state.env.pop(handler.name, None)
        return ends

    def _classes(self, handler: ast.ExceptHandler, states: list[State]) -> tuple[type[BaseException] | None, ...]:
        """Give the classes that a handler catches; if they are not the same on every path, they are not known."""
        expression = handler.type
        if expression is None:
            return (BaseException,)
        found: set[tuple[type[BaseException] | None, ...]] = set()
        for state in states:
            found.update(_classes_of(value) for _, value in self.explore(state, lambda: self.evaluate(expression)))
            parts = expression.elts if isinstance(expression, ast.Tuple) else [expression]
            if all(part in self.frame.code.fixed for part in parts):
                break
        return found.pop() if len(found) == 1 else (None,)

    def _finally(self, code: Callable[[], list[State]], last: Callable[[list[State]], list[State]]) -> list[State]:
        """Run code, and something more wherever it is left: by its end, a return, a break or an exception."""
        frame = self.frame
        saved = frame.returns, frame.breaks, frame.continues
        frame.returns, frame.breaks, frame.continues = [], [], []
        try:
            ends, caught = self._guarded((), code)
        finally:
            mine = frame.returns, frame.breaks, frame.continues
            frame.returns, frame.breaks, frame.continues = saved
        returns, breaks, continues = mine
        for state, value, where in returns:
            frame.returns.extend((end, value, where) for end in last([state]))
        if breaks:
            frame.breaks.extend(last(merged(breaks)))
        if continues:
            frame.continues.extend(last(merged(continues)))
        by_kind: dict[Thrown, list[State]] = {}
        for state, thrown in caught:
            by_kind.setdefault(thrown, []).append(state)
        for thrown, raised in by_kind.items():
            self._throw_on((end, thrown) for end in last(merged(raised)))
        return last(merged(ends)) if ends else []


def _classes_of(value: Value) -> tuple[type[BaseException] | None, ...]:
    """Give the classes of exceptions that a value stands for."""
    items = value.items if isinstance(value, Sequence) else (value,)
    lives = [item.value if isinstance(item, Known) else None for item in items]
    return tuple([live if isinstance(live, type) and issubclass(live, BaseException) else None for live in lives])


def _catches_stops(classes: tuple[type[BaseException] | None, ...]) -> bool:
    """Say whether something that is no `Exception` may be caught."""
    return any(cls is None or not issubclass(cls, Exception) for cls in classes)


def _may_be_group(thrown: Thrown) -> bool:
    return thrown.cls is None or issubclass(BaseExceptionGroup, thrown.cls) or _is_group(thrown)


def _is_group(thrown: Thrown) -> bool:
    return thrown.cls is not None and issubclass(thrown.cls, BaseExceptionGroup)


def fits(thrown: Thrown, classes: tuple[type[BaseException] | None, ...]) -> bool | None:
    """Say whether one of some classes catches what is thrown; None where that cannot be told."""
    doubt = False
    for cls in classes:
        if cls is None:
            doubt = True
        elif _is_none_of(cls, thrown):
            continue
        elif thrown.cls is None:
            if issubclass(BaseException if thrown.stops else Exception, cls):
                return True
            doubt |= not issubclass(cls, KeyNotFoundError)
        elif issubclass(thrown.cls, cls):
            return True
        elif issubclass(cls, thrown.cls):
            doubt = True
    return None if doubt else False


def _is_none_of(cls: type[BaseException], thrown: Thrown) -> bool:
    """Say whether what is thrown is surely none of a class, because of where it comes from."""
    if thrown.stops and issubclass(cls, Exception):
        return True
    return thrown.of_store and is_never_of_a_store(cls)  # type: ignore[arg-type]  # a class can be hashed

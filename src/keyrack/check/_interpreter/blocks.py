"""Blocks: statements one after the other, and those that have nothing to do with the store, which are stepped over."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Many
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...keys.family import KeyFamily
from ...keys.key import StoreKey
from . import known
from .binding import Binding
from .core import ANY
from .reach import PLAIN
from .skipping import Outline, outline
from .source import is_standard
from .state import State, merged
from .values import Known, Opaque, Ref, Sequence, StoreValue, Value, parts_of_cell

if TYPE_CHECKING:
    from .live import Shared

UNTOLD = Opaque()
_BLOCKS = (ast.If, ast.For, ast.While, ast.Try)


class Blocks(Binding):
    """How statements are run one after the other."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._dull: dict[Any, bool] = {}
        self._statements = self.table("_run_")

    def run(self, body: Many[ast.stmt], states: list[State]) -> list[State]:
        """Run statements, and give the states in which they end without leaving the block."""
        for statement in body:
            if not states:
                return []
            self.spend(len(states))
            run = self._statements[type(statement)]
            if isinstance(statement, _BLOCKS) and (inner := outline(statement, _stores_in(states))) is not None:
                left = [state for state in states if not self._step_over(inner, statement, state)]
                over = [state for state in states if state not in left]
                states = over + (run(self, statement, left) if left else [])
            else:
                states = run(self, statement, states)
            if len(states) > 1:
                states = merged(states)
        return states

    def _step_over(self, inner: Outline, node: ast.stmt, state: State) -> bool:
        """Step over a block that has nothing to do with the store, if it is one."""
        self.state = state
        env = state.env
        changed: list[Value] = []
        for name in inner.loads:
            value = env.get(name)
            if value is None:
                if name in inner.stores:
                    continue
                value = self.lookup(name)
            if isinstance(value, Ref | Sequence):
                changed.append(value)
            if not self._is_dull(value):
                return False
        self.throw(ANY)
        for name in inner.changes:
            state.forget_truth(env.get(name, UNTOLD))
        env = state.env
        for name in inner.stores:
            if isinstance(old := env.get(name), Ref):
                changed.append(old)
            env[name] = UNTOLD
        self.lose_all(changed, node)
        if state.beside:
            self.others_run(threads=True)
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
                return self._holds_dull(number)
            case Sequence(items=items):
                return all(map(self._is_dull, items))
            case _:
                return False

    def _holds_dull(self, number: int) -> bool:
        """Say so of a list, a dict or a set: of all that is in it, in lists inside it too."""
        numbers = [number]
        for each in numbers:  # grows while it is read
            cell = self.state.heap.get(each)
            if cell is None or cell.taint or cell.kind in {"object", "tasks"}:
                return False
            for part in parts_of_cell(cell):
                if isinstance(part, Ref):
                    numbers += [part.id] if part.id not in numbers else []
                elif not (isinstance(part, Known) and type(part.value) in PLAIN) and not self._is_dull(part):
                    return False
        return True

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
        if type(live) in PLAIN:
            return True
        if known.belongs(live, known.FOLDED):
            return True
        if known.belongs(live, known.ENDS | known.DYNAMIC) or known.rule_for(live) is not None:
            return False
        if isinstance(live, ModuleType):
            return is_standard(live.__name__) and live.__name__ not in {"asyncio", "functools", "contextlib"}
        if isinstance(live, type):
            return is_standard(live.__module__) and not issubclass(live, Enum)
        name = getattr(live, "__module__", None)
        return isinstance(name, str) and is_standard(name) and callable(live) and not self.reach.reaches(live)

    def _each_way(self, states: Iterable[State], code: Callable[[], Any]) -> list[tuple[State, Any]]:
        found: list[tuple[State, Any]] = []
        for state in states:
            found.extend(self.explore(state, code))
        return found

    def _simply(self, states: Iterable[State], code: Callable[[], object]) -> list[State]:
        return [state for state, _ in self._each_way(states, code)]


def _stores_in(states: list[State]) -> list[str]:
    """Give the variables that hold a store in every state."""
    return [
        name
        for name, value in states[0].env.items()
        if type(value) is StoreValue and all(state.env.get(name) == value for state in states[1:])
    ]

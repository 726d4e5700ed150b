"""Branches: ``if`` and ``match``."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Any

from .patterns import Patterns
from .state import State, merged

if TYPE_CHECKING:
    from .values import Value


class Branches(Patterns):
    """How branches are taken."""

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


def _distinct(ways: list[tuple[State, Value]]) -> list[tuple[State, Value]]:
    found: dict[Any, tuple[State, Value]] = {}
    for state, value in ways:
        found.setdefault((state.signature(), value), (state, value))
    return list(found.values())

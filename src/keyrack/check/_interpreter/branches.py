"""Branches: ``if`` and ``match``, and which patterns match."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

from .blocks import Blocks
from .comparing import equal, identical
from .state import State, merged
from .values import NOTHING, Known, Opaque, Sequence, Value


class Branches(Blocks):
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
                return self._is_like(subject, self.evaluate(wanted), equal)
            case ast.MatchSingleton(value=wanted):
                return self._is_like(subject, Known(wanted), identical)
            case ast.MatchSequence(patterns=patterns) if isinstance(subject, Sequence) and not any(
                isinstance(inner, ast.MatchStar) for inner in patterns
            ):
                if len(patterns) != len(subject.items):
                    return False
                return all(self.matches(inner, item) for inner, item in zip(patterns, subject.items, strict=True))
            case _:
                return self._perhaps(pattern, subject)

    def _is_like(self, subject: Value, wanted: Value, alike: Callable[[Any, Any], bool | None]) -> bool:
        told: bool | None = None
        if isinstance(subject, Known) and isinstance(wanted, Known):
            told = alike(subject.value, wanted.value)
        elif isinstance(subject, Opaque) and subject.not_none and wanted == NOTHING:
            told = False
        return self.pick([True, False]) if told is None else told

    def _perhaps(self, pattern: ast.pattern, subject: Value) -> bool:
        part = Opaque(taint=self.tainted(subject))
        for inner in ast.walk(pattern):
            name = getattr(inner, "name", None) or getattr(inner, "rest", None)
            if isinstance(name, str) and isinstance(inner, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
                self._bind_name(name, part, pattern)
        return self.pick([True, False])


def _distinct(ways: list[tuple[State, Value]]) -> list[tuple[State, Value]]:
    found: dict[Any, tuple[State, Value]] = {}
    for state, value in ways:
        found.setdefault((state.signature(), value), (state, value))
    return list(found.values())

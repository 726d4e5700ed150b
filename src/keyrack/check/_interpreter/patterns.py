"""Which patterns of a ``match`` match, and what they bind."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Sequence as Many
from itertools import repeat
from typing import Any

from .blocks import Blocks
from .comparing import equal, identical, looked_up
from .core import ANY
from .values import NOTHING, Known, Opaque, Ref, Sequence, Value

_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Classes whose pattern takes the subject itself by place."""


class Patterns(Blocks):
    """How a value is held against a pattern."""

    def matches(self, pattern: ast.pattern, subject: Value) -> bool:
        """Say whether a pattern matches; where that is not known, both ways are gone."""
        match pattern:
            case ast.MatchAs(pattern=inner, name=name):
                if inner is not None and not self.matches(inner, subject):
                    return False
                if name is not None:
                    self.bind_name(name, subject, pattern)
                return True
            case ast.MatchOr(patterns=patterns):
                return any(self.matches(inner, subject) for inner in patterns)
            case ast.MatchValue(value=wanted):
                return self._is_like(subject, self.evaluate(wanted), equal)
            case ast.MatchSingleton(value=wanted):
                return self._is_like(subject, Known(wanted), identical)
            case ast.MatchSequence(patterns=patterns):
                return self._matches_sequence(patterns, subject, pattern)
            case ast.MatchMapping():
                return self._matches_mapping(pattern, subject)
            case ast.MatchClass():
                return self._matches_class(pattern, subject)
            case _:
                return self._perhaps([pattern], subject)

    def _is_like(self, subject: Value, wanted: Value, alike: Callable[[Any, Any], bool | None]) -> bool:
        told: bool | None = None
        if isinstance(subject, Known) and isinstance(wanted, Known):
            told = alike(subject.value, wanted.value)
        elif isinstance(subject, Opaque) and subject.not_none and wanted == NOTHING:
            told = False
        return self.pick([True, False]) if told is None else told

    def _matches_sequence(self, patterns: list[ast.pattern], subject: Value, node: ast.pattern) -> bool:
        is_sequence = isinstance(subject, Sequence) or self.class_of(subject) is list
        items = self.items_of(subject, node) if is_sequence else None
        if items is None:
            return self._perhaps(patterns, subject)
        stars = [at for at, inner in enumerate(patterns) if isinstance(inner, ast.MatchStar)]
        if stars:
            at, after = stars[0], len(patterns) - stars[0] - 1
            if len(items) < at + after:
                return False
            end = len(items) - after
            items = (*items[:at], Sequence(items[at:end]), *items[end:])
        return len(patterns) == len(items) and all(map(self._part_matches, patterns, items))

    def _part_matches(self, pattern: ast.pattern, item: Value) -> bool:
        if isinstance(pattern, ast.MatchStar):
            if pattern.name is not None:  # a list of its own
                self.lose_items(item, pattern)
                self.bind_name(pattern.name, Opaque(taint=self.tainted(item)), pattern)
            return True
        return self.matches(pattern, item)

    def _matches_mapping(self, pattern: ast.MatchMapping, subject: Value) -> bool:
        pairs = self._pairs_of(subject, pattern)
        if pairs is None or pattern.rest is not None:
            return self._perhaps([pattern], subject)
        for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
            found, sure = looked_up(pairs, self.evaluate(key))
            if not found or not (sure or self.pick([True, False])):
                return False
            if not self.matches(inner, self.pick(found)):
                return False
        return True

    def _pairs_of(self, subject: Value, node: ast.AST) -> tuple[tuple[Value, Value], ...] | None:
        """Give what is in a dict, where that is known."""
        live: Any = subject.value if isinstance(subject, Known) else None
        if type(live) is dict:
            keys = self.items_of(subject, node)
            return None if keys is None else tuple(zip(keys, map(self.lifted, live.values()), strict=True))
        cell = self.state.heap.get(subject.id) if isinstance(subject, Ref) else None
        return None if cell is None or cell.kind != "dict" else cell.items

    def _matches_class(self, pattern: ast.MatchClass, subject: Value) -> bool:
        """Hold a value against a class pattern: its class is asked first, then its attributes are read."""
        wanted = self.evaluate(pattern.cls)
        is_one = self.is_instance(subject, wanted)
        if not (self.pick([True, False]) if is_one is None else is_one):
            return False
        by_place: list[str] | None = []
        if pattern.patterns and isinstance(wanted, Known):
            told: Any = getattr(wanted.value, "__match_args__", None)
            by_place = [*told] if isinstance(told, tuple) else None
            if told is None and wanted.value in _WHOLE:
                return self.matches(pattern.patterns[0], subject)
        if by_place is None or len(by_place) < len(pattern.patterns):
            self.throw(ANY)
            return self._perhaps([*pattern.patterns, *pattern.kwd_patterns], subject)
        attributes = [*by_place[: len(pattern.patterns)], *pattern.kwd_attrs]
        return all(
            map(self._attribute_matches, attributes, [*pattern.patterns, *pattern.kwd_patterns], repeat(subject))
        )

    def _attribute_matches(self, name: str, pattern: ast.pattern, subject: Value) -> bool:
        """Hold an attribute against a pattern; one that is not there matches none."""
        if not self.surely_has(subject, name) and self.pick([True, False]):
            return False
        return self.matches(pattern, self.attribute(subject, name, pattern))

    def _perhaps(self, patterns: Many[ast.pattern], subject: Value) -> bool:
        part = Opaque(taint=self.tainted(subject))
        for pattern in patterns:
            self.lose(subject, pattern)
        for inner in (one for pattern in patterns for one in ast.walk(pattern)):
            name = getattr(inner, "name", None) or getattr(inner, "rest", None)
            if isinstance(name, str) and isinstance(inner, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
                self.bind_name(name, part, inner)
        return self.pick([True, False])

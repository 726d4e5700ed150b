"""What a split does to keys: the effects of its branches, put together by how many of them the join waits for.

How it works: with *n* branches that can succeed and at least *m* that do, a key that *w* of them certainly write, and
that none of them may remove, is there after the join if and only if ``w > n - m``. Whoever did not succeed may have
stopped anywhere, so that it contributes what its keys may be in at any time. Branches run side by side: a key that two
of them touch is taken through every order in which they may.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from .model import STAR, Effects, Join, Keyed, Outcome, star_of
from .relation import (
    ABSENT,
    LOST,
    NOWHERE,
    PRESENT,
    PUT,
    SAME,
    STATUSES,
    UNKNOWN,
    Mask,
    Relation,
    applied,
    either,
    removes,
    surely_writes,
)


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with those of its ways out that can be taken."""

    final: Keyed
    anytime: Keyed
    writes: frozenset[str]
    """The keys that it may write."""
    writes_all: bool
    """Whether it may write any key."""


Part: TypeAlias = tuple[Relation, Relation, bool]
"""What one branch does to one key: when it succeeds; at any time; whether it may write it."""


def branch_of(effects: Effects, outcomes: Sequence[Outcome]) -> Branch:
    """Make a branch of those of its ways out that can be taken.

    Without any, it never succeeds, and contributes what it leaves behind.
    """
    final = united([outcome.keys for outcome in outcomes]) if outcomes else Keyed({}, NOWHERE)
    written = frozenset(write.key for write in effects.writes if write.kind != "remove")
    return Branch(final, effects.anytime, written, effects.opaque)


def united(ways: Sequence[Keyed]) -> Keyed:
    """Give the relations of one way or another."""
    if len(ways) == 1:
        return ways[0]
    rest = ways[0].rest
    for way in ways:
        rest = either(rest, way.rest)
    relations: dict[str, Relation] = {}
    for key in dict.fromkeys(key for way in ways for key in way.relations):
        relation = NOWHERE
        for way in ways:
            relation = either(relation, way.of(key))
        relations[key] = relation
    return Keyed(relations, rest)


def joined(effects: Sequence[Effects], live: Sequence[Sequence[Outcome]], join: Join) -> Keyed | None:
    """Give what a split does to its keys, from its entry to the state in which it joins.

    Args:
        effects: what each branch does.
        live: the ways out of each branch that can be taken.
        join: how they come together.

    Returns:
        The relations; None where too few branches can succeed.
    """
    able = sum(bool(outcomes) for outcomes in live)
    total = len(effects)
    required = min(join.required, total)  # a join that can never be satisfied is one finding, not the end of all
    if able < required:
        return None
    branches = [branch_of(one, outcomes) for one, outcomes in zip(effects, live, strict=True)]
    everywhere = [branch for branch in branches if branch.anytime.rest != SAME or branch.final.rest not in _QUIET]
    touching = _by_key(branches)
    relations: dict[str, Relation] = {}
    for key in touching:
        some = [branches[at] for at in _touching(touching, key)]
        some += (branch for branch in everywhere if branch not in some)
        relations[key] = _row(_parts(some, key), able, required)
    rest = _row(_parts(everywhere, ""), able, required) if everywhere else SAME
    if join.summary:
        relations[join.summary] = PUT
    return Keyed(relations, rest)


_QUIET = (SAME, NOWHERE)


def _by_key(branches: Sequence[Branch]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, branch in enumerate(branches):
        for key in dict.fromkeys((*branch.final.relations, *branch.anytime.relations)):
            found.setdefault(key, []).append(at)
    return found


def _touching(found: dict[str, list[int]], key: str) -> Iterable[int]:
    star = star_of(key)
    return found[key] if star in {"", key} else dict.fromkeys((*found[key], *found.get(star, ())))


def _parts(branches: Sequence[Branch], key: str) -> tuple[Part, ...]:
    star = star_of(key)
    found: list[Part] = []
    for branch in branches:
        wrote = branch.writes_all or key in branch.writes or star in branch.writes
        if not wrote and key.endswith(STAR):
            wrote = any(star_of(one) == key for one in branch.writes)
        found.append((branch.final.of(key), branch.anytime.of(key), wrote))
    return tuple(sorted(found))


@cache
def _row(parts: tuple[Part, ...], able: int, required: int) -> Relation:
    """Give the relation of one key, of those branches that touch it."""
    a, b, c, d, e, f = (_after(parts, able, required, status) for status in STATUSES)
    return a, b, c, d, e, f


def _after(parts: tuple[Part, ...], able: int, required: int, status: Mask) -> Mask:
    """Give what a key may be in after the join, where it was in *status* before."""
    finals = [final for final, _, _ in parts if final != NOWHERE]
    everybody = required == able and len(finals) == len(parts)
    if len(parts) == 1 and everybody:
        return applied(finals[0], status)
    wrote = any(wrote for _, _, wrote in parts)
    reach = _closure(parts, status)
    if any(removes(final) or removes(anytime) for final, anytime, _ in parts):
        if len(parts) > 1 or status == PRESENT:
            return reach | (LOST if wrote and status & ABSENT and required < able else 0)
    elif status == PRESENT or sum(map(surely_writes, finals)) > able - required:
        return PRESENT
    if everybody:
        return _in_any_order(finals, status) | (reach & (PRESENT | UNKNOWN))
    left = reach & (PRESENT | UNKNOWN)
    if not status & ABSENT:
        return left | (reach & ABSENT)
    if wrote:
        return left | LOST | (reach & ABSENT & ~status)
    return left | (reach & ABSENT)


def _closure(parts: tuple[Part, ...], status: Mask) -> Mask:
    """Give everything that a key may be in while the branches run."""
    reach = status
    while True:
        more = reach
        for final, anytime, _ in parts:
            more |= applied(final, more) | applied(anytime, more)
        if more == reach:
            return reach
        reach = more


def _in_any_order(finals: Sequence[Relation], status: Mask) -> Mask:
    """Give how a key may still be absent after all branches."""
    forward = backward = status
    for final in finals:
        forward = applied(final, forward)
    for final in reversed(finals):
        backward = applied(final, backward)
    return (forward | backward) & ABSENT

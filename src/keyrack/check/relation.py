"""How the status of one key changes: six statuses, sets of them, and relations between them.

How it works: a *status* is why a key is there or not. A *mask* is a set of statuses, one bit each: what a key may be in
at one point of a program. A *relation* gives for each status at the entry of a piece of code the mask at a point in it;
an empty mask says that the point is not reached that way. Relations compose and unite, and so do the effects of
statements and of branches. Four of the statuses mean that the key is absent; they differ in the reason alone.
"""

from __future__ import annotations

from functools import cache
from typing import Final, TypeAlias

Mask: TypeAlias = int
Relation: TypeAlias = tuple[Mask, Mask, Mask, Mask, Mask, Mask]

NEVER: Final = 1
"""Nobody has written it."""
REMOVED: Final = 2
"""It was removed."""
LOST: Final = 4
"""A join went on without the branch that writes it."""
SKIPPED: Final = 8
"""It is written in a loop that did not run."""
PRESENT: Final = 16
"""It is there."""
UNKNOWN: Final = 32
"""It may be there or not: this cannot be told from the code."""

ABSENT: Final = NEVER | REMOVED | LOST | SKIPPED
STATUSES: Final = (NEVER, REMOVED, LOST, SKIPPED, PRESENT, UNKNOWN)

SAME: Final[Relation] = STATUSES
"""Nothing changes."""
PUT: Final[Relation] = (PRESENT, PRESENT, PRESENT, PRESENT, PRESENT, PRESENT)
REMOVE: Final[Relation] = (NEVER, REMOVED, LOST, SKIPPED, REMOVED, REMOVED)
IF_PRESENT: Final[Relation] = (0, 0, 0, 0, PRESENT, PRESENT)
"""The way on where the key was found."""
IF_ABSENT: Final[Relation] = (NEVER, REMOVED, LOST, SKIPPED, 0, NEVER)
"""The way on where the key was not found."""
MAYBE_PUT: Final[Relation] = (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, PRESENT, UNKNOWN)
"""Something that cannot be followed may have written the key."""
MAYBE_REMOVED: Final[Relation] = (NEVER, REMOVED, LOST, SKIPPED, UNKNOWN, UNKNOWN)
"""Something that cannot be followed may have removed the key."""
ANYTHING: Final[Relation] = (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
"""Something that cannot be followed may have done either."""
LOOP_SKIPPED: Final[Relation] = (SKIPPED, SKIPPED, SKIPPED, SKIPPED, PRESENT, UNKNOWN)
"""The way past a loop that surely writes the key when it runs."""
MAYBE_LOST: Final[Relation] = (LOST, LOST, LOST, LOST, PRESENT, UNKNOWN)
"""The way past a join that may go on without the branch that writes the key."""
NOWHERE: Final[Relation] = (0, 0, 0, 0, 0, 0)


@cache
def applied(relation: Relation, mask: Mask) -> Mask:
    """Give the statuses to which *relation* leads from those of *mask*."""
    found = 0
    for status, target in zip(STATUSES, relation, strict=True):
        if mask & status:
            found |= target
    return found


@cache
def then(first: Relation, second: Relation) -> Relation:
    """Give the relation of one piece of code after another."""
    if first == SAME:
        return second
    if second == SAME:
        return first
    a, b, c, d, e, f = (applied(second, mask) for mask in first)
    return a, b, c, d, e, f


@cache
def either(one: Relation, other: Relation) -> Relation:
    """Give the relation of one piece of code or another."""
    a, b, c, d, e, f = (left | right for left, right in zip(one, other, strict=True))
    return a, b, c, d, e, f


def writes(relation: Relation) -> bool:
    """Say whether a key that was absent may be present afterwards."""
    return any(mask & (PRESENT | UNKNOWN) for mask in relation[:4])


def surely_writes(relation: Relation) -> bool:
    """Say whether the key is present afterwards wherever the code was entered and left."""
    return all(mask | PRESENT == PRESENT for mask in relation) and relation != NOWHERE


def removes(relation: Relation) -> bool:
    """Say whether a key that was present may be absent, or unknown, afterwards."""
    return bool(relation[4] & (ABSENT | UNKNOWN))


def prunes(relation: Relation) -> bool:
    """Say whether some statuses at the entry do not come to this point: the code has looked at the key."""
    return not all(relation)

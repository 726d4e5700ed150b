"""What has happened to the keys on one way through a task, from its entry to one point.

Paths that differ in nothing else go on together: what is done to a key is done to each of their histories, and an
expression is evaluated once for all of them. Histories are never changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, final

from ..model import STAR, Keyed, star_of
from ..relation import (
    ANYTHING,
    IF_ABSENT,
    IF_PRESENT,
    MAYBE_PUT,
    MAYBE_REMOVED,
    NEVER,
    NOWHERE,
    PRESENT,
    PUT,
    REMOVE,
    SAME,
    UNKNOWN,
    Relation,
    either,
    then,
)

if TYPE_CHECKING:
    from ..model import Step

FEW = 6
"""How many histories are kept apart though nothing but one key tells them apart."""
LONGEST = 12
"""How many of the branches that a path took it remembers: the last ones."""


@final
class History:
    """What has happened to the keys on one way."""

    __slots__ = ("_mark", "keys", "origin", "rest", "seen", "trail")

    keys: Mapping[str, Relation]
    """Of each key that was touched the relation from the entry of the task to here."""
    rest: Relation
    """The relation of all others."""
    seen: Mapping[str, str]
    """Keys that were read: ``read``, or ``awaited`` when something was awaited since."""
    trail: tuple[Step, ...]
    """The branches that the path took."""
    origin: tuple[int, ...]
    """With which number it entered each of the loops around it: what such a loop does is told for each way into it."""

    def __init__(
        self,
        keys: Mapping[str, Relation] | None = None,
        rest: Relation = SAME,
        seen: Mapping[str, str] | None = None,
        trail: tuple[Step, ...] = (),
        origin: tuple[int, ...] = (),
    ) -> None:
        self.keys: Mapping[str, Relation] = {} if keys is None else keys
        self.rest: Relation = rest
        self.seen: Mapping[str, str] = {} if seen is None else seen
        self.trail: tuple[Step, ...] = trail
        self.origin: tuple[int, ...] = origin
        self._mark: tuple[frozenset[tuple[str, Relation]], Relation] | None = None

    # --- looking ----------------------------------------------------------------------------------

    def relation(self, key: str) -> Relation:
        """Give the relation of a key from the entry of the task to here."""
        found = self.keys.get(key)
        if found is None and (family := star_of(key)):
            found = self.keys.get(family)
        return self.rest if found is None else found

    def keyed(self) -> Keyed:
        """Give the relations of all keys."""
        return Keyed(self.keys, self.rest)

    @property
    def mark(self) -> tuple[frozenset[tuple[str, Relation]], Relation]:
        """What tells its relations from those of others."""
        if self._mark is None:
            self._mark = frozenset(self.keys.items()), self.rest
        return self._mark

    @property
    def signature(self) -> tuple[Any, ...]:
        """What tells it from others; the way it came by is not part of it."""
        return (self.mark, frozenset(self.seen.items()) if self.seen else 0, self.origin)

    def same(self, other: History) -> bool:
        """Say whether it has the same signature as *other*, at less cost."""
        return (
            (self.keys is other.keys or self.keys == other.keys)
            and self.rest == other.rest
            and self.origin == other.origin
            and (self.seen is other.seen or self.seen == other.seen)
        )

    # --- going on ---------------------------------------------------------------------------------

    def related(self, key: str, relation: Relation) -> History:
        """Give the history in which a key has another relation."""
        return History({**self.keys, key: relation}, self.rest, self.seen, self.trail, self.origin)

    def holding(self, keys: Mapping[str, Relation], rest: Relation) -> History:
        """Give the history in which all keys have other relations."""
        return History(keys, rest, self.seen, self.trail, self.origin)

    def after(self, key: str, effect: Relation) -> History | None:
        """Let something happen to one key; None where the path does not go on from there."""
        relation = then(self.relation(key), effect)
        return None if relation == NOWHERE else self.related(key, relation)

    def affected(self, key: str, effect: Relation) -> History | None:
        """Let something happen to a key; to a key of a family, and the others of the family may be meant."""
        if effect in {IF_PRESENT, IF_ABSENT} or not (key.endswith(STAR) or "[@" in key):
            return self.after(key, effect)
        family = star_of(key)  # any key of the family may be meant
        weak = MAYBE_PUT if effect in {PUT, MAYBE_PUT} else ANYTHING if effect == ANYTHING else MAYBE_REMOVED
        keys = {**self.keys, key: then(self.relation(key), effect)}
        if key != family:
            keys[family] = then(self.relation(family), weak)
        for other in self.keys:
            if other not in {key, family} and star_of(other) == family:
                keys[other] = then(self.relation(other), weak)
        return None if NOWHERE in keys.values() else self.holding(keys, self.rest)

    def affected_all(self, prefix: str, effect: Relation) -> History | None:
        """Let something happen to every key whose id starts with *prefix*."""
        keys = {
            key: then(relation, effect) if key.startswith(prefix) else relation for key, relation in self.keys.items()
        }
        rest = self.rest
        if not prefix:
            rest = then(rest, effect)
        elif effect in {MAYBE_PUT, ANYTHING, MAYBE_REMOVED, REMOVE}:
            # keys of that namespace that were not met yet: not told apart from those outside
            rest = then(rest, MAYBE_REMOVED if effect == REMOVE else effect)
        return None if NOWHERE in keys.values() else self.holding(keys, rest)

    def perhaps(self, key: str, effect: Relation) -> History:
        """Let something happen to a key, or not."""
        before = self.relation(key)
        return self.related(key, either(before, then(before, effect)))

    def or_(self, other: History) -> History:
        """Have this history, or that one of the same origin."""
        keys = {key: either(self.relation(key), other.relation(key)) for key in {**self.keys, **other.keys}}
        trail = min(self.trail, other.trail, key=len)
        return History(keys, either(self.rest, other.rest), {**other.seen, **self.seen}, trail, self.origin)

    def weakened(self, end: History) -> History:
        """Be here, or have gone on to *end*: of keys that were touched on the way."""
        keys = dict(self.keys)
        for key in {**self.keys, **end.keys}:
            old, new = self.relation(key), end.relation(key)
            if old != new:
                keys[key] = either(old, new)
        return self.holding(keys, either(self.rest, end.rest))

    def without(self, ending: str) -> History:
        """Forget the keys whose ids end with *ending*."""
        if not any(key.endswith(ending) for key in self.keys):
            return self
        return self.holding({key: one for key, one in self.keys.items() if not key.endswith(ending)}, self.rest)

    def reading(self, key: str) -> History:
        """Note that a key was read."""
        if self.seen.get(key) == "read":
            return self
        return History(self.keys, self.rest, {**self.seen, key: "read"}, self.trail, self.origin)

    def waiting(self) -> History:
        """Note that something was awaited."""
        if "read" not in self.seen.values():
            return self
        return History(self.keys, self.rest, dict.fromkeys(self.seen, "awaited"), self.trail, self.origin)

    def stepping(self, step: Step) -> History:
        """Note that the path took a branch."""
        if step in self.trail:
            return self
        return History(self.keys, self.rest, self.seen, (*self.trail, step)[-LONGEST:], self.origin)

    # --- loops ------------------------------------------------------------------------------------

    def entering(self, number: int) -> History:
        """Enter a loop as one of several ways."""
        return History(self.keys, self.rest, self.seen, self.trail, (*self.origin, number))

    def out_of(self, depth: int) -> History:
        """Leave the loops that stand in *depth* others."""
        if len(self.origin) <= depth:
            return self
        return History(self.keys, self.rest, self.seen, self.trail, self.origin[:depth])

    def comes_from(self, entry: History) -> bool:
        """Say whether it goes on from a history that has entered a loop."""
        return self.origin[: len(entry.origin)] == entry.origin


def together(histories: Iterable[History], few: int = FEW) -> tuple[History, ...]:
    """Give histories without doubles; of more than *few*, those become one that differ in one key alone."""
    histories = [*histories]
    if len(histories) <= few:  # each path keeps the conditions on which it was taken
        return _distinct(histories)
    found: dict[Any, History] = {}
    for history in histories:
        other = found.setdefault(history.signature, history)
        if len(history.trail) < len(other.trail):
            found[history.signature] = history
    return tuple(_folded([*found.values()]) if len(found) > few else found.values())


def one_each(histories: Iterable[History]) -> tuple[History, ...]:
    """Have one of some histories: of each origin those together that come from it."""
    found: dict[tuple[int, ...], History] = {}
    for history in histories:
        twin = found.get(history.origin)
        found[history.origin] = history if twin is None else twin.or_(history)
    return tuple(found.values())


def _distinct(histories: list[History]) -> tuple[History, ...]:
    """Give a few histories without doubles."""
    kept: list[History] = []
    for history in histories:
        for at, other in enumerate(kept):
            if history is other or history.same(other):
                if len(history.trail) < len(other.trail):
                    kept[at] = history
                break
        else:
            kept.append(history)
    return tuple(kept)


def _folded(histories: list[History]) -> list[History]:
    """Unite those that differ in the relation of one key alone: nothing is lost, keys do not depend on each other."""
    for key in dict.fromkeys(key for history in histories for key in history.keys):
        groups: dict[Any, History] = {}
        for history in histories:
            others = frozenset((name, relation) for name, relation in history.keys.items() if name != key)
            mark = others, history.rest, frozenset(history.seen.items()), history.origin
            twin = groups.get(mark)
            groups[mark] = history if twin is None else _united(twin, history, key)
        histories = [*groups.values()]
        if len(histories) == 1:
            break
    return histories


def _united(one: History, other: History, key: str) -> History:
    """Unite two that differ in a key; where it was unknown and looked for, it is unknown again."""
    first, second = one.relation(key), other.relation(key)
    a, b, c, d, e, f = either(first, second)
    last = UNKNOWN if first[5] != second[5] and f == PRESENT | NEVER else f
    keys = {**one.keys, key: (a, b, c, d, e, last)}
    return History(keys, one.rest, one.seen, min(one.trail, other.trail, key=len), one.origin)

"""One path through a task: what its keys, its variables and its objects are at one point.

States are copied where paths part, and united where there are too many. Mappings inside a state are replaced, never
changed in place, except the variables of the running function: those belong to one state alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..model import Keyed
from ..relation import NEVER, PRESENT, SAME, UNKNOWN, Relation, either
from .values import TAINTED, Cell, Known, Opaque, Ref, Value, parts_of

if TYPE_CHECKING:
    from ..model import Step
    from ..report import Spot

MOST = 40
"""How many paths are kept apart."""
FEW = 6
"""How many paths are kept apart though nothing but one key tells them apart."""
OBJECTS = 1_000
"""How many objects that were made at one place of the code can be told apart."""
STAR = "[*]"


def family_of(key: str) -> str:
    """Give the id that stands for all keys of the family of *key*; empty where it is of none."""
    return key[: key.index("[")] + STAR if key.endswith("]") and "[" in key else ""


class State:
    """One path at one point."""

    __slots__ = ("beside", "env", "heap", "keys", "outer", "pending", "rest", "returned", "seen", "trail")

    env: dict[str, Value]
    """Variables of the running function."""
    outer: Mapping[int, Mapping[str, Value]]
    """Variables of the functions that wait for it, or whose inner functions are still there, by activation."""
    heap: Mapping[int, Cell]
    keys: Mapping[str, Relation]
    rest: Relation
    seen: Mapping[str, str]
    """Keys that were read: ``read``, or ``awaited`` when something was awaited since."""
    trail: tuple[Step, ...]
    beside: Mapping[Value, frozenset[tuple[str, str]]]
    """What runs beside the task and was not waited for: keys, each with what is done to it."""
    pending: tuple[Any, ...]
    """What the body of a ``with`` or a loop does when the generator around it is through: returns and breaks."""
    returned: Spot | None
    """The ``return`` at which the task itself ended, if it did."""

    def __init__(self) -> None:
        self.env = {}
        self.outer = {}
        self.heap = {}
        self.keys = {}
        self.rest = SAME
        self.seen = {}
        self.trail = ()
        self.pending = ()
        self.beside = {}
        self.returned = None

    def copy(self) -> State:
        """Give the same state, to go on from in another way."""
        new = State.__new__(State)
        new.env = self.env.copy()
        new.outer, new.heap, new.keys, new.rest = self.outer, self.heap, self.keys, self.rest
        new.seen, new.trail, new.pending = self.seen, self.trail, self.pending
        new.returned, new.beside = self.returned, self.beside
        return new

    # --- keys -------------------------------------------------------------------------------------

    def relation(self, key: str) -> Relation:
        """Give the relation of a key from the entry of the task to here."""
        found = self.keys.get(key)
        if found is None and (family := family_of(key)):
            found = self.keys.get(family)
        return self.rest if found is None else found

    def relate(self, key: str, relation: Relation) -> None:
        """Set the relation of a key."""
        self.keys = {**self.keys, key: relation}

    def keyed(self) -> Keyed:
        """Give the relations of all keys."""
        return Keyed(self.keys, self.rest)

    # --- objects ----------------------------------------------------------------------------------

    def allot(self, cell: Cell, site: int) -> int:
        """Put a new object on the heap.

        Args:
            cell: the object.
            site: the number of the place in the code that makes it: objects that are made at one place and are gone
                leave their numbers to the next, so that a loop comes back to states that were there before.
        """
        number = site * OBJECTS
        while number in self.heap:
            number += 1
        self.heap = {**self.heap, number: cell}
        return number

    def sweep(self, pinned: Iterable[Value]) -> None:
        """Forget the objects that nothing leads to.

        Args:
            pinned: values that an expression holds which is being evaluated.
        """
        if not self.heap:
            return
        waiting: list[Any] = [*self.env.values(), *pinned, *self.beside]
        waiting += (value for names in self.outer.values() for value in names.values())
        waiting += (item for number, cell in self.heap.items() if number < 0 for item in cell.items or ())
        reached: set[int] = set()
        for one in waiting:  # grows while it is read
            if type(one) is Ref:
                if one.id not in reached:
                    reached.add(one.id)
                    cell = self.heap.get(one.id)
                    waiting += () if cell is None else cell.items or ()
            elif type(one) is tuple:
                waiting += one
            else:
                waiting += parts_of(one)
        if len(reached) < len(self.heap):
            self.heap = {number: cell for number, cell in self.heap.items() if number < 0 or number in reached}

    def replace_cell(self, number: int, cell: Cell) -> None:
        """Change an object on the heap."""
        self.heap = {**self.heap, number: cell}

    # --- comparing and uniting --------------------------------------------------------------------

    def signature(self) -> tuple[Any, ...]:
        """Give what tells it from other states; the way it came by is not part of it."""
        return (frozenset(self.keys.items()), self.surroundings())

    def surroundings(self) -> tuple[Any, ...]:
        """Give what tells it from other states beside the relations of its keys."""
        return (
            frozenset(self.env.items()),
            self.rest,
            frozenset(self.heap.items()) if self.heap else 0,
            frozenset(self.seen.items()) if self.seen else 0,
            self.pending,
            frozenset(self.beside.items()) if self.beside else 0,
            frozenset((number, frozenset(names.items())) for number, names in self.outer.items()) if self.outer else 0,
        )

    def same(self, other: State) -> bool:
        """Say whether it has the same signature as *other*, at less cost."""
        return (
            (self.keys is other.keys or self.keys == other.keys)
            and self.rest == other.rest
            and self.env == other.env
            and (self.heap is other.heap or self.heap == other.heap)
            and (self.seen is other.seen or self.seen == other.seen)
            and self.pending == other.pending
            and (self.beside is other.beside or self.beside == other.beside)
            and (self.outer is other.outer or self.outer == other.outer)
        )

    def doubt(self, other: State) -> None:
        """Be here, or perhaps have gone on to *other*: forget what that has changed in variables and objects."""
        if self.env != other.env:
            self.env = {
                name: value if other.env.get(name, value) == value else united_value(value, other.env[name])
                for name, value in self.env.items()
            }
        if self.outer is not other.outer and self.outer != other.outer:
            self.outer = {
                number: _united(names, other.outer.get(number, names)) for number, names in self.outer.items()
            }
        if self.heap is not other.heap and self.heap != other.heap:
            self.heap = {number: _united_cell(cell, other.heap.get(number, cell)) for number, cell in self.heap.items()}

    def absorb(self, other: State) -> None:
        """Be this state or *other*: keep of both what they agree on."""
        self.keys = {key: either(self.relation(key), other.relation(key)) for key in {*self.keys, *other.keys}}
        self.rest = either(self.rest, other.rest)
        self.env = _united(self.env, other.env)
        self.outer = {
            number: _united(names, other.outer.get(number, names)) for number, names in self.outer.items()
        } | {number: names for number, names in other.outer.items() if number not in self.outer}
        self.heap = {
            number: _united_cell(self.heap.get(number), other.heap.get(number)) for number in {*self.heap, *other.heap}
        }
        self.seen = {**other.seen, **self.seen}
        self.beside = {**other.beside, **self.beside}
        if len(other.trail) < len(self.trail):
            self.trail = other.trail


def _united(one: Mapping[str, Value], other: Mapping[str, Value]) -> dict[str, Value]:
    names: dict[str, Value] = {}
    for name in {**one, **other}:
        left, right = one.get(name), other.get(name)
        names[name] = united_value(left, right)
    return names


def united_value(one: Value | None, other: Value | None) -> Value:
    """Give what two values have in common."""
    if one == other and one is not None:
        return one
    if _clean(one) and _clean(other):
        return Opaque()
    return TAINTED


def _clean(value: Value | None) -> bool:
    if value is None:
        return True
    if isinstance(value, Opaque):
        return not value.taint
    return isinstance(value, Known) and isinstance(value.value, (int, str, bytes, float, type(None), Enum))


def _united_cell(one: Cell | None, other: Cell | None) -> Cell:
    if one == other or other is None or one is None:
        found = one or other
        if found is not None:
            return found
    if one is None or other is None:
        return Cell("list", None, taint=True)
    return Cell(one.kind, None, taint=True, cls=one.cls if one.cls is other.cls else None)


def _folded(states: list[State]) -> list[State]:
    """Unite states that differ in the relation of one key alone: nothing is lost, keys do not depend on each other."""
    around = {id(state): state.surroundings() for state in states}
    for key in {key for state in states for key in state.keys}:
        groups: dict[Any, State] = {}
        for state in states:
            others = frozenset((name, relation) for name, relation in state.keys.items() if name != key)
            mark = (others, around[id(state)])
            if (twin := groups.get(mark)) is None:
                groups[mark] = state
            else:
                united = twin.copy()
                united.relate(key, _reunited(twin.relation(key), state.relation(key)))
                united.trail = min(twin.trail, state.trail, key=len)
                around[id(united)] = around[id(twin)]
                groups[mark] = united
        states = list(groups.values())
        if len(states) == 1:
            break
    return states


def _reunited(one: Relation, other: Relation) -> Relation:
    """Unite two ways on; an unknown key that was looked for is unknown again where both ways come together."""
    a, b, c, d, e, f = either(one, other)
    return (a, b, c, d, e, UNKNOWN if one[5] != other[5] and f == PRESENT | NEVER else f)


def _distinct(states: list[State]) -> list[State]:
    """Give a few states without doubles."""
    kept: list[State] = []
    for state in states:
        for at, other in enumerate(kept):
            if state.same(other):
                if len(state.trail) < len(other.trail):
                    kept[at] = state
                break
        else:
            kept.append(state)
    return kept


def merged(states: Iterable[State], most: int = MOST) -> list[State]:
    """Give the states without those that equal others, and not more than *most*.

    Where there are too many, those are united that agree on every variable that holds a state of an enum, so that where
    a path leads is not forgotten.
    """
    states = [*states]
    if len(states) < 2:  # noqa: PLR2004
        return states
    if len(states) <= FEW:
        return _distinct(states)
    found: dict[Any, State] = {}
    for state in states:
        signature = state.signature()
        other = found.get(signature)
        if other is None or len(state.trail) < len(other.trail):
            found[signature] = state
    if len(found) > FEW:  # below that, each path keeps the conditions on which it was taken
        found = dict(enumerate(_folded(list(found.values()))))
    if len(found) <= most:
        return list(found.values())
    groups: dict[Any, State] = {}
    for state in found.values():
        goal = frozenset(
            (name, value)
            for name, value in state.env.items()
            if isinstance(value, Known) and isinstance(value.value, Enum)
        )
        key = (goal, state.pending)
        if key in groups:
            groups[key].absorb(state)
        else:
            groups[key] = state.copy()
    return list(groups.values())

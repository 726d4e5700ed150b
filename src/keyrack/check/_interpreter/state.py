"""The paths through a task that are alike at one point: their variables and objects, and what happened to the keys.

States are copied where paths part, and united where there are too many. Mappings inside a state are replaced, never
changed in place, except the variables of the running function: those belong to one state alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from .history import FEW, History, one_each, together
from .values import TAINTED, Cell, Known, Opaque, Pending, Ref, Sequence, Value, parts_of, swapped

if TYPE_CHECKING:
    from ..report import Spot
    from .running import Running

MOST = 40
"""How many paths are kept apart."""
OBJECTS = 1_000
"""How many objects that were made at one place of the code can be told apart."""


_Heap: TypeAlias = Mapping[int, Cell]


class State:
    """Paths that are alike at one point, but for what happened to the keys on the way."""

    __slots__ = ("beside", "env", "heap", "histories", "outer", "pending", "returned")

    env: dict[str, Value]
    """Variables of the running function."""
    outer: Mapping[int, Mapping[str, Value]]
    """Variables of the functions that wait for it, or whose inner functions are still there, by activation."""
    heap: Mapping[int, Cell]
    histories: tuple[History, ...]
    """One a path, at least one."""
    beside: Mapping[Value, Running]
    """What was started beside the task and was not waited for, or gave something that is still known."""
    pending: tuple[Any, ...]
    """What the body of a ``with`` or a loop does when the generator around it is through: returns and breaks."""
    returned: Spot | None
    """The ``return`` at which the task itself ended, if it did."""

    def __init__(self) -> None:
        self.env = {}
        self.outer = {}
        self.heap = {}
        self.histories = (History(),)
        self.pending = ()
        self.beside = {}
        self.returned = None

    def copy(self) -> State:
        """Give the same state, to go on from in another way."""
        new = State.__new__(State)
        new.env = self.env.copy()
        new.outer, new.heap, new.histories = self.outer, self.heap, self.histories
        new.pending, new.beside, new.returned = self.pending, self.beside, self.returned
        return new

    def on(self, histories: Iterable[History]) -> State:
        """Give the same state after other histories."""
        new = self.copy()
        new.histories = (*histories,)
        return new

    @property
    def touched(self) -> list[str]:
        """The ids of the keys that something has happened to."""
        return list(dict.fromkeys(key for history in self.histories for key in history.keys))

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

    def contents(self, numbers: Iterable[int]) -> dict[int, object]:
        """Give what some containers hold, by their numbers."""
        return {number: self.heap[number].items for number in numbers if number in self.heap}

    def has_changed(self, contents: Mapping[int, object]) -> bool:
        """Say whether containers do not hold any more what they did; nobody changes those that are gone."""
        heap = self.heap
        return any(number in heap and heap[number].items != items for number, items in contents.items())

    def replace_cell(self, number: int, cell: Cell) -> None:
        """Change an object on the heap."""
        self.heap = {**self.heap, number: cell}

    def unlink(self, keys: Iterable[str]) -> None:
        """Something may have happened to keys, though it does not show: values say nothing any more of those keys."""
        gone = {*keys}
        if any(_is_linked(value, gone) for names in (self.env, *self.outer.values()) for value in names.values()):
            self.env = {name: _unlinked(value, gone) for name, value in self.env.items()}
            self.outer = {
                number: {name: _unlinked(value, gone) for name, value in names.items()}
                for number, names in self.outer.items()
            }

    def forget_truth(self, value: Value) -> None:
        """Something has changed what a value holds: whether it is true may be another matter now."""
        if not isinstance(value, Opaque):
            return
        self.env = {name: _untold(one, value) for name, one in self.env.items()}
        self.outer = {
            number: {name: _untold(one, value) for name, one in names.items()} for number, names in self.outer.items()
        }

    def swap(self, old: Value, new: Value) -> None:
        """Let one thing stand for another wherever it is held."""
        self.env = {name: swapped(one, old, new) for name, one in self.env.items()}
        self.outer = {
            number: {name: swapped(one, old, new) for name, one in names.items()}
            for number, names in self.outer.items()
        }
        self.heap = {
            number: cell if cell.items is None else replace(cell, items=swapped(cell.items, old, new))
            for number, cell in self.heap.items()
        }
        self.beside = {swapped(task, old, new): running for task, running in self.beside.items()}

    # --- comparing and uniting --------------------------------------------------------------------

    def signature(self) -> tuple[Any, ...]:
        """Give what tells it from other states; the ways it came by are not part of it."""
        return (frozenset(history.signature for history in self.histories), self.surroundings())

    def surroundings(self) -> tuple[Any, ...]:
        """Give what tells it from other states beside what happened to the keys."""
        return (
            frozenset(self.env.items()),
            frozenset(self.heap.items()) if self.heap else 0,
            self.pending,
            frozenset(self.beside.items()) if self.beside else 0,
            frozenset((number, frozenset(names.items())) for number, names in self.outer.items()) if self.outer else 0,
            self.returned,
        )

    def stands_like(self, other: State) -> bool:
        """Say whether it has the same surroundings as *other*, at less cost."""
        return (
            self.env == other.env
            and (self.heap is other.heap or self.heap == other.heap)
            and self.pending == other.pending
            and (self.beside is other.beside or self.beside == other.beside)
            and (self.outer is other.outer or self.outer == other.outer)
            and self.returned == other.returned
        )

    def is_moved(self, end: State) -> bool:
        """Say whether objects that are there were changed on the way to *end*, be it to what they were."""
        new = end.heap
        return new is not self.heap and any(new.get(number, cell) is not cell for number, cell in self.heap.items())

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
            heap, its = self.heap, other.heap
            self.heap = {number: _united_cell(cell, its.get(number, cell), heap, its) for number, cell in heap.items()}
        self.beside = _beside_of_both(self.beside, other.beside)

    def absorb(self, other: State) -> None:
        """Be this state or *other*: keep of both what they agree on."""
        self.histories = one_each((*self.histories, *other.histories))
        self.env = _united(self.env, other.env)
        self.outer = {
            number: _united(names, other.outer.get(number, names)) for number, names in self.outer.items()
        } | {number: names for number, names in other.outer.items() if number not in self.outer}
        heap, its = self.heap, other.heap
        self.heap = {number: _united_cell(heap.get(number), its.get(number), heap, its) for number in {*heap, *its}}
        self.beside = _beside_of_both(self.beside, other.beside)


def _beside_of_both(one: Mapping[Value, Running], other: Mapping[Value, Running]) -> Mapping[Value, Running]:
    if one is other or one == other:
        return one
    both = {task: running.or_(other.get(task)) for task, running in one.items()}
    return both | {task: running.or_(None) for task, running in other.items() if task not in one}


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
    if isinstance(one, Pending) and isinstance(other, Pending) and replace(one, begun=other.begun) == other:
        return replace(one, begun=True)
    if _clean(one) and _clean(other):
        return Opaque()
    return TAINTED


def _clean(value: Value | None) -> bool:
    if value is None:
        return True
    if isinstance(value, Opaque):
        return not value.taint
    return isinstance(value, Known) and isinstance(value.value, (int, str, bytes, float, type(None), Enum))


def _united_cell(one: Cell | None, other: Cell | None, heap: _Heap, its: _Heap) -> Cell:
    """Give an object that is one of two: where they differ, what is in it is not known."""
    if one == other or other is None or one is None:
        found = one or other
        if found is not None:
            return found
    if one is None or other is None:
        return Cell("list", None, taint=True)
    clean = one.kind == other.kind and one.cls is other.cls and _is_clean(one, its) and _is_clean(other, heap)
    return Cell(one.kind, None, taint=not clean, cls=one.cls if one.cls is other.cls else None)


def _is_clean(cell: Cell, others: _Heap) -> bool:
    """Say whether the store is surely not in an object, nor anything that is still known though the object is not.

    Args:
        cell: the object.
        others: the objects of the other path.
    """
    if cell.taint or cell.kind == "tasks" or (cell.kind != "object" and cell.cls is not None):
        return False
    waiting: list[Any] = [*(cell.items or ())]
    for one in waiting:  # grows while it is read
        if type(one) is Sequence:
            waiting += one.items
        elif type(one) is tuple:
            waiting += one
        elif type(one) is Ref:
            twin = others.get(one.id)
            if twin is None or twin.taint or twin.items is not None:
                return False
        elif type(one) is not str and not _clean(one):
            return False
    return True


def merged(states: Iterable[State], most: int = MOST) -> list[State]:
    """Let paths go on together that are alike, and keep not more than *most* apart.

    Where there are too many, those are united that agree on every variable that holds a state of an enum, so that where
    a path leads is not forgotten.
    """
    states = [*states]
    if len(states) < 2:  # noqa: PLR2004
        return states
    states = _joined(states) if len(states) <= FEW else _joined_by_mark(states)
    if _ways(states) > most:
        states = [state.on(together(state.histories, 1)) for state in states]
    if _ways(states) > most:
        states = [state.on(one_each(state.histories)) for state in states]
    return states if len(states) <= most else _absorbed(states)


def _ways(states: list[State]) -> int:
    return sum(len(state.histories) for state in states)


def _joined(states: list[State]) -> list[State]:
    """Let a few states be one where they stand alike."""
    kept: list[State] = []
    for state in states:
        for at, other in enumerate(kept):
            if state.stands_like(other):
                kept[at] = other.on(together((*other.histories, *state.histories)))
                break
        else:
            kept.append(state)
    return kept


def _joined_by_mark(states: list[State]) -> list[State]:
    groups: dict[Any, list[State]] = {}
    for state in states:
        groups.setdefault(state.surroundings(), []).append(state)
    return [
        group[0] if len(group) == 1 else group[0].on(together(one for state in group for one in state.histories))
        for group in groups.values()
    ]


def _absorbed(states: list[State]) -> list[State]:
    groups: dict[Any, State] = {}
    for state in states:
        goal = frozenset(
            (name, value)
            for name, value in state.env.items()
            if isinstance(value, Known) and isinstance(value.value, Enum)
        )
        key = (goal, state.pending, state.returned)
        if key in groups:
            groups[key].absorb(state)
        else:
            groups[key] = state.copy()
    return list(groups.values())


def _is_linked(value: Value, keys: set[str]) -> bool:
    """Say whether the truth of a value says that one of some keys is there; an empty key stands for any."""
    return isinstance(value, Opaque) and value.key is not None and not keys.isdisjoint({"", value.key[0]})


def _unlinked(value: Value, keys: set[str]) -> Value:
    if not isinstance(value, Opaque) or not _is_linked(value, keys):
        return value
    return Opaque(taint=value.taint, truth=value.truth, not_none=value.not_none, symbol=value.symbol)


def _untold(one: Value, changed: Opaque) -> Value:
    """Forget of a value whether it is true, if it is the one that was changed."""
    if not isinstance(one, Opaque) or one.truth is None or one.symbol != changed.symbol:
        return one
    return Opaque(taint=one.taint, not_none=one.not_none, symbol=one.symbol, key=one.key)

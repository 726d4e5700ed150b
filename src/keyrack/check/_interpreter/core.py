"""The heart of the interpreter: how paths part, where exceptions go, and what is written down on the way.

How it works: an expression is evaluated in plain recursive code on one state, `Core.state`. Where it may go several
ways, `Core.choice` takes one of them and remembers the others; `Core.explore` runs the code again until every way was
taken. A path that ends raises `DeadEnd`. Between statements there is a list of states, without doubles.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping
from collections.abc import Sequence as Many
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from ..report import Spot
from .history import History, together
from .state import State
from .values import Cell, Code, Pending, Ref, Value

if TYPE_CHECKING:
    from .scopes import Scope

T = TypeVar("T")

BUDGET = 60_000
"""How many expressions and paths of one task are looked at before it is given up."""

Ways = Many[tuple[State, T]]


class DeadEnd(Exception):  # noqa: N818  # no error: it ends a path
    """This path ends here."""


class TooComplex(Exception):  # noqa: N818  # no error of the user's
    """The task has too many paths."""


@dataclass(frozen=True, slots=True)
class Thrown:
    """An exception on its way."""

    cls: type[BaseException] | None
    """Its class; None where it may be any."""
    read: tuple[str, Spot, tuple[Spot, ...]] | None = None
    """Of a KeyNotFoundError of a read: which read."""
    of_store: bool = False
    """Whether it comes from a store in which nothing of the user's runs."""
    stops: bool = False
    """Whether it is no `Exception`: a cancellation, ``SystemExit``."""


ANY = Thrown(None)
STOP = Thrown(None, stops=True)
"""What ``except Exception`` lets pass."""


@dataclass(slots=True, eq=False)
class Guard:
    """A ``try`` around the running code."""

    frame: int
    classes: tuple[type[BaseException] | None, ...]
    """What it catches; None where that cannot be told."""
    caught: dict[Any, tuple[State, Thrown]] = field(default_factory=dict[Any, tuple[State, Thrown]])


@dataclass(slots=True, eq=False)
class Frame:
    """A function that is being interpreted."""

    number: int
    code: Code
    scope: Scope
    call_spot: Spot | None
    """Where it was called; None for the task itself."""
    cells: Mapping[str, Value] = field(default_factory=dict[str, Value])
    parent: int = 0
    """The activation in which it was defined."""
    owner: type | None = None
    returns: list[tuple[State, Value, Spot]] = field(default_factory=list[tuple[State, Value, Spot]])
    breaks: list[State] = field(default_factory=list[State])
    continues: list[State] = field(default_factory=list[State])
    kept: list[Ref] = field(default_factory=list[Ref])
    """The objects that were there before the loop that runs."""
    on_yield: Callable[[State, Value], list[State]] | None = None
    given: tuple[Value, ...] = ()
    """What it was called with, by position."""


class Core:
    """Paths and frames; the parts above add records, expressions, calls and statements."""

    def __init__(self) -> None:
        self.state: State = State()
        self.frames: list[Frame] = []
        self.guards: list[Guard] = []
        self.pins: list[Value] = []
        """Values that an expression holds which is being evaluated: what they lead to is still needed."""
        self.states: type[Enum] = Enum
        """The enum whose members are the states."""
        self.leaves: bool = False
        """Whether some path ends on purpose: by a ``raise``, ``sys.exit()``, a loop without an end."""
        self.callee: ast.AST | None = None
        """What is read in order to be called: what reading it may do, the call may do as well."""
        self.dropped: set[ast.AST] = set()
        """Expressions that are statements: nobody gets their values."""
        self.asked: set[ast.AST] = set()
        """Calls whose values are asked something where they are made, and have no name but there."""
        self.whole: set[ast.AST] = set()
        """Calls of whose values somebody takes all items, at once."""
        self.sites: dict[ast.AST, int] = {}
        self._depth: int = 0
        """How many loops there are around the running code."""
        self._trail: list[list[Any]] = []
        self._at: int = 0
        self._spent: int = 0
        self._numbers: int = 0

    # --- what the parts above provide -------------------------------------------------------------

    @abstractmethod
    def evaluate(self, node: ast.expr) -> Value:
        """Evaluate an expression on the current state."""

    @abstractmethod
    def run(self, body: Many[ast.stmt], states: list[State]) -> list[State]:
        """Run statements, and give the states in which they end without leaving the block."""

    @abstractmethod
    def call(self, function: Value, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Call a value on the current state."""

    @abstractmethod
    def unknown_call(self, function: Value, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Call what cannot be followed: with the store, it may do anything to any key."""

    @abstractmethod
    def hand(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Hand functions to something that calls them, at once or when somebody goes through what it gives."""

    @abstractmethod
    def name_of(self, function: Value, node: ast.AST) -> str:
        """Give the name by which people know what is called."""

    @abstractmethod
    def attribute(self, owner: Value, name: str, node: ast.AST) -> Value:
        """Give an attribute of a value."""

    @abstractmethod
    def items_of(self, value: Value, node: ast.AST) -> tuple[Value, ...] | None:
        """Give the items of a value, where they are known."""

    @abstractmethod
    def acts(self, pending: Any) -> bool:
        """Say whether a generator may do something that matters here."""

    @abstractmethod
    def in_order(self, value: Value) -> Value:
        """Give a set as something that has an order, be it one that is not known."""

    @abstractmethod
    def item(self, owner: Value, index: Value, node: ast.AST) -> Value:
        """Give an item of a value."""

    @abstractmethod
    def exhaust(self, value: Value, node: ast.AST) -> None:
        """Go through something to its end."""

    @abstractmethod
    def drain(self, pending: Pending, node: ast.AST, *, partly: bool = False) -> Value:
        """Go through a generator to its end."""

    @abstractmethod
    def begin(self, source: Pending) -> None:
        """Note that somebody goes through a generator: for who has it too, it goes on from where it is left."""

    @abstractmethod
    def gathered(self, source: Value, node: ast.AST) -> Ref | None:
        """Go through a generator to its end, and give the list of what it yields; None of anything else."""

    @abstractmethod
    def leave_behind(self, state: State, source: Pending) -> None:
        """Forget that a generator is not closed."""

    @abstractmethod
    def linger(self, state: State, source: Pending, node: ast.AST) -> None:
        """Note that a generator is not closed where it is left but later."""

    @abstractmethod
    def go_through(self, source: Value, node: ast.AST) -> None:
        """Go through something, perhaps not to its end."""

    @abstractmethod
    def taken(self, source: Value, node: ast.AST) -> Value:
        """Take all that something gives: of what an executor has started the results, each of which may be missing."""

    @abstractmethod
    def await_value(self, value: Value, node: ast.AST) -> Value:
        """Wait for a value."""

    @abstractmethod
    def lose(self, value: Value, node: ast.AST) -> None:
        """A value goes where it cannot be followed: from now on what it holds may be changed under another name."""

    @abstractmethod
    def lose_all(self, values: Iterable[Value], node: ast.AST) -> None:
        """Some values go where they cannot be followed."""

    @abstractmethod
    def lose_items(self, source: Value, node: ast.AST) -> None:
        """What is in a container, which stays as it is, goes where it cannot be followed."""

    @abstractmethod
    def tainted(self, value: Value) -> bool:
        """Say whether the store may be reached through a value."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""

    @abstractmethod
    def bind_attribute(self, owner: Value, name: str, value: Value, node: ast.AST) -> None:
        """Assign to an attribute."""

    @abstractmethod
    def unbind_attribute(self, owner: Value, name: str, node: ast.AST) -> None:
        """Delete an attribute."""

    @abstractmethod
    def rebind(self, place: ast.expr, owner: Value, name: str) -> None:
        """Bind a name in a dict of names: ``globals()``, ``vars(x)``, ``x.__dict__``; an empty one stands for any."""

    @abstractmethod
    def forget_attributes(self, owner: Value, *, taint: bool = False) -> None:
        """Any attribute of an object may have been assigned."""

    @abstractmethod
    def maybe(self, code: Callable[[], object], node: ast.AST) -> bool:
        """Run code that may run here any number of times, none too: its effects are weak.

        Returns:
            whether it changes objects that were there before.
        """

    @abstractmethod
    def mark_skipped(self, state: State, ends: list[State]) -> None:
        """Note of keys that a loop writes whenever it runs that it may not have run."""

    @abstractmethod
    def spawn_by(
        self, rule: str, owner: Value, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Let a loop or an executor start something."""

    @abstractmethod
    def call_task(self, task: Pending, name: str, args: Many[Value], node: ast.AST) -> Value:
        """Call a method of a task or a future."""

    @abstractmethod
    def call_of_tasks(
        self, owner: Ref, cell: Cell, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call a method of a task group or an executor."""

    # --- paths ------------------------------------------------------------------------------------

    def spend(self, amount: int = 1) -> None:
        """Count work, and give up where there is too much of it."""
        self._spent += amount
        if self._spent > BUDGET:
            raise TooComplex

    def explore(self, state: State, code: Callable[[], T]) -> list[tuple[State, T]]:
        """Run *code* from *state* on, once for every way it may go."""
        outside = self.state, self._trail, self._at
        found: list[tuple[State, T]] = []
        trail: list[list[Any]] = []
        held = len(self.pins)
        try:
            while True:
                self.spend()
                del self.pins[held:]
                self.state, self._trail, self._at = state.copy(), trail, 0
                try:
                    result = code()
                except DeadEnd:
                    pass
                else:
                    found.append((self.state, result))
                while trail and trail[-1][1] + 1 >= len(trail[-1][0]):
                    trail.pop()
                if not trail:
                    return found
                trail[-1][1] += 1
        finally:
            self.state, self._trail, self._at = outside

    def choice(self, ways: Callable[[], Ways[T]]) -> T:
        """Go one of several ways; the others are taken when the code runs again."""
        if self._at < len(self._trail):
            alternatives, index = self._trail[self._at]
        else:
            alternatives, index = ways(), 0
            if not alternatives:
                raise DeadEnd
            self._trail.append([alternatives, 0])
        self._at += 1
        state, value = alternatives[index]
        self.state = state.copy()
        chosen: T = value
        return chosen

    def pick(self, values: Iterable[T]) -> T:
        """Go on with each of some values."""
        here = self.state
        return self.choice(lambda: [(here, value) for value in values])

    def aside(self, code: Callable[[], object]) -> list[State]:
        """Run *code* as something that may run here or later; give the states in which it ends, and stay here."""
        return [state for state, _ in self.explore(self.state, code)]

    def made(self, cell: Cell, node: ast.AST) -> Ref:
        """Make an object at a place of the code."""
        site = self.sites.setdefault(node, len(self.sites) + 1)
        return Ref(self.state.allot(cell, site))

    # --- frames -----------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        """The function that is being interpreted."""
        return self.frames[-1]

    def number(self) -> int:
        """Give a number for a new activation."""
        self._numbers += 1
        return self._numbers

    def spot(self, node: ast.AST) -> Spot:
        """Give the place of a node of the running function."""
        return self.frames[-1].code.module.spot(node)

    @property
    def via(self) -> tuple[Spot, ...]:
        """The calls that led here, outermost first."""
        return tuple([frame.call_spot for frame in self.frames if frame.call_spot is not None])

    # --- histories -------------------------------------------------------------------------------------

    def happen(self, effect: Callable[[History], History | None]) -> None:
        """Let something happen on each of the ways that led here; those are gone that do not go on from it."""
        state = self.state
        if len(state.histories) == 1:
            only = state.histories[0]
            changed = effect(only)
            if changed is None:
                raise DeadEnd
            if changed is not only:
                state.histories = (changed,)
            return
        after = [changed for history in state.histories if (changed := effect(history)) is not None]
        if not after:
            raise DeadEnd
        state.histories = tuple(after)

    def apart(self, by: Callable[[History], object] = id) -> History:
        """Go on by themselves with the ways that led here, or with those of them that differ in something."""
        here = self.state
        if len(here.histories) > 1:
            groups: dict[object, list[History]] = {}
            for history in here.histories:
                groups.setdefault(by(history), []).append(history)
            if len(groups) > 1:
                self.choice(lambda: [(here.on(group), None) for group in groups.values()])
        return self.state.histories[0]

    @contextmanager
    def entering(self, states: Iterable[State]) -> Generator[None]:
        """Tell the ways into a loop apart while it is run."""
        number = count()
        for state in states:
            state.histories = tuple([history.entering(next(number)) for history in state.histories])
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def come_out(self, states: Iterable[State]) -> None:
        """Let paths be outside of the loops that they have left."""
        depth = self._depth
        for state in states:
            if any(len(history.origin) > depth for history in state.histories):
                state.histories = together(history.out_of(depth) for history in state.histories)

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
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import KeyNotFoundError
from ..model import Arrival, KeyInfo, Read, Remark, Step, Write, WriteKind, star_of
from ..relation import (
    ANYTHING,
    MAYBE_REMOVED,
    PUT,
    REMOVE,
    SAME,
    Relation,
    either,
)
from ..report import Spot
from .history import History, together
from .state import State
from .values import Cell, Code, Opaque, Ref, StoreValue, Value

if TYPE_CHECKING:
    from ...keys.key import StoreKey
    from .source import Scope

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


ANY = Thrown(None)


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
    on_yield: Callable[[State, Value], list[State]] | None = None


@dataclass(slots=True)
class _ReadNote:
    spot: Spot
    verb: str
    needed: bool
    via: tuple[Spot, ...]
    arrivals: dict[Any, Arrival] = field(default_factory=dict[Any, Arrival])


class Core:
    """Paths, exceptions and records; the parts above add expressions, calls and statements."""

    def __init__(self) -> None:
        self.state: State = State()
        self.frames: list[Frame] = []
        self.guards: list[Guard] = []
        self.reads: dict[tuple[str, Spot, tuple[Spot, ...]], _ReadNote] = {}
        self.writes: dict[tuple[str, Spot, WriteKind], Write] = {}
        self.remarks: dict[Any, Remark] = {}
        self.infos: dict[str, KeyInfo] = {}
        self.told: dict[str, tuple[object, KeyInfo]] = {}
        """The same of other tasks too, each with the key itself."""
        self.met: dict[str, list[StoreKey[Any]]] = {}
        """Keys that were met, by id."""
        self.anytime: dict[str, Relation] = {}
        self.anytime_rest: Relation = SAME
        self._stopped: set[History] = set()
        """Ways on which it may be stopped, as far as they are in `anytime`."""
        self.assumptions: dict[str, Spot | None] = {}
        self.opaque: bool = False
        self.unseen: list[Arrival] = []
        """Where something that cannot be followed had the store."""
        self.branch: bool = False
        """Whether it is a branch of a split."""
        self.aside_of_task: int = 0
        """How many things that were started beside the task are being interpreted, one in another."""
        self.clears: Spot | None = None
        """Where it clears or restores the store."""
        self.log: list[tuple[str, str]] = []
        """What was done to keys, in the order of the analysis; emptied by who wants to know of a part of it."""
        self.pins: list[Value] = []
        """Values that an expression holds which is being evaluated: what they lead to is still needed."""
        self.sites: dict[ast.AST, int] = {}
        self._steps: dict[tuple[ast.AST, bool], Step] = {}
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
    def name_of(self, function: Value, node: ast.AST) -> str:
        """Give the name by which people know what is called."""

    @abstractmethod
    def attribute(self, owner: Value, name: str, node: ast.AST) -> Value:
        """Give an attribute of a value."""

    @abstractmethod
    def items_of(self, value: Value, node: ast.AST) -> tuple[Value, ...] | None:
        """Give the items of a value, where they are known."""

    @abstractmethod
    def item(self, owner: Value, index: Value, node: ast.AST) -> Value:
        """Give an item of a value."""

    @abstractmethod
    def await_value(self, value: Value, node: ast.AST) -> Value:
        """Wait for a value."""

    @abstractmethod
    def forget_content(self, value: Value) -> None:
        """Something may have changed the content of a container."""

    def forget_truth(self, value: Value) -> None:
        """Something has changed what a value holds: whether it is true may be another matter now."""
        if not isinstance(value, Opaque):
            return
        state = self.state
        state.env = {name: _untold(one, value) for name, one in state.env.items()}
        state.outer = {
            number: {name: _untold(one, value) for name, one in names.items()} for number, names in state.outer.items()
        }

    @abstractmethod
    def tainted(self, value: Value) -> bool:
        """Say whether the store may be reached through a value."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""

    @abstractmethod
    def mark_skipped(self, state: State, ends: list[State]) -> None:
        """Note of keys that a loop writes whenever it runs that it may not have run."""

    @abstractmethod
    def spawn_by(
        self, rule: str, owner: Value, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Let a loop or an executor start something."""

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

    # --- exceptions -------------------------------------------------------------------------------

    def throw(self, thrown: Thrown) -> None:
        """Note that an exception may leave from here for the nearest ``try``; the path itself goes on."""
        self._stopping()
        if self.guards:
            guard = self.guards[-1]
            state = self.state if self.frame.number == guard.frame else self._unwound(guard.frame)
            guard.caught.setdefault((state.signature(), thrown), (state.copy(), thrown))
        elif thrown.read is not None:  # somebody caught it, and let it go on
            note = self.reads[thrown.read]
            note.needed = True
            self._arrive(note)

    def _stopping(self) -> None:
        """Note that the task may be stopped here, by an exception or a cancellation, with the keys as they are."""
        for history in self.state.histories:
            if history in self._stopped:
                continue
            self._stopped.add(history)
            for key, relation in history.keys.items():
                self.anytime[key] = either(self.anytime.get(key, SAME), relation)
            self.anytime_rest = either(self.anytime_rest, history.rest)

    def _unwound(self, number: int) -> State:
        state = self.state.copy()
        names = state.outer.get(number)
        if names is not None:
            state.env = dict(names)
            state.outer = {at: env for at, env in state.outer.items() if at < number}
        return state

    def catches_missing(self) -> bool | None:
        """Say whether a ``try`` catches the error of a read that finds nothing; None where that cannot be told."""
        doubt = False
        for guard in reversed(self.guards):
            for cls in guard.classes:
                if cls is None:
                    doubt = True
                elif issubclass(KeyNotFoundError, cls):
                    return None if doubt else True
        return None if doubt else False

    # --- keys -------------------------------------------------------------------------------------

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

    def affect(self, key: str, effect: Relation) -> None:
        """Let something happen to a key; to a key of a family, and the others of the family may be meant."""
        self.happen(lambda history: history.affected(key, effect))

    def affect_all(self, effect: Relation, store: StoreValue | None = None) -> None:
        """Let something happen to every key, of one store or of all."""
        prefix = "" if store is None else prefix_of(store)
        self.happen(lambda history: history.affected_all(prefix, effect))

    def obscure(self) -> None:
        """Something that cannot be followed has the store: any key may be written or removed."""
        self.opaque = True
        self.unseen += (Arrival(history.keyed(), history.trail) for history in self.state.histories)
        self.log.append(("", "any"))
        self.affect_all(ANYTHING)
        self.throw(Thrown(KeyNotFoundError))

    def note_read(self, key: str, node: ast.AST, verb: str, *, needed: bool) -> None:
        """Write down that a key is read here."""
        where = self.spot(node)
        via = self.via
        note = self.reads.setdefault((key, where, via), _ReadNote(where, verb, needed, via))
        note.needed |= needed
        if needed:
            self._arrive(note)
        self.happen(lambda history: history.reading(key))

    def note_declared(self, key: str, where: Spot, arrivals: list[Arrival]) -> None:
        """Write down that a task says that it reads a key, where that cannot be seen."""
        note = self.reads[key, where, ()] = _ReadNote(where, "task", needed=True, via=())
        note.arrivals.update(enumerate(arrivals))

    def _arrive(self, note: _ReadNote) -> None:
        for history in self.state.histories:
            if history.mark not in note.arrivals:
                note.arrivals[history.mark] = Arrival(history.keyed(), history.trail)

    def note_write(self, key: str, node: ast.AST, kind: WriteKind, *, certain: bool = True) -> None:
        """Write down that a key is written here."""
        where = self.spot(node)
        if "[@" in key:
            key, certain = star_of(key), False
        self.log.append((key, kind))
        mark = key, where, kind
        seen = {history.seen.get(key) for history in self.state.histories}
        after_read, after_await = seen != {None}, "awaited" in seen
        if (old := self.writes.get(mark)) is not None:
            after_read, after_await, certain = (
                after_read or old.after_read,
                after_await or old.after_await,
                certain and old.certain,
            )
            if (after_read, after_await, certain) == (old.after_read, old.after_await, old.certain):
                return
        self.writes[mark] = Write(key, where, kind, after_read, after_await, certain)

    def note_await(self) -> None:
        """Write down that something else may run here, and let what runs beside do what it does."""
        self._stopping()
        for touched in self.state.beside.values():
            for key, kind in sorted(touched):
                self._may_have_happened(key, kind)
        self.happen(History.waiting)

    def _may_have_happened(self, key: str, kind: str) -> None:
        """Let something perhaps happen to a key, or to all."""
        if not key:
            self.affect_all(MAYBE_REMOVED if kind == "clear" else ANYTHING)
            return
        self.happen(lambda history: history.perhaps(key, REMOVE if kind == "remove" else PUT))

    def remark(self, code: str, node: ast.AST, about: str = "", /, **facts: Any) -> None:
        """Say something of the code."""
        where = self.spot(node)
        self.remarks.setdefault((code, where, about), Remark(code, where, facts, about))

    def assume(self, sentence: str, node: ast.AST | None = None) -> None:
        """Say what the proof rests on."""
        self.assumptions.setdefault(sentence, None if node is None else self.spot(node))

    def gathered_reads(self) -> tuple[Read, ...]:
        """Give the reads that were written down."""
        return tuple(
            Read(key, note.spot, note.needed, note.verb, tuple(note.arrivals.values()), note.via)
            for (key, _, _), note in self.reads.items()
        )

    def step(self, states: list[State], text: Callable[[], str], taken: bool, node: ast.AST) -> None:
        """Note on some paths which branch they took."""
        step = self._steps.get((node, taken))
        if step is None:
            step = self._steps[node, taken] = Step(text(), taken, self.spot(node))
        for state in states:
            state.histories = tuple([history.stepping(step) for history in state.histories])


def _untold(one: Value, changed: Opaque) -> Value:
    """Forget of a value whether it is true, if it is the one that was changed."""
    if not isinstance(one, Opaque) or one.truth is None or one.symbol != changed.symbol:
        return one
    return Opaque(taint=one.taint, not_none=one.not_none, symbol=one.symbol, key=one.key)


def prefix_of(store: StoreValue) -> str:
    """Give what the ids of the keys of a store start with; empty for all keys of the store of the run."""
    root = f"{store.root}!" if store.root else ""
    return root + "".join(f"{namespace}::" for namespace in store.namespaces)

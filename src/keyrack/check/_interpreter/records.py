"""What is written down on the way: the reads and writes of keys, where exceptions leave, and what there is to say."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import KeyNotFoundError
from ..model import Arrival, KeyInfo, Read, Remark, Step, Write, WriteKind, star_of
from ..relation import ANYTHING, MAYBE_PUT, MAYBE_REMOVED, PUT, REMOVE, SAME, Relation, either
from .core import Core, Thrown
from .history import History
from .running import OUTSIDE, meets
from .values import Pending

if TYPE_CHECKING:
    from ...keys.key import StoreKey
    from ..report import Spot
    from .state import State
    from .values import StoreValue


@dataclass(slots=True)
class _ReadNote:
    spot: Spot
    verb: str
    needed: bool
    via: tuple[Spot, ...]
    arrivals: dict[Any, Arrival] = field(default_factory=dict[Any, Arrival])


class Records(Core):
    """What is known of a task when it was interpreted."""

    def __init__(self) -> None:
        super().__init__()
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
        self.is_spared: bool = False
        """Whether the run may go on where it fails."""
        self.aside_of_task: int = 0
        """How many things that were started beside the task are being interpreted, one in another."""
        self.left: set[tuple[str, str]] = set()
        """What may still be done to keys, by things that were started, when the task is over."""
        self.clears: Spot | None = None
        """Where it clears or restores the store."""
        self.log: list[tuple[str, str]] = []
        """What was done to keys, in the order of the analysis; emptied by who wants to know of a part of it."""
        self._steps: dict[tuple[ast.AST, bool], Step] = {}

    # --- exceptions -------------------------------------------------------------------------------

    def throw(self, thrown: Thrown) -> None:
        """Note that an exception may leave from here for the nearest ``try``; the path itself goes on."""
        self._stopping()
        if self.guards:
            guard = self.guards[-1]
            state = self.state if self.frame.number == guard.frame else self._unwound(guard.frame)
            guard.caught.setdefault((state.signature(), thrown), (state.copy(), thrown))
            return
        if self.state.beside and self.is_spared:
            self.leave()
        if thrown.read is not None:  # somebody caught it, and let it go on
            note = self.reads[thrown.read]
            note.needed = True
            self._arrive(note)

    def leave(self) -> None:
        """Note what is still running where the task ends; generators that it goes through are closed."""
        for task, running in self.state.beside.items():
            if isinstance(task, Pending) and task.kind == "left" and running.thread:
                self.perhaps(running.acts)
            elif task != OUTSIDE:
                self.left.update(running.acts)

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

    # --- keys --------------------------------------------------------------------------------------

    def affect(self, key: str, effect: Relation) -> None:
        """Let something happen to a key; to a key of a family, and the others of the family may be meant."""
        self.happen(lambda history: history.affected(key, effect))
        if self.state.beside:
            self._threads_run(key)

    def affect_all(self, effect: Relation, store: StoreValue | None = None) -> None:
        """Let something happen to every key, of one store or of all."""
        prefix = "" if store is None else prefix_of(store)
        self.happen(lambda history: history.affected_all(prefix, effect))
        if self.state.beside:
            self._threads_run()

    def record(self, key: str, kind: str) -> None:
        """Write down what is done to a key, or to all, also for what runs beside: it may have come first or not."""
        self.log.append((key, kind))
        if self.state.beside:
            self.state.beside = {task: running.beside([(key, kind)]) for task, running in self.state.beside.items()}

    def _threads_run(self, written: str = "") -> None:
        """Something was done to a key, or to all: let threads do what they do to it, which they may at any time."""
        for running in [*self.state.beside.values()]:
            if running.thread and not running.over:
                self.perhaps(op for op in running.touched if meets(op[0], written))

    def perhaps(self, ops: Iterable[tuple[str, str]]) -> None:
        """Let things perhaps happen to keys."""
        for key, kind in sorted(ops):
            if kind != "asked":
                self._may_have_happened(key, kind)

    def others_run(self, *, threads: bool = False) -> None:
        """Let what runs beside the task do what it does, or not yet.

        Args:
            threads: only what does not wait until something is awaited: threads, and functions that somebody keeps.
        """
        for running in self.state.beside.values():
            if not running.over and (running.thread or not threads):
                self.perhaps(running.touched)

    def obscure(self) -> None:
        """Something that cannot be followed has the store: any key may be written or removed."""
        self.opaque = True
        self.unseen += (Arrival(history.keyed(), history.trail) for history in self.state.histories)
        self.record("", "any")
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
        elif self.aside_of_task:
            self.log.append((star_of(key) if "[@" in key else key, "asked"))
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
        self.record(key, kind)
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
        self.others_run()
        self.happen(History.waiting)

    def _may_have_happened(self, key: str, kind: str) -> None:
        """Let something perhaps happen to a key, or to all."""
        if kind in {"remove", "clear", "any"}:
            self.state.unlink([key])
        if not key:
            effect = ANYTHING if kind == "any" else MAYBE_REMOVED if kind in {"clear", "remove"} else MAYBE_PUT
            self.happen(lambda history: history.affected_all("", effect))
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


def prefix_of(store: StoreValue) -> str:
    """Give what the ids of the keys of a store start with; empty for all keys of the store of the run."""
    root = f"{store.root}!" if store.root else ""
    return root + "".join(f"{_escaped(namespace)}::" for namespace in store.namespaces)


def _escaped(namespace: str) -> str:
    """Give the name of a namespace so that it is not taken for two of them."""
    return namespace.replace("%", "%25").replace(":", "%3A") if ":" in namespace else namespace

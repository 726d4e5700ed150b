"""From a live task to its effects: calls its functions, as the engine does, on abstract values."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from functools import partial
from itertools import product
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ...workflow.executors import is_coroutine_function
from ...workflow.task import Entry, entries
from ..model import STAR, UNKNOWN_STATE, Arrival, Declared, Effects, Keyed, KeyInfo, Next, Outcome
from ..relation import ANYTHING, MAYBE_PUT, PUT, REMOVE, SAME, UNKNOWN, either, then
from .attributes import type_call
from .core import Frame, TooComplex
from .running import OUTSIDE, Running
from .scopes import Scope
from .source import Module, function_node, is_library
from .state import State
from .statements import Statements
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    Code,
    Known,
    Pending,
    StoreValue,
    Value,
)

if TYPE_CHECKING:
    from ..report import Spot
    from .live import Shared

_NOWHERE = ast.parse("task(store)").body[0].value  # type: ignore[attr-defined]
_TOP = Code(Module("", []), ast.parse("def task(store): pass").body[0], {}, "task", Scope(frozenset()))  # type: ignore[arg-type]


class Interpreter(Statements):
    """Interprets one task.

    Args:
        states: the enum whose members are the states.
        store: the store of the workflow, where the module that makes it may use it too.
        shared: what was found out for other tasks of the workflow.
    """

    def __init__(self, states: type[Enum], store: Any, shared: Shared) -> None:
        super().__init__(shared)
        self.states = states
        self.known: Mapping[str, KeyInfo] = {}
        """What is known of keys that tasks declare."""
        self.run_store = store
        self.around: frozenset[tuple[str, str]] = frozenset()
        """What things that other tasks have left running may do to keys meanwhile."""

    def effects(
        self,
        task: object,
        name: str,
        declared: Declared | None,
        targets: tuple[Enum, ...] | None,
        where: Spot,
        *,
        branch: bool,
    ) -> Effects:
        """Give what a task does.

        Args:
            task: the task as it was registered.
            name: what people call it.
            declared: what it says of itself.
            targets: the states that it names as what it returns; None where it names none.
            where: where it was registered: its place where it has no source.
            branch: whether it is a branch of a split, which need not say where it goes.
        """
        parts = entries(task)
        self.branch = branch
        found = [function_node(function) for entry in parts if (function := plain_function(entry.call)) is not None]
        spots = tuple(one[0].spot(one[1]) for one in found if one is not None)
        place = spots[-1] if spots else where
        if len(found) < len(parts) or None in found:
            return self._believed(name, declared, place, spots, targets, branch=branch)
        self.frames.append(
            Frame(0, Code(found[-1][0] if found[-1] else _TOP.module, _TOP.node, {}, name, _EMPTY), _EMPTY, None)
        )
        try:
            goals = declared.to if targets is None and declared is not None else targets
            outcomes = self._outcomes(parts, place, goals, name, branch=branch)
        except (TooComplex, RecursionError):
            return self._given_up(name, declared, place, spots, branch=branch)
        finally:
            self.frames.clear()
        if self.opaque and declared is not None and declared.writes is not None:
            outcomes = self._trusting(outcomes, declared, name, place)
        threaded = any(not is_coroutine_function(entry.call) for entry in parts if "store" in entry.takes)
        return self._effects(name, place, outcomes, threaded=threaded, declared=declared, spots=spots)

    def touched_by(self, function: object) -> frozenset[tuple[str, str]] | None:
        """Give what a function that is no task does to keys when it is called; None where that is not known.

        Args:
            function: it is called with one argument, which has nothing to do with the store.
        """
        plain = plain_function(function)
        if plain is None or is_library(plain.__code__.co_filename) or function_node(plain) is None:
            return None
        self.frames.append(Frame(0, _TOP, _EMPTY, None))
        try:
            self._ends(State(), self.lifted(function), [ANYTHING_CLEAN], self.spot(_NOWHERE))
        except (TooComplex, RecursionError):
            return None
        finally:
            self.frames.clear()
        return None if self.opaque else frozenset(op for op in self.log if op[1] != "asked")

    def _effects(
        self,
        name: str,
        place: Spot,
        outcomes: Iterable[Outcome],
        *,
        threaded: bool,
        declared: Declared | None,
        spots: tuple[Spot, ...],
        believed: bool = False,
    ) -> Effects:
        return Effects(
            name,
            place,
            tuple(outcomes),
            self.gathered_reads(),
            tuple(self.writes.values()),
            Keyed({key: relation for key, relation in self.anytime.items() if "[@" not in key}, self.anytime_rest),
            tuple(self.remarks.values()),
            dict(self.infos),
            threaded,
            self.opaque,
            tuple(self.assumptions.items()),
            declared,
            believed,
            spots,
            frozenset(self.left),
            self.clears,
        )

    # --- ways out ---------------------------------------------------------------------------------

    def _outcomes(
        self, parts: tuple[Entry, ...], place: Spot, targets: tuple[Enum, ...] | None, name: str, *, branch: bool
    ) -> list[Outcome]:
        ways = self._run_parts(parts, place)
        if not ways and not self.leaves:  # it would be a mistake to say that nothing comes after it
            raise TooComplex
        found: dict[Any, Outcome] = {}
        for state, value, where in ways:
            for goal, history in product(self._goals(value, targets), state.histories):
                if goal is None and not branch:
                    self.remarks.setdefault(("KR205", where, ""), _remark("KR205", where, task=name))
                keys = Keyed({key: one for key, one in history.keys.items() if "[@" not in key}, history.rest)
                outcome = Outcome(goal, keys, where, history.trail)
                mark = (goal, frozenset(keys.relations.items()), keys.rest)
                if mark not in found or len(outcome.trail) < len(found[mark].trail):
                    found[mark] = outcome
        return [*found.values()]

    def _run_parts(self, parts: tuple[Entry, ...], place: Spot) -> list[tuple[State, Value, Spot]]:
        """Call the functions of a task one after another."""
        start = State()
        if self.around:
            start.beside = {OUTSIDE: Running(self.around, thread=True, sure=False)}
            self.state = start
            self.others_run()
        ways: list[tuple[State, Value, Spot]] = [(start, NOTHING, place)]
        for entry in parts:
            after: list[tuple[State, Value, Spot]] = []
            for state, given, _ in ways:
                args = [StoreValue() if one == "store" else given for one in entry.takes]
                after += self._ends(state, self.lifted(entry.call), args, place)
            ways = _distinct(after)
        for self.state, _, _ in ways:
            self.leave()
        return ways

    def _ends(self, state: State, call: Value, args: list[Value], place: Spot) -> list[tuple[State, Value, Spot]]:
        """Call one function, and remember at which ``return`` it ended."""

        def once() -> Value:
            value = self.call(call, args, {}, _NOWHERE)
            if isinstance(value, Pending) and value.kind in {"coroutine", "call"}:
                return self.run_pending(value, _NOWHERE)  # the engine waits for it at once: nothing comes between
            return value

        state.returned = None
        return [(end, value, end.returned or place) for end, value in self.explore(state, once)]

    def _goals(self, value: Value, targets: tuple[Enum, ...] | None) -> list[Next]:
        """Give the states that a returned value may be."""
        if isinstance(value, Known):
            live = value.value
            if live is None:
                return [None]
            if isinstance(live, self.states):
                return [live]
            single = getattr(live, "states", None)
            if isinstance(single, tuple) and len(single) == 1 and isinstance(single[0], self.states):
                return [single[0]]
        if targets is not None:
            return [*targets]
        return [UNKNOWN_STATE]

    def _trusting(self, outcomes: list[Outcome], declared: Declared, name: str, place: Spot) -> list[Outcome]:
        """Let what a task declares stand for the parts of it that cannot be followed."""
        self.assumptions[f"{name} does to keys what it declares, where it cannot be followed"] = place
        complete = _says_all(declared)
        if complete:
            self.remarks = {mark: one for mark, one in self.remarks.items() if not one.code.startswith("KR9")}
        self._need(declared, place, self.unseen)
        sure = {key: PUT for key in (declared.writes or ()) if not key.endswith(STAR)}
        touched = {*sure, *(declared.may_write or ()), *(declared.removes or ())}
        found: list[Outcome] = []
        for outcome in outcomes:
            keys = dict(outcome.keys.relations)
            for key in [*keys]:
                if complete and key not in touched and keys[key] == ANYTHING:
                    keys[key] = SAME
            unseen = {key: one for key, one in sure.items() if outcome.keys.of(key)[0] & UNKNOWN}  # past what is unseen
            keys.update({key: then(keys.get(key, SAME), one) for key, one in unseen.items()})
            rest = SAME if complete else outcome.keys.rest
            found.append(replace(outcome, keys=Keyed(keys, rest)))
        self.anytime.update({key: either(SAME, one) for key, one in sure.items()})
        return found

    def _need(self, declared: Declared, place: Spot, arrivals: list[Arrival]) -> None:
        """Note that a task reads what it declares, where that cannot be seen."""
        for key in declared.reads or ():
            info = self.known.get(key)
            if not key.endswith(STAR) and (info is None or not info.has_default) and (key, place, ()) not in self.reads:
                self.note_declared(key, place, arrivals)

    # --- what cannot be followed ------------------------------------------------------------------

    def _believed(
        self,
        name: str,
        declared: Declared | None,
        place: Spot,
        spots: tuple[Spot, ...],
        targets: tuple[Enum, ...] | None,
        *,
        branch: bool,
    ) -> Effects:
        """Make effects of what a task says of itself, where its source is not there."""
        goals: list[Next] = [*(targets or (declared.to if declared and declared.to else ()) or ())]
        if not goals:
            goals = [None] if branch else [UNKNOWN_STATE]
        says_keys = declared is not None and _says_all(declared)
        relations: dict[str, Any] = {}
        anytime: dict[str, Any] = {}
        if declared is not None:
            for key in declared.writes or ():
                relations[key] = PUT
            for key in declared.may_write or ():
                relations.setdefault(key, MAYBE_PUT)
            for key in declared.removes or ():
                relations[key] = either(SAME, REMOVE)
            self._need(declared, place, [Arrival(Keyed())])
            anytime = {key: either(SAME, relation) for key, relation in relations.items()}
        rest = SAME if says_keys else ANYTHING
        self.opaque = not says_keys
        if says_keys:
            self.assumptions.setdefault(f"{name} does what it declares: its source is not there", place)
        else:
            self.remarks["KR903", place, ""] = _remark("KR903", place, task=name)
        keys = Keyed(relations, rest)
        self.anytime, self.anytime_rest = anytime, either(SAME, rest)
        outcomes = [Outcome(goal, keys, place) for goal in goals]
        return self._effects(name, place, outcomes, threaded=False, declared=declared, spots=spots, believed=True)

    def _given_up(
        self, name: str, declared: Declared | None, place: Spot, spots: tuple[Spot, ...], *, branch: bool
    ) -> Effects:
        """Make effects of a task that is too complex: it may do anything."""
        self.remarks["KR906", place, ""] = _remark("KR906", place, task=name)
        self.opaque = True
        self.anytime = {}
        self.anytime_rest = either(SAME, ANYTHING)
        self.reads = {}
        goals: list[Next] = [*(declared.to if declared and declared.to else [])] or (
            [None] if branch else [UNKNOWN_STATE]
        )
        outcomes = [Outcome(goal, Keyed({}, ANYTHING), place) for goal in goals]
        return self._effects(name, place, outcomes, threaded=True, declared=declared, spots=spots, believed=True)


def _says_all(declared: Declared) -> bool:
    """Say whether a task says of reads, writes and removes what it does: what it does not name, it leaves alone."""
    return None not in {declared.reads, declared.writes, declared.removes}


_EMPTY = Scope(frozenset())


def _remark(code: str, where: Spot, **facts: Any) -> Any:
    from ..model import Remark

    return Remark(code, where, facts)


def _distinct(ways: list[tuple[State, Value, Spot]]) -> list[tuple[State, Value, Spot]]:
    found: dict[Any, tuple[State, Value, Spot]] = {}
    for state, value, where in ways:
        found.setdefault((state.signature(), value, where), (state, value, where))
    return list(found.values())


def plain_function(call: object) -> FunctionType | None:
    """Give the function behind a callable: of a bound method, a partial, an object that can be called."""
    while isinstance(call, partial):
        call = call.func
    if inspect.ismethod(call):
        call = call.__func__
    if isinstance(call, FunctionType):
        return call
    method = type_call(call)
    return method if isinstance(method, FunctionType) else None

"""`Workflow`: states, the task that runs in each, and the way to run them.

It holds what was registered and refuses what cannot work; the loop of a run is in `loop`, the pure
table and its problems are in `graph`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import partial
from inspect import currentframe
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar, cast, overload

from .._text import counted, described, type_name
from ..errors import ConfigurationError
from ..keys.key import StoreKey
from ..store import KeyValueStore
from ..stores import MemoryStore
from .graph import Graph, Place, Row, problems
from .loop import Table, compiled, named, stray, walk
from .task import (
    Registration,
    S,
    St,
    StageDecorator,
    Task,
    declared_targets,
    name_of,
    unfit,
)

E = TypeVar("E", bound=Enum)  # S in the type of self, which must not name the one of the class


class Workflow(Generic[S, St]):
    """States, and the task that runs in each; a task returns the next state.

    Made and filled once, it serves any number of runs, one after another or at the same time. It
    keeps the tasks and where they were registered; nothing runs until `run` or `orchestrate`.

    >>> from enum import Enum
    >>> from keyrack import MemoryStore, StoreKey, Workflow
    >>> Stage = Enum("Stage", "COUNT DONE")
    >>> COUNT = StoreKey("count", int)
    >>> workflow = Workflow(Stage, initial=Stage.COUNT).add_exit_states(Stage.DONE)
    >>> @workflow.stage(Stage.COUNT)
    ... async def count(store: MemoryStore) -> Stage:
    ...     store.put(COUNT, store.get(COUNT, 0) + 1)
    ...     return Stage.DONE if store.get(COUNT) == 3 else Stage.COUNT
    >>> workflow.run()
    <Stage.DONE: 2>
    >>> workflow.store.get(COUNT)
    3

    Args:
        states: the enum whose members are the states.
        store: where tasks read and write; a new `MemoryStore` if not given.
        name: what messages call the workflow; the name of the enum if not given.
        initial: the state in which a run starts that does not name another.
        inputs: keys that must have a value, or a default, when a run starts.
        outputs: keys that are what a run is for: reading them later is no mistake.

    Raises:
        ConfigurationError: one of these does not make sense.
    """

    @overload
    def __init__(
        self: Workflow[E, MemoryStore],
        states: type[E],
        /,
        *,
        name: str | None = None,
        initial: E | None = None,
        inputs: Iterable[StoreKey[Any]] = (),
        outputs: Iterable[StoreKey[Any]] = (),
    ) -> None: ...
    @overload
    def __init__(
        self,
        states: type[S],
        /,
        store: St,
        *,
        name: str | None = None,
        initial: S | None = None,
        inputs: Iterable[StoreKey[Any]] = (),
        outputs: Iterable[StoreKey[Any]] = (),
    ) -> None: ...
    def __init__(
        self,
        states: type[Any],
        /,
        store: Any = None,
        *,
        name: str | None = None,
        initial: Any = None,
        inputs: Iterable[StoreKey[Any]] = (),
        outputs: Iterable[StoreKey[Any]] = (),
    ) -> None:
        self._place = _caller()
        self._name = name or type_name(states)
        self._states: type[S] = states
        self._store = cast("St", MemoryStore() if store is None else store)
        self._initial: S | None = initial
        self._inputs = tuple(inputs)
        self._outputs = tuple(outputs)
        self._handlers: dict[S, Registration[S]] = {}
        self._exits: dict[S, Place] = {}
        self._compiled: Table[S] | None = None
        self._refuse(self._wrong_arguments())

    def __repr__(self) -> str:
        return f"<Workflow {self._name!r}: {counted(len(self._handlers), 'task')}>"

    @property
    def name(self) -> str:
        """What messages call the workflow."""
        return self._name

    @property
    def states(self) -> type[S]:
        """The enum whose members are the states."""
        return self._states

    @property
    def store(self) -> St:
        """Where tasks read and write, unless a run is given another store."""
        return self._store

    @property
    def initial(self) -> S | None:
        """The state in which a run starts that does not name another."""
        return self._initial

    @property
    def inputs(self) -> tuple[StoreKey[Any], ...]:
        """The keys that must have a value, or a default, when a run starts."""
        return self._inputs

    @property
    def outputs(self) -> tuple[StoreKey[Any], ...]:
        """The keys that a run is for."""
        return self._outputs

    @property
    def exit_states(self) -> tuple[S, ...]:
        """The states in which a run ends."""
        return tuple(self._exits)

    @property
    def handlers(self) -> Mapping[S, Registration[S]]:
        """The states with a task, in the order of registration; a view that follows changes."""
        return MappingProxyType(self._handlers)

    # --- filling ----------------------------------------------------------------------------------

    def register(self, state: S, task: Task[S, St], /) -> Self:
        """Let *task* run in *state*, and return the workflow.

        Args:
            task: a coroutine function or a plain function of the store, an object with
                ``run(store)``, or a `Node`; it returns the next state. A plain function runs in a
                thread.

        Raises:
            ConfigurationError: *state* has a task, is an exit state or is of another enum, or
                *task* cannot be called with the store alone; the workflow is as it was.
        """
        self._add(state, _caller(), task)
        return self

    def stage(self, state: S, /) -> StageDecorator[S, St]:
        """Give a decorator that registers a function for *state* and returns it unchanged.

        Raises:
            ConfigurationError: from the decorator, as `register` does.
        """
        self._refuse(self._foreign("the state in stage()", state))
        return StageDecorator(partial(self._add, state, _caller()))

    def add_exit_states(self, *states: S) -> Self:
        """Let a run end when it comes to one of *states*, and return the workflow.

        Raises:
            ConfigurationError: one of them has a task or is of another enum; the workflow is as it
                was.
        """
        place = _caller()
        self._refuse(
            f"cannot make {named(state)} an exit state ({place}): {reason}"
            for state in states
            for reason in self._taken(state, exits={})
        )
        for state in states:
            self._exits.setdefault(state, place)
        return self

    def _add(self, state: S, place: Place, task: object) -> None:
        new = Registration(state, task, name_of(task), *place)
        self._refuse(
            f"cannot register {new} for {named(state)}: {reason}"
            for reason in (*self._taken(state, exits=self._exits), *unfit(task))
        )
        self._handlers[state] = new
        self._compiled = None

    def graph(self) -> Graph[S]:
        """Give the transition table as it is now, with the targets that return annotations name."""
        rows = {
            state: Row(
                state,
                handler.name,
                declared_targets(handler.task, self._states),
                Place(handler.file, handler.line),
            )
            for state, handler in self._handlers.items()
        }
        return Graph(rows, dict(self._exits), self._initial, self._place)

    def validate(self) -> None:
        """Find what is wrong with the workflow before it runs.

        A task whose return annotation is ``Literal[Stage.A, Stage.B]`` says where it goes. What
        follows from that is checked too: states without a task, states that cannot be reached, ways
        that never end. Where a task does not say it, nothing is assumed.

        Raises:
            ConfigurationError: with every problem, each with its place in the code.
        """
        self._refuse(map(str, problems(self.graph())))

    def validate_initial_state(self, state: S, /) -> None:
        """Do what `validate` does, for runs that start in *state*.

        Raises:
            ConfigurationError: with every problem, each with its place in the code.
        """
        self._refuse(self._foreign("the initial state", state))
        self._refuse(map(str, problems(replace(self.graph(), initial=state))))

    # --- running ----------------------------------------------------------------------------------

    async def orchestrate(self, start: S | None = None, /, *, store: St | None = None) -> S:
        """Run from state to state until an exit state, and return it.

        When this is cancelled, the task that runs is cancelled with it; a plain function in its
        thread is waited for. Whatever the outcome, no task is still running when this is over, and
        the store keeps what the tasks have written.

        Args:
            start: where to start, instead of the workflow's initial state.
            store: where tasks read and write in this run, instead of the workflow's store.

        Raises:
            ConfigurationError: there is no state to start in, or inputs have no value; nothing ran.
            StateNotRegisteredError: *start*, or what a task returned, is neither a state with a
                task nor an exit state.
            Exception: what a task raised, with a note that says which one in which state.
        """
        used = self._store if store is None else store
        state = self._initial if start is None else start
        if state is None or store is not None or self._inputs:
            self._refuse(self._unready(state, used))
        table = self._table()
        station, last = table.get(id(state)), None
        if station is not None:
            last, state = await walk(table, station, used, self._name)
        if isinstance(state, self._states) and state in self._exits:
            return state
        raise stray(
            state,
            last,
            workflow=self._name,
            states=self._states,
            known=(*self._handlers, *self._exits),
        )

    def run(self, start: S | None = None, /, *, store: St | None = None) -> S:
        """Do what `orchestrate` does, where no event loop runs.

        Raises:
            ConfigurationError: an event loop runs in this thread; or as from `orchestrate`.
            KeyboardInterrupt: Ctrl-C; the run was cancelled first.
        """
        with suppress(RuntimeError):  # what asyncio raises where no loop runs, as it should be
            asyncio.get_running_loop()
            self._refuse(["run() cannot wait inside an event loop; use: await ….orchestrate()"])
        return asyncio.run(self.orchestrate(start, store=store))

    def _table(self) -> Table[S]:
        if self._compiled is None:
            self._compiled = compiled(self._handlers.values())
        return self._compiled

    # --- refusing ---------------------------------------------------------------------------------

    def _refuse(self, found: Iterable[str]) -> None:
        if listed := tuple(found):
            raise ConfigurationError(subject=f"workflow {self._name!r}", problems=listed)

    def _wrong_arguments(self) -> Iterator[str]:
        if not _is_enum(self._states):
            yield f"the states are the members of an enum, got {described(self._states)}"
        elif self._initial is not None:
            yield from self._foreign("the initial state", self._initial)
        if (wrong := _wrong_store(self._store)) is not None:
            yield wrong
        yield from _no_keys("inputs", self._inputs)
        yield from _no_keys("outputs", self._outputs)

    def _foreign(self, what: str, state: object) -> Iterator[str]:
        if not isinstance(state, self._states):
            yield f"{what} {named(state)} is no member of {type_name(self._states)}"

    def _taken(self, state: S, *, exits: Mapping[S, Place]) -> Iterator[str]:
        if not isinstance(state, self._states):
            yield f"the state is no member of {type_name(self._states)}"
        elif state in self._handlers:
            yield f"the state has a task, {self._handlers[state]}"
        elif state in exits:
            yield f"the state is an exit state ({exits[state]})"

    def _unready(self, start: S | None, store: St) -> Iterator[str]:
        if start is None:
            yield "no state to start in: name one in the call, or as Workflow(…, initial=…)"
        if (wrong := _wrong_store(store)) is not None:
            yield wrong
            return
        for key in self._inputs:
            if not key.has_default and not store.contains_key(key):
                yield f"input {key.name!r} has no value in {store.label}, and no default"


def _is_enum(states: object) -> bool:
    return isinstance(states, type) and issubclass(states, Enum) and len(states) > 0


def _no_keys(option: str, keys: Iterable[object]) -> Iterator[str]:
    for key in keys:
        if not isinstance(key, StoreKey):
            yield f"{option} are keys, got {described(key)}"


def _wrong_store(store: object) -> str | None:
    if isinstance(store, KeyValueStore):
        return None
    return f"the store is a KeyValueStore, got {described(store)}"


def _caller() -> Place:
    """Give the place of the statement outside this file that led here."""
    frame = currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return Place("?", 0) if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)

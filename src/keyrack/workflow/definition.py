"""What a workflow consists of: states, what runs in each, and where that was said; it refuses what cannot work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from enum import Enum
from itertools import chain, count
from typing import Any, Generic, cast

from .._text import described, type_name
from ..errors import ConfigurationError, TypeMismatchError
from ..stores import MemoryStore
from .attempts import Attempts
from .events import Branch
from .graph import Graph, Join, Place, Row, join_problems, required_successes
from .join import JoinConfig, SplitSummary
from .loop import Station, Table
from .options import is_text, items, listed
from .site import Site
from .split import ReadyBranch, Split
from .stray import named
from .task import (
    Handler,
    Options,
    Registration,
    S,
    SplitRegistration,
    declared_targets,
    name_of,
    step_of,
    unfit,
)


class Definition(Generic[S]):
    """The states of a workflow, and what runs in them.

    Args:
        name: what messages call the workflow.
        states: the enum whose members are the states.
        place: where the workflow was made.
        executor: where plain functions run, unless their registration says otherwise.
    """

    def __init__(self, name: str, states: type[S], place: Place, executor: Executor | None) -> None:
        self.name = name
        self.states = states
        self.handlers: dict[S, Handler[S]] = {}
        self.exits: dict[S, Place] = {}
        self._place = place
        self._executor = executor
        self._tables: dict[bool, Table] = {}

    # --- filling ----------------------------------------------------------------------------------

    def add(self, state: S, place: Place, task: object, options: Options) -> None:
        """Let *task* run in *state*."""
        new = Registration(state, task, name_of(task), *place, options)
        self._add(new, unfit(task))

    def add_split(
        self,
        state: S,
        place: Place,
        tasks: Iterable[object] | Mapping[str, object],
        join: JoinConfig[S],
        options: Options,
    ) -> None:
        """Let *tasks* run side by side in *state*."""
        wrong = [*listed("the tasks of a split", cast("object", tasks))]
        if isinstance(tasks, Mapping):
            by_name = cast("Mapping[str, object]", tasks)
            branches, names = tuple(by_name.values()), tuple(map(str, by_name))
            wrong += [f"the name of a branch is a text, got {described(name)}" for name in by_name if not is_text(name)]
        else:
            branches = items(tasks)
            names = tuple(map(name_of, branches))
        new = SplitRegistration(state, branches, names, join, *place, options)
        self._add(new, iter([*wrong, *self._unfit_split(new)]))

    def _add(self, new: Handler[S], unfit: Iterator[str]) -> None:
        found = (*self._taken(new.state, exits=self.exits), *unfit, *new.options.problems())
        self.refuse(f"cannot register {new} for {named(new.state)}: {reason}" for reason in found)
        self.handlers = {**self.handlers, new.state: new}  # a new dict: a run in another thread reads the old one
        self._tables = {}

    def _unfit_split(self, new: SplitRegistration[S]) -> Iterator[str]:
        for index, task in enumerate(new.tasks):
            yield from (f"branch {index}: {reason}" for reason in unfit(task))
        join: Any = new.join
        if isinstance(join, JoinConfig):
            yield from self.foreign("the state to join in", new.join.state)
        else:
            yield f"a split is joined as a JoinConfig says, got {described(join)}"

    def add_exits(self, states: Iterable[S], place: Place) -> None:
        """Let a run end in *states*."""
        states = tuple(states)
        self.refuse(
            f"cannot make {named(state)} an exit state ({place}): {reason}"
            for state in states
            for reason in self._taken(state, exits={})
        )
        for state in states:
            self.exits.setdefault(state, place)

    def _taken(self, state: S, *, exits: Mapping[S, Place]) -> Iterator[str]:
        if not isinstance(state, self.states):
            yield f"the state is no member of {type_name(self.states)}"
        elif not isinstance(state.name, str):
            yield "the state has no name"
        elif state in self.handlers:
            yield f"the state has a task, {self.handlers[state]}"
        elif state in exits:
            yield f"the state is an exit state ({exits[state]})"

    # --- reading ----------------------------------------------------------------------------------

    def graph(self, initial: S | None) -> Graph[S]:
        """Give the transition table."""
        rows = {state: self._row(handler) for state, handler in self.handlers.items()}
        return Graph(rows, dict(self.exits), initial, self._place)

    def _row(self, handler: Handler[S]) -> Row[S]:
        place = Place(handler.file, handler.line)
        if isinstance(handler, SplitRegistration):
            return Row(handler.state, handler.name, (handler.join.state,), place, _join_of(handler))
        return Row(handler.state, handler.name, declared_targets(handler.task, self.states), place)

    def table(self, *, observed: bool) -> Table:
        """Give every state ready to run.

        Raises:
            ConfigurationError: a split can never be joined, or its summary not be kept.
        """
        tables, handlers = self._tables, self.handlers
        if (table := tables.get(observed)) is None:
            self.refuse(self._impossible(handlers))
            table = tables[observed] = self._compiled(handlers, observed)
        return table

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_tables": {}}  # the ``id`` of a state means nothing in another process

    def _impossible(self, handlers: Mapping[S, Handler[S]]) -> Iterator[str]:
        for handler in handlers.values():
            if isinstance(handler, SplitRegistration):
                impossible = (reason for _, reason in join_problems(_join_of(handler)))
                for reason in chain(impossible, _unfit_summary(handler)):
                    yield f"{handler} in state {handler.state.name} {reason}; nothing ran"

    def _compiled(self, handlers: Mapping[S, Handler[S]], observed: bool) -> Table:
        stations: dict[int, Station[Any]] = {}
        stops: dict[int, Attempts] = {}
        splits: dict[int, Split[Any]] = {}
        for state, handler in handlers.items():
            site = Site(self.name, state, handler.name, Place(handler.file, handler.line))
            if isinstance(handler, SplitRegistration):
                splits[id(state)] = Split(handler, site, tuple(self._branches(handler, site)))
            elif (attempts := self._attempts(handler.task, site, handler.options)).plain and not observed:
                stations[id(state)] = Station(state, site, attempts.step)
            else:
                stops[id(state)] = attempts
        return Table(stations, stops, splits)

    def _branches(self, handler: SplitRegistration[S], site: Site) -> Iterator[ReadyBranch]:
        for index, (task, name) in enumerate(zip(handler.tasks, handler.names, strict=True)):
            branch = replace(site, task=name, branch=index)
            attempts = self._attempts(task, branch, handler.options)
            yield ReadyBranch.of(Branch(index, name), attempts)

    def _attempts(self, task: object, site: Site, options: Options) -> Attempts:
        return Attempts(
            site, step_of(task, site, self._executor if options.executor is None else options.executor), options
        )

    # --- refusing ---------------------------------------------------------------------------------

    def refuse(self, found: Iterable[str]) -> None:
        """Raise an error that lists what was found, if anything was."""
        if listed := tuple(found):
            raise ConfigurationError(subject=f"workflow {self.name!r}", problems=listed)

    def foreign(self, what: str, state: object) -> Iterator[str]:
        """Say that *state* is none of the workflow, if so."""
        if not isinstance(state, self.states):
            yield f"{what} {named(state)} is no member of {type_name(self.states)}"


def _join_of(handler: SplitRegistration[Any]) -> Join:
    return Join(handler.join.strategy, handler.names, handler.join.timeout)


def _unfit_summary(handler: SplitRegistration[Any]) -> Iterator[str]:
    """Say that the key of a split does not take its summary, if so; it is asked about one in which all went well."""
    if (key := handler.join.summary) is not None:
        strategy, branches = handler.join.strategy, tuple(map(Branch, count(), handler.names))
        required = required_successes(strategy, len(branches))
        try:
            MemoryStore().put(key, SplitSummary(str(strategy), required, branches, (), (), ()))
        except TypeMismatchError:
            yield f"keeps its SplitSummary under {key.name!r} ({key.type_text}), which does not take it"


def is_enum(states: object) -> bool:
    """Say whether *states* is an enum with members."""
    return isinstance(states, type) and issubclass(states, Enum) and len(states) > 0

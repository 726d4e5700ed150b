"""From a live workflow to the model that the solver reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..keys.family import KeyFamily
from ..keys.key import StoreKey
from ..workflow.contract import Contract, contract_of
from ..workflow.graph import required_successes
from ..workflow.task import Handler, SplitRegistration, declared_targets, entries
from ._interpreter.imports import begin_at, found_late
from ._interpreter.interpreter import Interpreter, plain_function
from ._interpreter.live import Shared
from ._interpreter.source import assigned_anywhere, module
from ._interpreter.values import Known, StoreValue
from .fixpoint import goals_of, walk
from .model import STAR, Declared, Effects, Join, KeyInfo, Model, Stage, Write
from .report import Spot

if TYPE_CHECKING:
    from ..workflow.engine import Workflow


class Builder:
    """Interprets every task of a workflow.

    Args:
        workflow: the workflow.
        initial: where it starts, instead of where it says.
        inputs: names of keys that are there besides the declared inputs.
        outputs: names of keys that it is for, besides those declared; None for what it declares.
    """

    def __init__(
        self, workflow: Workflow[Any, Any], initial: Enum | None, inputs: Iterable[str], outputs: Iterable[str] | None
    ) -> None:
        self.workflow = workflow
        self.initial = initial
        self.inputs: set[str] = {*inputs}
        self.outputs = outputs
        self.keys: dict[str, KeyInfo] = {}
        self.shared: Shared = Shared()
        self.around: dict[Enum, frozenset[tuple[str, str]]] = {}
        """By state, what things that were left running may do to keys while its task runs."""
        self.observing: tuple[Write, ...] = ()
        """What observers do to keys."""
        self.assumptions: dict[str, Spot | None] = {}

    def model(self) -> Model:
        """Give the model."""
        workflow, graph = self.workflow, self.workflow.graph()
        stages: dict[Enum, Stage] = {}
        begin_at(graph.place[0])
        for handler in workflow.handlers.values():
            self._read_files(handler)
        known: tuple[int, ...] = ()
        while known != (known := self._found_elsewhere()):  # what one task has put somewhere, another may find there
            self.shared.forget()
            self._ask_observers(Spot(*graph.place))
            stages = {state: self._stage(handler) for state, handler in workflow.handlers.items()}
            self._note_left(stages, graph.exits)
        inputs = {*self._ids(workflow.inputs), *self.inputs, *self._stored()}
        return Model(
            workflow.name,
            self.initial,
            stages,
            {state: Spot(*place) for state, place in graph.exits.items()},
            tuple(workflow.states.__members__.values()),
            frozenset(inputs),
            self._outputs(),
            self.keys,
            Spot(*graph.place),
            self.observing,
            tuple(self.assumptions.items()),
        )

    def _read_files(self, handler: Handler[Any]) -> None:
        """Read the files of the tasks: what they do to objects is known before the first is interpreted."""
        for task in handler.tasks if isinstance(handler, SplitRegistration) else (handler.task,):
            for entry in entries(task):
                if (function := plain_function(entry.call)) is not None:
                    module(function.__code__.co_filename)

    def _found_elsewhere(self) -> tuple[int, ...]:
        """Say how much is known of what tasks do to objects that others see."""
        shared = self.shared
        shared.assigned |= assigned_anywhere()
        many = shared.tainted_names, shared.assigned, shared.changed, shared.reach.holders, shared.patched
        return (*map(len, many), found_late(), *map(len, self.around.values()))

    def _note_left(self, stages: Mapping[Enum, Stage], exits: Collection[Enum]) -> None:
        """Note what tasks leave running: it may act in every state that comes later."""
        goals = {state: goals_of(stage) for state, stage in stages.items()}
        for state, stage in stages.items():
            left = frozenset[tuple[str, str]]().union(*(effects.left for effects in stage.effects))
            if left:
                known, unknown = goals[state]
                first = {*known, *(stages if unknown else ()), *((state,) if stage.retried else ())}
                self._act_in(walk(first, goals, exits), left)

    def _act_in(self, states: Iterable[Enum], ops: frozenset[tuple[str, str]]) -> None:
        """Let something do what it does to keys while the tasks of some states run."""
        for state in states:
            self.around[state] = self.around.get(state, frozenset()) | ops

    @property
    def modules(self) -> set[str]:
        """The names of the modules in which the tasks are, and what they call."""
        return {str(function.__module__) for function in self.shared.functions}

    def _ask_observers(self, place: Spot) -> None:
        """Ask what is no task, and is called all the same, what it does to keys; else take it for granted."""
        self.assumptions, self.observing = {}, ()
        for function, sentence, spot in self._observers(place):
            if not self.shared.reach.reaches(function):
                continue
            interpreter = self._interpreter()
            touched = interpreter.touched_by(function)
            if touched is None:
                self.assumptions[sentence] = spot
                continue
            self.assumptions.update(interpreter.assumptions)
            self.keys = {**interpreter.infos, **self.keys}
            self.observing += tuple(interpreter.writes.values())
            self._act_in(self.workflow.handlers, touched)

    def _observers(self, place: Spot) -> Iterator[tuple[object, str, Spot]]:
        for observer in self.workflow._observers:  # pyright: ignore[reportPrivateUsage]  # it has no other name
            yield observer, "observers leave the store alone", place
        for handler in self.workflow.handlers.values():
            retry, spot = handler.options.retry, Spot(handler.file, handler.line)
            for decides in (retry.on, retry.random):
                yield decides, "what decides on a retry leaves the store alone", spot

    def _stored(self) -> list[str]:
        """Give the names of what lies in the store now."""
        try:
            names: list[str] = self.workflow.store.keys()
        except Exception:  # noqa: BLE001  # a closed store, a server that is not there
            return []
        return names

    def _outputs(self) -> frozenset[str] | None:
        declared = self._ids(self.workflow.outputs)
        if self.outputs is not None:
            return declared | frozenset(self.outputs)
        return declared or None

    def _ids(self, keys: Iterable[object]) -> frozenset[str]:
        helper = self._interpreter()
        found: set[str] = set()
        for key in keys:
            if isinstance(key, StoreKey):
                found.add(helper.key_id(StoreValue(), Known(key)))
            elif isinstance(key, KeyFamily):
                found.add(f"{key.name}{STAR}")
        self.keys = {**helper.infos, **self.keys}
        return frozenset(found)

    def _interpreter(self) -> Interpreter:
        return Interpreter(self.workflow.states, self.workflow.store, self.shared)

    def _stage(self, handler: Handler[Any]) -> Stage:
        where = Spot(handler.file, handler.line)
        retried = handler.options.retry.attempts > 1
        if isinstance(handler, SplitRegistration):
            pairs = zip(handler.tasks, handler.names, strict=True)
            effects = tuple(self._effects(handler, task, name) for task, name in pairs)
            return Stage(handler.state, effects, where, self._join(handler), retried)
        effects = (self._effects(handler, handler.task, handler.name),)
        return Stage(handler.state, effects, where, None, retried)

    def _join(self, handler: SplitRegistration[Any]) -> Join:
        join = handler.join
        summary = "" if join.summary is None else next(iter(self._ids([join.summary])))
        required = required_successes(join.strategy, len(handler.tasks))
        cancels = join.strategy.kind != "all"
        timed = join.timeout is not None or join.strategy.kind != "partial_timeout"
        return Join(str(join.strategy), join.state, required, cancels, summary, timed)

    def _effects(self, handler: Handler[Any], task: object, name: str) -> Effects:
        contract = contract_of(task)
        declared = None if contract is None else self._declared(contract)
        targets = declared_targets(task, self.workflow.states)
        if targets is not None and (contract is None or contract.to is None):
            declared = replace(declared or Declared(), to=targets, annotated=True)
        interpreter = self._interpreter()
        interpreter.known, interpreter.around = self.keys, self.around.get(handler.state, frozenset())
        where, branch = Spot(handler.file, handler.line), isinstance(handler, SplitRegistration)
        interpreter.is_spared = handler.options.retry.attempts > 1 or _spares(handler)
        effects = interpreter.effects(task, name, declared, targets, where, branch=branch)
        self.keys |= effects.keys
        return effects

    def _declared(self, contract: Contract) -> Declared:
        def ids(keys: Iterable[object] | None) -> frozenset[str] | None:
            return None if keys is None else self._ids(keys)

        return Declared(
            ids(contract.reads),
            ids(contract.writes),
            ids(contract.may_write),
            ids(contract.removes),
            contract.to,
            Spot(contract.file, contract.line),
        )


def _spares(handler: Handler[Any]) -> bool:
    """Say whether a run goes on where a task of a stage fails: its join can do without it."""
    if not isinstance(handler, SplitRegistration):
        return False
    return required_successes(handler.join.strategy, len(handler.tasks)) < len(handler.tasks)

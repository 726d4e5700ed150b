"""`Workflow`: states, the task that runs in each, and the way to run them.

It is what users see. What was registered lies in `definition`, the loop of a run is in `loop`, the pure table and its
problems are in `graph`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

from .._text import counted, described, preview, type_name
from ..errors import WorkflowTimeoutError
from ..keys.key import StoreKey
from ..store import KeyValueStore
from ..stores import MemoryStore
from .definition import Definition, is_enum
from .events import RunFinished, RunStarted, Span
from .graph import Graph, problems
from .loop import Walk
from .observers import listening, no_observers
from .options import is_text, items, listed, seconds, whole
from .retry import Retry
from .run import Run
from .site import caller
from .stray import stray, stray_start
from .task import BranchTask, Handler, Options, S, St, StageDecorator, Task, is_a, wrong_executor

if TYPE_CHECKING:
    from .events import Event, Observer
    from .join import JoinConfig

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
        executor: where plain functions run; the threads of the event loop if not given.
        timeout: the seconds that a run may take; None for no limit.
        max_transitions: how often a run may go from state to state, so that one which goes in circles ends; None for
            any number.
        observers: functions that are told what happens in each run, by an `Event`.

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
        executor: Executor | None = None,
        timeout: float | None = None,
        max_transitions: int | None = None,
        observers: Iterable[Observer] = (),
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
        executor: Executor | None = None,
        timeout: float | None = None,
        max_transitions: int | None = None,
        observers: Iterable[Observer] = (),
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
        executor: Executor | None = None,
        timeout: float | None = None,
        max_transitions: int | None = None,
        observers: Iterable[Observer] = (),
    ) -> None:
        self._definition: Definition[S] = Definition(name or type_name(states), states, _caller(), executor)
        self._store = cast("St", MemoryStore() if store is None else store)
        self._initial: S | None = initial
        self._inputs = items(inputs)
        self._outputs = items(outputs)
        self._timeout = timeout
        self._max_transitions = max_transitions
        self._observers = items(observers)
        self._span: Span | None = None
        lists = {"inputs": inputs, "outputs": outputs, "observers": observers}
        not_listed = chain.from_iterable(listed(option, values) for option, values in lists.items())
        no_name = [] if name is None or is_text(name) else [f"the name is a text, got {described(name)}"]
        self._definition.refuse((*no_name, *self._wrong_arguments(), *not_listed, *wrong_executor(executor)))

    def __repr__(self) -> str:
        return f"<Workflow {self.name!r}: {counted(len(self.handlers), 'task')}>"

    @property
    def name(self) -> str:
        """What messages call the workflow."""
        return self._definition.name

    @property
    def states(self) -> type[S]:
        """The enum whose members are the states."""
        return self._definition.states

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
        return tuple(self._definition.exits)

    @property
    def handlers(self) -> Mapping[S, Handler[S]]:
        """The states with a task or a split, in the order of registration, as they are now."""
        return MappingProxyType(self._definition.handlers)

    # --- filling ----------------------------------------------------------------------------------

    def register(
        self,
        state: S,
        task: Task[S, St],
        /,
        *,
        retry: Retry | None = None,
        attempt_timeout: float | None = None,
        executor: Executor | None = None,
    ) -> Self:
        """Let *task* run in *state*, and return the workflow.

        Args:
            task: a coroutine function or a plain function of the store, an object with
                ``run(store)``, or a `Node`; it returns the next state. A plain function runs in a
                thread.
            retry: when the task is tried again after it failed; once if not given.
            attempt_timeout: the seconds that each attempt may take; None for no limit. A plain function cannot be
                stopped: it is waited for, and then what it gave is dropped.
            executor: where plain functions run, instead of where those of the workflow do. Of a `Node` it runs
                ``exec`` alone.

        Raises:
            ConfigurationError: *state* has a task, is an exit state or is of another enum, *task* cannot be called
                with the store alone, or an option does not make sense; the workflow is as it was.
        """
        self._definition.add(state, _caller(), task, _options(retry, attempt_timeout, executor))
        return self

    def stage(
        self,
        state: S,
        /,
        *,
        retry: Retry | None = None,
        attempt_timeout: float | None = None,
        executor: Executor | None = None,
    ) -> StageDecorator[S, St]:
        """Give a decorator that registers a function for *state*, as `register` does, and returns it unchanged.

        Raises:
            ConfigurationError: from the decorator, as from `register`.
        """
        self._definition.refuse(self._definition.foreign("the state in stage()", state))
        options = _options(retry, attempt_timeout, executor)
        return StageDecorator(partial(self._definition.add, state, _caller(), options=options))

    @overload
    def register_split(
        self,
        state: S,
        tasks: Mapping[str, BranchTask[S, St]],
        join: JoinConfig[S],
        /,
        *,
        retry: Retry | None = None,
        attempt_timeout: float | None = None,
        executor: Executor | None = None,
    ) -> Self: ...
    @overload
    def register_split(
        self,
        state: S,
        tasks: Iterable[BranchTask[S, St]],
        join: JoinConfig[S],
        /,
        *,
        retry: Retry | None = None,
        attempt_timeout: float | None = None,
        executor: Executor | None = None,
    ) -> Self: ...
    def register_split(
        self,
        state: S,
        tasks: Iterable[BranchTask[S, St]] | Mapping[str, BranchTask[S, St]],
        join: JoinConfig[S],
        /,
        *,
        retry: Retry | None = None,
        attempt_timeout: float | None = None,
        executor: Executor | None = None,
    ) -> Self:
        """Let *tasks* run side by side in *state*, as branches of a split, and return the workflow.

        What a branch has put stays put, be the branch cancelled or failed later, and the join fail. When the split is
        over, however it ends, none of its branches runs any more.

        Args:
            tasks: what runs in each branch, as in `register`, or that by the name of the branch; where it goes on is
                said by *join*, and what a branch returns is not used.
            join: when and where the run goes on.
            retry: when a branch is tried again after it failed; once if not given.
            attempt_timeout: the seconds that each attempt of a branch may take; None for no limit.
            executor: where plain functions run, as in `register`.

        Raises:
            ConfigurationError: as from `register`; or the state to join in is of another enum.
        """
        self._definition.add_split(state, _caller(), tasks, join, _options(retry, attempt_timeout, executor))
        return self

    def add_exit_states(self, *states: S) -> Self:
        """Let a run end when it comes to one of *states*, and return the workflow.

        Raises:
            ConfigurationError: one of them has a task or is of another enum; the workflow is as it
                was.
        """
        self._definition.add_exits(states, _caller())
        return self

    def with_span(self, name: str, attributes: Mapping[str, str | bool | int | float] | None = None, /) -> Self:
        """Say how runs are called in traces, and what is to be known of them, and return the workflow.

        It is for observers that make traces, such as `keyrack.tracing.Tracing`; without one it does nothing.

        Args:
            name: the name of the span of each run, instead of one made of the name of the workflow. The same for all
                runs: what is different in each belongs into *attributes*, or into a span that a task makes.
            attributes: what each span says.

        Raises:
            ConfigurationError: there is no name, or an attribute is no text, number or bool under a name.
        """
        self._definition.refuse(_no_span(name, attributes))
        self._span = Span(name, MappingProxyType({**(attributes or {})}))
        return self

    def graph(self) -> Graph[S]:
        """Give the transition table as it is now, with the targets that return annotations name."""
        return self._definition.graph(self._initial)

    def validate(self) -> None:
        """Find what is wrong with the workflow before it runs.

        A task whose return annotation is ``Literal[Stage.A, Stage.B]`` says where it goes. What
        follows from that is checked too: states without a task, states that cannot be reached, ways
        that never end. Where a task does not say it, nothing is assumed.

        Raises:
            ConfigurationError: with every problem, each with its place in the code.
        """
        self._definition.refuse(map(str, problems(self.graph())))

    def validate_initial_state(self, state: S, /) -> None:
        """Do what `validate` does, for runs that start in *state*.

        Raises:
            ConfigurationError: with every problem, each with its place in the code.
        """
        self._definition.refuse(self._definition.foreign("the initial state", state))
        self._definition.refuse(map(str, problems(replace(self.graph(), initial=state))))

    # --- running ----------------------------------------------------------------------------------

    async def orchestrate(
        self, start: S | None = None, /, *, store: St | None = None, observers: Iterable[Observer] = ()
    ) -> S:
        """Run from state to state until an exit state, and return it.

        When this is cancelled, the tasks that run are cancelled with it; a plain function in its
        thread is waited for. Whatever the outcome, no task is still running when this is over, and
        the store keeps what the tasks have written.

        Args:
            start: where to start, instead of the workflow's initial state.
            store: where tasks read and write in this run, instead of the workflow's store.
            observers: who is told what happens in this run, besides the workflow's observers; each is told once.

        Raises:
            ConfigurationError: there is no state to start in, inputs have no value, or a split can never be joined;
                nothing ran.
            StateNotRegisteredError: *start*, or what a task returned, is neither a state with a
                task nor an exit state.
            RetryExhaustedError: each of several attempts at a task failed.
            JoinError: too few branches of a split succeeded.
            WorkflowTimeoutError: the run, or an attempt at a task, took too long.
            TransitionLimitError: the run made as many transitions as it may.
            ExecutorError: an executor could not run a task.
            Exception: what a task raised, with a note that says which one in which state.
        """
        used = self._store if store is None else store
        state = self._initial if start is None else start
        if state is None or store is not None or self._inputs:
            self._definition.refuse(self._unready(state, used))
        told = (*self._observers, *self._checked(observers)) if observers else self._observers
        if told:
            told = listening(told)
        table = partial(self._definition.table, observed=bool(told))
        table()  # refuses what can never work, before anything runs
        run = Run(used, told, self._timeout)
        walk = Walk(run, table, self._max_transitions)
        if run.emit is not None:
            return await self._observed(run, run.emit, walk, cast("S", state))
        return await self._ended(run, walk, state)

    async def _observed(self, run: Run, tell: Callable[[Event], None], walk: Walk, start: S) -> S:
        tell(RunStarted(run.number, run.time(), self.name, start, run.label, self._span))
        try:
            end = await self._ended(run, walk, start)
        except BaseException as error:
            at = None if run.at is None else run.site.state
            tell(RunFinished(run.number, run.time(), self.name, at, error))
            raise
        tell(RunFinished(run.number, run.time(), self.name, end, None))
        return end

    async def _ended(self, run: Run, walk: Walk, start: object) -> S:
        """Go to the end, and see what it is."""
        definition = self._definition
        try:
            end = await walk.on_from(start)
        except (Exception, asyncio.CancelledError) as error:
            if run.timed_out:
                raise self._timed_out(start, run) from error
            raise
        finally:
            run.end()
        if is_a(end, definition.states) and end in definition.exits:
            return end
        known = (*definition.handlers, *definition.exits)
        if run.at is None:
            raise stray_start(end, self.name, definition.states, known)
        raise stray(end, run.site, definition.states, known)

    def _timed_out(self, start: object, run: Run) -> WorkflowTimeoutError:
        state: Any = start if run.at is None else run.site.state
        return WorkflowTimeoutError(workflow=self.name, state=state.name, limit=self._timeout or 0.0)

    def run(
        self,
        start: S | None = None,
        /,
        *,
        store: St | None = None,
        observers: Iterable[Observer] = (),
        progress: bool = False,
    ) -> S:
        """Do what `orchestrate` does, where no event loop runs.

        Args:
            progress: whether to draw on stderr which states pass; with rich if it is installed, and there is a
                terminal.

        Raises:
            ConfigurationError: an event loop runs in this thread; or as from `orchestrate`.
            KeyboardInterrupt: Ctrl-C; the run was cancelled first.
        """
        with suppress(RuntimeError):  # what asyncio raises where no loop runs, as it should be
            asyncio.get_running_loop()
            self._definition.refuse(["run() cannot wait inside an event loop; use: await ….orchestrate()"])
        own = self._checked(observers)
        if not progress:
            return asyncio.run(self.orchestrate(start, store=store, observers=own))
        from .progress import shown

        with shown() as show:
            return asyncio.run(self.orchestrate(start, store=store, observers=(*own, show)))

    # --- refusing ---------------------------------------------------------------------------------

    def _wrong_arguments(self) -> Iterator[str]:
        states = self._definition.states
        if not is_enum(states):
            yield f"the states are the members of an enum, got {described(states)}"
        elif any(type(state).__hash__ is None for state in states):
            name = type_name(states)
            yield f"the members of {name} cannot be hashed; if {name} is a dataclass, let it be frozen=True"
        elif self._initial is not None:
            yield from self._definition.foreign("the initial state", self._initial)
        if (wrong := _wrong_store(self._store)) is not None:
            yield wrong
        yield from _no_keys("inputs", self._inputs)
        yield from _no_keys("outputs", self._outputs)
        if self._timeout is not None:
            yield from seconds("timeout", self._timeout)
        if self._max_transitions is not None:
            yield from whole("max_transitions", self._max_transitions)
        yield from no_observers(self._observers)

    def _checked(self, observers: Iterable[Observer]) -> tuple[Observer, ...]:
        """Give the observers of one run, and refuse what is none."""
        own = items(observers)
        self._definition.refuse((*listed("observers", observers), *no_observers(own)))
        return own

    def _unready(self, start: S | None, store: St) -> Iterator[str]:
        if start is None:
            yield "no state to start in: name one in the call, or as Workflow(…, initial=…)"
        if (wrong := _wrong_store(store)) is not None:
            yield wrong
            return
        for key in self._inputs:
            if not key.has_default and not store.contains_key(key):
                yield f"input {key.name!r} has no value in {store.label}, and no default"


def _options(retry: Retry | None, attempt_timeout: float | None, executor: Executor | None) -> Options:
    return Options(Retry.none() if retry is None else retry, attempt_timeout, executor)


def _no_keys(option: str, keys: Iterable[object]) -> Iterator[str]:
    for key in keys:
        if not isinstance(key, StoreKey):
            yield f"{option} are keys, got {described(key)}"


def _no_span(name: object, attributes: object) -> Iterator[str]:
    if not is_text(name):
        yield f"a span has a name, got {described(name)}"
    if attributes is not None and not isinstance(attributes, Mapping):
        yield f"the attributes of a span are a mapping, got {described(attributes)}"
    elif attributes:
        for key, value in cast("Mapping[object, object]", attributes).items():
            if not isinstance(key, str) or not key or not isinstance(value, str | bool | int | float):
                yield f"an attribute of a span is text, a number or a bool, got {preview(key)}: {described(value)}"


def _wrong_store(store: object) -> str | None:
    if isinstance(store, KeyValueStore):
        return None
    return f"the store is a KeyValueStore, got {described(store)}"


_caller = partial(caller, __name__)
"""Gives the place of the statement that led here."""

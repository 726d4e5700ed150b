"""What a task is, and how each kind of task becomes one coroutine function ``step(store)``.

A task is a function of the store, an object with ``run(store)``, or a `Node`. Whatever it is, it
has *entries*: the functions that are called, in order; the last one gives the next state. An entry
that is a coroutine function is awaited as it is; a plain one is called in an executor, a thread if
none is given, and where it returns an awaitable, that is awaited on the loop. Who calls the steps,
and when, this file must not know.
"""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from types import SimpleNamespace, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    NamedTuple,
    Never,
    NoReturn,
    Protocol,
    TypeAlias,
    TypeGuard,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from typing_extensions import Format, TypeVar, get_annotations

from .._text import described, type_name
from ..errors import ConfigurationError
from ..store import KeyValueStore
from ..stores import MemoryStore
from .executors import awaitable
from .options import seconds
from .retry import Retry

if TYPE_CHECKING:
    from .join import JoinConfig
    from .site import Site

S = TypeVar("S", bound=Enum)
St = TypeVar("St", bound=KeyValueStore, default=MemoryStore)
S_co = TypeVar("S_co", bound=Enum, covariant=True)
St_contra = TypeVar("St_contra", bound=KeyValueStore, default=MemoryStore, contravariant=True)
Prepared = TypeVar("Prepared")
Result = TypeVar("Result")
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class TaskResult(Generic[S_co]):
    """Where a task goes, as an object; what a task may return instead of the state itself.

    >>> from enum import Enum
    >>> from keyrack import TaskResult
    >>> Stage = Enum("Stage", "LOAD PARSE DONE")
    >>> TaskResult.single(Stage.PARSE)
    TaskResult.single(<Stage.PARSE: 2>)
    """

    kind: Literal["single", "split"]
    states: tuple[S_co, ...]

    def __post_init__(self) -> None:
        if self.kind == "single" and len(self.states) != 1:
            raise ConfigurationError(
                subject="TaskResult", problems=[f"a single result is one state, got {len(self.states)}"]
            )

    @classmethod
    def single(cls, state: S, /) -> TaskResult[S]:
        """Go on in one state."""
        return TaskResult("single", (state,))

    @classmethod
    def split(cls, *states: S) -> TaskResult[S]:
        """Say that the work goes on in several states at once.

        A branch of a split may return it, because what branches return is not used. From the task of a state it is
        an error: which branches run is said by `Workflow.register_split`.
        """
        return TaskResult("split", states)

    def __repr__(self) -> str:
        return f"TaskResult.{self.kind}({', '.join(map(repr, self.states))})"


def is_a(value: object, kind: type[Kind]) -> TypeGuard[Kind]:
    """Say what `isinstance` does, by the true class alone: some objects raise when they are asked for theirs."""
    return issubclass(type(value), kind)


def single(returned: object) -> Enum | None:
    """Give the state in a `TaskResult` of one state; None where it is nothing of the kind."""
    if is_a(returned, TaskResult):
        result = cast("TaskResult[Enum]", returned)
        if result.kind == "single":
            return result.states[0]
    return None


Next: TypeAlias = S | TaskResult[S]
"""What a task returns."""


class Node(ABC, Generic[S_co, Prepared, Result, St_contra]):
    """A task in three parts: read from the store, work without it, write to it.

    Subclass it as ``Node[Stage, Prepared, Result]``, with the type of the store as a fourth
    argument where it is not `MemoryStore`. Each part may be a coroutine function or a plain one.

    >>> from enum import Enum
    >>> from keyrack import MemoryStore, Node, StoreKey, Workflow
    >>> Stage = Enum("Stage", "COUNT DONE")
    >>> WORDS, TOTAL = StoreKey("words", list[str]), StoreKey("total", int)
    >>> class Count(Node[Stage, list[str], int]):
    ...     def prep(self, store: MemoryStore) -> list[str]:
    ...         return store.get(WORDS)
    ...
    ...     def exec(self, data: list[str]) -> int:
    ...         return len(data)
    ...
    ...     def post(self, store: MemoryStore, result: int) -> Stage:
    ...         store.put(TOTAL, result)
    ...         return Stage.DONE
    >>> workflow = Workflow(Stage).register(Stage.COUNT, Count()).add_exit_states(Stage.DONE)
    >>> workflow.store.put(WORDS, ["to", "be"])
    >>> workflow.run(Stage.COUNT)
    <Stage.DONE: 2>
    >>> workflow.store.get(TOTAL)
    2
    """

    @abstractmethod
    def prep(self, store: St_contra, /) -> Prepared | Awaitable[Prepared]:
        """Read from *store* what the work needs."""

    @abstractmethod
    def exec(self, data: Prepared, /) -> Result | Awaitable[Result]:
        """Do the work on *data*, what `prep` returned."""

    @abstractmethod
    def post(self, store: St_contra, result: Result, /) -> Next[S_co] | Awaitable[Next[S_co]]:
        """Write *result*, what `exec` returned, to *store*, and return the next state."""


class Runnable(Protocol[S_co, St_contra]):
    """An object whose ``run`` is a task."""

    def run(self, store: St_contra, /) -> Next[S_co] | Awaitable[Next[S_co]]:
        """Do the work and return the next state."""
        ...


Task: TypeAlias = Node[S, Any, Any, St] | Runnable[S, St] | Callable[[St], Next[S] | Awaitable[Next[S]]]
"""What `Workflow.register` takes: ``Task[Stage, MemoryStore]``."""


class RunnableBranch(Protocol[St_contra]):
    """An object whose ``run`` is a branch, and returns nothing."""

    def run(self, store: St_contra, /) -> Awaitable[None] | None:
        """Do the work."""
        ...


BranchTask: TypeAlias = Task[S, St] | RunnableBranch[St] | Callable[[St], None] | Callable[[St], Awaitable[None]]
"""What `Workflow.register_split` takes: a task, or one that returns nothing."""

Step: TypeAlias = Callable[[Any], Awaitable[Any]]
"""A task made ready: called with the store and awaited, it gives what the task returned."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a task is run, beside what it does."""

    retry: Retry = field(default_factory=Retry.none)
    """When it is tried again."""
    attempt_timeout: float | None = None
    """The seconds that each attempt may take; None for no limit."""
    executor: Executor | None = None
    """Where its plain functions run; None for where those of the workflow do."""

    def problems(self) -> Iterator[str]:
        """Say what is wrong with them."""
        if not isinstance(self.retry, Retry):
            yield f"retry is a Retry, got {described(self.retry)}"
        if self.attempt_timeout is not None:
            yield from seconds("attempt_timeout", self.attempt_timeout)
        yield from wrong_executor(self.executor)


def wrong_executor(executor: object) -> Iterator[str]:
    """Say why *executor* is none, if so."""
    if executor is not None and not isinstance(executor, Executor):
        yield f"executor is a concurrent.futures.Executor, got {described(executor)}"


@dataclass(frozen=True, slots=True)
class Registration(Generic[S]):
    """A task, the state in which it runs, and where in the code that was said."""

    state: S
    task: object
    """The task as it was registered."""
    name: str
    """The name of the task."""
    file: str
    line: int
    options: Options = Options()

    def __str__(self) -> str:
        return f"{self.name!r} ({self.file}:{self.line})"


@dataclass(frozen=True, slots=True)
class SplitRegistration(Generic[S]):
    """The branches of a split, the state in which they run, and where in the code that was said."""

    state: S
    tasks: tuple[object, ...]
    """The task of each branch as it was registered."""
    names: tuple[str, ...]
    """The name of each of them."""
    join: JoinConfig[S]
    """How they come together."""
    file: str
    line: int
    options: Options = Options()

    @property
    def name(self) -> str:
        """What messages call the split."""
        return f"split of {len(self.tasks)}"

    def __str__(self) -> str:
        return f"{self.name!r} ({self.file}:{self.line})"


Handler: TypeAlias = Registration[S] | SplitRegistration[S]
"""What runs in a state."""


class StageDecorator(Generic[S, St]):
    """What `Workflow.stage` gives: registers the function that it decorates."""

    __slots__ = ("_add",)

    def __init__(self, add: Callable[[object], None]) -> None:
        self._add = add

    @overload
    def __call__(self, task: Callable[[St], Coroutine[Any, Any, S]], /) -> Callable[[St], Coroutine[Any, Any, S]]: ...
    @overload
    def __call__(
        self, task: Callable[[St], Coroutine[Any, Any, Next[S]]], /
    ) -> Callable[[St], Coroutine[Any, Any, Next[S]]]: ...
    @overload
    def __call__(self, task: Callable[[St], S], /) -> Callable[[St], S]: ...
    @overload
    def __call__(self, task: Callable[[St], Next[S]], /) -> Callable[[St], Next[S]]: ...
    def __call__(self, task: Any, /) -> Any:
        """Register *task* and return it.

        Raises:
            ConfigurationError: as from `Workflow.register`.
        """
        self._add(task)
        return task


class Entry(NamedTuple):
    """A function of a task that is called when the task runs."""

    call: Callable[..., Any]
    takes: tuple[str, ...]
    """What it is called with, in words."""
    moves: bool = True
    """Whether it runs where the executor is; what belongs to the store stays."""


def entries(task: object) -> tuple[Entry, ...]:
    """Give the functions that run when *task* runs, in order; nothing when it is no task."""
    if isinstance(task, type):
        return ()
    if _is_node(task):
        parts = Entry(task.prep, ("store",), moves=False), Entry(task.exec, ("data",))
        return *parts, Entry(task.post, ("store", "result"), moves=False)
    call = task if callable(task) else getattr(task, "run", None)
    return (Entry(call, ("store",)),) if callable(call) else ()


def _is_node(task: object) -> TypeGuard[Node[Any, Any, Any, Any]]:
    return isinstance(task, Node)


def step_of(task: object, site: Site, executor: Executor | None = None) -> Step:
    """Make *task*, which has entries, ready to run.

    Args:
        executor: where plain functions run, None for threads. Of a `Node` it runs ``exec`` alone: what reads and
            writes the store stays in the process of the store.
    """
    calls = [awaitable(entry.call, site, executor if entry.moves else None) for entry in entries(task)]
    if len(calls) == 1:
        return calls[0]
    prep, exec_, post = calls

    async def step(store: Any) -> Any:
        return await post(store, await exec_(await prep(store)))

    return step


def name_of(task: object) -> str:
    """Give the name by which people know *task*: its function's, or else its class's."""
    task = _without_partial(task)
    named = task if isinstance(getattr(task, "__qualname__", None), str) else type(task)
    return type_name(named)


def unfit(task: object) -> Iterator[str]:
    """Say why *task* cannot be a task, if so."""
    if isinstance(task, type):
        yield f"it is a class; register an instance: {type_name(task)}()"
    elif inspect.isawaitable(task):
        if inspect.iscoroutine(task):
            task.close()  # this error reports it; a warning that it was never awaited would repeat it
        yield "it was called already; register the function itself, without parentheses"
    elif _is_workflow(task):
        yield "it is a workflow; register a function that awaits its orchestrate(store=store) and says what follows"
    elif not entries(task):
        yield f"it is no function, has no run(store) and is no Node: {described(task)}"
    else:
        for entry in entries(task):
            yield from _misfit(entry)


def _is_workflow(task: object) -> bool:
    """Say whether *task* is a workflow, or its method: what `run` takes is a state, and not the store."""
    from .engine import Workflow  # which stands on this file

    task = _without_partial(task)
    kind: type[Workflow[Any, Any]] = Workflow
    return is_a(getattr(task, "__self__", task), kind)


def _misfit(entry: Entry) -> Iterator[str]:
    function = _without_partial(entry.call)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        yield "it is a generator function; a task returns the next state and yields nothing"
        return
    try:
        signature = inspect.signature(entry.call, follow_wrapped=False)
    except Exception:  # noqa: BLE001  # not every callable can say what it takes; the call will tell
        return
    try:
        signature.bind(*entry.takes)
    except TypeError:
        yield f"{name_of(entry.call)} takes {_named(signature)} and is called with ({', '.join(entry.takes)})"


def _named(signature: inspect.Signature) -> str:
    """Write a signature without types and defaults; stars say what has to be named, and what takes any number."""
    empty = inspect.Parameter.empty
    bare = [one.replace(annotation=empty, default=empty) for one in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=empty))


def _without_partial(call: object) -> object:
    while isinstance(call, functools.partial):
        call = call.func
    return call


# --- where it says that it goes -------------------------------------------------------------------


def declared_targets(task: object, states: type[S]) -> tuple[S, ...] | None:
    """Give the states that *task* names as what it returns: ``-> Literal[Stage.A, Stage.B]``, or else ``@task(to=)``.

    Returns:
        Each state once, in order, and none for a task that always raises; None where neither the
        annotation nor the contract names states of this enum.
    """
    try:
        form = _return_form(entries(task)[-1].call)
        return tuple(dict.fromkeys(_members(form, states)))
    except Exception:  # noqa: BLE001  # an annotation is a stranger's code: what fails says nothing
        from .contract import contract_of  # which stands on this file

        contract = contract_of(task)
        targets = None if contract is None else contract.to
        if targets is None or not all(isinstance(state, states) for state in targets):
            return None
        return cast("tuple[S, ...]", targets)


def _return_form(call: object) -> Any:
    """Resolve the return annotation alone: the others may name what only type checkers import."""
    call = _without_partial(call)
    function: Any = inspect.unwrap(call if inspect.isroutine(call) else type(call).__call__)
    hint = get_annotations(function, format=Format.FORWARDREF)["return"]
    holder = SimpleNamespace(__annotations__={"return": hint})
    return get_type_hints(holder, function.__globals__, _closure(function))["return"]


def _closure(function: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # an empty cell
            values[name] = cell.cell_contents
    return values


def _members(form: Any, states: type[S]) -> Iterator[S]:
    origin, args = get_origin(form), get_args(form)
    if origin is Literal:
        for arg in args:
            if not isinstance(arg, states):
                raise TypeError(arg)
            yield arg
    elif origin in {Union, UnionType}:
        for arg in args:
            yield from _members(arg, states)
    elif origin is TaskResult or (isinstance(origin, type) and issubclass(origin, Awaitable)):
        yield from _members(args[-1], states)
    elif hasattr(form, "__value__"):  # a type statement
        yield from _members(form.__value__, states)
    elif form is not Never and form is not NoReturn:
        raise TypeError(form)

"""What a task is, and how each kind of task becomes one coroutine function ``step(store)``.

A task is a function of the store, an object with ``run(store)``, or a `Node`. Whatever it is, it
has *entries*: the functions that are called, in order; the last one gives the next state. An entry
that is a coroutine function is awaited as it is; a plain one is called in a thread, and where it
returns an awaitable, that is awaited on the loop. Who calls the steps, and when, this file must not
know.
"""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace, UnionType
from typing import (
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
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from typing_extensions import Format, TypeVar, get_annotations

from .._text import described, type_name
from ..store import KeyValueStore
from ..stores import MemoryStore
from .threads import awaitable

S = TypeVar("S", bound=Enum)
St = TypeVar("St", bound=KeyValueStore, default=MemoryStore)
S_co = TypeVar("S_co", bound=Enum, covariant=True)
St_contra = TypeVar("St_contra", bound=KeyValueStore, default=MemoryStore, contravariant=True)
Prepared = TypeVar("Prepared")
Result = TypeVar("Result")


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
    def post(self, store: St_contra, result: Result, /) -> S_co | Awaitable[S_co]:
        """Write *result*, what `exec` returned, to *store*, and return the next state."""


class Runnable(Protocol[S_co, St_contra]):
    """An object whose ``run`` is a task."""

    def run(self, store: St_contra, /) -> S_co | Awaitable[S_co]:
        """Do the work and return the next state."""
        ...


Task: TypeAlias = Node[S, Any, Any, St] | Runnable[S, St] | Callable[[St], S | Awaitable[S]]
"""What `Workflow.register` takes: ``Task[Stage, MemoryStore]``."""

Step: TypeAlias = Callable[[Any], Awaitable[Any]]
"""A task made ready: called with the store and awaited, it gives what the task returned."""


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

    def __str__(self) -> str:
        return f"{self.name!r} ({self.file}:{self.line})"


class StageDecorator(Generic[S, St]):
    """What `Workflow.stage` gives: registers the function that it decorates."""

    __slots__ = ("_add",)

    def __init__(self, add: Callable[[object], None]) -> None:
        self._add = add

    @overload
    def __call__(self, task: Callable[[St], Coroutine[Any, Any, S]], /) -> Callable[[St], Coroutine[Any, Any, S]]: ...
    @overload
    def __call__(self, task: Callable[[St], S], /) -> Callable[[St], S]: ...
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


def entries(task: object) -> tuple[Entry, ...]:
    """Give the functions that run when *task* runs, in order; nothing when it is no task."""
    if isinstance(task, type):
        return ()
    if _is_node(task):
        parts = Entry(task.prep, ("store",)), Entry(task.exec, ("data",))
        return *parts, Entry(task.post, ("store", "result"))
    call = task if callable(task) else getattr(task, "run", None)
    return (Entry(call, ("store",)),) if callable(call) else ()


def _is_node(task: object) -> TypeGuard[Node[Any, Any, Any, Any]]:
    return isinstance(task, Node)


def step_of(task: object) -> Step:
    """Make *task*, which has entries, ready to run."""
    calls = [awaitable(entry.call) for entry in entries(task)]
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
    elif not entries(task):
        yield f"it is no function, has no run(store) and is no Node: {described(task)}"
    else:
        for entry in entries(task):
            yield from _misfit(entry)


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
        takes, given = ", ".join(signature.parameters), ", ".join(entry.takes)
        yield f"{name_of(entry.call)} takes ({takes}) and is called with ({given})"


def _without_partial(call: object) -> object:
    while isinstance(call, functools.partial):
        call = call.func
    return call


# --- where it says that it goes -------------------------------------------------------------------


def declared_targets(task: object, states: type[S]) -> tuple[S, ...] | None:
    """Give the states that *task* names as what it returns: ``-> Literal[Stage.A, Stage.B]``.

    Returns:
        Each state once, in order, and none for a task that always raises; None where the annotation
        is missing, cannot be resolved, or names anything but states.
    """
    try:
        form = _return_form(entries(task)[-1].call)
        return tuple(dict.fromkeys(_members(form, states)))
    except Exception:  # noqa: BLE001  # an annotation is a stranger's code: what fails says nothing
        return None


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
    elif isinstance(origin, type) and issubclass(origin, Awaitable):
        yield from _members(args[-1], states)
    elif hasattr(form, "__value__"):  # a type statement
        yield from _members(form.__value__, states)
    elif form is not Never and form is not NoReturn:
        raise TypeError(form)

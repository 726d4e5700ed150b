"""What a task declares of itself: the keys that it reads and writes, and where it goes.

How it works: `task` writes a record on the function or class that it decorates and gives that back as it came, so that
a run knows nothing of it. Who reads the record, with `contract_of`, and what follows from it, this file must not know.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from types import MethodType
from typing import Any, Never, TypeAlias, TypeGuard, cast

from typing_extensions import TypeVar

from .._text import described, told, type_name
from ..errors import ConfigurationError
from ..keys.family import KeyFamily
from ..keys.key import StoreKey
from .graph import Place
from .options import items, listed
from .task import Node, is_a, name_of

F = TypeVar("F", bound=Callable[..., Any])

AnyKey: TypeAlias = StoreKey[Any] | KeyFamily[Any, Any]
"""What a contract names; a family stands for all its keys."""

_RECORD = "__keyrack_contract__"


@dataclass(frozen=True, slots=True)
class Contract:
    """What a task declares of itself; None where it says nothing."""

    reads: frozenset[AnyKey] | None = None
    """What it may read."""
    writes: frozenset[AnyKey] | None = None
    """What it has written wherever it returns."""
    may_write: frozenset[AnyKey] | None = None
    """What it may write besides."""
    removes: frozenset[AnyKey] | None = None
    """What it may remove."""
    to: tuple[Enum, ...] | None = None
    """Where it may go, in the order of the enum; nothing for a task that always raises."""
    file: str = "?"
    line: int = 0
    """Where it is declared."""

    @property
    def place(self) -> Place:
        """Where it is declared."""
        return Place(self.file, self.line)


class TaskDecorator:
    """What `task` gives: writes a contract on the function or class that it decorates."""

    __slots__ = ("_contract",)

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def __call__(self, task: F, /) -> F:
        """Write the contract on *task* and give that back, the same object.

        Raises:
            ConfigurationError: *task* can be none, keeps no attributes, or has a contract already.
        """
        holder = _holder(task)
        found = tuple(_unfit(holder)) or tuple(_twice(holder)) or tuple(_unwritten(holder, self._contract))
        _refuse(f"the @task of {name_of(holder)!r} ({self._contract.place})", found)
        return task


def task(
    *undecorated: Never,
    reads: Iterable[AnyKey] | None = None,
    writes: Iterable[AnyKey] | None = None,
    may_write: Iterable[AnyKey] | None = None,
    removes: Iterable[AnyKey] | None = None,
    to: Iterable[Enum] | None = None,
) -> TaskDecorator:
    """Declare what a task reads and writes, and where it goes.

    The decorator stands on a function, on a ``run`` method, on the ``post`` of a `Node`, or on a class, and says what
    the task does as a whole; a subclass that overrides what runs has no contract until it declares one. What is
    decorated stays as it is, and a run does not look at it. ``keyrack check`` compares the contract with the code, and
    believes it where the code cannot be read. What is not given is not said; an empty list says that there is nothing.

    >>> from enum import Enum
    >>> from keyrack import MemoryStore, StoreKey, Workflow, task
    >>> Stage = Enum("Stage", "LOAD DONE")
    >>> URL, PAGE = StoreKey("url", str), StoreKey("page", str)
    >>> @task(reads=[URL], writes=[PAGE], to=[Stage.DONE])
    ... async def load(store: MemoryStore) -> Stage:
    ...     store.put(PAGE, store.get(URL).upper())
    ...     return Stage.DONE
    >>> Workflow(Stage).register(Stage.LOAD, load).graph().rows[Stage.LOAD].targets
    (<Stage.DONE: 2>,)

    Args:
        undecorated: nothing; there to say what is wrong with ``@task`` without parentheses.
        reads: keys that it may read; a `KeyFamily` stands for all its keys, a `KeyRegistry` for all that it lists.
        writes: keys that it has written wherever it returns.
        may_write: keys that it may write besides.
        removes: keys that it may remove.
        to: states to which it may go.

    Raises:
        ConfigurationError: nothing is given, or something that is no key or no state; states of two enums; a key that
            is written wherever the task returns and may be removed by it.
    """
    place = _caller()
    found: list[str] = []
    if undecorated:
        found.append("it declares in parentheses what the task does: @task(reads=[...], to=[...])")
    elif all(given is None for given in (reads, writes, may_write, removes, to)):
        found.append("it declares nothing; give reads, writes, may_write, removes or to")
    contract = Contract(
        _keys("reads", reads, found),
        _keys("writes", writes, found),
        _keys("may_write", may_write, found),
        _keys("removes", removes, found),
        _states(to, found),
        *place,
    )
    _refuse(f"@task ({place})", [*found, *_contradictions(contract)])
    return TaskDecorator(contract)


def contract_of(task: object) -> Contract | None:
    """Give what *task* declares of itself, None if nothing.

    Args:
        task: whatever may be registered: a function, a method, a partial or a wrapper of one, a runnable object, a
            node; or the class of one.
    """
    try:
        return _found(task)
    except Exception:  # noqa: BLE001  # attributes are a stranger's code: what fails says nothing
        return None


# --- where a record is ----------------------------------------------------------------------------


def _found(task: object) -> Contract | None:
    seen: set[int] = set()
    while id(task) not in seen:  # what is wrapped may be wrapped in itself
        seen.add(id(task))
        if isinstance(task, type):
            return _of_class(task)
        if (own := _own(task)) is not None:
            return own
        inner = _inner(task)
        if inner is None:
            return None if inspect.isroutine(task) else _of_object(task)
        task = inner
    return None


def _own(holder: object) -> Contract | None:
    """Give the record that stands on *holder* itself: not on its class, not on a base of it."""
    found = getattr(holder, "__dict__", {}).get(_RECORD)
    return found if is_a(found, Contract) else None


def _inner(task: object) -> object | None:
    """Give what *task* is made of, if it is a method, a partial or a wrapper."""
    if isinstance(task, functools.partial):
        partial = cast("functools.partial[object]", task)
        return partial.func
    if isinstance(task, MethodType):
        return task.__func__
    return getattr(task, "__wrapped__", None)


def _of_object(task: object) -> Contract | None:
    """Give the contract of an object that is no function: of its own ``run``, or of its class."""
    own = getattr(task, "__dict__", {}).get("run")
    return _found(own) if own is not None and not callable(task) else _of_class(type(task))


def _of_class(cls: type) -> Contract | None:
    """Give the contract of the nearest class that has one, unless a nearer one says anew what runs."""
    parts = _parts(cls)
    for one in cls.__mro__:
        said = vars(one)
        if (own := _own(one)) is not None:
            return own
        if defined := [said[part] for part in parts if part in said]:
            return next(filter(None, map(_found, defined)), None)
    return None


def _parts(cls: type) -> tuple[str, ...]:
    """Name the methods that run when an object of *cls* does, the one that gives the next state first."""
    said = {name for one in cls.__mro__ for name in vars(one)}
    if issubclass(cls, Node):
        return ("post", "exec", "prep")
    return ("__call__",) if "__call__" in said else ("run",) if "run" in said else ()


# --- what cannot be decorated ---------------------------------------------------------------------


def _holder(task: object) -> Any:
    """Give what a record is written on: of a static or class method the function."""
    if isinstance(task, staticmethod | classmethod):
        method = cast("staticmethod[..., object]", task)
        return method.__func__
    return task


def _unfit(holder: object) -> Iterator[str]:
    if isinstance(holder, type):
        if not _parts(holder):
            yield "the class is no Node and has neither run nor __call__"
    elif isinstance(holder, MethodType):
        yield f"it is bound to one object; decorate {holder.__func__.__name__} in its class"
    elif inspect.isawaitable(holder):
        if inspect.iscoroutine(holder):
            holder.close()  # this error reports it; a warning that it was never awaited would repeat it
        yield "it was called already; decorate the function itself"
    elif not callable(holder) and not callable(getattr(holder, "run", None)):
        yield f"it stands on a function or a class, got {described(holder)}"
    elif inspect.isgeneratorfunction(holder) or inspect.isasyncgenfunction(holder):
        yield "a generator function is no task"
    elif inspect.isfunction(holder) and not _takes_something(holder):
        yield "the function takes no store"


def _takes_something(function: Callable[..., object]) -> bool:
    positional = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    return any(kind in positional or kind is inspect.Parameter.VAR_POSITIONAL for kind in kinds)


def _twice(holder: object) -> Iterator[str]:
    if isinstance(holder, type):
        said = vars(holder)
        found = filter(None, [_own(holder), *(contract_of(said[part]) for part in _parts(holder) if part in said)])
        contract = next(found, None)
    else:
        contract = contract_of(holder)
    if contract is not None:
        yield f"it has a contract already ({contract.place})"


def _unwritten(holder: Any, contract: Contract) -> Iterator[str]:
    """Write the record; say why it cannot be written, if so."""
    try:
        setattr(holder, _RECORD, contract)
        written = _own(holder) is contract
    except Exception as error:  # noqa: BLE001  # setting an attribute is a stranger's code
        yield f"nothing can be written on {described(holder)} ({told(error)}); decorate a function that calls it"
    else:
        if not written:
            yield f"what is written on {described(holder)} does not stay; decorate a function that calls it"


# --- what cannot be declared ----------------------------------------------------------------------


def _caller() -> Place:
    """Give the place of the statement outside this file that led here."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return Place("?", 0) if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)


def _refuse(subject: str, problems: Iterable[str]) -> None:
    if found := tuple(problems):
        raise ConfigurationError(subject=subject, problems=found)


def _listed(what: str, noun: str, given: Iterable[object], found: list[str]) -> tuple[object, ...]:
    if is_a(given, Enum) or _is_key(given):  # a flag can be iterated over
        found.append(f"the {noun} of {what} are given in a list or a set: {what}=[...], got {described(given)}")
        return ()
    found.extend(listed(f"the {noun} of {what}", given))
    return items(given)


def _is_key(value: object) -> TypeGuard[AnyKey]:
    return issubclass(type(value), StoreKey | KeyFamily)


def _keys(what: str, given: Iterable[object] | None, found: list[str]) -> frozenset[AnyKey] | None:
    if given is None:
        return None
    keys: list[AnyKey] = []
    for one in _listed(what, "keys", given, found):
        if not _is_key(one):
            found.append(f"{what} names something that is no key: {described(one)}")
        elif not isinstance(one.name, str):
            found.append(f"{what} names a key that has no name itself; write StoreKey('name', ...)")
        else:
            keys.append(one)
    return frozenset(keys)


def _states(given: Iterable[object] | None, found: list[str]) -> tuple[Enum, ...] | None:
    if given is None:
        return None
    states: list[Enum] = []
    for one in _listed("to", "states", given, found):
        if is_a(one, Enum):
            states.append(one)
        else:
            found.append(f"to names something that is no state: {described(one)}")
    kinds = {type(state) for state in states}
    if len(kinds) > 1:
        found.append(f"to names states of {len(kinds)} enums: {', '.join(sorted(map(type_name, kinds)))}")
        return ()
    members: list[Enum] = [member for kind in kinds for member in kind]
    given_once = {id(state): state for state in [*members, *states]}  # an enum may say how its members compare
    named = {id(state) for state in states}
    return tuple(state for place, state in given_once.items() if place in named)


def _contradictions(contract: Contract) -> Iterator[str]:
    certain = contract.writes or frozenset()
    families = [key for key in certain if isinstance(key, KeyFamily)]
    for key in sorted(contract.removes or (), key=lambda key: key.name):
        if key in certain or any(family.covers(key.name) for family in families):
            yield f"{key.name!r} is in writes and in removes; what may be removed belongs into may_write"

"""What leads nowhere: the error about something that a task returned and that is no state to go on with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from types import CoroutineType
from typing import TYPE_CHECKING, TypeGuard

from .._text import described, type_name
from ..errors import StateNotRegisteredError
from .task import TaskResult, is_a, name_of, single

if TYPE_CHECKING:
    from .site import Site


def stray(got: object, site: Site, states: type[Enum], known: Iterable[Enum] | None = None) -> StateNotRegisteredError:
    """Give the error about *got*, which is neither a state with a task nor an exit state.

    Args:
        site: the task that returned it.
        known: the states that would have been right; every one if not given.
    """
    return _error(got, site.workflow, states, list(states if known is None else known), site)


def stray_start(got: object, workflow: str, states: type[Enum], known: Iterable[Enum]) -> StateNotRegisteredError:
    """Give the error about *got*, where a run was to start."""
    return _error(got, workflow, states, known, None)


def _error(
    got: object, workflow: str, states: type[Enum], known: Iterable[Enum], site: Site | None
) -> StateNotRegisteredError:
    if (inner := single(got)) is not None:
        got = inner
    reason, advice = _explained(got, states)
    if is_coroutine(got):
        with suppress(Exception):  # what its cleanup raises, where it has begun
            got.close()  # this error reports it; a warning that it was never awaited would repeat it
    return StateNotRegisteredError(
        workflow=workflow,
        state=named(got),
        reason=reason,
        advice=advice,
        source=None if site is None else site.state.name,
        task=None if site is None else site.task_text,
        known=[state.name for state in known],
    )


def named(state: object) -> str:
    """Say which state *state* is, or what else it is."""
    if is_a(state, Enum):
        return f"{type_name(type(state))}.{state.name}"
    if is_coroutine(state):
        return f"the coroutine {name_of(state)!r}"
    return "None" if state is None else described(state)


def is_coroutine(value: object) -> TypeGuard[CoroutineType[object, object, object]]:
    """Say what `inspect.iscoroutine` does, by the true class alone."""
    return type(value) is CoroutineType


def _explained(got: object, states: type[Enum]) -> tuple[str, str | None]:
    """Say why *got* is no state to go on with, and what to do about it."""
    if is_a(got, TaskResult):
        return "a task of a single state cannot return", "use register_split(), and return the state to go on in"
    if is_a(got, states):
        return "has no task and is no exit state", "register a task for it, or add it to the exit states"
    if is_a(got, Enum) and type_name(type(got)) == type_name(states):
        return f"is of another enum of that name, in {type(got).__module__}", None
    return f"is no member of {type_name(states)}", _advice(got, states)


def _advice(got: object, states: type[Enum]) -> str | None:
    if is_coroutine(got) or hasattr(type(got), "__await__"):
        return "await it"
    if got is None:
        return "a task returns the next state"
    name = got.name if is_a(got, Enum) else got
    meant = states.__members__.get(name) if is_a(name, str) else None
    if meant is None:
        with suppress(Exception):  # no value of the enum either
            meant = states(got)
    return None if meant is None else f"did you mean {named(meant)}?"

"""The loop of a run: from the task of one state to the task of the next.

How it works: the compiled table holds a `Station` for each state with a task, found by the ``id``
of the state. A station keeps its state alive, so an ``id`` that is found proves that a task
returned this very state, where a hash would run Python code and an equal string would pass. A
station remembers the two that followed it last; as long as a task goes where it went before, a
transition is a comparison or two and the call of the next task. Whatever has no station ends the
loop: it is an exit state, or an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import Enum
from inspect import isawaitable, iscoroutine
from typing import Any, Generic, TypeAlias

from .._text import described, type_name
from ..errors import StateNotRegisteredError, note
from .task import Registration, S, Step, name_of, step_of

_BURST = range(1024)
"""The transitions after which a run lets others have the event loop, though no task waits."""


class Station(Generic[S]):
    """A state with a task, ready to run."""

    __slots__ = ("after", "other", "registration", "state", "step")

    def __init__(self, registration: Registration[S]) -> None:
        self.registration: Registration[S] = registration
        self.state: S = registration.state
        self.step: Step = step_of(registration.task)
        self.after: Station[S] = self
        """The station that followed when the table was last asked."""
        self.other: Station[S] = self
        """The one that followed before that."""


Table: TypeAlias = Mapping[int, Station[S]]
"""The stations by the ``id`` of their states."""


def compiled(registrations: Iterable[Registration[S]]) -> Table[S]:
    """Make the registered tasks ready to run."""
    return {id(station.state): station for station in map(Station, registrations)}


async def walk(table: Table[S], station: Station[S], store: object, workflow: str) -> tuple[Registration[S], Any]:
    """Run the task of *station*, and go on until a task returns what has no station.

    Args:
        workflow: the name of the workflow.

    Returns:
        The last task, and what it returned.

    Raises:
        Exception: what a task raised, with a note that says which one in which state.
    """
    try:
        while True:
            for _ in _BURST:
                step = station.step
                state = await step(store)
                after = station.after
                if state is not after.state:
                    after = station.other
                    if state is not after.state:
                        found = table.get(id(state))
                        if found is None:
                            return station.registration, state
                        station.other, station.after = station.after, found
                        after = found
                station = after
            await asyncio.sleep(0)
    except Exception as error:
        at = station.registration
        note(error, f"while running {at.name!r} in state {at.state.name} of workflow {workflow!r}")
        raise


# --- what leads nowhere ---------------------------------------------------------------------------


def stray(
    got: object,
    source: Registration[S] | None,
    *,
    workflow: str,
    states: type[S],
    known: Iterable[S],
) -> StateNotRegisteredError:
    """Give the error about *got*, which is neither a state with a task nor an exit state.

    Args:
        source: the task that returned it; None where a run was to start there.
        known: the states that would have been right.
    """
    reason, advice = _explained(got, states)
    if iscoroutine(got):
        got.close()  # this error reports it; a warning that it was never awaited would repeat it
    return StateNotRegisteredError(
        workflow=workflow,
        state=named(got),
        reason=reason,
        advice=advice,
        source=None if source is None else source.state.name,
        task=None if source is None else str(source),
        known=[state.name for state in known],
    )


def named(state: object) -> str:
    """Say which state *state* is, or what else it is."""
    if isinstance(state, Enum):
        return f"{type_name(type(state))}.{state.name}"
    if iscoroutine(state):
        return f"the coroutine {name_of(state)!r}"
    return "None" if state is None else described(state)


def _explained(got: object, states: type[Enum]) -> tuple[str, str | None]:
    """Say why *got* is no state to go on with, and what to do about it."""
    if isinstance(got, states):
        return "has no task and is no exit state", "register a task for it, or add it to the exit states"
    if isinstance(got, Enum) and type_name(type(got)) == type_name(states):
        return f"is of another enum of that name, in {type(got).__module__}", None
    return f"is no member of {type_name(states)}", _advice(got, states)


def _advice(got: object, states: type[Enum]) -> str | None:
    if isawaitable(got):
        return "await it"
    if got is None:
        return "a task returns the next state"
    name = got.name if isinstance(got, Enum) else got
    meant = states.__members__.get(name) if isinstance(name, str) else None
    if meant is None:
        with suppress(Exception):  # no value of the enum either
            meant = states(got)
    return None if meant is None else f"did you mean {named(meant)}?"

"""Times: how long the states and branches of a run take, as the engine's events tell it."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import NamedTuple, TypeVar

from keyrack.workflow import Branch, BranchEnded, BranchStarted, Event, RunFinished, StateEntered

K = TypeVar("K", bound=Hashable)


class Spent(NamedTuple):
    """The time that a state or a branch has taken."""

    visits: int = 0
    seconds: float = 0.0


class Times:
    """An observer that adds up the times of one run.

    A state lasts until the next one begins. Branches may run at the same time, so their seconds may come to more than
    those of their state.

    Args:
        start: the state in which the run starts.
    """

    def __init__(self, start: Enum) -> None:
        self.state: Enum = start
        """The state that the run is in, or was in last."""
        self.states: dict[Enum, Spent] = {}
        """The time in each state, in the order in which they were entered first."""
        self.branches: dict[Branch, Spent] = {}
        """The time in each branch."""
        self._entered: float | None = None
        self._begun: dict[Branch, float] = {}

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case StateEntered():
                self._leave(event.time)
                self.state, self._entered = event.state, event.time
            case BranchStarted():
                self._begun[event.branch] = event.time
            case BranchEnded():
                _add(self.branches, event.branch, event.time - self._begun[event.branch])
            case RunFinished():
                self._leave(event.time)
            case _:
                pass

    def _leave(self, time: float) -> None:
        if self._entered is not None:
            _add(self.states, self.state, time - self._entered)


def _add(times: dict[K, Spent], what: K, seconds: float) -> None:
    spent = times.get(what, Spent())
    times[what] = Spent(spent.visits + 1, spent.seconds + seconds)

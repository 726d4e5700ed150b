"""An observer that remembers what happened in a run, and asserts it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeGuard, TypeVar

from .._text import counted, described
from ..workflow.events import (
    AttemptFailed,
    BranchEnded,
    BranchOutcome,
    Event,
    Joined,
    RetryPlanned,
    RunFinished,
    StateEntered,
)

E = TypeVar("E")


class Recorder:
    """Remembers every event, in order; give it to a workflow, or to one run, as an observer.

    >>> from enum import Enum
    >>> from keyrack import MemoryStore, Workflow
    >>> from keyrack.testing import Recorder
    >>> Stage = Enum("Stage", "LOAD DONE")
    >>> workflow = Workflow(Stage, initial=Stage.LOAD).add_exit_states(Stage.DONE)
    >>> @workflow.stage(Stage.LOAD)
    ... async def load(store: MemoryStore) -> Stage:
    ...     return Stage.DONE
    >>> recorder = Recorder()
    >>> workflow.run(observers=[recorder])
    <Stage.DONE: 2>
    >>> recorder.assert_path(Stage.LOAD, Stage.DONE)
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        """Everything that happened."""

    def __call__(self, event: Event) -> None:
        """Remember an event."""
        self.events.append(event)

    def clear(self) -> None:
        """Forget everything."""
        self.events.clear()

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of one kind: ``recorder.of(Joined)``."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def path(self) -> list[Enum]:
        """The states that were entered, in order, and the exit state."""
        return [event.state for event in self.events if _is_stop(event) and event.state is not None]

    @property
    def delays(self) -> list[float]:
        """The seconds before each further attempt, in order."""
        return [event.delay for event in self.of(RetryPlanned)]

    def assert_path(self, *states: Enum) -> None:
        """Assert that exactly *states* were entered, in order; the last one is the exit state of a run that ended.

        Raises:
            AssertionError: they were not; says where the ways part.
        """
        path = self.path
        if path == list(states):
            return
        same = sum(1 for _ in _common(path, states))
        raise AssertionError(
            f"the ways part after {counted(same, 'state')}\n  expected: {_way(states)}\n  went:     {_way(path)}"
        )

    def assert_failed(self, error: type[BaseException], /) -> None:
        """Assert that the run ended with an error of the class *error*.

        Raises:
            AssertionError: it ended otherwise, or has not ended.
        """
        ends = self.of(RunFinished)
        if not ends:
            raise AssertionError(f"expected the run to end with {error.__name__}, but it has not ended")
        if not isinstance(ends[-1].error, error):
            ended = "well" if ends[-1].error is None else f"with {described(ends[-1].error)}"
            raise AssertionError(f"expected the run to end with {error.__name__}, but it ended {ended}")

    def assert_failed_attempts(self, state: Enum, number: int, /) -> None:
        """Assert how many attempts at tasks of *state* have failed.

        Raises:
            AssertionError: another number has.
        """
        errors = [event.error for event in self.of(AttemptFailed) if event.state is state]
        if len(errors) != number:
            listed = "".join(f"\n  {described(error)}" for error in errors)
            raise AssertionError(
                f"expected {counted(number, 'failed attempt')} in {state.name}, got {len(errors)}{listed}"
            )

    def assert_branches(self, state: Enum, /, **outcomes: int) -> None:
        """Assert how many branches of the last split of *state* ended how: ``succeeded=2, failed=1, cancelled=1``.

        Branches that never began count as neither.

        Raises:
            AssertionError: other numbers did.
        """
        got = self._outcomes(state)
        expected = {outcome.replace("_", " "): number for outcome, number in outcomes.items() if number}
        if got != expected:
            raise AssertionError(f"expected the branches of {state.name} to end as {expected}, got {got}")

    def _outcomes(self, state: Enum) -> dict[str, int]:
        counts: dict[BranchOutcome, int] = {}
        joined = False
        for event in reversed(self.events):
            if isinstance(event, Joined) and event.state is state:
                if joined:
                    break
                joined = True
            elif isinstance(event, BranchEnded) and event.state is state:
                counts[event.outcome] = counts.get(event.outcome, 0) + 1
        return {str(outcome): number for outcome, number in counts.items()}


def _is_stop(event: Event) -> TypeGuard[StateEntered | RunFinished]:
    return isinstance(event, StateEntered) or (isinstance(event, RunFinished) and event.error is None)


def _common(path: Iterable[Enum], states: Iterable[Enum]) -> Iterable[Enum]:
    for went, expected in zip(path, states, strict=False):
        if went is not expected:
            return
        yield went


def _way(states: Iterable[Enum]) -> str:
    return " -> ".join(state.name for state in states) or "nowhere"

"""An observer that remembers what happened in a run, and asserts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import TypeGuard, TypeVar

from .._text import counted, described, told, type_name
from ..workflow.events import (
    AttemptFailed,
    BranchEnded,
    Event,
    RetryPlanned,
    RunFinished,
    SplitStarted,
    StateEntered,
)

E = TypeVar("E")
Error = TypeVar("Error", bound=BaseException)


class Recorder:
    """Remembers every event, in order; give it to a workflow, or to one run, as an observer.

    What it asserts is about one run. One that was told of several, be it one after the other or at the same time, does
    not mix them: ask one of `runs`, or `clear` it in between.

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
    >>> recorder.assert_path(Stage.LOAD)
    Traceback (most recent call last):
        ...
    AssertionError: the ways part after 1 state: expected the run to stop, but it went on to DONE
      expected: LOAD
      went:     LOAD -> DONE
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events: list[Event] = [*events]
        """Everything that happened."""

    def __call__(self, event: Event) -> None:
        """Remember an event."""
        self.events.append(event)

    def __repr__(self) -> str:
        return f"<Recorder: {counted(len(self.events), 'event')} of {counted(len(self.runs), 'run')}>"

    def clear(self) -> None:
        """Forget everything."""
        self.events.clear()

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of one kind, of all runs: ``recorder.of(Joined)``."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def runs(self) -> list[Recorder]:
        """A recorder for each run, with what has happened in it so far, in the order in which they started."""
        runs: dict[int, Recorder] = {}
        for event in [*self.events]:
            runs.setdefault(event.run, Recorder())(event)
        return [*runs.values()]

    @property
    def path(self) -> list[Enum]:
        """The states that were entered, in order, and the exit state.

        Raises:
            AssertionError: there are several runs.
        """
        return [event.state for event in self._run() if _is_stop(event) and event.state is not None]

    @property
    def delays(self) -> list[float]:
        """The seconds before each further attempt, in order.

        Raises:
            AssertionError: there are several runs.
        """
        return [event.delay for event in self._run() if isinstance(event, RetryPlanned)]

    # --- asserting --------------------------------------------------------------------------------

    def assert_path(self, *states: Enum) -> None:
        """Assert that exactly *states* were entered, in order; the last one is the exit state of a run that ended.

        Raises:
            AssertionError: they were not; says where the ways part, and how the run ended. Or there are several runs.
        """
        path = self.path
        same = _common(path, states)
        if same == len(path) == len(states):
            return
        name = _namer([*path, *states])
        expected = name(states[same]) if same < len(states) else "the run to stop"
        went = f"it went on to {name(path[same])}" if same < len(path) else self._how_it_ended()
        raise AssertionError(
            f"the ways part after {counted(same, 'state')}: expected {expected}, but {went}\n"
            f"  expected: {_way(states, same, name)}\n"
            f"  went:     {_way(path, same, name)}"
        )

    def assert_failed(self, error: type[Error], /) -> Error:
        """Assert that the run ended with an error of the class *error*, and give it.

        Raises:
            AssertionError: it ended otherwise, or has not ended. Or there are several runs.
        """
        end = self._end()
        if end is None or not isinstance(end.error, error):
            raise AssertionError(f"expected the run to end with {type_name(error)}, but {self._how_it_ended()}")
        return end.error

    def assert_failed_attempts(self, state: Enum, number: int, /) -> None:
        """Assert how many attempts at tasks of *state* have failed.

        Raises:
            AssertionError: another number has; says with what. Or there are several runs.
        """
        failed = [event for event in self._run() if isinstance(event, AttemptFailed) and event.state is state]
        if len(failed) != number:
            listed = "".join(f"\n  {event.task!r}, attempt {event.attempt}: {_told(event.error)}" for event in failed)
            raise AssertionError(
                f"expected {counted(number, 'failed attempt')} in {_plain(state)}, got {len(failed)}{listed}"
            )

    def assert_branches(
        self, state: Enum, /, *, succeeded: int = 0, failed: int = 0, timed_out: int = 0, cancelled: int = 0
    ) -> None:
        """Assert how many branches of the last split of *state* ended how.

        Branches that never began count as neither.

        Raises:
            AssertionError: other numbers did; says which branches. Or there are several runs.
        """
        ended = self._ended(state)
        expected = {"succeeded": succeeded, "failed": failed, "timed out": timed_out, "cancelled": cancelled}
        if any(len(ended[outcome]) != number for outcome, number in expected.items()):
            listed = "".join(
                f"\n  {outcome}: expected {number}, got {len(ended[outcome])}{_listed(ended[outcome])}"
                for outcome, number in expected.items()
                if number or ended[outcome]
            )
            raise AssertionError(f"the branches of {_plain(state)} did not end as expected{listed}")

    def _ended(self, state: Enum) -> dict[str, list[BranchEnded]]:
        """Give the branches of the last split of *state*, by how they ended."""
        ended: dict[str, list[BranchEnded]] | None = None
        for event in self._run():
            if isinstance(event, SplitStarted) and event.state is state:
                ended = {"succeeded": [], "failed": [], "timed out": [], "cancelled": []}
            elif ended is not None and isinstance(event, BranchEnded) and event.state is state:
                ended[event.outcome].append(event)
        if ended is None:
            raise AssertionError(f"there was no split in {_plain(state)}")
        return ended

    def _run(self) -> Sequence[Event]:
        """Give the events of the only run."""
        events = [*self.events]
        if len({event.run for event in events}) > 1:
            raise AssertionError(
                f"the recorder was told of {counted(len(self.runs), 'run')}; ask one of them, as recorder.runs[0], or "
                "clear() it in between"
            )
        return events

    def _end(self) -> RunFinished | None:
        ends = [event for event in self._run() if isinstance(event, RunFinished)]
        return ends[-1] if ends else None

    def _how_it_ended(self) -> str:
        end = self._end()
        if end is None:
            return "it has not ended" if self.events else "nothing ran"
        where = "" if end.state is None else f" in {_plain(end.state)}"
        return f"it ended{where}" if end.error is None else f"it ended{where} with {_told(end.error)}"


def _is_stop(event: Event) -> TypeGuard[StateEntered | RunFinished]:
    return isinstance(event, StateEntered) or (isinstance(event, RunFinished) and event.error is None)


def _common(path: Sequence[Enum], states: Sequence[Enum]) -> int:
    """Count the states that are the same from the start on; equal ones of two enums are not the same."""
    for index, (went, expected) in enumerate(zip(path, states, strict=False)):
        if went is not expected:
            return index
    return min(len(path), len(states))


def _way(states: Sequence[Enum], part: int, name: Callable[[object], str]) -> str:
    """Write a way down; of a long one, what is near to where it parts."""
    first, last = max(0, part - _NEAR), part + _NEAR
    names = [name(state) for state in states[first:last]]
    return " -> ".join(["…"] * (first > 0) + names + ["…"] * (last < len(states))) or "nowhere"


_NEAR = 10
"""How many states are shown before and after the ways part."""


def _namer(states: Iterable[object]) -> Callable[[object], str]:
    """Give what names states: with the name of their enum, where there are several."""
    return _plain if len({type(state) for state in states}) == 1 else _full


def _full(state: object) -> str:
    return f"{type_name(type(state))}.{state.name}" if isinstance(state, Enum) else described(state)


def _plain(state: object) -> str:
    return state.name if isinstance(state, Enum) else described(state)


def _told(error: BaseException) -> str:
    return told(error)


def _listed(ended: Iterable[BranchEnded]) -> str:
    told = ", ".join(
        f"{event.branch.task!r}" + (f" ({_told(event.error)})" if event.error is not None else "") for event in ended
    )
    return told and f": {told}"

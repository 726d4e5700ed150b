"""What observers are told, put short, and a workflow that tells of everything: what the tests of events share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, load

from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    Branch,
    BranchEnded,
    Event,
    JoinConfig,
    JoinStrategy,
    Retry,
    RunFinished,
    RunStarted,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


BEGUN = RunStarted(1, 0.0, "books", LOAD, "MemoryStore")
WRONG = ValueError("wrong")


def told(workflow: Workflow[Stage, MemoryStore], error: type[BaseException] | None = None) -> list[Event]:
    """Run the workflow, and give its events, as of run 1."""
    recorder = Recorder()
    run = workflow.orchestrate(observers=[recorder])
    if error is None:
        run_in_virtual_time(run)
    else:
        with pytest.raises(error):
            run_in_virtual_time(run)
    return [event._replace(run=1) for event in recorder.events]


def work(seconds: float, *outcomes: Exception | None, then: Stage = DONE) -> Callable[[MemoryStore], Awaitable[Stage]]:
    """Make a task that takes some time, and then raises one after the other of the outcomes that are errors."""
    left = list(outcomes)

    async def task(_store: MemoryStore) -> Stage:
        await asyncio.sleep(seconds)
        if left and (error := left.pop(0)) is not None:
            raise error
        return then

    return task


def ended(time: float, state: Stage = DONE) -> RunFinished:
    return RunFinished(1, time, "books", state, None)


def failed_with(events: list[Event], error: type[BaseException]) -> BaseException:
    """Take the error out of the last event."""
    last = events[-1]
    assert isinstance(last, RunFinished)
    assert isinstance(last.error, error)
    return last.error


def split(*tasks: Any, join: JoinStrategy, **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of a split, in LOAD."""
    policy = {name: options.pop(name) for name in ("retry", "attempt_timeout") if name in options}
    workflow = Workflow(Stage, name="books", initial=LOAD)
    workflow.register_split(LOAD, tasks, JoinConfig(join, DONE, **options), **policy)
    return workflow.add_exit_states(DONE)


def branch(number: int) -> Branch:
    return Branch(number, "task")


def end_of(number: int, time: float, outcome: Any, error: Exception | None = None) -> BranchEnded:
    return BranchEnded(1, time, LOAD, branch(number), outcome, error)


# --- everything -----------------------------------------------------------------------------------


class Once:
    """A task that raises at first."""

    def __init__(self, error: Exception) -> None:
        self._error: Exception | None = error

    async def run(self, store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(COUNT, 0) + 1)
        await asyncio.sleep(1)
        error, self._error = self._error, None
        if error is not None:
            raise error
        return DONE


async def napping(_store: MemoryStore) -> Stage:
    await asyncio.sleep(2)
    return DONE


async def dozing(_store: MemoryStore) -> Stage:
    await asyncio.sleep(60)
    return DONE


def everything(**options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow that has something to tell of each kind."""
    return (
        Workflow(Stage, name="books", initial=LOAD, **options)
        .register(LOAD, load)
        .register_split(PARSE, [napping, Once(OSError("split")), dozing], JoinConfig(JoinStrategy.quorum(1), MERGE))
        .register(MERGE, Once(OSError("merge")), retry=Retry.fixed(2, 1.0))
        .add_exit_states(DONE)
    )


def events() -> list[Event]:
    recorder = Recorder()
    run_in_virtual_time(everything().orchestrate(observers=[recorder]))
    return recorder.events


EVERY_KIND = events()

"""Tasks with a policy, and runs that end at a moment: what the tests of attempts and of limits share."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, Stage
from tests.workflow.branches import nothing_runs, now
from tests.workflow.clock import Clock, clock, let_others_run, run_by_hand

from keyrack.errors import WorkflowTimeoutError
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Retry, Workflow
from keyrack.workflow.cancellation import current_task

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from keyrack.stores import MemoryStore


THREE = Retry.fixed(3, 10)
NOTE = "while running 'fail' in state LOAD of workflow 'books'"


def trying(task: Any, retry: Retry = THREE, limit: float | None = None, **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of one task with a policy, in LOAD."""
    workflow = Workflow(Stage, name="books", initial=LOAD, **options)
    return workflow.register(LOAD, task, retry=retry, attempt_timeout=limit).add_exit_states(DONE)


def failing(*errors: BaseException) -> Callable[[MemoryStore], Coroutine[Any, Any, Stage]]:
    """A task that raises each of *errors* in turn, and then is done."""
    left: Iterator[BaseException] = iter(errors)

    async def fail(store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(COUNT, 0) + 1)
        if (error := next(left, None)) is not None:
            raise error
        return DONE

    return fail


async def slow(store: MemoryStore) -> Stage:
    store.put(COUNT, store.get(COUNT, 0) + 1)
    await asyncio.sleep(3600)
    return DONE


async def cancel_at(moment: float, workflow: Workflow[Stage, MemoryStore]) -> float:
    """Cancel a run at a moment, and give when it ended."""
    running = asyncio.create_task(workflow.orchestrate())
    await asyncio.sleep(moment)
    running.cancel("enough")
    with pytest.raises(asyncio.CancelledError):
        await running
    assert nothing_runs()
    return now()


def timers() -> int:
    """How many timers are set."""
    loop: Any = asyncio.get_running_loop()
    return sum(not handle.cancelled() for handle in loop._scheduled)


def ran_out(workflow: Workflow[Stage, MemoryStore]) -> tuple[WorkflowTimeoutError, float]:
    """Run until time is up, and give the error and when that was; nothing of the run is left."""

    async def run() -> tuple[WorkflowTimeoutError, float]:
        with pytest.raises(WorkflowTimeoutError) as caught:
            await workflow.orchestrate()
        assert current_task().cancelling() == 0
        assert nothing_runs()
        assert timers() == 0
        return caught.value, now()

    return run_in_virtual_time(run())


async def untidy(_store: MemoryStore) -> Stage:
    """Wait, and answer a cancellation with an error."""
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        raise OSError("could not close") from None
    return DONE


def outlived_its_limit(make: Callable[[Callable[[MemoryStore], Stage]], Workflow[Stage, MemoryStore]]) -> MemoryStore:
    """Run a workflow whose plain function ends long after time is up, assert that it is waited for, and give the store.

    Args:
        make: makes the workflow of that function.
    """
    go = threading.Event()
    loops: list[Clock] = []

    def task(store: MemoryStore) -> Stage:
        loops[0].call_soon_threadsafe(loops[0].forward, 60)
        go.wait()
        store.put(COUNT, 1)
        return DONE

    workflow = make(task)

    async def run() -> None:
        loops.append(clock())
        running = asyncio.create_task(workflow.orchestrate())
        while clock().now < 60:  # noqa: ASYNC110  # the thread puts the clock forward
            await asyncio.sleep(0)
        await let_others_run()
        assert not running.done()
        go.set()
        with pytest.raises(WorkflowTimeoutError):
            await running

    run_by_hand(run())
    return workflow.store

"""Tasks with a policy, and runs that end at a moment: what the tests of attempts and of limits share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, Stage
from tests.workflow.branches import nothing_runs, now

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

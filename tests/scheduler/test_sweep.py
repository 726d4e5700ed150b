"""A scheduler whose program is cancelled at any of its steps leaves nothing behind, and each due time runs once."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.scheduler.jobs import Diary, People, scheduler, work, workflow
from tests.workflow.sweeps import SteppedLoop

from keyrack.scheduler import Backoff, JobFinished, JobStarted, Scheduler
from keyrack.stores import MemoryStore, SQLiteStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
END = 41.0


def filled(store: KeyValueStore, diary: Diary, people: People) -> Scheduler:
    one = scheduler(diary, people, store=store, lease=3.0)
    one.every("often", workflow(work(4, OSError("gone"))), None, 10, backoff=Backoff.none())
    one.cron("cron", workflow(work(7)), None, "*/15 * * * * *")
    return one.manual("hand", workflow(work(2)), None)


async def program(one: Scheduler) -> None:
    async with one:
        await asyncio.sleep(12)
        await one.trigger("hand")
        await asyncio.sleep(10)
        await one.reset("often")
        await asyncio.sleep(19)


def stepped(work: Any) -> Any:
    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        return runner.run(work(runner.get_loop()))


async def cancelled_at(steps: tuple[int, ...], loop: SteppedLoop, store: KeyValueStore) -> bool:
    """Cancel the program before each of *steps*, look at what is left, and say whether it was still there."""
    diary, people = Diary(), People()
    one = filled(store, diary, people)
    task = asyncio.create_task(program(one))
    asked = 0

    def cancel() -> None:
        nonlocal asked
        asked += task.cancel()

    loop.begin(acting=cancel, at=steps)
    await asyncio.wait([task])
    loop.plans.clear()
    assert asyncio.all_tasks() == {asyncio.current_task()}, steps
    assert loop.live_timers == [], steps
    assert {status.state for status in one.list()} <= {"stopped"}, steps
    if asked and task.cancelled():
        await assert_it_goes_on(one, diary, loop)
    return bool(asked)


async def assert_it_goes_on(one: Scheduler, diary: Diary, loop: SteppedLoop) -> None:
    """Start it once more, and assert that each due time has run once, as if nothing had been."""
    begun = loop.time()
    async with one:
        await asyncio.sleep(max(END - loop.time(), 0.0) + 20)
    often = [event for event in diary.events if event.job == "often"]
    started = [event for event in often if isinstance(event, JobStarted)]
    due = [event.due for event in started]
    assert len(due) == len(set(due)), begun
    status = one.status("often")
    assert (status.runs, status.skipped, status.state) == (len(started), 0, "stopped"), begun
    assert len([event for event in often if isinstance(event, JobFinished)]) == len(started), begun


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_program_that_is_cancelled_at_any_step_leaves_nothing_of_its_scheduler(kind: str, tmp_path: Path) -> None:
    async def sweep(loop: SteppedLoop) -> int:
        step = 0
        stride = 1 if SOAK else {"memory": 2, "sqlite": 23}[kind]
        numbers = iter(range(10**6))

        def store() -> KeyValueStore:
            if kind == "memory":
                return MemoryStore()
            return SQLiteStore(tmp_path / f"{next(numbers)}.db", durability="process")

        while await cancelled_at((step,), loop, store()):
            step += stride
        return step

    assert stepped(sweep) > 50


@pytest.mark.parametrize("gap", [1, 10])
def test_a_program_that_is_cancelled_twice_leaves_nothing_of_its_scheduler(gap: int) -> None:
    async def sweep(loop: SteppedLoop) -> int:
        step = 0
        while await cancelled_at((step, step + gap), loop, MemoryStore()):
            step += 1 if SOAK else 5
        return step

    assert stepped(sweep) > 50

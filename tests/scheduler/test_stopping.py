"""Stopping from within a job, and what is asked of a scheduler that is being stopped."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.scheduler.jobs import DONE, Diary, Stage, assert_nothing_runs, run_for, scheduler, work, workflow

from keyrack.errors import SchedulerError
from keyrack.testing import run_in_virtual_time

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


@pytest.mark.parametrize("timeout", [None, 5, 100])
def test_a_run_that_stops_its_scheduler_is_not_waited_for_by_itself_and_may_finish(timeout: float | None) -> None:
    diary = Diary()
    returned: list[tuple[float, tuple[str, ...]]] = []
    one = scheduler(diary)

    async def last(_store: MemoryStore) -> Stage:
        returned.append((asyncio.get_running_loop().time(), await one.stop(timeout)))
        await asyncio.sleep(20)
        return DONE

    one.every("last", workflow(last), None, 10)

    async def main() -> float:
        async with one:
            await one.wait()
            assert_nothing_runs()
        return asyncio.get_running_loop().time()

    end = 15 if timeout == 5 else 30
    assert run_in_virtual_time(main()) == end
    assert returned == [(10, ())]
    assert diary.told == [(10, "starts"), (end, "cancelled" if timeout == 5 else "succeeded")]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there are eager tasks from Python 3.12 on")
def test_a_run_may_stop_its_scheduler_where_tasks_are_eager() -> None:
    diary = Diary()
    one = scheduler(diary)

    async def last(_store: MemoryStore) -> Stage:
        await one.stop(5)
        await asyncio.sleep(20)
        return DONE

    one.every("last", workflow(last), None, 10)

    async def main() -> None:
        factory: Any = vars(asyncio)["eager_task_factory"]
        asyncio.get_running_loop().set_task_factory(factory)
        async with one:
            await asyncio.wait_for(one.wait(), 100)
            assert_nothing_runs()

    run_in_virtual_time(main())

    assert diary.told == [(10, "starts"), (15, "cancelled")]


def test_a_run_that_stops_its_scheduler_without_patience_is_cancelled() -> None:
    diary = Diary()
    one = scheduler(diary)

    async def last(_store: MemoryStore) -> Stage:
        await one.stop(0)
        await asyncio.sleep(20)
        return DONE

    one.every("last", workflow(last), None, 10).every("other", workflow(work(50)), None, 9)

    async def main() -> tuple[tuple[str, ...], float]:
        await one.start()
        await asyncio.sleep(9.5)
        cancelled = await one.stop()  # this one waits, the one of the run does not
        assert_nothing_runs()
        return cancelled, asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == ((), 59)
    run_for(30, one)
    assert diary.outcomes[1:] == ["cancelled", "cancelled"]


def test_what_a_run_has_begun_may_stop_the_scheduler_too() -> None:
    one = scheduler()

    async def last(_store: MemoryStore) -> Stage:
        async with asyncio.TaskGroup() as group:
            group.create_task(one.stop())
            group.create_task(one.__aexit__(ValueError, ValueError(), None))
        return DONE

    def plain(_store: MemoryStore) -> Stage:
        asyncio.run_coroutine_threadsafe(one.stop(), loops[0]).result(10)
        return DONE

    loops: list[asyncio.AbstractEventLoop] = []
    one.manual("last", workflow(last), None).manual("plain", workflow(plain), None)

    async def main() -> None:
        loops[:] = [asyncio.get_running_loop()]
        for name in ("last", "plain"):
            await one.start()
            await one.trigger(name)
            await one.wait()
            assert_nothing_runs()

    run_in_virtual_time(main())


def test_a_stop_from_what_a_run_has_left_behind_waits_as_any_other() -> None:
    diary, left = Diary(), list[asyncio.Task[Any]]()
    one = scheduler(diary)

    async def leave(_store: MemoryStore) -> Stage:
        async def later() -> float:
            await asyncio.sleep(5)
            await one.stop()
            return asyncio.get_running_loop().time()

        left.append(asyncio.create_task(later()))
        return DONE

    one.manual("leave", workflow(leave), None).every("long", workflow(work(20)), None, 1)

    async def main() -> float:
        await one.start()
        await one.trigger("leave")
        await one.wait()
        return float(await left[0])

    assert run_in_virtual_time(main()) == 21


def test_a_job_that_is_registered_while_stop_waits_is_refused_and_may_be_registered_afterwards() -> None:
    diary = Diary()
    one = scheduler(diary).every("books", workflow(work(25)), None, 10)

    async def main() -> str:
        await one.start()
        await asyncio.sleep(15)
        stop = asyncio.create_task(one.stop())
        await asyncio.sleep(1)
        with pytest.raises(SchedulerError) as caught:
            one.every("late", workflow(), None, 1)
        await stop
        assert_nothing_runs()
        one.every("late", workflow(), None, 1)
        return str(caught.value)

    expected = "cannot register('late'): it is being stopped; register it when stop() is over"
    assert run_in_virtual_time(main()) == f"scheduler 'scheduler' {expected}"
    assert [job.name for job in one.list()] == ["books", "late"]
    assert diary.told == [(10, "starts"), (35, "succeeded")]

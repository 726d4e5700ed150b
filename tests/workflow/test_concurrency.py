"""Runs that are cancelled, interrupted, endless, and many at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.workflow.books import (
    COUNT,
    DONE,
    FAILED,
    LOAD,
    MERGE,
    PARSE,
    Merge,
    Stage,
    books,
    counted,
    raising,
    returning,
    single,
)

from keyrack.stores import MemoryStore
from keyrack.workflow import Workflow

# --- cancelled ------------------------------------------------------------------------------------


async def cancel_once_it_waits(run: Coroutine[Any, Any, object], entered: asyncio.Event) -> None:
    task = asyncio.create_task(run)
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert not hasattr(caught.value, "__notes__")
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_run_cancelled_at_an_await_ends_there_and_keeps_what_was_written() -> None:
    cleaned: list[str] = []

    async def run() -> MemoryStore:
        entered = asyncio.Event()

        async def wait(store: MemoryStore) -> Stage:
            store.put(COUNT, 1)
            try:
                entered.set()
                await asyncio.Event().wait()
            finally:
                cleaned.append("wait")
            raise AssertionError

        workflow = single(wait)
        await cancel_once_it_waits(workflow.orchestrate(), entered)
        return workflow.store

    store = asyncio.run(run())

    assert cleaned == ["wait"]
    assert store.get(COUNT) == 1


@pytest.mark.parametrize("times", [1, 3])
def test_a_run_cancelled_while_a_plain_function_runs_waits_for_the_thread(times: int) -> None:
    go = threading.Event()

    async def run() -> MemoryStore:
        loop = asyncio.get_running_loop()
        begun = asyncio.Event()

        def slow(store: MemoryStore) -> Stage:
            loop.call_soon_threadsafe(begun.set)
            go.wait()
            store.put(COUNT, 1)
            return PARSE

        workflow = single(slow).register(PARSE, raising(AssertionError()))
        task = asyncio.create_task(workflow.orchestrate())
        await begun.wait()
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert not task.done()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return workflow.store

    assert asyncio.run(run()).get(COUNT) == 1


@pytest.mark.parametrize("way", [[LOAD], [PARSE, LOAD], [PARSE, MERGE, FAILED, LOAD]])
def test_a_circle_of_tasks_that_never_wait_lets_others_run_and_can_be_cancelled(
    way: list[Stage],
) -> None:
    workflow = Workflow(Stage, initial=LOAD)
    for state, target in zip([LOAD, *way], way, strict=False):
        workflow.register(state, returning(target))

    async def run() -> None:
        task = asyncio.create_task(workflow.orchestrate())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def of_many_awaits() -> Workflow[Stage, MemoryStore]:
    """Write 1 to 6, one by one, on the loop, in a thread and in the parts of a node."""
    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)

    def count(store: MemoryStore) -> None:
        store.put(COUNT, store.get(COUNT, 0) + 1)

    @workflow.stage(LOAD)
    async def on_the_loop(store: MemoryStore) -> Stage:
        count(store)
        await asyncio.sleep(0)
        count(store)
        await asyncio.sleep(0)
        return PARSE

    @workflow.stage(PARSE)
    def in_a_thread(store: MemoryStore) -> Stage:
        count(store)
        count(store)
        return MERGE

    class InParts(Merge):
        async def prep(self, store: MemoryStore) -> int:
            await asyncio.sleep(0)
            count(store)
            return 0

        async def post(self, store: MemoryStore, result: int) -> Stage:
            del result
            count(store)
            await asyncio.sleep(0)
            return DONE

    return workflow.register(MERGE, InParts())


def test_a_run_cancelled_after_any_number_of_steps_leaves_no_task_and_no_half_written_part() -> None:
    workflow = of_many_awaits()

    async def cancel_after(steps: int) -> tuple[bool, int]:
        store = MemoryStore()
        task = asyncio.create_task(workflow.orchestrate(store=store))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        count = store.get(COUNT, 0)
        await asyncio.sleep(0)
        assert store.get(COUNT, 0) == count
        return task.cancelled(), count

    async def sweep() -> list[tuple[bool, int]]:
        outcomes = [await cancel_after(0)]
        while outcomes[-1][0]:
            outcomes.append(await cancel_after(len(outcomes)))
        return outcomes

    outcomes = asyncio.run(sweep())

    assert outcomes[0] == (True, 0)
    assert outcomes[-1] == (False, 6)
    assert {count for _, count in outcomes} <= {0, 1, 2, 4, 5, 6}


INTERRUPTED = """
import asyncio, signal
from enum import Enum
from keyrack.workflow import Workflow

Stage = Enum("Stage", "LOAD DONE")
workflow = Workflow(Stage, initial=Stage.LOAD).add_exit_states(Stage.DONE)

@workflow.stage(Stage.LOAD)
async def load(store):
    try:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()
    finally:
        print("cleaned")

try:
    workflow.run()
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_cancels_the_task_and_gets_out_of_run() -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.stdout, result.stderr) == ("cleaned\ninterrupted\n", "")


# --- many at once ---------------------------------------------------------------------------------


def test_a_thousand_runs_at_once_on_a_thousand_stores_do_not_see_each_other() -> None:
    workflow = Workflow(Stage, initial=LOAD, inputs=[COUNT]).add_exit_states(DONE, FAILED)

    @workflow.stage(LOAD)
    async def double(store: MemoryStore) -> Stage:
        number = store.get(COUNT)
        await asyncio.sleep(0)
        store.put(COUNT, number * 2)
        return PARSE if number % 3 else MERGE

    @workflow.stage(PARSE)
    async def add(store: MemoryStore) -> Stage:
        await asyncio.sleep(0)
        store.put(COUNT, store.get(COUNT) + 1)
        return MERGE

    @workflow.stage(MERGE)
    async def finish(store: MemoryStore) -> Stage:
        await asyncio.sleep(0)
        return DONE if store.get(COUNT) % 2 else FAILED

    stores = [counted(number) for number in range(1000)]

    async def run() -> list[Stage]:
        return await asyncio.gather(*(workflow.orchestrate(store=store) for store in stores))

    ends = asyncio.run(run())

    assert [store.get(COUNT) for store in stores] == [number * 2 + bool(number % 3) for number in range(1000)]
    assert ends == [DONE if number % 3 else FAILED for number in range(1000)]
    assert workflow.store.is_empty()


def test_runs_in_several_threads_at_once_share_one_definition() -> None:
    workflow = books()
    stores = [MemoryStore() for _ in range(8)]

    def run(store: MemoryStore) -> Stage:
        return workflow.run(store=store)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, stores)) == {DONE}

    assert {store.get(COUNT) for store in stores} == {20}


async def memory_of_a_thousand(start: Callable[[], Awaitable[object]], go: asyncio.Event) -> int:
    async def one() -> None:
        await start()

    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tasks = [asyncio.create_task(one()) for _ in range(1000)]
    await asyncio.sleep(0)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    go.set()
    await asyncio.gather(*tasks)
    go.clear()
    return after - before


def test_a_run_takes_less_than_four_kilobytes_beside_its_task() -> None:
    async def run() -> int:
        go = asyncio.Event()

        async def wait(_store: MemoryStore) -> Stage:
            await go.wait()
            return DONE

        workflow = single(wait)
        await workflow.orchestrate(DONE)
        bare = await memory_of_a_thousand(lambda: wait(workflow.store), go)
        return await memory_of_a_thousand(workflow.orchestrate, go) - bare

    assert asyncio.run(run()) < 4096 * 1000

"""A run that is cancelled at every one of its steps leaves nothing behind, and a store that finished verbs explain."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from tests.signals import needs_signals
from tests.workflow.sweeps import LOG, SUMMARY, Part, SteppedLoop, World

from keyrack.errors import WorkflowTimeoutError

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
T = TypeVar("T")


def stepped(work: Callable[[SteppedLoop], Coroutine[Any, Any, T]]) -> T:
    """Do *work* on a loop that counts its steps."""

    async def main() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteppedLoop)
        return await work(loop)

    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        return runner.run(main())


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """Give another thread, which writes to stores."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


async def assert_nothing_is_left(world: World, loop: SteppedLoop, other: ThreadPoolExecutor) -> None:
    """Assert that nothing runs, and nothing will, of what a run has started."""
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert loop.live_timers == []
    assert (world.at_work, world.in_threads) == (0, 0)
    assert len(world.finished) == world.begun
    assert world.content() == world.explained()
    assert_the_summary_is_whole(world)

    begun = world.begun
    other.submit(world.store.append, LOG, "another thread").result(10)  # what holds the lock shuts it out
    await asyncio.sleep(1e3)

    assert world.begun == begun


def assert_the_summary_is_whole(world: World) -> None:
    summary = world.store.get(SUMMARY, None)
    if summary is not None:
        failed = [failure.branch for failure in summary.errors]
        numbers = [number for number, _ in (*summary.successes, *failed, *summary.timed_out, *summary.cancelled)]
        assert sorted(numbers) == list(range(len(numbers)))
        assert len(numbers) in {4, 6}


# --- cancelled ------------------------------------------------------------------------------------


async def cancelled_at(steps: tuple[int, ...], loop: SteppedLoop, other: ThreadPoolExecutor, *, observed: bool) -> bool:
    """Cancel a run before each of *steps*, look at what is left, and say whether the run was still there."""
    world = World()
    asked = 0
    observers = [world.recorder] if observed else []
    run = asyncio.create_task(world.workflow.orchestrate(observers=observers))

    def cancel() -> None:
        nonlocal asked
        asked += run.cancel()

    loop.begin(acting=cancel, at=steps)
    await asyncio.wait([run])

    assert run.cancelling() == asked
    assert run.cancelled() == bool(asked)
    assert asked or run.result() is Part.DONE
    if observed and world.recorder.events and asked:
        world.recorder.assert_failed(asyncio.CancelledError)
    await assert_nothing_is_left(world, loop, other)
    return asked > 0


async def swept(gaps: tuple[int, ...], loop: SteppedLoop, other: ThreadPoolExecutor, *, observed: bool = False) -> int:
    """Cancel a run at its first step, a new one at its second step and so on; give how many steps a run has."""
    step = 0
    while await cancelled_at((step, *(step + gap for gap in gaps)), loop, other, observed=observed):
        step += 1
    return step


@pytest.mark.parametrize("observed", [False, True], ids=["unobserved", "observed"])
def test_a_run_cancelled_at_any_step_leaves_nothing_behind(other: ThreadPoolExecutor, *, observed: bool) -> None:
    steps = stepped(lambda loop: swept((), loop, other, observed=observed))

    assert steps > 200  # every await of every part, several times over


@pytest.mark.parametrize("gap", [1, 3, *(range(4, 40) if SOAK else ())])
def test_a_run_cancelled_at_any_step_and_again_soon_after_leaves_nothing_behind(
    gap: int, other: ThreadPoolExecutor
) -> None:
    steps = stepped(lambda loop: swept((gap,), loop, other))

    assert steps > 200


def test_a_run_cancelled_at_every_step_from_any_one_on_leaves_nothing_behind(other: ThreadPoolExecutor) -> None:
    steps = stepped(lambda loop: swept(tuple(range(1, 60)), loop, other))

    assert steps > 200


def test_a_run_cancelled_before_its_first_step_does_nothing(other: ThreadPoolExecutor) -> None:
    async def work(loop: SteppedLoop) -> int:
        world = World()
        loop.begin(acting=lambda: None, at=())
        run = asyncio.create_task(world.workflow.orchestrate(observers=[world.recorder]))
        run.cancel()
        await asyncio.wait([run])
        assert run.cancelled()
        assert world.recorder.events == []
        await assert_nothing_is_left(world, loop, other)
        return world.begun

    assert stepped(work) == 0


# --- out of time ----------------------------------------------------------------------------------


async def instants_of_a_run(loop: SteppedLoop) -> list[float]:
    """Give when something happens in a run, from its start on, and moments between."""
    world = World()
    start = loop.time()
    loop.instants.clear()
    assert await world.workflow.orchestrate() is Part.DONE
    exact = sorted(instant - start for instant in loop.instants)
    return sorted({*exact, *(instant + 0.125 for instant in exact)} - {0.0})


def test_a_run_in_an_outer_time_limit_that_passes_at_any_moment_leaves_nothing_behind(
    other: ThreadPoolExecutor,
) -> None:
    async def work(loop: SteppedLoop) -> set[object]:
        ends: set[object] = set()
        for limit in await instants_of_a_run(loop):
            world = World()
            loop.begin(acting=lambda: None, at=())
            try:
                async with asyncio.timeout(limit):
                    ends.add(await world.workflow.orchestrate())
            except TimeoutError as error:
                ends.add(type(error))
            assert_not_cancelled()
            await assert_nothing_is_left(world, loop, other)
        return ends

    assert stepped(work) == {Part.DONE, TimeoutError}  # no WorkflowTimeoutError: no limit of the workflow has passed


def test_a_run_whose_own_time_limit_passes_at_any_moment_leaves_nothing_behind(other: ThreadPoolExecutor) -> None:
    async def work(loop: SteppedLoop) -> set[object]:
        ends: set[object] = set()
        for limit in await instants_of_a_run(loop):
            world = World(limit)
            loop.begin(acting=lambda: None, at=())
            try:
                ends.add(await world.workflow.orchestrate(observers=[world.recorder]))
            except WorkflowTimeoutError as error:
                ends.add((error.workflow, error.limit == limit, error.task))
            assert_not_cancelled()
            await assert_nothing_is_left(world, loop, other)
        return ends

    assert stepped(work) == {Part.DONE, ("sweep", True, None)}


@pytest.mark.parametrize("after", [0.0, 0.125, 0.25, 1.0])
def test_of_two_time_limits_the_outer_one_counts_if_it_passes_before_the_run_has_ended(
    after: float, other: ThreadPoolExecutor
) -> None:
    async def work(loop: SteppedLoop) -> set[type[BaseException]]:
        ends: set[type[BaseException]] = set()
        for limit in (await instants_of_a_run(loop))[: None if SOAK else -2 : 1 if SOAK else 3]:
            world = World(limit)
            loop.begin(acting=lambda: None, at=())
            until = loop.time() + limit + after
            try:
                async with asyncio.timeout_at(until):
                    await world.workflow.orchestrate()
            except WorkflowTimeoutError as error:
                ends.add(type(error))
                assert loop.time() <= until
            except TimeoutError as error:
                ends.add(type(error))
                assert loop.time() >= until
            assert_not_cancelled()
            await assert_nothing_is_left(world, loop, other)
        return ends

    ends = stepped(work)

    assert TimeoutError in ends
    assert (WorkflowTimeoutError in ends) is (after > 0)


def assert_not_cancelled() -> None:
    """Assert that nobody asks the asyncio task of the test to end."""
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


# --- interrupted ----------------------------------------------------------------------------------

PROGRAM = """
import asyncio, os, signal, sys, threading
from enum import Enum
from keyrack.workflow import JoinConfig, JoinStrategy, Node, Retry, Workflow
from keyrack.workflow.events import Joined, RetryPlanned

Stage = Enum("Stage", "LOAD THREAD NODE RETRY SPLIT NESTED DONE")
at_work = 0
tries = 0

class Working:
    def __init__(self, name): self.name = name
    def __enter__(self): self.count(1)
    def __exit__(self, *_): self.count(-1)
    async def __aenter__(self): self.count(1)
    async def __aexit__(self, *_):
        try:
            await asyncio.sleep(0)
            here(self.name + " cleans up")
            await asyncio.sleep(0)
        finally:
            self.count(-1)
    def count(self, change):
        global at_work
        at_work += change

async def load(store):
    async with Working("load"):
        here("load")
        await asyncio.sleep(0)
    return Stage.THREAD

def thread(store):
    with Working("thread"):
        here("thread")
    return Stage.NODE

class Parts(Node):
    async def prep(self, store):
        here("prep")
    def exec(self, data):
        with Working("exec"):
            here("exec")
    def post(self, store, result):
        here("post")
        return Stage.RETRY

async def retried(store):
    global tries
    tries += 1
    if tries % 2:
        raise ValueError
    return Stage.SPLIT

async def hangs(store):
    async with Working("branch"):
        here("branch")
        await asyncio.sleep(3600)

def in_thread(store):
    with Working("branch's thread"):
        here("branch's thread")

async def nested(store):
    inner = Workflow(Stage).register(Stage.LOAD, load).add_exit_states(Stage.THREAD)
    await inner.orchestrate(Stage.LOAD, store=store)
    here("nested")
    return Stage.DONE

def observe(event):
    here(type(event).__name__)

join = JoinConfig(JoinStrategy.any(), Stage.NESTED, timeout=60.0)
workflow = Workflow(Stage, initial=Stage.LOAD, timeout=600.0, observers=[observe]).add_exit_states(Stage.DONE)
workflow.register(Stage.LOAD, load).register(Stage.THREAD, thread).register(Stage.NODE, Parts())
workflow.register(Stage.RETRY, retried, retry=Retry.fixed(2), attempt_timeout=60.0)
workflow.register_split(Stage.SPLIT, [hangs, in_thread], join).register(Stage.NESTED, nested)

def left():
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    return at_work, others
"""

AT_A_POINT = """
points = sys.argv[1:]
def here(point):
    if points and point == points[0]:
        points.pop(0)
        os.kill(os.getpid(), signal.SIGINT)

try:
    print(workflow.run())
finally:
    print(left())
"""

POINTS = [
    ["load"],
    ["load cleans up"],
    ["thread"],
    ["prep"],
    ["exec"],
    ["post"],
    ["RetryPlanned"],
    ["SplitStarted"],
    ["branch"],
    ["branch's thread"],
    ["branch cleans up"],
    ["Joined"],
    ["nested"],
    ["load", "load cleans up"],
    ["branch", "branch cleans up"],
]


def child(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", PROGRAM + program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@needs_signals
@pytest.mark.parametrize("points", POINTS, ids=" and ".join)
def test_ctrl_c_at_any_point_ends_the_program_and_leaves_no_task_and_no_thread(points: list[str]) -> None:
    result = child(AT_A_POINT, *points)

    assert result.stdout == "(0, [])\n"
    assert result.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert result.returncode == -signal.SIGINT  # what shells show as 130


AT_ANY_MOMENT = """
import logging
logging.disable()  # what stands on stderr is not from us

def here(point): pass

signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

async def alarmed(delay):
    signal.setitimer(signal.ITIMER_REAL, delay)
    try:
        await workflow.orchestrate()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

interrupted = 0
rounds = int(sys.argv[1])
for number in range(rounds):
    try:
        asyncio.run(alarmed(0.00005 + number * 0.004 / rounds))
    except KeyboardInterrupt:
        interrupted += 1
    assert left() == (0, []), left()
print(interrupted > rounds // 10)
"""


@needs_signals
def test_ctrl_c_at_any_moment_leaves_no_task_and_no_thread() -> None:
    result = child(AT_ANY_MOMENT, "2000" if SOAK else "200")

    assert (result.stdout, result.stderr) == ("True\n", "")

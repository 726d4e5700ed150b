"""Virtual time: what waits is over at once, in the same order and at the exact time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from tests.workflow.branches import now

from keyrack.testing import VirtualTimeLoop, run_in_virtual_time

YEAR = 365 * 86400.0


# --- waiting --------------------------------------------------------------------------------------


def test_a_run_starts_at_0_and_gives_what_the_coroutine_returns() -> None:
    async def run() -> float:
        return now()

    assert run_in_virtual_time(run()) == 0.0


def test_what_the_coroutine_raises_gets_out_as_it_is() -> None:
    error = LookupError()

    async def run() -> None:
        raise error

    with pytest.raises(LookupError) as caught:
        run_in_virtual_time(run())

    assert caught.value is error


@pytest.mark.parametrize("seconds", [0, 5e-324, 1e-12, 5e-10, 0.1, 1, 86401, YEAR, 100 * YEAR, 1e15, 1e300], ids=str)
@pytest.mark.parametrize("before", [0, 1e-9, 0.3, 1e7, 3e9], ids=str)
def test_a_sleep_ends_at_the_exact_time(before: float, seconds: float) -> None:
    async def run() -> float:
        await asyncio.sleep(before)
        await asyncio.sleep(seconds)
        return now()

    assert run_in_virtual_time(run()) == before + seconds


def test_ten_thousand_sleeps_take_what_they_add_up_to() -> None:
    async def run() -> float:
        for _ in range(10_000):
            await asyncio.sleep(0.1)
        return now()

    expected = 0.0
    for _ in range(10_000):
        expected += 0.1

    assert run_in_virtual_time(run()) == expected


def test_years_take_no_time() -> None:
    async def run() -> None:
        await asyncio.sleep(1e6 * YEAR)

    began = time.monotonic()
    run_in_virtual_time(run())

    assert time.monotonic() - began < 10


def test_timers_ring_in_the_order_of_their_times_and_those_of_the_same_time_in_that_in_which_they_were_set() -> None:
    rung: list[tuple[str, float]] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def ring(name: str) -> None:
            rung.append((name, loop.time()))

        for name, seconds in [("c", 3.0), ("a", 1.0), ("b", 2.0), ("a too", 1.0), ("never", 2.5), ("tiny", 1e-12)]:
            timer = loop.call_later(seconds, ring, name)
            if name == "never":
                timer.cancel()
        loop.call_at(2.0, ring, "b too")
        loop.call_soon(ring, "now")
        await asyncio.sleep(4)

    run_in_virtual_time(run())

    by_time = sorted(rung, key=lambda one: one[1])
    assert rung == by_time
    assert dict(rung) == {"now": 0, "tiny": 1e-12, "a": 1, "a too": 1, "b": 2, "b too": 2, "c": 3}
    assert [name for name, _ in rung][:4] == ["now", "tiny", "a", "a too"]


def test_sleepers_wake_in_turns() -> None:
    woken: list[tuple[str, float]] = []

    async def nap(name: str, seconds: float) -> None:
        for _ in range(3):
            await asyncio.sleep(seconds)
            woken.append((name, now()))

    async def run() -> None:
        await asyncio.gather(nap("slow", 3), nap("fast", 2))

    run_in_virtual_time(run())

    assert woken == [("fast", 2), ("slow", 3), ("fast", 4), ("slow", 6), ("fast", 6), ("slow", 9)]


def test_a_timer_that_is_set_for_the_past_rings_now() -> None:
    async def run() -> float:
        await asyncio.sleep(5)
        rung = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_at(1, rung.set_result, None)
        await rung
        return now()

    assert run_in_virtual_time(run()) == 5


# --- time limits ----------------------------------------------------------------------------------


async def limited_by_timeout(seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await asyncio.sleep(10)


async def limited_by_wait_for(seconds: float) -> None:
    await asyncio.wait_for(asyncio.sleep(10), seconds)


async def limited_by_an_event(seconds: float) -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(10, event.set)
    await asyncio.wait_for(event.wait(), seconds)


@pytest.mark.parametrize("limited", [limited_by_timeout, limited_by_wait_for, limited_by_an_event])
def test_a_time_limit_runs_out_at_its_time_and_not_before(limited: Callable[[float], Any]) -> None:
    async def run() -> list[float]:
        await limited(10.5)
        times = [now()]
        with pytest.raises(TimeoutError):
            await limited(9.5)
        return [*times, now()]

    assert run_in_virtual_time(run()) == [10, 19.5]


def test_asyncio_wait_gives_what_is_done_at_its_time_limit() -> None:
    async def run() -> tuple[int, int, float]:
        tasks = [asyncio.create_task(asyncio.sleep(seconds)) for seconds in (1, 2, 3)]
        done, pending = await asyncio.wait(tasks, timeout=2.5)
        return len(done), len(pending), now()

    assert run_in_virtual_time(run()) == (2, 1, 2.5)


# --- the loop itself ------------------------------------------------------------------------------


def test_a_loop_can_be_given_to_a_runner() -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(asyncio.sleep(5))
        runner.run(asyncio.sleep(5))

        assert runner.get_loop().time() == 10


def test_debug_mode_is_as_asked_for_and_changes_nothing() -> None:
    async def run() -> tuple[bool, float]:
        await asyncio.to_thread(int)
        await asyncio.sleep(YEAR)
        return asyncio.get_running_loop().get_debug(), now()

    assert run_in_virtual_time(run(), debug=True) == (True, YEAR)
    assert run_in_virtual_time(run(), debug=False) == (False, YEAR)


def test_a_coroutine_cannot_be_run_inside_a_loop_that_runs() -> None:
    async def run() -> None:
        run_in_virtual_time(asyncio.sleep(1))

    with pytest.raises(RuntimeError, match=r"run_in_virtual_time\(\) cannot wait inside an event loop"):
        asyncio.run(run())


def test_asynchronous_generators_are_closed_at_the_end() -> None:
    closed: list[float] = []

    async def numbers() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(1)
            closed.append(now())

    generator = numbers()

    async def run() -> None:
        await anext(generator)

    run_in_virtual_time(run())

    assert closed == [1]


LEAKS = """
import asyncio, gc, socket, sys, threading
from keyrack.testing import DeadlockError, run_in_virtual_time

async def run():
    await asyncio.to_thread(int)
    await asyncio.gather(*(asyncio.to_thread(int) for _ in range(20)))
    await asyncio.sleep(1e9)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    server.close()
    await server.wait_closed()
    if sys.argv[1] == "stuck":
        await asyncio.Event().wait()

try:
    run_in_virtual_time(run())
except DeadlockError:
    print("stuck")
gc.collect()
print(threading.active_count())
"""


@pytest.mark.parametrize(("argument", "out"), [("done", "1\n"), ("stuck", "stuck\n1\n")])
@pytest.mark.parametrize("flags", [["-W", "error"], ["-X", "dev", "-W", "error"]], ids=["plain", "dev"])
def test_a_loop_leaves_no_file_and_no_thread(argument: str, out: str, flags: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, *flags, "-c", LEAKS, argument], capture_output=True, text=True, check=False, timeout=60
    )

    assert (result.stdout, result.stderr) == (out, "")

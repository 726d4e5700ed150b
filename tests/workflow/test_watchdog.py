"""The watchdog of an asyncio task: when it cancels, how that is told from others, and what timers it sets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.clock import CountingClock, clock, let_others_run, run_by_hand

from keyrack.testing import run_in_virtual_time
from keyrack.workflow.cancellation import current_task
from keyrack.workflow.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Coroutine


def counted(coroutine: Coroutine[Any, Any, object]) -> int:
    """Run *coroutine*, and give how many timers were set."""
    loop = CountingClock()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(coroutine)
    return loop.timers


def timers() -> list[float]:
    """The moments for which timers are set."""
    loop: Any = asyncio.get_running_loop()
    return [handle.when() for handle in loop._scheduled if not handle.cancelled()]


def time() -> float:
    return asyncio.get_running_loop().time()


async def slept(seconds: float) -> bool:
    """Say whether nobody cancelled a sleep."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        return False
    return True


# --- when it cancels ------------------------------------------------------------------------------


def test_an_attempt_is_cancelled_when_it_is_out_of_time() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task())
        watchdog.begin(10)

        assert not await slept(60)
        assert time() == 10
        assert watchdog.took_too_long()

    run_in_virtual_time(run())


def test_an_attempt_that_ends_in_time_is_not_cancelled_later() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task())
        watchdog.begin(10)
        assert await slept(9)
        watchdog.end()

        assert await slept(60)
        assert not watchdog.took_too_long()

    run_in_virtual_time(run())


def test_each_attempt_has_its_own_time_be_it_shorter_or_longer_than_that_before() -> None:
    async def run() -> list[float]:
        watchdog = Watchdog(current_task())
        ends: list[float] = []
        for limit in 10, 3, 20, 1:
            watchdog.begin(limit)
            assert not await slept(100)
            assert watchdog.took_too_long()
            watchdog.end()
            ends.append(time())
        return ends

    assert run_in_virtual_time(run()) == [10, 13, 33, 34]


def test_a_run_is_cancelled_when_it_is_out_of_time_whatever_its_attempts_do() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), 10)
        for _ in range(3):
            watchdog.begin(4)
            assert await slept(3)
            watchdog.end()
        watchdog.begin(4)

        assert not await slept(3)
        assert time() == 10
        assert watchdog.run_took_too_long()
        assert not watchdog.took_too_long()

    run_in_virtual_time(run())


@pytest.mark.parametrize(("run_limit", "attempt_limit"), [(10, 10), (10, 10.5), (10.5, 10)])
def test_a_run_and_an_attempt_that_are_out_of_time_together_are_cancelled_once(
    run_limit: float, attempt_limit: float
) -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), run_limit)
        watchdog.begin(attempt_limit)

        assert not await slept(60)
        assert await slept(5)  # its cleanup
        assert watchdog.run_took_too_long()
        assert not watchdog.took_too_long()

        watchdog.end()
        watchdog.stop()
        assert current_task().cancelling() == 0

    run_in_virtual_time(run())


def test_no_attempt_is_timed_once_the_run_is_out_of_time() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), 10)
        assert not await slept(60)
        watchdog.begin(1)

        assert await slept(60)
        assert timers() == []

    run_in_virtual_time(run())


# --- whose cancellation it is ---------------------------------------------------------------------


def test_a_cancellation_from_outside_is_not_taken_for_a_time_limit() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), 60)
        watchdog.begin(30)
        asyncio.get_running_loop().call_later(5, current_task().cancel)

        assert not await slept(100)
        assert not watchdog.took_too_long()
        assert not watchdog.run_took_too_long()

    run_in_virtual_time(run())


@pytest.mark.parametrize("first", ["the watchdog", "somebody else"])
def test_a_cancellation_from_outside_goes_before_a_time_limit_at_the_same_moment(first: str) -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task())
        if first == "the watchdog":
            watchdog.begin(5)
        asyncio.get_running_loop().call_later(5, current_task().cancel)
        if first == "somebody else":
            watchdog.begin(5)

        assert not await slept(100)
        await let_others_run()
        assert not watchdog.took_too_long()

        watchdog.end()
        assert current_task().cancelling() == 1  # that from outside

    run_in_virtual_time(run())


def test_a_cancellation_that_was_survived_before_does_not_count() -> None:
    async def run() -> None:
        current_task().cancel()
        assert not await slept(1)
        watchdog = Watchdog(current_task(), 10)
        watchdog.begin(5)

        assert not await slept(100)
        assert watchdog.took_too_long()
        watchdog.end()
        assert not await slept(100)
        assert watchdog.run_took_too_long()
        watchdog.stop()
        assert current_task().cancelling() == 1

    run_in_virtual_time(run())


def test_what_it_cancelled_is_taken_back() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), 10)
        watchdog.begin(5)
        assert not await slept(100)
        watchdog.end()
        assert current_task().cancelling() == 0
        assert not await slept(100)
        watchdog.stop()

        assert current_task().cancelling() == 0
        assert not watchdog.run_took_too_long()

    run_in_virtual_time(run())


# --- timers ---------------------------------------------------------------------------------------


def test_thousands_of_attempts_in_time_set_one_timer() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task())
        for _ in range(5000):
            watchdog.begin(10)
            watchdog.end()

    assert counted(run()) == 1


def test_attempts_of_two_limits_in_turn_set_a_timer_for_each_limit_and_no_more() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), 1000)
        for _ in range(5000):
            watchdog.begin(10)
            watchdog.end()
            watchdog.begin(1)
            watchdog.end()

    assert counted(run()) == 3


def test_attempts_that_together_take_longer_than_their_limit_set_a_timer_for_each_limit_that_passes() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task())
        for _ in range(1000):
            watchdog.begin(10)
            clock().forward(1)
            await asyncio.sleep(0)
            watchdog.end()

    assert counted(run()) in range(100, 120)


def test_a_timer_that_rings_between_attempts_is_not_set_again() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task())
        watchdog.begin(10)
        watchdog.end()
        clock().forward(60)
        await let_others_run()

        assert timers() == []

        watchdog.begin(10)
        assert timers() == [70]

    run_by_hand(run())


def test_a_watchdog_that_was_stopped_leaves_no_timer() -> None:
    async def run() -> None:
        watchdog = Watchdog(current_task(), 100)
        watchdog.begin(10)
        watchdog.end()
        assert timers() == [10]
        watchdog.stop()

        assert timers() == []

    run_by_hand(run())

"""Virtual time: where what is waited for never comes, there is an error and not a test that hangs."""

from __future__ import annotations

import asyncio
import math
import pickle
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from keyrack.testing import DeadlockError, run_in_virtual_time


async def for_a_future() -> None:
    await asyncio.get_running_loop().create_future()


async def for_an_event_with_infinite_patience() -> None:
    await asyncio.wait_for(asyncio.Event().wait(), math.inf)


async def for_each_other() -> None:
    one, other = asyncio.Lock(), asyncio.Lock()

    async def take(first: asyncio.Lock, second: asyncio.Lock) -> None:
        async with first:
            await asyncio.sleep(1)
            async with second:
                pass

    await asyncio.gather(take(one, other), take(other, one))


async def for_a_future_after_threads() -> None:
    await asyncio.gather(*(asyncio.to_thread(int) for _ in range(3)))
    await asyncio.sleep(5)
    await for_a_future()


@pytest.mark.parametrize(
    "stuck",
    [for_a_future, for_an_event_with_infinite_patience, for_each_other, for_a_future_after_threads],
    ids=lambda stuck: stuck.__name__,
)
def test_where_nothing_can_ever_come_there_is_an_error_at_once(stuck: Callable[[], Any]) -> None:
    with pytest.raises(DeadlockError, match=r"^nothing can wake the event loop any more\n") as caught:
        run_in_virtual_time(stuck(), patience=20)

    assert caught.value.waited == 0
    assert caught.value.jobs == 0


def test_the_error_names_every_task_with_the_place_where_it_waits() -> None:
    event = asyncio.Event()

    async def inner() -> None:
        await event.wait()

    async def outer() -> None:
        await inner()

    async def run() -> None:
        asyncio.current_task().set_name("main")  # type: ignore[union-attr]
        await asyncio.create_task(outer(), name="second")

    with pytest.raises(DeadlockError) as caught:
        run_in_virtual_time(run())

    first = inner.__code__.co_firstlineno
    last = run.__code__.co_firstlineno
    prefix = "test_the_error_names_every_task_with_the_place_where_it_waits.<locals>"
    assert caught.value.tasks == (
        f"'main' waits in {prefix}.run ({__file__}:{last + 2})",
        f"'second' waits in {prefix}.inner ({__file__}:{first + 1})",
    )
    assert str(caught.value) == "\n  ".join(["nothing can wake the event loop any more", *caught.value.tasks])


def test_the_error_comes_out_of_a_pickle_as_it_went_in() -> None:
    with pytest.raises(DeadlockError) as caught:
        run_in_virtual_time(for_a_future())
    copy = pickle.loads(pickle.dumps(caught.value))

    assert str(copy) == str(caught.value)
    assert copy.tasks == caught.value.tasks


def test_where_nothing_can_ever_come_every_task_is_cancelled() -> None:
    cleaned: list[str] = []

    async def stuck(name: str) -> None:
        try:
            await for_a_future()
        finally:
            cleaned.append(name)

    async def run() -> None:
        await asyncio.gather(stuck("other"), stuck("main"))

    with pytest.raises(DeadlockError):
        run_in_virtual_time(run())

    assert sorted(cleaned) == ["main", "other"]


def test_a_task_that_will_not_be_cancelled_does_not_hang_the_end() -> None:
    async def run() -> None:
        while True:
            try:
                await for_a_future()
            except asyncio.CancelledError:
                await for_a_future()

    with pytest.raises(DeadlockError):
        run_in_virtual_time(run())


def test_a_thread_that_does_not_come_in_time_is_an_error() -> None:
    enough = threading.Event()
    thread = threading.Thread(target=enough.wait, args=(30,), daemon=True)
    thread.start()

    with pytest.raises(
        DeadlockError, match=r"^nothing has woken the event loop for 0\.05 s of real time; for more"
    ) as e:
        run_in_virtual_time(for_a_future(), patience=0.05)
    enough.set()
    thread.join()

    assert e.value.waited == 0.05


def test_a_file_that_stays_silent_is_an_error() -> None:
    one, other = socket.socketpair()
    one.setblocking(False)

    async def run() -> None:
        await asyncio.get_running_loop().sock_recv(one, 10)

    with one, other, pytest.raises(DeadlockError, match=r"nothing has woken the event loop for 0\.05 s of real time"):
        run_in_virtual_time(run(), patience=0.05)


def test_a_function_in_a_thread_that_waits_for_a_timer_is_an_error_that_says_that_time_stands_still() -> None:
    enough = threading.Event()

    async def run() -> None:
        asyncio.get_running_loop().call_later(1, enough.set)
        try:
            await asyncio.to_thread(enough.wait, 30)
        finally:
            enough.set()

    with pytest.raises(
        DeadlockError, match="its clock stands still while executors run 1 function; for more"
    ) as caught:
        run_in_virtual_time(run(), patience=0.05)

    assert caught.value.jobs == 1

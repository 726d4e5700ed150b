"""Virtual time and what comes from outside the loop: threads, processes, sockets and signals."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from tests.workflow.branches import now

from keyrack.testing import run_in_virtual_time

# --- threads and processes ------------------------------------------------------------------------


def test_time_stands_still_while_a_thread_works() -> None:
    slept: list[float] = []

    async def sleeper() -> None:
        await asyncio.sleep(1)
        slept.append(now())

    async def run() -> list[float]:
        task = asyncio.create_task(sleeper())
        started, go_on = threading.Event(), threading.Event()

        def work() -> None:
            started.set()
            assert go_on.wait(30)

        working = asyncio.create_task(asyncio.to_thread(work))
        while not started.is_set():  # noqa: ASYNC110  # a thread sets it
            await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)
        times = [now(), float(len(slept))]
        go_on.set()
        await working
        times.append(now())
        await task
        return times

    assert run_in_virtual_time(run()) == [0, 0, 0]
    assert slept == [1]


def test_time_goes_on_when_a_function_in_a_thread_has_failed() -> None:
    def fail() -> None:
        raise LookupError

    async def run() -> float:
        with pytest.raises(LookupError):
            await asyncio.to_thread(fail)
        await asyncio.sleep(1)
        return now()

    assert run_in_virtual_time(run()) == 1


def test_time_goes_on_when_nobody_waits_for_a_thread_any_more_and_what_it_does_is_still_waited_for() -> None:
    async def run() -> tuple[float, str]:
        loop = asyncio.get_running_loop()
        started, waiting, came = threading.Event(), threading.Event(), loop.create_future()

        def work() -> None:
            started.set()
            assert waiting.wait(30)
            loop.call_soon_threadsafe(came.set_result, "came")

        working = loop.run_in_executor(None, work)
        assert started.wait(30)
        working.cancel()
        await asyncio.sleep(1)
        loop.call_soon(waiting.set)
        return now(), await came

    assert run_in_virtual_time(run()) == (1, "came")


def test_many_threads_work_at_once() -> None:
    async def run() -> list[int]:
        return await asyncio.gather(*(asyncio.to_thread(int, str(number)) for number in range(200)))

    assert run_in_virtual_time(run()) == [*range(200)]


def test_a_thread_may_call_back_and_wait_for_the_loop() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    async def run() -> int:
        loop = asyncio.get_running_loop()
        return await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(answer(), loop).result(30))

    assert run_in_virtual_time(run()) == 42


def test_a_thread_of_ones_own_is_waited_for_where_no_timer_is_set() -> None:
    async def run() -> str:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        waiting = threading.Event()
        threading.Thread(
            target=lambda: (waiting.wait(30), loop.call_soon_threadsafe(future.set_result, "came")), daemon=True
        ).start()
        loop.call_soon(waiting.set)
        return await future

    assert run_in_virtual_time(run()) == "came"


def test_what_was_submitted_to_a_pool_of_ones_own_is_waited_for() -> None:
    async def run(pool: ThreadPoolExecutor) -> int:
        return await asyncio.wrap_future(pool.submit(int, "7"))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()  # so that its thread is there before the loop

        assert run_in_virtual_time(run(pool)) == 7


def test_time_stands_still_while_another_process_works() -> None:
    async def run(pool: ProcessPoolExecutor) -> tuple[int, float]:
        sleeping = asyncio.create_task(asyncio.sleep(5))
        answer = await asyncio.get_running_loop().run_in_executor(pool, pow, 2, 10)
        at = now()
        await sleeping
        return answer, at

    with ProcessPoolExecutor(1) as pool:
        assert run_in_virtual_time(run(pool)) == (1024, 0)


def test_a_program_is_waited_for_where_no_timer_is_set() -> None:
    async def run() -> tuple[bytes, int | None]:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print(input() * 2)", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        out, _ = await program.communicate(b"ab\n")
        return out.strip(), program.returncode

    assert run_in_virtual_time(run()) == (b"abab", 0)


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give two sockets that are connected with each other."""
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        other.setblocking(False)
        yield one, other


def test_what_was_written_to_a_socket_is_read_before_time_goes_on(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    read: list[tuple[bytes, float]] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(other, lambda: read.append((other.recv(10), loop.time())))
        loop.call_later(2, one.send, b"two")
        loop.call_later(3, one.send, b"three")
        one.send(b"zero")
        await asyncio.sleep(4)
        loop.remove_reader(other)

    run_in_virtual_time(run())

    assert read == [(b"zero", 0), (b"two", 2), (b"three", 3)]


def test_streams_talk_to_a_server_of_the_same_loop() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.write((await reader.readline()).upper())
        writer.close()
        await writer.wait_closed()

    async def run() -> tuple[bytes, float]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"hello\n")
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return answer, now()

    assert run_in_virtual_time(run()) == (b"HELLO\n", 60)


# --- signals --------------------------------------------------------------------------------------


KILL = "import os, signal; os.kill(os.getppid(), signal.SIGUSR1)"


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="there are no such signals here")
def test_a_signal_that_the_loop_handles_is_waited_for() -> None:
    async def run() -> float:
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, came.set)
        with subprocess.Popen([sys.executable, "-c", KILL]):  # noqa: ASYNC220  # it is the signal that is waited for
            await came.wait()
        assert loop.remove_signal_handler(signal.SIGUSR1)
        assert not loop.remove_signal_handler(signal.SIGUSR1)
        return now()

    assert run_in_virtual_time(run()) == 0


@pytest.mark.parametrize("sleeping", [False, True], ids=["working", "sleeping"])
def test_ctrl_c_cancels_the_coroutine_and_gets_out(*, sleeping: bool) -> None:
    cleaned: list[str] = []
    turns: list[float] = []

    async def run() -> None:
        asyncio.get_running_loop().call_later(10, signal.raise_signal, signal.SIGINT)
        try:
            while now() < 1000:
                turns.append(now())
                await asyncio.sleep(1 if sleeping or now() < 10 else 0)
        finally:
            cleaned.append("cleaned")

    with pytest.raises(KeyboardInterrupt):
        run_in_virtual_time(run())

    assert cleaned == ["cleaned"]
    assert turns[-1] <= 11

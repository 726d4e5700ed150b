"""Plain functions in other processes: what can be sent, what comes back, and what is said where something cannot."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow import remote
from tests.workflow.books import COUNT, DONE, FAILED, LOAD, PARSE, Stage, line
from tests.workflow.calls import SITE
from tests.workflow.clock import clock, let_others_run, run_by_hand
from tests.workflow.remote import PID, Calling, PidOf
from tests.workflow.shared import FileStore

from keyrack.errors import ExecutorError, StateNotRegisteredError
from keyrack.stores import MemoryStore, NamespacedStore
from keyrack.workflow import JoinConfig, JoinStrategy, Workflow
from keyrack.workflow.executors import in_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from keyrack.store import KeyValueStore

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")  # from Python 3.12 on


def new_pool(method: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method))


@pytest.fixture(scope="module")
def spawned() -> Iterator[ProcessPoolExecutor]:
    with new_pool("spawn") as executor:
        yield executor


@pytest.fixture(scope="module")
def forked() -> Iterator[ProcessPoolExecutor]:
    with new_pool("fork") as executor:
        yield executor


@pytest.fixture
def mortal() -> Iterator[ProcessPoolExecutor]:
    """Give a pool that a test may break."""
    with new_pool("fork") as executor:
        yield executor


@pytest.fixture
def shared(tmp_path: Path) -> FileStore:
    store = FileStore(tmp_path)
    store.put(COUNT, 1)
    return store


def single(task: Any, executor: Executor, store: KeyValueStore) -> Workflow[Stage, Any]:
    workflow: Workflow[Stage, Any] = Workflow(Stage, store, name="books", initial=LOAD)
    return workflow.register(LOAD, task, executor=executor).add_exit_states(DONE)


def called(call: Callable[..., Any], executor: Executor, *args: Any) -> Any:
    return asyncio.run(in_executor(call, SITE, executor, *args))


def refused(call: Callable[..., Any], executor: Executor, *args: Any) -> ExecutorError:
    with pytest.raises(ExecutorError) as caught:
        called(call, executor, *args)
    return caught.value


# --- what works -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["spawned", "forked"])
def test_a_task_in_another_process_works_on_a_store_that_processes_share(
    method: str, shared: FileStore, request: pytest.FixtureRequest
) -> None:
    pool: ProcessPoolExecutor = request.getfixturevalue(method)

    assert single(remote.count_up, pool, shared).run() is DONE
    assert shared.get(COUNT) == 2
    assert shared.get(PID) != os.getpid()


def test_a_task_in_another_process_works_on_a_namespace_of_a_store_that_processes_share(
    forked: ProcessPoolExecutor, shared: FileStore
) -> None:
    part = NamespacedStore(shared, "v2")
    part.put(COUNT, 5)

    assert single(remote.count_up, forked, part).run() is DONE
    assert part.get(COUNT) == 6
    assert shared.get(COUNT) == 1


def test_of_a_node_exec_alone_runs_in_the_other_process(spawned: ProcessPoolExecutor) -> None:
    store = MemoryStore()

    assert single(PidOf(), spawned, store).run() is DONE
    assert store.get(COUNT) == os.getpid()
    assert store.get(PID) != os.getpid()


def test_the_executor_of_a_registration_goes_before_that_of_the_workflow(
    forked: ProcessPoolExecutor, mortal: ProcessPoolExecutor
) -> None:
    mortal.shutdown()
    workflow = Workflow(Stage, initial=LOAD, executor=mortal).register(LOAD, PidOf(), executor=forked)
    workflow.add_exit_states(DONE)

    assert workflow.run() is DONE


def test_branches_of_a_split_share_a_process_pool(forked: ProcessPoolExecutor, shared: FileStore) -> None:
    workflow = (
        Workflow(Stage, shared, initial=LOAD, executor=forked)
        .register_split(LOAD, [remote.count_up] * 4, JoinConfig(JoinStrategy.all(), PARSE))
        .add_exit_states(PARSE, FAILED)
    )

    assert workflow.run() is PARSE
    assert shared.get(COUNT) == 5


def test_a_large_result_comes_back_whole(forked: ProcessPoolExecutor) -> None:
    data = os.urandom(4_000_000)

    assert called(remote.size_of, forked, data) == data * 2


def test_an_awaitable_that_comes_back_is_awaited_here(forked: ProcessPoolExecutor) -> None:
    assert called(remote.waiting, forked) == os.getpid()


# --- what cannot be sent --------------------------------------------------------------------------

ADVICE = "use a store that processes share, or a Node, whose exec needs no store"


def test_a_store_in_memory_is_refused_with_what_to_do(forked: ProcessPoolExecutor) -> None:
    store = MemoryStore()
    workflow = Workflow(Stage, store, name="books", initial=LOAD, executor=forked).add_exit_states(DONE)
    workflow.register(LOAD, remote.count_in_memory)
    place = f"{__file__}:{line() - 1}"

    with pytest.raises(ExecutorError) as caught:
        workflow.run()

    assert str(caught.value) == (
        f"'count_in_memory' ({place}) in state LOAD of workflow 'books' failed in ProcessPoolExecutor: it runs tasks "
        "in other processes, and MemoryStore lives in the memory of this one; the store keeps what was written; "
        f"{ADVICE}"
    )
    assert caught.value.__notes__ == ["while running 'count_in_memory' in state LOAD of workflow 'books'"]
    assert store.is_empty()


def test_a_namespace_of_a_store_in_memory_is_refused_by_its_name(forked: ProcessPoolExecutor) -> None:
    error = refused(remote.count_up, forked, NamespacedStore(MemoryStore(), "v2"))

    assert "NamespacedStore('v2') of MemoryStore lives in the memory of this one" in error.reason
    assert error.advice == ADVICE


@pytest.mark.parametrize("call", [lambda: 1, remote.closure()], ids=["lambda", "closure"])
def test_a_function_that_cannot_be_imported_is_refused_with_what_to_do(
    call: Callable[[], int], forked: ProcessPoolExecutor
) -> None:
    error = refused(call, forked)

    assert "cannot be sent to another process" in error.reason
    assert "<lambda>" in error.reason
    assert error.advice == "define it at the top level of a module"


def test_data_that_cannot_be_pickled_is_no_reason_to_move_the_function(forked: ProcessPoolExecutor) -> None:
    error = refused(remote.size_of, forked, lambda: 1)

    assert "cannot be sent to another process" in error.reason
    assert error.advice != "define it at the top level of a module"


class Eager(Executor):
    """Pickles a call as it is submitted, as the executors of some clusters do."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(pickle.loads(pickle.dumps(fn))(*args, **kwargs))
        return future


def test_an_executor_that_pickles_at_once_makes_the_calls_and_refuses_the_same_in_the_same_words() -> None:
    error = refused(remote.count_in_memory, Eager(), MemoryStore())

    assert called(remote.size_of, Eager(), b"x") == b"xx"
    assert error.reason == "it runs tasks in other processes, and MemoryStore lives in the memory of this one"
    assert error.advice == ADVICE


# --- what comes back ------------------------------------------------------------------------------


def test_an_error_of_another_process_arrives_with_its_traceback_in_a_note(
    spawned: ProcessPoolExecutor, shared: FileStore
) -> None:
    with pytest.raises(LookupError, match="no such book") as caught:
        single(remote.put_and_fail, spawned, shared).run()

    there, here = caught.value.__notes__
    assert there.startswith("in another process:\nTraceback (most recent call last):\n")
    assert "in put_and_fail" in there
    assert there.endswith("LookupError: no such book")
    assert here == "while running 'put_and_fail' in state LOAD of workflow 'books'"
    assert shared.get(COUNT) == 7


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (remote.fail_in_two_arguments, "TwoArgumentsError: 404: no such book"),
        (remote.fail_holding, "HoldingError: no such book"),
        (remote.fail_mute, "MuteError"),
        (remote.fail_disguised, "DisguisedError: no such book"),
        (remote.fail_locally, "LocalError: no such book"),
    ],
)
def test_an_exception_that_cannot_come_back_is_told_with_its_traceback(
    call: Callable[[], object], told: str, forked: ProcessPoolExecutor
) -> None:
    error = refused(call, forked)

    assert error.executor == "ProcessPoolExecutor"
    assert error.task == "'count' (app.py:12)"
    assert told in f"{error}\n{error.__notes__}"
    assert f"in {call.__name__}" in error.__notes__[0]


@pytest.mark.parametrize(
    ("call", "told"),
    [(remote.coroutine, "coroutine"), (remote.closure, "function"), (remote.one_way, "OneWay")],
)
def test_a_result_that_cannot_come_back_is_told(
    call: Callable[[], object], told: str, forked: ProcessPoolExecutor
) -> None:
    error = refused(call, forked)

    assert error.executor == "ProcessPoolExecutor"
    assert told in error.reason


def test_a_stop_iteration_of_another_process_is_an_error_and_not_a_wait_for_ever(forked: ProcessPoolExecutor) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        called(remote.stop_iteration, forked)


def test_what_leads_nowhere_is_told_from_another_process_too(forked: ProcessPoolExecutor, shared: FileStore) -> None:
    with pytest.raises(StateNotRegisteredError, match=r"'put_and_return_nothing' .* in state LOAD .* returned None"):
        single(remote.put_and_return_nothing, forked, shared).run()

    assert shared.get(COUNT) == 7


@pytest.mark.parametrize(("call", "kind"), [(remote.leave, SystemExit), (remote.interrupt, KeyboardInterrupt)])
def test_what_ends_a_program_there_ends_it_here_and_the_pool_lives_on(
    call: Callable[[], object], kind: type[BaseException], forked: ProcessPoolExecutor
) -> None:
    store = MemoryStore()

    with pytest.raises(kind):
        single(Calling(call), forked, store).run()

    assert store.get(COUNT) == 1
    assert called(remote.size_of, forked, b"x") == b"xx"


# --- what breaks ----------------------------------------------------------------------------------


def test_a_process_that_dies_is_an_error_that_names_the_task_and_the_store_keeps_what_was_written(
    mortal: ProcessPoolExecutor, shared: FileStore
) -> None:
    workflow = single(remote.put_and_die, mortal, shared)

    with pytest.raises(ExecutorError, match=r"'put_and_die' .* in state LOAD .*BrokenProcessPool: ") as caught:
        workflow.run()

    assert isinstance(caught.value.__cause__, BrokenProcessPool)
    assert shared.get(COUNT) == 7


def test_a_pool_that_is_broken_takes_no_further_call(mortal: ProcessPoolExecutor) -> None:
    refused(remote.die, mortal)

    error = refused(remote.size_of, mortal, b"x")

    assert error.reason.startswith("BrokenProcessPool: ")


def test_a_pool_that_was_shut_down_takes_no_call(mortal: ProcessPoolExecutor) -> None:
    mortal.shutdown()

    error = refused(remote.size_of, mortal, b"x")

    assert error.reason == "RuntimeError: cannot schedule new futures after shutdown"


# --- cancelled ------------------------------------------------------------------------------------


class Pipes:
    """The ends of what `remote.held` waits at."""

    def __init__(self, folder: Path) -> None:
        self.begun, self.go, self.ended = folder / "begun", folder / "go", folder / "ended"
        os.mkfifo(self.begun)
        os.mkfifo(self.go)

    async def has_begun(self) -> None:
        await asyncio.to_thread(self.begun.read_text)

    def let_go(self) -> None:
        self.go.write_text("go")


@pytest.fixture
def pipes(tmp_path: Path) -> Pipes:
    return Pipes(tmp_path)


def held(forked: ProcessPoolExecutor, pipes: Pipes, call: Callable[..., Any] = remote.held) -> asyncio.Task[Any]:
    return asyncio.create_task(in_executor(call, SITE, forked, pipes.begun, pipes.go, pipes.ended))


def test_a_call_that_runs_in_another_process_is_waited_for_when_it_is_cancelled(
    forked: ProcessPoolExecutor, pipes: Pipes, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        call = held(forked, pipes)
        await pipes.has_begun()
        call.cancel("enough")
        await let_others_run()
        clock().forward(60)
        await let_others_run()
        assert not call.done()
        pipes.let_go()
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await call
        assert pipes.ended.exists()

    run_by_hand(run())

    assert caplog.messages == [f"{SITE} was cancelled 1 s ago and still runs; it is waited for"]


def test_what_a_cancelled_call_raised_in_another_process_is_the_cause_of_the_cancellation(
    forked: ProcessPoolExecutor, pipes: Pipes
) -> None:
    async def run() -> BaseException | None:
        call = held(forked, pipes, remote.held_and_fail)
        await pipes.has_begun()
        call.cancel()
        await let_others_run()
        pipes.let_go()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
        return caught.value.__cause__

    assert repr(asyncio.run(run())) == "LookupError('too late')"


def test_a_call_that_waits_in_the_queue_of_a_pool_is_never_made_once_it_is_cancelled(
    forked: ProcessPoolExecutor, pipes: Pipes, tmp_path: Path
) -> None:
    async def run() -> None:
        first = held(forked, pipes)
        await pipes.has_begun()
        # The pool sends a call or two ahead of time; those after them wait here.
        calls = [
            asyncio.create_task(in_executor(remote.touch, SITE, forked, tmp_path / str(number))) for number in range(8)
        ]
        await let_others_run()
        calls[-1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await calls[-1]
        assert not first.done()
        pipes.let_go()
        await asyncio.gather(first, *calls[:-1])

    asyncio.run(run())

    assert sorted(path.name for path in tmp_path.iterdir() if path.name.isdigit()) == list("0123456")


def test_a_cancelled_run_waits_for_the_process_and_the_store_keeps_what_it_wrote(
    forked: ProcessPoolExecutor, pipes: Pipes
) -> None:
    store = MemoryStore()
    node = Calling(remote.Held(pipes.begun, pipes.go, pipes.ended))

    async def run() -> None:
        running = asyncio.create_task(single(node, forked, store).orchestrate())
        await pipes.has_begun()
        running.cancel()
        await let_others_run()
        pipes.let_go()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(run())

    assert pipes.ended.exists()
    assert store.get(COUNT) == 1

"""The page of guarantees: each situation in its table has a test, here or where the part is tested that it is about."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest
from tests.workflow.books import COUNT, DONE, FAILED, LOAD, PARSE, Stage, raising, returning, single

from keyrack.errors import BranchCancelledError, ExecutorError, JoinError, WorkflowTimeoutError
from keyrack.keys.key import StoreKey
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Event, JoinConfig, JoinStrategy, Node, Retry, SplitSummary, Workflow
from keyrack.workflow.cancellation import COUNTS_HOLD

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "explanation" / "guarantees.md"

LOG = StoreKey("log", list[str])
SUMMARY = StoreKey("summary", SplitSummary)

F = TypeVar("F", bound=Callable[..., None])

PROOFS = {
    "Ctrl-C while `run` runs": "workflow/test_concurrency.py::test_ctrl_c_cancels_the_task_and_gets_out_of_run",
    "a call runs in another process when it is cancelled": (
        "workflow/test_process_pools.py::test_a_cancelled_run_waits_for_the_process_and_the_store_keeps_what_it_wrote"
    ),
}
"""Where else a situation is tested."""


def situation(name: str) -> Callable[[F], F]:
    """Say which line of the table a test is about."""

    def mark(test: F) -> F:
        PROOFS[name] = f"docs/{Path(__file__).name}::{test.__name__}"
        return test

    return mark


# --- tasks ----------------------------------------------------------------------------------------


async def held(store: MemoryStore) -> NoReturn:
    """Begins, takes a second to clean up when it is cancelled, and writes down both."""
    store.append(LOG, "begun")
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(1)
        store.append(LOG, "cleaned")
    raise AssertionError


async def stubborn(store: MemoryStore) -> Stage:
    """Does not care that it is cancelled."""
    store.append(LOG, "begun")
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        store.append(LOG, "ignored")
    await asyncio.sleep(5)
    store.append(LOG, "done")
    return DONE


async def quick(_store: MemoryStore) -> None:
    await asyncio.sleep(10)


def fanned(*tasks: Any, strategy: JoinStrategy, **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of one split, in LOAD, that goes on in PARSE."""
    join = JoinConfig(strategy, PARSE, summary=SUMMARY, **options)
    workflow = Workflow(Stage, name="books", initial=LOAD).register_split(LOAD, tasks, join)
    return workflow.register(PARSE, parsed).add_exit_states(DONE)


async def parsed(store: MemoryStore) -> Stage:
    assert asyncio.all_tasks() == {asyncio.current_task()}  # no branch runs any more
    store.append(LOG, "parsed")
    return DONE


async def cancelled_after(seconds: float, run: Coroutine[Any, Any, object]) -> float:
    """Cancel a run that has begun, and give the moment at which it is over."""
    running = asyncio.create_task(run)
    await asyncio.sleep(seconds)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return asyncio.get_running_loop().time()


# --- tasks and attempts ---------------------------------------------------------------------------


@situation("a run comes to an exit state")
def test_a_run_that_ends_well_keeps_what_was_put_and_gives_its_exit_state() -> None:
    workflow = single(returning(PARSE)).register(PARSE, returning(FAILED)).add_exit_states(FAILED)

    assert workflow.run() is FAILED
    assert workflow.store.get(COUNT) == 1


@situation("a task fails")
def test_a_task_that_fails_keeps_what_it_put_and_its_exception() -> None:
    error = OSError("the disk is gone")
    workflow = single(raising(error))

    with pytest.raises(OSError, match="the disk is gone") as caught:
        workflow.run()

    assert caught.value is error
    assert error.__notes__ == ["while running 'fail' in state LOAD of workflow 'books'"]
    assert workflow.store.get(COUNT) == 1


class Second(Node[Stage, int, int]):
    """Fails the first time it writes."""

    def prep(self, store: MemoryStore) -> int:
        store.append(LOG, "prep")
        return len(store.get(LOG))

    def exec(self, data: int) -> int:
        return data

    def post(self, store: MemoryStore, result: int) -> Stage:
        store.append(LOG, f"post {result}")
        if result == 1:
            raise ConnectionError
        return DONE


@situation("an attempt fails and another follows")
def test_a_failed_attempt_leaves_what_it_put_and_a_node_begins_again_from_prep() -> None:
    workflow = Workflow(Stage, initial=LOAD).register(LOAD, Second(), retry=Retry.fixed(2)).add_exit_states(DONE)

    assert workflow.run() is DONE
    assert workflow.store.get(LOG) == ["prep", "post 1", "prep", "post 3"]


@situation("an attempt is out of time")
def test_an_attempt_out_of_time_is_cancelled_and_waited_for_and_has_failed() -> None:
    workflow = Workflow(Stage, initial=LOAD).register(LOAD, held, attempt_timeout=5).add_exit_states(DONE)

    with pytest.raises(WorkflowTimeoutError, match="the limit is 5 s"):
        run_in_virtual_time(workflow.orchestrate())

    assert workflow.store.get(LOG) == ["begun", "cleaned"]


@situation("an attempt is out of time, and an `async` task returns all the same")
def test_an_attempt_that_returns_though_it_is_out_of_time_has_succeeded() -> None:
    workflow = Workflow(Stage, initial=LOAD).register(LOAD, returns_late, attempt_timeout=5).add_exit_states(DONE)

    assert run_in_virtual_time(workflow.orchestrate()) is DONE
    assert workflow.store.get(LOG) == ["asked"]


async def returns_late(store: MemoryStore) -> Stage:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        store.append(LOG, "asked")
    return DONE


# --- splits ---------------------------------------------------------------------------------------


@situation("a split is decided")
def test_a_split_that_goes_on_cancels_and_awaits_its_branches_and_keeps_what_they_put() -> None:
    workflow = fanned(quick, held, returning(None), strategy=JoinStrategy.any(), concurrency=2)

    assert run_in_virtual_time(workflow.orchestrate()) is DONE
    assert workflow.store.get(LOG) == ["begun", "cleaned", "parsed"]
    assert workflow.store.get(COUNT, 0) == 0  # the third never began
    assert [branch.number for branch in workflow.store.get(SUMMARY).cancelled] == [1, 2]


@situation("a split is decided")
def test_a_split_that_fails_cancels_and_awaits_its_branches_and_keeps_what_they_put() -> None:
    workflow = fanned(held, raising(OSError()), strategy=JoinStrategy.quorum(2))

    with pytest.raises(JoinError):
        run_in_virtual_time(workflow.orchestrate())

    assert workflow.store.get(LOG) == ["begun", "cleaned"]
    assert [branch.number for branch in workflow.store.get(SUMMARY).cancelled] == [0]


@situation("a split is out of time")
def test_a_split_out_of_time_cancels_and_awaits_its_branches_and_keeps_what_they_put() -> None:
    workflow = fanned(held, returning(None), strategy=JoinStrategy.all(), timeout=5)

    with pytest.raises(JoinError) as caught:
        run_in_virtual_time(workflow.orchestrate())

    assert [type(error) for error in caught.value.exceptions] == [WorkflowTimeoutError]
    assert workflow.store.get(LOG) == ["begun", "cleaned"]
    assert [branch.number for branch in workflow.store.get(SUMMARY).timed_out] == [0]


@situation("a branch succeeds after it was given up")
@pytest.mark.parametrize("limit", [None, 5])
def test_a_branch_that_succeeds_after_it_was_given_up_counts_as_given_up(limit: float | None) -> None:
    strategy = JoinStrategy.any() if limit is None else JoinStrategy.partial_timeout()
    workflow = fanned(stubborn, quick, strategy=strategy, timeout=limit)

    run_in_virtual_time(workflow.orchestrate())
    summary = workflow.store.get(SUMMARY)

    assert workflow.store.get(LOG) == ["begun", "ignored", "done", "parsed"]
    assert 0 in [branch.number for branch in (summary.cancelled if limit is None else summary.timed_out)]
    assert 0 not in [branch.number for branch in summary.successes]


@situation("a branch is cancelled, and not by its split")
def test_a_branch_that_is_cancelled_by_something_else_has_failed() -> None:
    workflow = fanned(raising(asyncio.CancelledError()), quick, strategy=JoinStrategy.all())

    with pytest.raises(JoinError) as caught:
        run_in_virtual_time(workflow.orchestrate())

    assert [type(error) for error in caught.value.exceptions] == [BranchCancelledError]
    assert caught.value.succeeded == 1
    assert workflow.store.get(COUNT) == 1


# --- runs -----------------------------------------------------------------------------------------


@situation("the run is cancelled")
@pytest.mark.parametrize("split", [False, True])
def test_a_cancelled_run_awaits_its_tasks_and_keeps_what_they_put(split: bool) -> None:
    workflow = fanned(held, quick, strategy=JoinStrategy.all()) if split else single(held)

    over = run_in_virtual_time(cancelled_after(5, workflow.orchestrate()))

    assert over == 6
    assert workflow.store.get(LOG) == ["begun", "cleaned"]
    assert not workflow.store.contains_key(SUMMARY)


@situation("the run is out of time")
@pytest.mark.parametrize("split", [False, True])
def test_a_run_out_of_time_awaits_its_tasks_and_keeps_what_they_put(split: bool) -> None:
    workflow = Workflow(Stage, initial=LOAD, timeout=5).add_exit_states(DONE)
    if split:
        workflow.register_split(LOAD, [held, quick], JoinConfig(JoinStrategy.all(), DONE, summary=SUMMARY))
    else:
        workflow.register(LOAD, held)

    with pytest.raises(WorkflowTimeoutError, match="the limit is 5 s"):
        run_in_virtual_time(workflow.orchestrate())

    assert workflow.store.get(LOG) == ["begun", "cleaned"]
    assert not workflow.store.contains_key(SUMMARY)


@situation("a task ends as cancelled, and nobody cancelled the run")
def test_a_task_that_ends_as_cancelled_ends_the_run_as_cancelled_and_is_named() -> None:
    async def gives_up(store: MemoryStore) -> Stage:
        store.append(LOG, "begun")
        raise asyncio.CancelledError

    workflow = single(gives_up)

    async def run() -> asyncio.CancelledError:
        try:
            await workflow.orchestrate()
        except asyncio.CancelledError as error:  # caught here, because a task passes on a new one without notes
            return error
        raise AssertionError

    error = run_in_virtual_time(run())

    assert workflow.store.get(LOG) == ["begun"]
    assert error.__notes__ == [f"while running 'gives_up' in state LOAD of workflow {workflow.name!r}"]


@situation("a task takes long to end after it was cancelled")
def test_a_task_that_takes_long_to_end_is_waited_for_and_named_in_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    workflow = fanned(stubborn, quick, strategy=JoinStrategy.any())

    assert run_in_virtual_time(workflow.orchestrate()) is DONE
    assert workflow.store.get(LOG) == ["begun", "ignored", "done", "parsed"]
    assert [record.name for record in caplog.records] == ["keyrack.workflow.cancellation"]
    assert "branch 0, 'stubborn'" in caplog.text
    assert "was cancelled 1 s ago and still runs; it is waited for" in caplog.text


@situation("a task swallows a cancellation and returns")
@pytest.mark.skipif(not COUNTS_HOLD, reason="before Python 3.13 a count of cancellations tells nothing")
def test_a_run_ends_as_cancelled_after_the_task_that_swallowed_it(caplog: pytest.LogCaptureFixture) -> None:
    workflow = single(stubborn)

    over = run_in_virtual_time(cancelled_after(5, workflow.orchestrate()))

    assert over == 10
    assert workflow.store.get(LOG) == ["begun", "ignored", "done"]
    assert [record.name for record in caplog.records] == ["keyrack.workflow.cancellation"]
    assert "'stubborn'" in caplog.text
    assert "was cancelled and went on; the run ends after it" in caplog.text


# --- executors and observers ----------------------------------------------------------------------


@situation("a plain function runs in a thread when it is cancelled")
def test_a_plain_function_that_runs_when_it_is_cancelled_is_waited_for_and_its_state_is_dropped() -> None:
    go = threading.Event()

    async def run() -> MemoryStore:
        loop = asyncio.get_running_loop()
        begun = asyncio.Event()

        def slow(store: MemoryStore) -> Stage:
            loop.call_soon_threadsafe(begun.set)
            go.wait()
            store.put(COUNT, 1)
            return PARSE

        workflow = single(slow).register(PARSE, returning(DONE))
        running = asyncio.create_task(workflow.orchestrate(observers=[entered.append]))
        await begun.wait()
        running.cancel()
        await asyncio.sleep(0)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        return workflow.store

    entered: list[Event] = []

    assert asyncio.run(run()).get(COUNT) == 1
    assert PARSE not in [getattr(event, "state", None) for event in entered]


@situation("a plain function has no thread yet when it is cancelled")
def test_a_plain_function_that_has_no_thread_yet_is_never_called() -> None:
    go = threading.Event()
    calls: list[MemoryStore] = []

    async def run(pool: ThreadPoolExecutor) -> None:
        busy: Future[bool] = pool.submit(go.wait)
        try:
            running = asyncio.create_task(single(calls.append, executor=pool).orchestrate())
            await asyncio.sleep(0)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert not busy.done()
        finally:
            go.set()

    with ThreadPoolExecutor(max_workers=1) as pool:
        asyncio.run(run(pool))

    assert calls == []


def plain(_store: MemoryStore) -> Stage:
    raise AssertionError


@situation("an executor cannot run a task")
def test_a_task_that_its_executor_cannot_run_is_an_error_and_not_tried_again() -> None:
    closed = ThreadPoolExecutor()
    closed.shutdown()
    events: list[Event] = []
    workflow = Workflow(Stage, initial=PARSE).register(PARSE, returning(LOAD)).add_exit_states(DONE)
    workflow.register(LOAD, plain, retry=Retry.fixed(3), executor=closed)

    with pytest.raises(ExecutorError, match="shutdown"):
        workflow.run(observers=[events.append])

    assert workflow.store.get(COUNT) == 1
    assert [type(event).__name__ for event in events].count("AttemptFailed") == 1


@situation("an observer raises")
def test_an_observer_that_raises_does_not_disturb_the_run_and_stands_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def wrong(_event: Event) -> None:
        raise ValueError("out of order")

    others: list[Event] = []
    workflow = fanned(quick, strategy=JoinStrategy.all())

    assert run_in_virtual_time(workflow.orchestrate(observers=[wrong, others.append])) is DONE
    assert len(caplog.records) == len(others) > 0
    assert {record.name for record in caplog.records} == {"keyrack.workflow.observers"}
    assert "ValueError: out of order" in caplog.text


# --- the page -------------------------------------------------------------------------------------


def test_each_situation_on_the_page_has_a_test_and_each_of_these_tests_a_situation() -> None:
    table = re.findall(r"^\| (.+?) \|", PAGE.read_text(), re.MULTILINE)

    assert sorted(set(table) - {"situation", "---"}) == sorted(PROOFS)


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_the_test_of_a_situation_is_there(proof: str) -> None:
    file, _, name = proof.partition("::")

    assert f"def {name}(" in (TESTS / file).read_text()

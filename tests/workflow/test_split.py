"""Splits: which branches run when, and what each may be and do."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, PARSE, TITLE, Merge, Stage, raising, returning
from tests.workflow.branches import (
    BEGUN,
    CLEANED,
    ENDED,
    SUMMARY,
    ScriptedError,
    ending,
    finished,
    join_error,
    moments,
    numbers,
    split,
)

from keyrack.errors import JoinError, RetryExhaustedError, WorkflowTimeoutError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import BranchStarted, JoinConfig, JoinStrategy, Retry, Workflow

# --- few at once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 100])
def test_no_more_branches_run_at_once_than_the_split_allows_and_all_of_them_run(at_once: int) -> None:
    running: set[int] = set()
    most = 0
    done: list[int] = []

    def branch(number: int) -> Callable[[MemoryStore], Coroutine[Any, Any, None]]:
        async def work(_store: MemoryStore) -> None:
            nonlocal most
            running.add(number)
            most = max(most, len(running))
            await asyncio.sleep(number * 7 % 5)
            running.remove(number)
            done.append(number)

        return work

    finished(split(map(branch, range(20)), concurrency=at_once))

    assert min(at_once, 20) == most
    assert sorted(done) == [*range(20)]


def test_branches_begin_in_order_each_as_soon_as_another_has_ended() -> None:
    workflow = split([ending(number, after) for number, after in enumerate([5, 1, 2, 1, 9, 1])], concurrency=2)

    assert finished(workflow) == 13
    assert moments(workflow.store, BEGUN) == {0: 0, 1: 0, 2: 1, 3: 3, 4: 4, 5: 5}
    assert moments(workflow.store, ENDED) == {0: 5, 1: 1, 2: 3, 3: 4, 4: 13, 5: 6}


def test_a_branch_that_fails_makes_room_for_the_next() -> None:
    workflow = split([raising(ValueError("no")), ending(1, 1), ending(2, 1)], JoinStrategy.quorum(2), concurrency=1)

    assert finished(workflow) == 2
    assert moments(workflow.store, ENDED) == {1: 1, 2: 2}


@pytest.mark.parametrize("strategy", [JoinStrategy.any(), JoinStrategy.quorum(1)], ids=str)
def test_branches_that_wait_never_begin_once_the_split_is_joined(strategy: JoinStrategy) -> None:
    recorder = Recorder()
    workflow = split([ending(0, 2), *map(ending, [1, 2, 3], [9, 9, 9])], strategy, concurrency=2, observers=[recorder])

    assert finished(workflow) == 2
    assert moments(workflow.store, BEGUN) == {0: 0, 1: 0}
    assert moments(workflow.store, CLEANED) == {1: 2}
    assert [event.branch.number for event in recorder.of(BranchStarted)] == [0, 1]
    assert numbers(workflow.store.get(SUMMARY).cancelled) == [1, 2, 3]


def test_branches_that_wait_never_begin_once_the_split_has_failed() -> None:
    workflow = split([raising(ValueError("no")), ending(1, 1), ending(2, 1)], JoinStrategy.quorum(3), concurrency=1)

    assert join_error(workflow).cancelled == 2
    assert moments(workflow.store, BEGUN) == {}


def test_branches_that_have_no_turn_before_the_time_limit_are_late_and_never_begin() -> None:
    workflow = split([ending(number, 2) for number in range(4)], timeout=5, concurrency=1)

    error = join_error(workflow)

    assert moments(workflow.store, BEGUN) == {0: 0, 1: 2, 2: 4}
    assert moments(workflow.store, CLEANED) == {2: 5}
    assert numbers(workflow.store.get(SUMMARY).timed_out) == [2, 3]
    assert [str(late).partition(" (")[0] for late in error.exceptions] == ["branch 2, 'branch'", "branch 3, 'branch'"]


def test_partial_timeout_takes_what_few_at_once_have_done_by_then() -> None:
    workflow = split(
        [ending(number, 2) for number in range(4)], JoinStrategy.partial_timeout(), timeout=5, concurrency=1
    )

    assert finished(workflow) == 5
    assert moments(workflow.store, ENDED) == {0: 2, 1: 4}


# --- kinds of branches ----------------------------------------------------------------------------


class InThread:
    """An object with a plain ``run``."""

    def run(self, store: MemoryStore) -> Stage:
        store.put(TITLE, threading.current_thread().name)
        return DONE


def test_a_branch_may_be_a_node_an_object_with_run_a_function_or_part_of_one() -> None:
    async def add(store: MemoryStore, number: int) -> None:
        store.update(COUNT, lambda count: count + number)

    def later(store: MemoryStore) -> Coroutine[Any, Any, None]:
        return add(store, 1)

    workflow = split([Merge(), InThread(), partial(add, number=2), later], concurrency=1)
    workflow.store.put(COUNT, 4)

    finished(workflow)

    assert workflow.store.get(COUNT) == 43
    assert numbers(workflow.store.get(SUMMARY).successes) == [0, 1, 2, 3]
    assert [branch.task for branch in workflow.store.get(SUMMARY).successes][:2] == ["Merge", "InThread"]


def test_plain_functions_run_side_by_side_in_threads() -> None:
    together = threading.Barrier(3, timeout=60)

    def meet(_store: MemoryStore) -> None:
        together.wait()

    workflow = split([meet] * 3)

    finished(workflow)

    assert len(workflow.store.get(SUMMARY).successes) == 3


def test_the_plain_functions_of_a_split_run_in_its_executor() -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="presses") as presses:
        workflow = split([InThread()], executor=presses)
        finished(workflow)

    assert workflow.store.get(TITLE).startswith("presses")


def test_each_branch_is_tried_again_on_its_own() -> None:
    def shaky(failures: int) -> Callable[[MemoryStore], Coroutine[Any, Any, None]]:
        left = failures

        async def branch(store: MemoryStore) -> None:
            nonlocal left
            left -= 1
            if left >= 0:
                raise ScriptedError(left)
            await ending(failures, 1)(store)

        return branch

    workflow = split(map(shaky, range(4)), JoinStrategy.quorum(3), retry=Retry.fixed(3, 10))

    assert finished(workflow) == 21
    assert moments(workflow.store, ENDED) == {0: 1, 1: 11, 2: 21}
    (failure,) = workflow.store.get(SUMMARY).errors
    assert (failure.error, failure.message) == ("ScriptedError", "0")


def test_a_branch_that_fails_at_every_attempt_gives_the_join_error_each_of_its_errors() -> None:
    workflow = split([raising(ScriptedError("no")), returning(None)], retry=Retry.fixed(3, 1))

    (exhausted,) = join_error(workflow).exceptions

    assert isinstance(exhausted, RetryExhaustedError)
    assert [str(error) for error in exhausted.errors] == ["no", "no", "no"]


def test_each_attempt_of_a_branch_has_its_time_limit() -> None:
    workflow = split([ending(0, 1), ending(1, 9)], attempt_timeout=2, retry=Retry.fixed(2, 10))

    (exhausted,) = join_error(workflow).exceptions

    assert isinstance(exhausted, RetryExhaustedError)
    assert [type(error) for error in exhausted.errors] == [WorkflowTimeoutError] * 2
    assert moments(workflow.store, ENDED) == {0: 1}
    assert moments(workflow.store, CLEANED) == {1: 14}


def test_a_branch_that_waits_for_its_next_attempt_is_late_at_the_time_limit() -> None:
    workflow = split([raising(ScriptedError())], timeout=5, retry=Retry.fixed(2, 10))

    (late,) = join_error(workflow).exceptions

    assert isinstance(late, WorkflowTimeoutError)
    assert late.limit == 5


# --- again and again ------------------------------------------------------------------------------


def test_a_split_may_be_visited_again_and_again_in_one_run() -> None:
    visits = 0

    async def again(store: MemoryStore) -> Stage:
        nonlocal visits
        visits += 1
        assert numbers(store.get(SUMMARY).successes) == [visits % 2]
        return LOAD if visits < 50 else DONE

    async def even(_store: MemoryStore) -> None:
        await asyncio.sleep(1 + visits % 2)

    async def odd(_store: MemoryStore) -> None:
        await asyncio.sleep(2 - visits % 2)

    workflow = Workflow(Stage, initial=LOAD).register(PARSE, again).add_exit_states(DONE)
    workflow.register_split(LOAD, [odd, even], JoinConfig(JoinStrategy.any(), PARSE, summary=SUMMARY))

    assert finished(workflow) == 50
    assert visits == 50


def test_runs_at_the_same_time_on_stores_of_their_own_do_not_see_each_others_branches() -> None:
    async def double(store: MemoryStore) -> None:
        count = store.get(COUNT)
        await asyncio.sleep(count % 7)
        store.put(TITLE, str(count * 2))

    async def odd_fails(store: MemoryStore) -> None:
        await asyncio.sleep(store.get(COUNT) % 5)
        if store.get(COUNT) % 2:
            raise ScriptedError(store.get(COUNT))

    workflow = split([double, odd_fails], concurrency=1)
    stores = [MemoryStore() for _ in range(300)]
    for number, store in enumerate(stores):
        store.put(COUNT, number)

    async def all_of_them() -> list[Stage | BaseException]:
        return await asyncio.gather(*(workflow.orchestrate(store=store) for store in stores), return_exceptions=True)

    ends = run_in_virtual_time(all_of_them())

    assert [store.get(TITLE) for store in stores] == [str(number * 2) for number in range(300)]
    assert ends[::2] == [DONE] * 150
    assert [end.exceptions[0].args for end in ends if isinstance(end, JoinError)] == [(n,) for n in range(1, 300, 2)]
    assert workflow.store.is_empty()


def test_a_branch_sees_the_context_variables_of_the_run_and_changes_only_its_own() -> None:
    user = contextvars.ContextVar("user", default="nobody")
    seen: list[str] = []

    async def rename(_store: MemoryStore) -> None:
        seen.append(user.get())
        user.set("somebody else")
        await asyncio.sleep(1)

    def plainly(_store: MemoryStore) -> None:
        seen.append(user.get())
        user.set("somebody else")

    async def as_ada() -> str:
        user.set("Ada")
        await split([rename, plainly, rename, rename], concurrency=1).orchestrate()
        return user.get()

    assert run_in_virtual_time(as_ada()) == "Ada"
    assert seen == ["Ada"] * 4

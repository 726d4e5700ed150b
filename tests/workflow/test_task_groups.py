"""Tasks that use `asyncio.TaskGroup`, which before Python 3.13 leaves a cancellation behind where something fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, PARSE, Stage, single

from keyrack.errors import JoinError, RetryExhaustedError, WorkflowTimeoutError
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Event, JoinConfig, JoinStrategy, Retry, Workflow
from keyrack.workflow.cancellation import COUNTS_HOLD

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


async def fails_in_a_group() -> None:
    async def fail() -> None:
        await asyncio.sleep(1)
        raise OSError("no answer")

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        group.create_task(asyncio.sleep(100))


async def deals_with_it(store: MemoryStore) -> Stage:
    try:
        await fails_in_a_group()
    except* OSError:
        store.put(COUNT, 1)
    return PARSE


async def parse(store: MemoryStore) -> Stage:
    await asyncio.sleep(1)
    store.put(COUNT, store.get(COUNT) + 1)
    return DONE


async def stuck(_store: MemoryStore) -> Stage:
    await asyncio.sleep(1000)
    return DONE


def nobody(_event: Event) -> None: ...


@pytest.mark.parametrize("observers", [[], [nobody]], ids=["unobserved", "observed"])
@pytest.mark.parametrize("limits", [{}, {"timeout": 50}], ids=["no limit", "a limit"])
@pytest.mark.parametrize("policy", [{}, {"attempt_timeout": 20, "retry": Retry.fixed(2)}], ids=["plain", "a policy"])
def test_a_failure_that_a_task_deals_with_is_no_cancellation(
    observers: list[Any], limits: dict[str, Any], policy: dict[str, Any]
) -> None:
    workflow = Workflow(Stage, initial=LOAD, observers=observers, **limits).add_exit_states(DONE)
    workflow.register(LOAD, deals_with_it, **policy).register(PARSE, parse, **policy)

    assert run_in_virtual_time(workflow.orchestrate()) is DONE
    assert workflow.store.get(COUNT) == 2


@pytest.mark.parametrize("limit", [None, 20])
def test_a_task_whose_group_fails_is_tried_again(limit: float | None) -> None:
    calls = 0

    async def shaky(_store: MemoryStore) -> Stage:
        nonlocal calls
        calls += 1
        if calls < 3:
            await fails_in_a_group()
        return DONE

    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, shaky, retry=Retry.fixed(3, delay=5), attempt_timeout=limit)

    assert run_in_virtual_time(workflow.orchestrate()) is DONE
    assert calls == 3


@pytest.mark.parametrize("limit", [None, 20])
def test_a_branch_whose_group_fails_is_tried_again_and_fails_by_that(limit: float | None) -> None:
    async def fails(_store: MemoryStore) -> None:
        await fails_in_a_group()

    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
    join = JoinConfig(JoinStrategy.all(), DONE)
    workflow.register_split(LOAD, [fails], join, retry=Retry.fixed(2, delay=5), attempt_timeout=limit)

    with pytest.raises(JoinError) as caught:
        run_in_virtual_time(workflow.orchestrate())

    (error,) = caught.value.exceptions
    assert isinstance(error, RetryExhaustedError)
    assert [type(one) for one in error.errors] == [ExceptionGroup, ExceptionGroup]


def test_a_time_limit_of_a_later_attempt_still_holds() -> None:
    workflow = single(deals_with_it).register(PARSE, stuck, attempt_timeout=10)

    with pytest.raises(WorkflowTimeoutError, match=r"'stuck'.*the limit is 10 s"):
        run_in_virtual_time(workflow.orchestrate())


@pytest.mark.parametrize("observers", [[], [nobody]], ids=["unobserved", "observed"])
def test_the_time_limit_of_the_run_holds_in_a_later_state(observers: list[Any]) -> None:
    workflow = single(deals_with_it, timeout=10, observers=observers).register(PARSE, stuck)

    with pytest.raises(WorkflowTimeoutError, match=r"in state PARSE: the limit is 10 s"):
        run_in_virtual_time(workflow.orchestrate())


def test_the_time_limit_of_the_run_holds_in_the_state_of_the_group() -> None:
    async def goes_on(store: MemoryStore) -> Stage:
        await deals_with_it(store)
        await asyncio.sleep(14)
        return PARSE

    workflow = single(goes_on, timeout=10).register(PARSE, stuck)

    with pytest.raises(WorkflowTimeoutError, match=r"in state LOAD: the limit is 10 s"):
        run_in_virtual_time(workflow.orchestrate())


def test_a_task_that_hangs_after_its_group_failed_ends_by_its_limit_or_a_little_later() -> None:
    async def hangs(store: MemoryStore) -> Stage:
        await deals_with_it(store)
        return await stuck(store)

    async def run() -> float:
        with pytest.raises(WorkflowTimeoutError if COUNTS_HOLD else asyncio.CancelledError):
            await single(hangs, timeout=10).orchestrate()
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(run()) == (10 if COUNTS_HOLD else 20)


def test_a_run_can_be_cancelled_after_a_group_that_failed() -> None:
    workflow = single(deals_with_it).register(PARSE, stuck)

    async def run() -> None:
        running = asyncio.create_task(workflow.orchestrate())
        await asyncio.sleep(5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    run_in_virtual_time(run())

    assert workflow.store.get(COUNT) == 1

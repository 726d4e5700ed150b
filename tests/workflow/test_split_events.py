"""What observers are told of a split: the exact events, in order and in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.workflow.books import DONE, FAILED, LOAD, MERGE, PARSE, Stage
from tests.workflow.told import BEGUN, WRONG, branch, end_of, ended, failed_with, split, told, work

from keyrack.errors import JoinError, WorkflowTimeoutError
from keyrack.workflow import (
    AttemptFailed,
    Branch,
    BranchEnded,
    BranchStarted,
    Event,
    JoinConfig,
    Joined,
    JoinStrategy,
    Retry,
    RetryPlanned,
    RetryStarted,
    RunFinished,
    SplitStarted,
    StateEntered,
    Workflow,
)

if TYPE_CHECKING:
    import pytest

    from keyrack.stores import MemoryStore


def opened(branches: int, join: JoinStrategy, begun: int | None = None) -> list[Event]:
    """The events up to the first branch that ends."""
    numbers = range(branches)
    return [
        BEGUN,
        StateEntered(1, 0.0, LOAD, f"split of {branches}", is_split=True),
        SplitStarted(1, 0.0, LOAD, tuple(map(branch, numbers)), join),
        *(BranchStarted(1, 0.0, LOAD, branch(number)) for number in numbers[:begun]),
    ]


def test_a_split_tells_of_each_branch_when_it_ends() -> None:
    join = JoinStrategy.all()

    assert told(split(work(3), work(1), work(2), join=join)) == [
        *opened(3, join),
        end_of(1, 1.0, "succeeded"),
        end_of(2, 2.0, "succeeded"),
        end_of(0, 3.0, "succeeded"),
        Joined(1, 3.0, LOAD, satisfied=True, succeeded=3, required=3, branches=3),
        ended(3.0),
    ]


def test_branches_that_are_not_needed_any_more_end_as_cancelled_before_the_join() -> None:
    join = JoinStrategy.quorum(1)

    assert told(split(work(9), work(2), work(1, WRONG), work(9), join=join)) == [
        *opened(4, join),
        AttemptFailed(1, 1.0, LOAD, "task", 2, 1, 1, WRONG),
        end_of(2, 1.0, "failed", WRONG),
        end_of(1, 2.0, "succeeded"),
        end_of(0, 2.0, "cancelled"),
        end_of(3, 2.0, "cancelled"),
        Joined(1, 2.0, LOAD, satisfied=True, succeeded=1, required=1, branches=4),
        ended(2.0),
    ]


def test_a_join_that_fails_is_not_satisfied_and_ends_the_run() -> None:
    join = JoinStrategy.quorum(2)

    events = told(split(work(1, WRONG), work(9), join=join), JoinError)

    assert events == [
        *opened(2, join),
        AttemptFailed(1, 1.0, LOAD, "task", 0, 1, 1, WRONG),
        end_of(0, 1.0, "failed", WRONG),
        end_of(1, 1.0, "cancelled"),
        Joined(1, 1.0, LOAD, satisfied=False, succeeded=0, required=2, branches=2),
        RunFinished(1, 1.0, "books", LOAD, failed_with(events, JoinError)),
    ]


def test_what_has_not_ended_at_the_time_limit_of_a_split_ends_as_timed_out() -> None:
    join = JoinStrategy.partial_timeout()

    assert told(split(work(9), work(1), join=join, timeout=5.0)) == [
        *opened(2, join),
        end_of(1, 1.0, "succeeded"),
        end_of(0, 5.0, "timed out"),
        Joined(1, 5.0, LOAD, satisfied=True, succeeded=1, required=0, branches=2),
        ended(5.0),
    ]


def test_branches_begin_when_there_is_room_and_those_that_never_do_are_not_told_of() -> None:
    join = JoinStrategy.partial_results(2)

    assert told(split(work(3), work(1), work(4), work(1), join=join, concurrency=2)) == [
        *opened(4, join, begun=2),
        end_of(1, 1.0, "succeeded"),
        BranchStarted(1, 1.0, LOAD, branch(2)),
        end_of(0, 3.0, "succeeded"),
        end_of(2, 3.0, "cancelled"),
        Joined(1, 3.0, LOAD, satisfied=True, succeeded=2, required=2, branches=4),
        ended(3.0),
    ]


def test_the_attempts_of_branches_carry_their_numbers() -> None:
    join = JoinStrategy.all()
    workflow = split(work(1), work(1, WRONG), join=join, retry=Retry.fixed(2, 3.0))

    assert told(workflow) == [
        *opened(2, join),
        AttemptFailed(1, 1.0, LOAD, "task", 1, 1, 2, WRONG),
        RetryPlanned(1, 1.0, LOAD, "task", 1, 2, 3.0),
        end_of(0, 1.0, "succeeded"),
        RetryStarted(1, 4.0, LOAD, "task", 1, 2),
        end_of(1, 5.0, "succeeded"),
        Joined(1, 5.0, LOAD, satisfied=True, succeeded=2, required=2, branches=2),
        ended(5.0),
    ]


def test_a_branch_that_raises_what_nobody_expects_ends_as_failed_and_the_others_as_cancelled() -> None:
    class StopError(BaseException):
        pass

    stop = StopError()
    join = JoinStrategy.any()

    async def task(_store: MemoryStore) -> Stage:
        await asyncio.sleep(1)
        raise stop

    assert told(split(task, work(9), join=join), StopError) == [
        *opened(2, join),
        end_of(0, 1.0, "failed"),
        end_of(1, 1.0, "cancelled"),
        Joined(1, 1.0, LOAD, satisfied=False, succeeded=0, required=1, branches=2),
        RunFinished(1, 1.0, "books", LOAD, stop),
    ]


def test_a_run_that_is_out_of_time_in_a_split_tells_of_its_branches_before_it_ends() -> None:
    join = JoinStrategy.all()
    workflow = Workflow(Stage, name="books", initial=LOAD, timeout=2.0).add_exit_states(DONE, FAILED, MERGE, PARSE)
    workflow.register_split(LOAD, [work(1), work(9)], JoinConfig(join, DONE))

    events = told(workflow, WorkflowTimeoutError)

    assert events == [
        *opened(2, join),
        end_of(0, 1.0, "succeeded"),
        end_of(1, 2.0, "cancelled"),
        Joined(1, 2.0, LOAD, satisfied=False, succeeded=1, required=2, branches=2),
        RunFinished(1, 2.0, "books", LOAD, failed_with(events, WorkflowTimeoutError)),
    ]


def test_a_branch_that_answers_its_cancellation_with_an_error_ends_as_cancelled_with_that_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stubborn(_store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(9)
        except asyncio.CancelledError:
            raise WRONG from None
        return DONE

    events = told(split(work(1), stubborn, join=JoinStrategy.any()))

    assert events[-3:-1] == [
        BranchEnded(1, 1.0, LOAD, Branch(1, "stubborn"), "cancelled", WRONG),
        Joined(1, 1.0, LOAD, satisfied=True, succeeded=1, required=1, branches=2),
    ]
    assert len(caplog.records) == 1

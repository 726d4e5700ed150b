"""What observers are told: the exact events of each kind of run, in order and in time."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING

import pytest
from tests.workflow.books import DONE, LOAD, MERGE, PARSE, Stage, books, raising, returning, single
from tests.workflow.told import BEGUN, WRONG, branch, end_of, ended, failed_with, split, told, work

from keyrack.errors import (
    ConfigurationError,
    JoinError,
    RetryExhaustedError,
    StateNotRegisteredError,
    TransitionLimitError,
    WorkflowTimeoutError,
)
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    AttemptFailed,
    Branch,
    BranchStarted,
    JoinConfig,
    Joined,
    JoinStrategy,
    Retry,
    RetryPlanned,
    RetryStarted,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


# --- from state to state --------------------------------------------------------------------------


def test_a_plain_run_tells_of_its_start_each_state_and_its_end() -> None:
    way = iter([PARSE, PARSE, MERGE])

    async def load(_store: MemoryStore) -> Stage:
        await asyncio.sleep(1)
        return next(way)

    workflow = Workflow(Stage, name="books", initial=LOAD).register(LOAD, load).add_exit_states(MERGE)
    workflow.register(PARSE, work(2.5, then=LOAD))

    assert told(workflow) == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "load"),
        StateEntered(1, 1.0, PARSE, "task"),
        StateEntered(1, 3.5, LOAD, "load"),
        StateEntered(1, 4.5, PARSE, "task"),
        StateEntered(1, 7.0, LOAD, "load"),
        ended(8.0, MERGE),
    ]


def test_a_plain_function_and_a_node_are_states_like_others() -> None:
    assert told(books()) == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "load"),
        StateEntered(1, 0.0, PARSE, "parse"),
        StateEntered(1, 0.0, MERGE, "Merge"),
        ended(0.0),
    ]


def test_a_run_that_starts_in_an_exit_state_starts_and_ends() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(LOAD)

    assert told(workflow) == [BEGUN, ended(0.0, LOAD)]


def test_a_run_that_is_refused_is_not_told_of() -> None:
    unfillable = JoinConfig(JoinStrategy.quorum(2), DONE)
    workflow = Workflow(Stage, name="books", initial=LOAD).register_split(LOAD, [work(1)], unfillable)

    assert told(workflow, ConfigurationError) == []


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_task_that_raises_is_one_attempt_that_failed_and_the_end() -> None:
    assert told(single(work(2, WRONG)), ValueError) == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        AttemptFailed(1, 2.0, LOAD, "task", None, 1, 1, WRONG),
        RunFinished(1, 2.0, "books", LOAD, WRONG),
    ]


def test_each_attempt_that_fails_and_each_that_is_planned_is_told() -> None:
    first, second = OSError("first"), OSError("second")
    retry = Retry.exponential(4, base=10, jitter=0)
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(1, first, second), retry=retry)

    assert told(workflow) == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        AttemptFailed(1, 1.0, LOAD, "task", None, 1, 4, first),
        RetryPlanned(1, 1.0, LOAD, "task", None, 2, 10.0),
        RetryStarted(1, 11.0, LOAD, "task", None, 2),
        AttemptFailed(1, 12.0, LOAD, "task", None, 2, 4, second),
        RetryPlanned(1, 12.0, LOAD, "task", None, 3, 20.0),
        RetryStarted(1, 32.0, LOAD, "task", None, 3),
        ended(33.0),
    ]


def test_when_every_attempt_has_failed_none_is_planned_and_the_run_ends() -> None:
    first, last = OSError("first"), OSError("last")
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(1, first, last), retry=Retry.fixed(2, 5))

    events = told(workflow, RetryExhaustedError)

    assert events == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        AttemptFailed(1, 1.0, LOAD, "task", None, 1, 2, first),
        RetryPlanned(1, 1.0, LOAD, "task", None, 2, 5.0),
        RetryStarted(1, 6.0, LOAD, "task", None, 2),
        AttemptFailed(1, 7.0, LOAD, "task", None, 2, 2, last),
        RunFinished(1, 7.0, "books", LOAD, failed_with(events, RetryExhaustedError)),
    ]


def test_a_failure_that_is_not_worth_another_attempt_plans_none() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(1, WRONG), retry=Retry.fixed(3, on=OSError))

    assert told(workflow, ValueError)[2:] == [
        AttemptFailed(1, 1.0, LOAD, "task", None, 1, 3, WRONG),
        RunFinished(1, 1.0, "books", LOAD, WRONG),
    ]


def test_an_attempt_that_runs_out_of_time_has_failed_at_its_limit() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(60), attempt_timeout=3.0)

    events = told(workflow, WorkflowTimeoutError)

    error = failed_with(events, WorkflowTimeoutError)
    assert isinstance(error, Exception)
    assert events == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        AttemptFailed(1, 3.0, LOAD, "task", None, 1, 1, error),
        RunFinished(1, 3.0, "books", LOAD, error),
    ]


def test_a_run_out_of_time_ends_without_a_failed_attempt() -> None:
    events = told(single(work(60), timeout=4.0), WorkflowTimeoutError)

    assert events == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        RunFinished(1, 4.0, "books", LOAD, failed_with(events, WorkflowTimeoutError)),
    ]


def test_a_cancelled_run_ends_with_the_cancellation() -> None:
    recorder = Recorder()

    async def cancelled() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(single(work(60)).orchestrate(observers=[recorder]), 2)

    run_in_virtual_time(cancelled())
    events = recorder.events

    assert [type(event) for event in events] == [RunStarted, StateEntered, RunFinished]
    assert events[-1].time == 2.0
    failed_with(events, asyncio.CancelledError)


def test_a_run_that_comes_to_no_state_ends_in_the_last_one() -> None:
    events = told(single(returning("nowhere")), StateNotRegisteredError)

    assert events == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        RunFinished(1, 0.0, "books", LOAD, failed_with(events, StateNotRegisteredError)),
    ]


def test_a_run_that_cannot_start_ends_in_no_state() -> None:
    events = told(Workflow(Stage, name="books", initial=LOAD), StateNotRegisteredError)

    assert events == [BEGUN, RunFinished(1, 0.0, "books", None, failed_with(events, StateNotRegisteredError))]


def test_a_run_at_its_limit_of_transitions_ends_in_the_state_that_ran_last() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD, max_transitions=3).add_exit_states(DONE)
    workflow.register(LOAD, work(1, then=PARSE)).register(PARSE, work(1, then=LOAD))

    events = told(workflow, TransitionLimitError)

    assert events == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        StateEntered(1, 1.0, PARSE, "task"),
        StateEntered(1, 2.0, LOAD, "task"),
        RunFinished(1, 3.0, "books", LOAD, failed_with(events, TransitionLimitError)),
    ]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(3)], ids=["KeyboardInterrupt", "SystemExit"])
def test_what_ends_the_program_ends_the_run_and_is_no_failed_attempt(stop: BaseException) -> None:
    assert told(single(raising(stop)), type(stop)) == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "fail"),
        RunFinished(1, 0.0, "books", LOAD, stop),
    ]


# --- what an event is -----------------------------------------------------------------------------


def numbers(recorder: Recorder) -> list[int]:
    return [event.run for event in recorder.events]


def test_every_event_of_a_run_has_its_number_and_each_run_another() -> None:
    workflow = split(work(1), work(1), join=JoinStrategy.all())
    one, other = Recorder(), Recorder()

    async def both() -> None:
        await asyncio.gather(*(workflow.orchestrate(observers=[recorder]) for recorder in (one, other)))

    run_in_virtual_time(both())

    assert len(one.events) == len(other.events) == 9
    assert len({*numbers(one)}) == len({*numbers(other)}) == 1
    assert {*numbers(one)}.isdisjoint(numbers(other))


def test_runs_number_themselves_in_the_order_in_which_they_start() -> None:
    recorder = Recorder()
    workflow = single(work(1), observers=[recorder])

    for _ in range(3):
        run_in_virtual_time(workflow.orchestrate())
    first, *_ = numbers(recorder)

    assert numbers(recorder) == [first + index for index in range(3) for _ in range(3)]


EVENTS = [
    BEGUN,
    StateEntered(1, 0.5, LOAD, "task"),
    AttemptFailed(1, 0.5, LOAD, "task", None, 1, 2, WRONG),
    RetryPlanned(1, 0.5, LOAD, "task", 3, 2, 0.25),
    RetryStarted(1, 0.5, LOAD, "task", 3, 2),
    SplitStarted(1, 0.5, LOAD, (branch(0), branch(1)), JoinStrategy.percentage(0.07)),
    BranchStarted(1, 0.5, LOAD, branch(0)),
    end_of(0, 0.5, "failed", WRONG),
    end_of(0, 0.5, "timed out"),
    Joined(1, 0.5, LOAD, satisfied=True, succeeded=1, required=1, branches=2),
    RunFinished(1, 0.5, "books", None, JoinError("all", 1, 2, 2, [WRONG])),
    ended(0.5),
]


def test_events_come_out_of_a_pickle_as_they_went_in() -> None:
    copies = [pickle.loads(pickle.dumps(event)) for event in EVENTS]

    assert [type(copy) for copy in copies] == [type(event) for event in EVENTS]
    assert [repr(copy) for copy in copies] == [repr(event) for event in EVENTS]  # errors are equal to themselves alone
    assert [copy == event for copy, event in zip(copies, EVENTS, strict=True)] == [
        getattr(event, "error", None) is None for event in EVENTS
    ]


def test_events_are_equal_when_everything_in_them_is() -> None:
    event = StateEntered(1, 0.5, LOAD, "task")

    assert event == StateEntered(1, 0.5, LOAD, "task")
    assert len({event, StateEntered(1, 0.5, LOAD, "task")}) == 1
    for change in ({"run": 2}, {"time": 0.6}, {"state": PARSE}, {"task": "other"}):
        assert event != event._replace(**change)


def test_a_branch_says_its_number_and_its_task() -> None:
    assert str(Branch(2, "fetch")) == "branch 2, 'fetch'"

"""What observers are told: the exact events of each kind of run, in order and in time."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import DONE, FAILED, LOAD, MERGE, PARSE, Stage, books, raising, returning, single

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
    BranchEnded,
    BranchStarted,
    Event,
    JoinConfig,
    Joined,
    JoinStrategy,
    Retry,
    RetryPlanned,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

BEGUN = RunStarted(1, 0.0, "books", LOAD, "MemoryStore")
WRONG = ValueError("wrong")


def told(workflow: Workflow[Stage, MemoryStore], error: type[BaseException] | None = None) -> list[Event]:
    """Run the workflow, and give its events, as of run 1."""
    recorder = Recorder()
    run = workflow.orchestrate(observers=[recorder])
    if error is None:
        run_in_virtual_time(run)
    else:
        with pytest.raises(error):
            run_in_virtual_time(run)
    return [event._replace(run=1) for event in recorder.events]


def work(seconds: float, *outcomes: Exception | None, then: Stage = DONE) -> Callable[[MemoryStore], Awaitable[Stage]]:
    """Make a task that takes some time, and then raises one after the other of the outcomes that are errors."""
    left = list(outcomes)

    async def task(_store: MemoryStore) -> Stage:
        await asyncio.sleep(seconds)
        if left and (error := left.pop(0)) is not None:
            raise error
        return then

    return task


def ended(time: float, state: Stage = DONE) -> RunFinished:
    return RunFinished(1, time, "books", state, None)


def failed_with(events: list[Event], error: type[BaseException]) -> BaseException:
    """Take the error out of the last event."""
    last = events[-1]
    assert isinstance(last, RunFinished)
    assert isinstance(last.error, error)
    return last.error


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
        AttemptFailed(1, 12.0, LOAD, "task", None, 2, 4, second),
        RetryPlanned(1, 12.0, LOAD, "task", None, 3, 20.0),
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


def test_a_run_at_its_limit_of_transitions_ends_in_the_state_that_would_have_followed() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD, max_transitions=3).add_exit_states(DONE)
    workflow.register(LOAD, work(1, then=PARSE)).register(PARSE, work(1, then=LOAD))

    events = told(workflow, TransitionLimitError)

    assert events == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "task"),
        StateEntered(1, 1.0, PARSE, "task"),
        StateEntered(1, 2.0, LOAD, "task"),
        RunFinished(1, 3.0, "books", PARSE, failed_with(events, TransitionLimitError)),
    ]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(3)], ids=["KeyboardInterrupt", "SystemExit"])
def test_what_ends_the_program_ends_the_run_and_is_no_failed_attempt(stop: BaseException) -> None:
    assert told(single(raising(stop)), type(stop)) == [
        BEGUN,
        StateEntered(1, 0.0, LOAD, "fail"),
        RunFinished(1, 0.0, "books", LOAD, stop),
    ]


# --- splits ---------------------------------------------------------------------------------------


def split(*tasks: Any, join: JoinStrategy, **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of a split, in LOAD."""
    policy = {name: options.pop(name) for name in ("retry", "attempt_timeout") if name in options}
    workflow = Workflow(Stage, name="books", initial=LOAD)
    workflow.register_split(LOAD, tasks, JoinConfig(join, DONE, **options), **policy)
    return workflow.add_exit_states(DONE)


def branch(number: int) -> Branch:
    return Branch(number, "task")


def opened(branches: int, join: JoinStrategy, begun: int | None = None) -> list[Event]:
    """The events up to the first branch that ends."""
    numbers = range(branches)
    return [
        BEGUN,
        StateEntered(1, 0.0, LOAD, f"split of {branches}"),
        SplitStarted(1, 0.0, LOAD, tuple(map(branch, numbers)), join),
        *(BranchStarted(1, 0.0, LOAD, branch(number)) for number in numbers[:begun]),
    ]


def end_of(number: int, time: float, outcome: Any, error: Exception | None = None) -> BranchEnded:
    return BranchEnded(1, time, LOAD, branch(number), outcome, error)


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
        end_of(1, 5.0, "succeeded"),
        Joined(1, 5.0, LOAD, satisfied=True, succeeded=2, required=2, branches=2),
        ended(5.0),
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

"""The recorder: what it remembers, and what it says when that is not what was expected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import DONE, FAILED, LOAD, MERGE, PARSE, Other, Stage, books, raising, returning, single

from keyrack.errors import RetryExhaustedError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    JoinConfig,
    JoinStrategy,
    Retry,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

BEGUN = RunStarted(1, 0.0, "books", LOAD, "MemoryStore")


def walked(*states: Any, end: RunFinished | None = None) -> Recorder:
    """A recorder of a run that went through some states."""
    entered = [StateEntered(1, 0.0, state, "task") for state in states]
    return Recorder([BEGUN, *entered] if end is None else [BEGUN, *entered, end])


def ended(state: Enum | None, error: BaseException | None = None) -> RunFinished:
    return RunFinished(1, 0.0, "books", state, error)


def said(assertion: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """What an assertion says that does not hold."""
    with pytest.raises(AssertionError) as caught:
        assertion(*args, **kwargs)
    return str(caught.value)


# --- remembering ----------------------------------------------------------------------------------


def test_a_recorder_remembers_what_happens_in_order() -> None:
    recorder = Recorder()

    books().run(observers=[recorder])

    assert [type(event).__name__ for event in recorder.events] == ["RunStarted", *["StateEntered"] * 3, "RunFinished"]
    assert [event.task for event in recorder.of(StateEntered)] == ["load", "parse", "Merge"]
    assert recorder.path == [LOAD, PARSE, MERGE, DONE]
    assert recorder.delays == []


def test_a_new_recorder_has_nothing_to_tell() -> None:
    recorder = Recorder()

    assert (recorder.events, recorder.path, recorder.delays, recorder.runs) == ([], [], [], [])
    recorder.assert_path()


def test_a_recorder_that_was_cleared_is_like_a_new_one() -> None:
    recorder = Recorder()
    workflow = single(returning(DONE), observers=[recorder])
    workflow.run()

    recorder.clear()
    workflow.run(DONE)

    recorder.assert_path(DONE)


def test_the_repr_says_how_much_was_recorded() -> None:
    recorder = Recorder()
    books().run(observers=[recorder])

    assert repr(recorder) == "<Recorder: 5 events of 1 run>"


def test_the_delays_are_those_before_further_attempts() -> None:
    recorder = Recorder()
    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, raising(OSError()), retry=Retry.exponential(4, base=1, jitter=0))

    with pytest.raises(RetryExhaustedError):
        run_in_virtual_time(workflow.orchestrate(observers=[recorder]))

    assert recorder.delays == [1, 2, 4]


# --- several runs ---------------------------------------------------------------------------------


def alternating() -> Workflow[Stage, MemoryStore]:
    """A workflow that ends in DONE and FAILED in turns."""
    ends = iter([DONE, FAILED] * 5)

    async def load(_store: MemoryStore) -> Stage:
        end = next(ends)
        await asyncio.sleep(1)
        return end

    return Workflow(Stage, name="books", initial=LOAD).register(LOAD, load).add_exit_states(DONE, FAILED)


def test_runs_at_the_same_time_are_told_apart_in_the_order_in_which_they_started() -> None:
    recorder = Recorder()
    workflow = alternating()

    async def both() -> None:
        await asyncio.gather(*(workflow.orchestrate(observers=[recorder]) for _ in range(2)))

    run_in_virtual_time(both())
    first, second = recorder.runs

    first.assert_path(LOAD, DONE)
    second.assert_path(LOAD, FAILED)
    assert first.events + second.events != recorder.events
    assert sorted(first.events + second.events, key=recorder.events.index) == recorder.events


SEVERAL = "the recorder was told of 2 runs; ask one of them, as recorder.runs[0], or clear() it in between"


def test_what_is_about_one_run_is_refused_where_there_are_several() -> None:
    recorder = Recorder()
    workflow = alternating()
    for _ in range(2):
        run_in_virtual_time(workflow.orchestrate(observers=[recorder]))

    assert said(recorder.assert_path, LOAD, DONE) == SEVERAL
    assert said(recorder.assert_failed, Exception) == SEVERAL
    assert said(recorder.assert_failed_attempts, LOAD, 0) == SEVERAL
    assert said(recorder.assert_branches, LOAD) == SEVERAL
    assert said(lambda: recorder.path) == SEVERAL
    assert said(lambda: recorder.delays) == SEVERAL
    assert len(recorder.of(RunFinished)) == 2


# --- assert_path ----------------------------------------------------------------------------------


def test_a_path_that_was_gone_passes_whether_the_run_has_ended_or_not() -> None:
    walked(LOAD, PARSE).assert_path(LOAD, PARSE)
    walked(LOAD, PARSE, end=ended(DONE)).assert_path(LOAD, PARSE, DONE)
    walked(LOAD, end=ended(LOAD, ValueError())).assert_path(LOAD)


def test_a_path_that_parts_says_after_which_states_and_shows_both() -> None:
    assert said(walked(LOAD, MERGE, end=ended(DONE)).assert_path, LOAD, PARSE, DONE) == (
        "the ways part after 1 state: expected PARSE, but it went on to MERGE\n"
        "  expected: LOAD -> PARSE -> DONE\n"
        "  went:     LOAD -> MERGE -> DONE"
    )


def test_a_path_that_goes_on_says_where_to() -> None:
    assert said(walked(LOAD, PARSE, end=ended(DONE)).assert_path, LOAD, PARSE) == (
        "the ways part after 2 states: expected the run to stop, but it went on to DONE\n"
        "  expected: LOAD -> PARSE\n"
        "  went:     LOAD -> PARSE -> DONE"
    )


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (None, "it has not ended"),
        (ended(LOAD, ValueError("no\nway")), "it ended in LOAD with ValueError: no way"),
        (ended(LOAD, ValueError()), "it ended in LOAD with ValueError"),
        (ended(LOAD, asyncio.CancelledError()), "it ended in LOAD with CancelledError"),
    ],
    ids=str,
)
def test_a_path_that_is_too_short_says_how_the_run_ended(end: RunFinished | None, how: str) -> None:
    assert said(walked(LOAD, end=end).assert_path, LOAD, DONE) == (
        f"the ways part after 1 state: expected DONE, but {how}\n  expected: LOAD -> DONE\n  went:     LOAD"
    )


def test_a_path_of_a_run_that_ended_says_where() -> None:
    assert said(walked(LOAD, end=ended(DONE)).assert_path, LOAD, DONE, LOAD) == (
        "the ways part after 2 states: expected LOAD, but it ended in DONE\n"
        "  expected: LOAD -> DONE -> LOAD\n"
        "  went:     LOAD -> DONE"
    )


def test_a_path_where_nothing_ran_says_so() -> None:
    assert said(Recorder().assert_path, LOAD) == (
        "the ways part after 0 states: expected LOAD, but nothing ran\n  expected: LOAD\n  went:     nowhere"
    )
    assert said(walked(end=ended(None, ValueError("x"))).assert_path, LOAD) == (
        "the ways part after 0 states: expected LOAD, but it ended with ValueError: x\n"
        "  expected: LOAD\n  went:     nowhere"
    )


def test_of_a_long_path_only_what_is_near_to_the_parting_is_shown() -> None:
    way = [LOAD, PARSE] * 500

    assert said(walked(*way, end=ended(DONE)).assert_path, *way[:600], MERGE, *way[600:], DONE) == (
        "the ways part after 600 states: expected MERGE, but it went on to LOAD\n"
        f"  expected: … ->{' LOAD -> PARSE ->' * 5} MERGE{' -> LOAD -> PARSE' * 4} -> LOAD -> …\n"
        f"  went:     … ->{' LOAD -> PARSE ->' * 10} …"
    )


def test_a_state_of_another_enum_is_another_state_and_named_with_its_enum() -> None:
    assert said(walked(LOAD).assert_path, Other.LOAD) == (
        "the ways part after 0 states: expected Other.LOAD, but it went on to Stage.LOAD\n"
        "  expected: Other.LOAD\n"
        "  went:     Stage.LOAD"
    )


def test_members_that_are_equal_to_each_other_are_not_the_same_state() -> None:
    class One(IntEnum):
        A = 1

    class Two(IntEnum):
        B = 1

    assert "expected Two.B, but it went on to One.A" in said(walked(One.A).assert_path, Two.B)


def test_what_is_no_state_at_all_is_described() -> None:
    wrong: Any = "LOAD"

    assert "expected 'LOAD' (str), but it went on to Stage.LOAD" in said(walked(LOAD).assert_path, wrong)


# --- assert_failed --------------------------------------------------------------------------------


def test_the_error_that_a_run_ended_with_is_given() -> None:
    recorder = Recorder()
    error = FileNotFoundError("books.csv")
    with pytest.raises(FileNotFoundError):
        single(raising(error)).run(observers=[recorder])

    assert recorder.assert_failed(FileNotFoundError) is error
    assert recorder.assert_failed(OSError) is error


@pytest.mark.parametrize(
    ("recorder", "how"),
    [
        (Recorder(), "nothing ran"),
        (walked(LOAD), "it has not ended"),
        (walked(LOAD, end=ended(DONE)), "it ended in DONE"),
        (walked(LOAD, end=ended(LOAD, KeyError("a"))), "it ended in LOAD with KeyError: 'a'"),
        (walked(end=ended(None, KeyError("a"))), "it ended with KeyError: 'a'"),
    ],
    ids=["nothing", "on its way", "well", "otherwise", "nowhere"],
)
def test_a_run_that_did_not_fail_so_says_how_it_ended(recorder: Recorder, how: str) -> None:
    assert said(recorder.assert_failed, ValueError) == f"expected the run to end with ValueError, but {how}"


# --- assert_failed_attempts -----------------------------------------------------------------------


def retried() -> Recorder:
    """A recorder of a run in whose LOAD two attempts failed, and none in another state."""
    recorder = Recorder()
    errors = [OSError("first"), ValueError("second")]

    async def load(_store: MemoryStore) -> Stage:
        if errors:
            raise errors.pop(0)
        return PARSE

    workflow = Workflow(Stage, initial=LOAD).register(LOAD, load, retry=Retry.fixed(3)).add_exit_states(PARSE)
    run_in_virtual_time(workflow.orchestrate(observers=[recorder]))
    return recorder


def test_attempts_that_failed_are_counted_for_each_state() -> None:
    recorder = retried()

    recorder.assert_failed_attempts(LOAD, 2)
    recorder.assert_failed_attempts(PARSE, 0)


def test_another_number_of_failed_attempts_lists_them() -> None:
    recorder = retried()

    assert said(recorder.assert_failed_attempts, LOAD, 1) == (
        "expected 1 failed attempt in LOAD, got 2\n  'load', attempt 1: OSError: first\n"
        "  'load', attempt 2: ValueError: second"
    )
    assert said(recorder.assert_failed_attempts, PARSE, 2) == "expected 2 failed attempts in PARSE, got 0"


# --- assert_branches ------------------------------------------------------------------------------


async def quick(_store: MemoryStore) -> None: ...


async def slow(_store: MemoryStore) -> None:
    await asyncio.sleep(60)


async def broken(_store: MemoryStore) -> None:
    raise ValueError("no")


def split(join: JoinConfig[Stage], *tasks: Any, rounds: int = 1) -> Recorder:
    """A recorder of a run that comes through a split a number of times."""
    recorder = Recorder()
    states = iter([LOAD] * (rounds - 1) + [DONE])

    async def again(_store: MemoryStore) -> Stage:
        return next(states)

    workflow = Workflow(Stage, initial=LOAD).register_split(LOAD, tasks, join).register(MERGE, again)
    run_in_virtual_time(workflow.add_exit_states(DONE).orchestrate(observers=[recorder]))
    return recorder


QUORUM = JoinConfig(JoinStrategy.quorum(2), MERGE)


def test_branches_are_counted_by_how_they_ended() -> None:
    late = JoinConfig(JoinStrategy.partial_timeout(), MERGE, timeout=5.0)

    split(QUORUM, quick, broken, quick, slow).assert_branches(LOAD, succeeded=2, failed=1, cancelled=1)
    split(late, slow, quick, slow).assert_branches(LOAD, succeeded=1, timed_out=2)


def test_branches_that_never_began_do_not_count() -> None:
    join = JoinConfig(JoinStrategy.any(), MERGE, concurrency=1)

    split(join, quick, slow, slow).assert_branches(LOAD, succeeded=1)


def test_the_branches_of_the_last_split_count_be_it_over_or_not() -> None:
    recorder = split(QUORUM, quick, quick, slow, rounds=3)
    recorder.assert_branches(LOAD, succeeded=2, cancelled=1)

    last = recorder.events.index(recorder.of(SplitStarted)[-1])
    del recorder.events[last + 1 :]

    recorder.assert_branches(LOAD)


def test_branches_that_ended_otherwise_are_named_with_what_they_raised() -> None:
    recorder = split(QUORUM, quick, broken, quick, slow)

    assert said(recorder.assert_branches, LOAD, succeeded=3, timed_out=1) == (
        "the branches of LOAD did not end as expected\n"
        "  succeeded: expected 3, got 2: 'quick', 'quick'\n"
        "  failed: expected 0, got 1: 'broken' (ValueError: no)\n"
        "  timed out: expected 1, got 0\n"
        "  cancelled: expected 0, got 1: 'slow'"
    )


def test_branches_of_a_state_without_a_split_are_none() -> None:
    assert said(retried().assert_branches, LOAD, succeeded=1) == "there was no split in LOAD"

"""Times: what is added up when a run tells what happens."""

from __future__ import annotations

import asyncio
from enum import Enum

import pytest

from keyrack import JoinConfig, JoinError, JoinStrategy, MemoryStore, Workflow
from keyrack.demo.times import Spent, Times
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Branch, Event, RunFinished, StateEntered


class Stage(Enum):
    LOAD = "load"
    PARSE = "parse"
    DONE = "done"


def told(*events: Event) -> Times:
    """Give what an observer has made of events."""
    times = Times(Stage.LOAD)
    for event in events:
        times(event)
    return times


def entered(time: float, state: Stage) -> Event:
    return StateEntered(1, time, state, "task")


def finished(time: float, error: BaseException | None = None) -> Event:
    return RunFinished(1, time, "survey", Stage.DONE, error)


def test_before_a_run_begins_it_is_in_its_first_state_and_has_taken_no_time() -> None:
    times = told()

    assert (times.state, times.states, times.branches) == (Stage.LOAD, {}, {})


def test_a_state_lasts_until_the_next_one_or_the_end() -> None:
    times = told(entered(10, Stage.LOAD), entered(13, Stage.PARSE), entered(14, Stage.LOAD), finished(19))

    assert times.states == {Stage.LOAD: Spent(2, 8), Stage.PARSE: Spent(1, 1)}


def test_the_time_in_a_state_counts_though_the_run_fails_there() -> None:
    times = told(entered(10, Stage.LOAD), finished(12, ValueError()))

    assert times.states == {Stage.LOAD: Spent(1, 2)}


def test_the_state_is_the_one_that_was_entered_last() -> None:
    times = told(entered(10, Stage.LOAD), entered(13, Stage.PARSE))

    assert times.state is Stage.PARSE


def test_branches_that_run_at_the_same_time_have_their_seconds_at_the_same_time() -> None:
    async def short(_: MemoryStore) -> None:
        await asyncio.sleep(3)

    async def long(_: MemoryStore) -> None:
        await asyncio.sleep(5)
        raise ValueError

    times = Times(Stage.PARSE)
    workflow = (
        Workflow(Stage, initial=Stage.PARSE, observers=[times])
        .register_split(Stage.PARSE, {"short": short, "long": long}, JoinConfig(JoinStrategy.quorum(1), Stage.LOAD))
        .register_split(Stage.LOAD, {"short": short, "long": long}, JoinConfig(JoinStrategy.all(), Stage.DONE))
        .add_exit_states(Stage.DONE)
    )
    with pytest.raises(JoinError):
        run_in_virtual_time(workflow.orchestrate())

    assert times.states == {Stage.PARSE: Spent(1, 3), Stage.LOAD: Spent(1, 5)}
    assert times.branches == {Branch(0, "short"): Spent(2, 6), Branch(1, "long"): Spent(2, 8)}

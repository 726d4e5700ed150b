"""What is drawn of a run, and what is not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.timeline import samples
from tests.timeline.samples import SAMPLES, Stage, napping, only, timeline_of

from keyrack.timeline import Bar, RunLine, StateLine, lanes
from keyrack.timeline.lanes import joined, picture
from keyrack.workflow import JoinConfig, JoinStrategy, Workflow


def bar(start: float, end: float, name: str = "A") -> Bar:
    return Bar("state", name, "task", start, end, "succeeded")


def made(*bars: Bar) -> RunLine:
    names = dict.fromkeys(one.name for one in bars)
    end = max(one.end for one in bars)
    states = {name: StateLine(name, "task") for name in names}
    return RunLine(1, "made", "MemoryStore", 0.0, end, "succeeded", visits=len(bars), bars=[*bars], states=states)


def test_few_visits_have_a_lane_each() -> None:
    drawn = picture(only(samples.small()))

    assert [lane.name for lane in drawn.lanes] == ["FETCH", "PARSE", "CHECK", "ENRICH", "STORE"]
    assert drawn.notes == ()


def test_many_visits_have_a_lane_for_each_state() -> None:
    run = made(*(bar(at, at + 1, "AB"[at % 2]) for at in range(100)))

    drawn = picture(run)

    assert [(lane.name, lane.visits, lane.seconds) for lane in drawn.lanes] == [("A", 50, 50.0), ("B", 50, 50.0)]


def test_a_long_run_is_drawn_with_few_bars_that_stand_for_all_visits() -> None:
    run = only(samples.long())

    drawn = picture(run)

    assert sum(lane.visits for lane in drawn.lanes) == 10_001
    assert sum(len(lane.bars) for lane in drawn.lanes) < 4000
    assert drawn.notes == ("Bars that are too narrow to be told apart are drawn as one.",)
    for lane in drawn.lanes:
        assert all(one.end <= other.start for one, other in pairwise(lane.bars))


def test_what_takes_long_is_drawn_by_itself_among_what_does_not() -> None:
    bars = [*(bar(at / 10, at / 10 + 0.1) for at in range(10)), bar(1.0, 50.0), bar(50.0, 50.1), bar(50.1, 50.2)]

    assert [(one.start, one.end, one.count) for one in joined(bars, 1.0)] == [
        (0.0, 1.0, 10),
        (1.0, 50.0, 1),
        (50.0, 50.2, 2),
    ]


def test_of_more_states_than_fit_those_that_took_longest_are_drawn_in_order() -> None:
    bars = [bar(at, at + (0.9 if at % 2 else 0.1), f"S{at}") for at in range(2 * lanes.MOST_LANES)]

    drawn = picture(made(*bars))

    assert [lane.name for lane in drawn.lanes] == [f"S{at}" for at in range(1, 2 * lanes.MOST_LANES, 2)]
    assert f"Left out: {lanes.MOST_LANES} states that took least." in drawn.notes


def test_branches_have_a_lane_for_each_number_over_all_visits() -> None:
    stages = Stage.FETCH, Stage.PARSE
    workflow = Workflow(Stage, initial=Stage.FETCH).add_exit_states(Stage.DONE)
    left = iter(range(30))

    async def again(_store: object) -> Stage:
        return Stage.DONE if next(left, None) is None else Stage.FETCH

    workflow.register_split(stages[0], [napping(1), napping(2)], JoinConfig(JoinStrategy.all(), stages[1]))
    workflow.register(stages[1], again)

    drawn = picture(only(timeline_of(workflow)))

    assert [lane.name for lane in drawn.lanes] == ["FETCH", "PARSE"]
    assert [(lane.visits, lane.seconds) for lane in drawn.lanes[0].branches] == [(31, 31.0), (31, 62.0)]


def test_of_more_branches_than_fit_those_that_failed_are_drawn() -> None:
    number = lanes.MOST_BRANCHES + 10
    tasks = [napping(1, error=ValueError("no") if at == number - 1 else None) for at in range(number)]
    workflow = Workflow(Stage, initial=Stage.FETCH).add_exit_states(Stage.DONE)
    workflow.register_split(Stage.FETCH, tasks, JoinConfig(JoinStrategy.quorum(1), Stage.DONE))

    [lane] = picture(only(timeline_of(workflow, error=Exception))).lanes

    assert lane.hidden == 10
    assert lane.branches[-1].errors() == ["ValueError: no"]


@pytest.mark.parametrize("name", SAMPLES)
def test_drawing_a_run_leaves_it_as_it_was(name: str) -> None:
    for run in SAMPLES[name]().runs():
        before = [(one.start, one.end, one.count) for one in run.bars]
        picture(run)

        assert [(one.start, one.end, one.count) for one in run.bars] == before

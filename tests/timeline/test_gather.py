"""What is gathered of runs: bars in time, in them what happened, and the keys."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from tests.timeline import samples
from tests.timeline.samples import SAMPLES, Stage, is_in_order, napping, only, timeline_of

from keyrack.testing import run_in_virtual_time
from keyrack.timeline import Bar, RunLine, Timeline, gather, model
from keyrack.timeline.model import thinned
from keyrack.watching import UsedKey
from keyrack.workflow import (
    AttemptFailed,
    Branch,
    BranchEnded,
    BranchStarted,
    Event,
    JoinConfig,
    Joined,
    JoinStrategy,
    RetryStarted,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
    StoreUsed,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

FETCH, PARSE, CHECK, ENRICH, STORE, DONE = Stage
BEGUN = RunStarted(1, 100.0, "books", FETCH, "MemoryStore")
BRANCH = Branch(0, "load")


def used(
    time: float,
    name: str = "a",
    *,
    state: Any = FETCH,
    writes: bool = True,
    error: BaseException | None = None,
    **more: Any,
) -> StoreUsed:
    """A use of a key, in state FETCH."""
    size, length = more.get("size"), more.get("length")
    verb = more.get("verb", "put" if writes else "get")
    keys = (UsedKey(name, "str", size, length),)
    place = state, "fetch", more.get("branch"), more.get("attempt", 1)
    return StoreUsed(1, time, *place, verb, keys, writes, "MemoryStore", "MemoryBackend", 0.0, error)


def gathered(*events: Event) -> RunLine:
    return only(Timeline([BEGUN, *events]))


def spans(bars: list[Bar]) -> list[tuple[str, float, float, str]]:
    return [(bar.name, round(bar.start, 6), round(bar.end, 6), bar.outcome) for bar in bars]


# --- real runs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_bars_lie_within_their_run_and_in_order(name: str) -> None:
    runs = SAMPLES[name]().runs()

    assert all(is_in_order(run) for run in runs)
    assert all(run.bars for run in runs)


def test_a_run_is_a_bar_for_each_visit_one_after_the_other() -> None:
    run = only(samples.small())

    assert spans(run.bars) == [
        ("FETCH", 0.0, 1.2, "succeeded"),
        ("PARSE", 1.2, 1.6, "succeeded"),
        ("CHECK", 1.6, 3.5, "succeeded"),
        ("ENRICH", 3.5, 4.4, "succeeded"),
        ("STORE", 4.4, 4.6, "succeeded"),
    ]
    assert (run.workflow, run.outcome, run.exit, run.error) == ("nightly report", "succeeded", "DONE", None)


def test_attempts_lie_in_the_bar_with_the_delays_between_them() -> None:
    check = only(samples.small()).bars[2]

    assert spans(check.bars) == [
        ("attempt 1", 1.6, 1.9, "failed"),
        ("attempt 2", 2.4, 2.7, "failed"),
        ("attempt 3", 3.2, 3.5, "succeeded"),
    ]
    assert [one.error for one in check.bars] == [*2 * ["ConnectionError: the price list did not answer"], None]


def test_branches_lie_in_the_bar_of_their_split_with_their_outcomes() -> None:
    parse = only(samples.split()).bars[1]

    assert spans(parse.bars) == [
        ("shop_a", 0.5, 1.6, "succeeded"),
        ("shop_b", 0.5, 1.1, "failed"),
        ("shop_c", 0.5, 3.5, "timed out"),
        ("shop_d", 0.5, 2.9, "succeeded"),
    ]
    assert parse.note == "partial_timeout: 2 of 4 succeeded, 0 needed"
    assert [bar.number for bar in parse.bars] == [0, 1, 2, 3]


def test_a_branch_that_is_tried_again_has_its_attempts() -> None:
    flaky = only(samples.split()).bars[2].bars[0]

    assert spans(flaky.bars) == [("attempt 1", 3.5, 4.0, "failed"), ("attempt 2", 4.4, 4.9, "succeeded")]
    assert [*flaky.bars[1].read] == ["prices.by_shop"]


def test_a_branch_that_is_not_needed_any_more_is_cancelled() -> None:
    workflow = Workflow(Stage, initial=FETCH).add_exit_states(DONE)
    workflow.register_split(FETCH, [napping(1), napping(9)], JoinConfig(JoinStrategy.any(), DONE))

    run = only(timeline_of(workflow))

    assert spans(run.bars[0].bars) == [("nap", 0.0, 1.0, "succeeded"), ("nap", 0.0, 1.0, "cancelled")]
    assert run.states["FETCH"].branches == {"succeeded": 1, "cancelled": 1}


def test_a_run_that_fails_ends_its_last_bar_as_failed() -> None:
    run = only(samples.failed())

    assert run.outcome == run.bars[-1].outcome == "failed"
    assert run.exit is None
    assert run.error is not None
    assert "row 17 has no price" in run.error
    assert [error.where for error in run.errors] == [f"nap in CHECK, attempt {number} of 3" for number in (1, 2, 3)]
    assert [round(error.time, 6) for error in run.errors] == [3.7, 4.9, 6.1]


def test_a_run_that_is_cancelled_ends_all_that_was_open_then() -> None:
    run = only(samples.cancelled())

    assert run.outcome == "cancelled"
    assert [(bar.outcome, bar.end) for bar in run.bars[1].bars] == [("succeeded", 2.0), *2 * [("cancelled", 4.0)]]
    assert spans(run.bars)[1] == ("PARSE", 1.0, 4.0, "cancelled")


def test_runs_within_a_run_have_bars_of_their_own_from_their_own_start() -> None:
    outer, *inner = samples.nested().runs()

    assert [round(run.began - outer.began, 6) for run in inner] == [2.0, 2.0]
    assert [spans(run.bars) for run in inner] == 2 * [[("FETCH", 0.0, 1.0, "succeeded")]]
    assert spans(outer.bars) == [("FETCH", 0.0, 3.0, "succeeded")]


def test_keys_have_their_uses_in_order_with_who_it_was() -> None:
    rows = only(samples.small()).keys["rows"]

    assert [(round(one.time, 6), str(one), one.writes) for one in rows.touches] == [
        (1.6, "put by parse in PARSE", True),
        (4.4, "append by enrich in ENRICH", True),
        (4.6, "get by keep in STORE", False),
    ]
    assert (rows.type, rows.length) == ("list[int]", 12_001)
    assert (rows.writes, rows.reads) == (2, 1)


def test_nothing_is_known_of_the_size_of_a_secret() -> None:
    token = only(samples.small()).keys["token"]

    assert (token.size, token.length) == (None, None)


def test_sums_are_those_of_all_visits() -> None:
    run = only(samples.long())

    assert run.visits == sum(line.visits for line in run.states.values()) == 10_001
    assert sum(line.seconds for line in run.states.values()) == pytest.approx(run.seconds)
    assert run.states["FETCH"].written == {"crawl.fetch": run.states["FETCH"].visits}
    assert run.failures == run.states["CHECK"].failed > 50


# --- what is told late, half, or not at all -------------------------------------------------------


def test_what_has_not_ended_goes_to_the_last_event() -> None:
    run = gathered(StateEntered(1, 100.0, FETCH, "fetch"), used(103.0))

    assert (run.outcome, run.end) == ("running", 3.0)
    assert spans(run.bars) == [("FETCH", 0.0, 3.0, "running")]
    assert spans(run.bars[0].bars) == [("attempt 1", 0.0, 3.0, "running")]
    assert run.seconds_of(run.states["FETCH"]) == 3.0


def test_a_timeline_can_be_read_before_the_end_and_again_after_it() -> None:
    timeline = Timeline([BEGUN, StateEntered(1, 100.0, FETCH, "fetch"), used(101.0)])
    before = spans(only(timeline).bars)

    timeline(RunFinished(1, 104.0, "books", DONE, None))

    assert before == [("FETCH", 0.0, 1.0, "running")]
    assert spans(only(timeline).bars) == [("FETCH", 0.0, 4.0, "succeeded")]


def test_a_use_that_is_told_after_the_end_moves_no_end() -> None:
    run = gathered(
        StateEntered(1, 100.0, FETCH, "fetch"), RunFinished(1, 102.0, "books", DONE, None), used(109.0, "late")
    )

    assert run.end == 2.0
    assert run.keys["late"].touches[0].time == 2.0
    assert [*run.bars[0].bars[0].written] == ["late"]


def test_a_use_that_is_told_late_belongs_to_the_state_it_was_in() -> None:
    run = gathered(StateEntered(1, 100.0, FETCH, "fetch"), StateEntered(1, 101.0, PARSE, "parse"), used(100.9))

    assert [[*bar.bars[0].written] for bar in run.bars] == [["a"], []]


def test_a_use_belongs_to_the_attempt_it_was_in() -> None:
    run = gathered(
        StateEntered(1, 100.0, FETCH, "fetch"),
        AttemptFailed(1, 101.0, FETCH, "fetch", None, 1, 2, OSError("x")),
        RetryStarted(1, 102.0, FETCH, "fetch", None, 2),
        used(102.5, "first", attempt=1),
        used(103.0, "second", attempt=2),
    )

    assert [[*one.written] for one in run.bars[0].bars] == [["first"], ["second"]]


def test_a_write_that_failed_has_written_nothing_and_is_listed() -> None:
    run = gathered(StateEntered(1, 100.0, FETCH, "fetch"), used(101.0, error=ValueError("the value 4711 is bad")))

    assert not run.bars[0].bars[0].written
    assert str(run.keys["a"].touches[0]) == "put by fetch in FETCH, which failed: ValueError"
    assert not run.states["FETCH"].written


def test_the_size_is_that_of_the_last_value_and_none_where_that_was_not_seen() -> None:
    state = StateEntered(1, 100.0, FETCH, "fetch")

    seen = gathered(state, used(101.0, size=3, length=3), used(102.0, writes=False)).keys["a"]
    failed = gathered(state, used(101.0, size=3), used(102.0, error=OSError())).keys["a"]
    removed = gathered(state, used(101.0, size=3), used(102.0, verb="remove")).keys["a"]

    assert (seen.size, seen.length) == (3, 3)
    assert failed.size == 3
    assert removed.size is None


def test_a_use_outside_of_any_state_is_a_use_of_the_key_alone() -> None:
    run = gathered(used(101.0, state=None), StateEntered(1, 102.0, FETCH, "fetch"))

    assert str(run.keys["a"].touches[0]) == "put by outside of any state"
    assert not run.bars[0].bars[0].written


def test_events_of_a_run_whose_start_was_not_told_are_passed_over() -> None:
    timeline = Timeline([StateEntered(1, 100.0, FETCH, "fetch"), RunFinished(1, 101.0, "books", DONE, None)])

    assert timeline.runs() == []


def test_events_of_states_and_branches_that_never_began_are_passed_over() -> None:
    run = gathered(
        AttemptFailed(1, 101.0, FETCH, "fetch", None, 1, 2, OSError("x")),
        RetryStarted(1, 101.0, FETCH, "fetch", 0, 2),
        SplitStarted(1, 101.0, FETCH, (BRANCH,), JoinStrategy.all()),
        BranchStarted(1, 101.0, FETCH, BRANCH),
        BranchEnded(1, 101.0, FETCH, BRANCH, "succeeded", None),
        Joined(1, 101.0, FETCH, satisfied=True, succeeded=1, required=1, branches=1),
    )

    assert (run.bars, run.end) == ([], 1.0)


def test_a_run_that_is_still_in_a_branch_leaves_it_open() -> None:
    run = gathered(
        StateEntered(1, 100.0, FETCH, "split", is_split=True),
        SplitStarted(1, 100.0, FETCH, (BRANCH,), JoinStrategy.all()),
        BranchStarted(1, 101.0, FETCH, BRANCH),
        used(105.0, branch=0),
    )

    assert spans(run.bars[0].bars) == [("load", 1.0, 5.0, "running")]
    assert [*run.bars[0].bars[0].bars[0].written] == ["a"]


def test_a_time_before_the_start_is_taken_for_the_start() -> None:
    run = gathered(StateEntered(1, 99.0, FETCH, "fetch"), RunFinished(1, 100.0, "books", DONE, None))

    assert is_in_order(run)
    assert run.bars[0].start == 0.0


# --- limits ---------------------------------------------------------------------------------------


def test_of_more_visits_than_are_kept_neighbours_become_one_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MOST_BARS", 20)
    events: list[Event] = [StateEntered(1, 100.0 + at, (FETCH, PARSE)[at % 2], "work") for at in range(1000)]

    run = gathered(*events, RunFinished(1, 1100.0, "books", DONE, None))

    assert len(run.bars) <= 20
    assert sum(bar.count for bar in run.bars) == run.visits == 1000
    assert sum(bar.seconds for bar in run.bars) == pytest.approx(1000.0)
    assert is_in_order(run)


def test_branches_count_among_the_bars_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MOST_BARS", 50)
    events: list[Event] = []
    for at in range(200):
        events.append(StateEntered(1, 100.0 + at, FETCH, "split", is_split=True))
        events.append(SplitStarted(1, 100.0 + at, FETCH, (), JoinStrategy.all()))
        for number in range(10):
            events.append(BranchStarted(1, 100.0 + at, FETCH, Branch(number, "load")))
            events.append(BranchEnded(1, 100.5 + at, FETCH, Branch(number, "load"), "succeeded", None))

    run = gathered(*events)

    assert sum(1 for bar in run.bars for one in bar.all() if one.kind != "attempt") < 100
    assert run.states["FETCH"].branches == {"succeeded": 2000}
    assert is_in_order(run)


def test_bars_that_become_one_keep_what_failed_and_the_keys() -> None:
    good = Bar("state", "A", "a", 0.0, 1.0, "succeeded", written={"x": None})
    bad = Bar("state", "A", "a", 3.0, 4.0, "failed", "OSError: no", read={"y": None})
    last = Bar("state", "A", "a", 5.0, 6.0, "succeeded")

    both, same = thinned([good, bad, last])

    assert (both.start, both.end, both.seconds, both.count, both.flaws) == (0.0, 4.0, 2.0, 2, 1)
    assert (both.outcome, both.error, [*both.written], [*both.read]) == ("failed", "OSError: no", ["x"], ["y"])
    assert same is last


def test_of_many_uses_the_first_and_the_last_are_kept_and_all_are_counted() -> None:
    run = gathered(StateEntered(1, 100.0, FETCH, "fetch"), *(used(100.0 + at) for at in range(1000)))
    key = run.keys["a"]

    assert len(key.touches) == model.MOST_KEPT
    assert (key.touches[0].time, key.touches[-1].time) == (0.0, 999.0)
    assert (key.writes, key.left_out) == (1000, 900)


def test_of_many_attempts_the_first_and_the_last_are_kept() -> None:
    def attempts() -> Any:
        for at in range(1, 1000):
            yield AttemptFailed(1, 100.0 + at, FETCH, "fetch", None, at, 1000, OSError("x"))
            yield RetryStarted(1, 100.5 + at, FETCH, "fetch", None, at + 1)

    run = gathered(StateEntered(1, 100.0, FETCH, "fetch"), *attempts())
    numbers = [one.number for one in run.bars[0].bars]

    assert len(numbers) == gather.MOST_ATTEMPTS
    assert (numbers[0], numbers[-1]) == (1, 1000)
    assert run.failures == run.states["FETCH"].failed == 999
    assert len(run.errors) == model.MOST_KEPT


def test_of_many_runs_the_oldest_that_are_over_are_left_out() -> None:
    timeline = Timeline([BEGUN._replace(run=0)])
    for number in range(1, 300):
        timeline(BEGUN._replace(run=number))
        timeline(RunFinished(number, 101.0, "books", DONE, None))

    assert len(timeline.runs()) == gather.MOST_RUNS
    assert timeline.left_out == 200
    assert [run.number for run in timeline.runs()][:2] == [0, 201]  # the first is not over


def test_a_timeline_keeps_no_error_and_so_nothing_that_its_frames_hold() -> None:
    class Big:
        pass

    gone: list[weakref.ref[Big]] = []

    async def task(_store: MemoryStore) -> Any:
        big = Big()
        gone.append(weakref.ref(big))
        await asyncio.sleep(1)
        raise ValueError("no")

    workflow = Workflow(Stage, initial=FETCH).add_exit_states(DONE).register(FETCH, task)
    timeline = timeline_of(workflow, error=ValueError)
    gc.collect()

    assert only(timeline).errors[0].text == "ValueError: no"
    assert gone[0]() is None


def test_ten_thousand_events_are_taken_in_little_time() -> None:
    events: list[Event] = [StateEntered(1, 100.0 + at, FETCH, "work") for at in range(10_000)]
    began = time.perf_counter()

    gathered(*events)

    assert time.perf_counter() - began < 5  # about 0.05 s


def test_runs_side_by_side_do_not_disturb_each_other() -> None:
    timeline = Timeline()
    workflows = [Workflow(Stage, name=name, initial=FETCH).add_exit_states(DONE) for name in ("one", "two")]
    for seconds, workflow in zip((1, 3), workflows, strict=True):
        workflow.register(FETCH, napping(seconds, DONE))

    async def both() -> None:
        await asyncio.gather(*(one.orchestrate(observers=[timeline]) for one in workflows))

    run_in_virtual_time(both())

    assert [(run.workflow, run.end) for run in timeline.runs()] == [("one", 1.0), ("two", 3.0)]

"""The steps from one record of a job to the next, without clock, store or task."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from keyrack.scheduler import Backoff, Cron, Every, Manual
from keyrack.scheduler.record import (
    CORRECTION,
    Claim,
    End,
    JobRecord,
    Rules,
    Step,
    View,
    ended,
    looked,
    planned,
    reset,
    sight,
    triggered,
    unclaimed,
)

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
TEN = Rules(Every(10), Backoff.none())
TRIPPING = Rules(Every(10), Backoff(base=25, factor=1, jitter=0, trip_after=3))


def at(now: float, me: str = "me", **seen: Any) -> View:
    view = View(me, now, now + 1000)
    return view._replace(**seen) if seen else view


def plan(rules: Rules = TEN, now: float = 0.0) -> JobRecord:
    return planned(None, rules, now)


def kept(step: Step) -> JobRecord:
    assert step.record is not None
    return step.record


def running(due: float = 10.0) -> JobRecord:
    return kept(looked(plan(), TEN, at(due)))


def test_a_job_that_was_never_seen_is_planned_from_now() -> None:
    assert looked(None, TEN, at(3)) == Step(JobRecord("every 10 s", 3, 13))
    assert looked(None, Rules(Manual(), Backoff()), at(3)) == Step(JobRecord("by hand", 3, None))


def test_a_job_that_is_not_due_yet_stays_as_it_is() -> None:
    assert looked(plan(), TEN, at(9.9)) == Step(plan())


def test_a_job_that_is_due_is_claimed_and_planned_for_the_next_time() -> None:
    assert looked(plan(), TEN, at(10.5)) == Step(
        JobRecord("every 10 s", 10.5, 20, "me", 1, 10, runs=1, last_start=1010.5), Claim(1, 10, again=False)
    )


def test_of_the_times_that_have_passed_one_runs_and_the_others_are_missed() -> None:
    step = looked(plan(), TEN, at(45))

    assert (step.begins, step.missed) == (Claim(1, 10, again=False), 3)
    assert (kept(step).missed, kept(step).due) == (3, 50)


def test_a_time_that_comes_while_the_last_run_runs_is_skipped() -> None:
    step = looked(running(), TEN, at(20, mine=1))

    assert step == Step(replace(running(), planned=20, due=30, skipped=1), skipped=1, at=20)


@pytest.mark.parametrize(("now", "held", "due"), [(20, 1, None), (44, 3, None), (50, 3, 50), (75, 3, 50)])
def test_times_before_the_end_of_a_delay_are_held(now: float, held: int, due: float | None) -> None:
    failed = replace(plan(), due=20, held_until=45.0)

    step = looked(failed, TEN, at(now))

    assert (step.held, kept(step).held) == (held, held)
    assert (None if step.begins is None else step.begins.due) == due
    assert kept(step).missed == max(0, int(now - 50) // 10)


def test_a_run_shows_that_it_lives_when_it_is_time_to() -> None:
    assert looked(running(), TEN, at(12, mine=1, beats=True)) == Step(replace(running(), beat=1))
    assert looked(running(), TEN, at(12, mine=1)) == Step(running())


def test_a_holder_that_was_not_heard_of_is_replaced_and_its_run_is_run_again() -> None:
    step = looked(running(), TEN, at(15, "other", dead=("me", 1, 0)))

    assert step.begins == Claim(2, 10, again=True)
    assert (kept(step).holder, kept(step).claim, kept(step).runs, kept(step).due) == ("other", 2, 2, 20)


@pytest.mark.parametrize("dead", [("me", 1, 1), ("me", 2, 0), ("somebody", 1, 0), None])
def test_a_holder_that_was_heard_of_is_not_replaced(dead: tuple[str, int, int] | None) -> None:
    assert looked(running(), TEN, at(15, "other", dead=dead)) == Step(running())


@pytest.mark.parametrize("change", [{"holder": "other"}, {"claim": 2}, {"holder": None}])
def test_a_run_whose_record_another_holds_is_lost(change: dict[str, object]) -> None:
    taken = replace(running(), **change)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    assert looked(taken, TEN, at(25, mine=1)) == Step(taken, lost=True)


def test_a_claim_of_ones_own_that_never_began_begins() -> None:
    assert looked(running(), TEN, at(15)) == Step(running(), Claim(1, 10, again=False))


def test_who_is_closing_begins_nothing_and_takes_nothing_over_but_shows_that_it_lives() -> None:
    assert looked(plan(), TEN, at(15, closing=True)) == Step(plan())
    assert looked(running(), TEN, at(25, "other", dead=("me", 1, 0), closing=True)) == Step(running())
    assert kept(looked(running(), TEN, at(25, mine=1, beats=True, closing=True))).beat == 1


def test_a_new_schedule_plans_anew_and_keeps_the_counts() -> None:
    old = replace(plan(), runs=7, schedule="every 99 s", due=99.0, held_until=60.0)

    step = looked(old, TEN, at(50, first=True))

    assert step == Step(replace(old, schedule="every 10 s", planned=50, due=60, held_until=0.0))


def test_a_new_schedule_drops_what_was_due_by_the_old_one_when_its_scheduler_starts() -> None:
    old = replace(plan(), schedule="every 99 s", due=20.0)

    assert looked(old, TEN, at(50, first=True)) == Step(replace(old, schedule="every 10 s", planned=50, due=60))


def test_a_plan_by_the_schedule_of_another_scheduler_gives_way_to_an_earlier_time_alone() -> None:
    old = replace(plan(), schedule="every 99 s", due=59.0, held_until=70.0)

    assert looked(old, TEN, at(48)) == Step(replace(old, schedule="every 10 s", planned=48, due=58))
    assert looked(old, TEN, at(50)) == Step(old)
    assert looked(replace(old, due=None), TEN, at(50)).record == replace(old, schedule="every 10 s", planned=50, due=60)
    assert looked(old, Rules(Manual(), Backoff()), at(50)) == Step(old)


def test_what_is_due_by_the_schedule_of_another_scheduler_runs_before_it_is_planned_anew() -> None:
    step = looked(replace(plan(), schedule="every 99 s", due=20.0), TEN, at(50))

    assert (step.begins, step.missed) == (Claim(1, 20, again=False), 0)
    assert (kept(step).schedule, kept(step).due) == ("every 10 s", 60)


@pytest.mark.parametrize(("now", "due"), [(30, None), (60, 50)])
def test_what_is_due_by_the_schedule_of_another_scheduler_is_held_after_a_failure(
    now: float, due: float | None
) -> None:
    step = looked(replace(plan(), schedule="every 99 s", due=20.0, held_until=40.0), TEN, at(now))

    assert step.held == 1
    assert (None if step.begins is None else step.begins.due) == pytest.approx(due)
    assert (kept(step).schedule, kept(step).due) == ("every 10 s", now + 10)


def test_a_clock_that_was_set_back_far_plans_anew_and_a_little_does_not() -> None:
    nightly = Rules(Cron("0 0 0 * * *"), Backoff.none())
    old = planned(None, nightly, 1e6)

    assert looked(old, nightly, at(1e6 - CORRECTION)) == Step(old)
    assert kept(looked(old, nightly, at(1e6 - CORRECTION - 1))).planned == 1e6 - CORRECTION - 1


def test_an_interval_job_is_never_due_more_than_an_interval_ahead() -> None:
    assert kept(looked(plan(now=100), TEN, at(50))).due == 60
    assert looked(plan(now=100), TEN, at(99.5)) == Step(plan(now=100))


def test_a_trigger_claims_at_once_and_leaves_the_due_time_alone() -> None:
    step = triggered(plan(), TEN, at(4))

    assert step.begins == Claim(1, None, again=False)
    assert (kept(step).due, kept(step).claimed, kept(step).holder) == (10, None, "me")
    assert triggered(None, TEN, at(4)).begins == Claim(1, None, again=False)


def test_a_trigger_while_a_run_is_under_way_is_skipped_and_one_of_a_tripped_job_refused() -> None:
    tripped = replace(plan(), tripped=True, due=None)

    assert triggered(running(), TEN, at(15)) == Step(replace(running(), skipped=1), skipped=1)
    assert triggered(tripped, TEN, at(15)) == Step(tripped, refused=True)


def test_the_end_of_a_run_lets_go_of_the_record() -> None:
    step = ended(running(), TEN, "me", 1, End(15, "succeeded", None, 5))

    record = replace(running(), holder=None, claimed=None, last_duration=5, last_outcome="succeeded")
    assert step == Step(record)


def test_the_end_of_a_run_that_another_has_taken_over_changes_nothing() -> None:
    taken = replace(running(), holder="other", claim=2)

    assert ended(taken, TEN, "me", 1, End(15, "failed", "no", 5)) == Step(taken)
    assert ended(None, TEN, "me", 1, End(15, "failed", "no", 5)) == Step(None)


def test_failures_in_a_row_delay_and_then_trip() -> None:
    record = running()
    for streak in (1, 2):
        record = kept(ended(record, TRIPPING, "me", streak, End(15, "failed", "no", 5)))
        assert (record.streak, record.held_until, record.tripped) == (streak, 40, False)
        record = kept(triggered(record, TRIPPING, at(15)))
    step = ended(record, TRIPPING, "me", 3, End(15, "failed", "no", 5))

    assert step.trips
    assert (kept(step).tripped, kept(step).due, kept(step).failures) == (True, None, 3)
    again = kept(reset(step.record, TRIPPING, 100))
    assert (again.tripped, again.due, again.streak, again.failures) == (False, 110, 0, 3)


def test_a_run_that_was_cancelled_is_neither_a_success_nor_a_failure() -> None:
    failed = replace(running(), streak=2, held_until=99.0, failures=2)

    record = kept(ended(failed, TEN, "me", 1, End(15, "cancelled", "CancelledError", 5)))

    assert (record.streak, record.held_until, record.failures, record.last_error) == (2, 99, 2, None)


def test_a_claim_that_is_taken_back_is_due_again() -> None:
    record = kept(unclaimed(running(), "me", 1))

    assert (record.holder, record.due, record.runs) == (None, 10, 0)
    assert unclaimed(running(), "other", 1) == Step(running())
    assert kept(unclaimed(kept(triggered(plan(), TEN, at(4))), "me", 1)).due == 10


# --- any order ------------------------------------------------------------------------------------


class Held(NamedTuple):
    claim: int
    due: float | None


class Course(RuleBasedStateMachine):
    """Several schedulers that look, run, end and die, in any order; time only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.record: JobRecord | None = None
        self.now = 0.0
        self.runs: dict[str, Held] = {}
        """The runs under way, by holder; those of the dead among them."""
        self.ran: list[float] = []
        self.passed = 0

    @rule(who=st.sampled_from("abc"), later=st.sampled_from([0.0, 0.5, 4.0, 10.0, 37.0]), is_dead=st.booleans())
    def look(self, who: str, later: float, is_dead: bool) -> None:
        self.now += later
        mine = self.runs.get(who)
        seen = None if self.record is None else sight(self.record)
        dead = seen if is_dead and seen is not None and seen[0] != who else None
        if dead is not None and mine is None:
            self.runs.pop(dead[0], None)  # it has died, or it is lost
        view = View(who, self.now, self.now, None if mine is None else mine.claim, beats=True, dead=dead)
        self._take(who, looked(self.record, TRIPPING, view))

    @rule(who=st.sampled_from("abc"))
    def trigger(self, who: str) -> None:
        self._take(who, triggered(self.record, TRIPPING, at(self.now, who)), by_hand=True)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), outcome=st.sampled_from(["succeeded", "failed", "cancelled"]))
    def end(self, data: st.DataObject, outcome: str) -> None:
        who = data.draw(st.sampled_from(sorted(self.runs)))
        held = self.runs.pop(who)
        end = End(self.now, outcome, "no", 1.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        self.record = ended(self.record, TRIPPING, who, held.claim, end).record

    @rule()
    def reset(self) -> None:
        was_tripped = self.record is not None and self.record.tripped
        self.record = reset(self.record, TRIPPING, self.now).record
        if was_tripped:  # planned anew: count from here
            self.ran, self.passed = [], 0

    def _take(self, who: str, step: Step, *, by_hand: bool = False) -> None:
        assert not step.lost
        self.record = step.record
        self.passed += step.held + step.missed + (0 if by_hand else step.skipped)
        if step.begins is not None:
            assert self.runs.get(who) is None
            self.runs[who] = Held(step.begins.number, step.begins.due)
            if step.begins.due is not None and not step.begins.again:
                self.ran.append(step.begins.due)

    @invariant()
    def at_most_one_runs_and_the_record_knows_which(self) -> None:
        holders = [] if self.record is None or self.record.holder is None else [self.record.holder]
        assert sorted(self.runs) == holders

    @invariant()
    def no_due_time_runs_twice(self) -> None:
        assert len(set(self.ran)) == len(self.ran)

    @invariant()
    def what_is_due_next_is_ahead_of_what_has_run(self) -> None:
        if self.record is not None and self.record.due is not None and self.ran:
            assert self.record.due > max(self.ran)


def test_in_any_order_of_looks_ends_and_deaths_one_runs_at_a_time_and_each_due_time_once() -> None:
    run_state_machine_as_test(Course, settings=settings(max_examples=2000 if SOAK else 40, deadline=None))


@given(st.lists(st.sampled_from([1.0, 3.0, 10.0, 25.0, 99.0]), max_size=30), st.floats(0, 300))
def test_each_due_time_has_run_or_is_counted(steps: list[float], held_until: float) -> None:
    record = replace(plan(), held_until=held_until)
    now, ran = 0.0, 0
    for seconds in steps:
        now += seconds
        step = looked(record, TEN, at(now))
        record = kept(step)
        if step.begins is not None:
            ran += 1
            record = kept(ended(record, TEN, "me", step.begins.number, End(now, "cancelled", None, 0.0)))

    assert record.due is not None
    assert record.due / 10 - 1 == ran + record.held + record.missed == record.runs + record.held + record.missed
    assert now < record.due <= now + 10

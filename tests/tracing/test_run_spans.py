"""The spans of a run: which there are, under which parent, what they say, and how they end."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from tests.tracing.exporting import Telemetry, events_of, said, times
from tests.workflow.books import DONE, LOAD, MERGE, PARSE, Stage, books, raising, returning, single
from tests.workflow.told import WRONG, everything, split, work

from keyrack import __version__
from keyrack.errors import JoinError, RetryExhaustedError, StateNotRegisteredError, WorkflowTimeoutError
from keyrack.testing import run_in_virtual_time
from keyrack.tracing.names import KINDS
from keyrack.workflow import (
    Branch,
    BranchEnded,
    BranchStarted,
    JoinConfig,
    JoinStrategy,
    Retry,
    RunFinished,
    RunStarted,
    StateEntered,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


def traced(telemetry: Telemetry, workflow: Workflow[Stage, Any], error: type[BaseException] | None = None) -> list[str]:
    """Run the workflow, and give the tree of its spans."""
    run = workflow.orchestrate(observers=[telemetry.tracing])
    if error is None:
        run_in_virtual_time(run)
    else:
        with pytest.raises(error):
            run_in_virtual_time(run)
    return telemetry.tree()


# --- the tree -------------------------------------------------------------------------------------


def test_a_run_has_its_states_and_each_state_the_attempt_at_its_task(telemetry: Telemetry) -> None:
    assert traced(telemetry, books()) == [
        "run books: succeeded",
        "  state LOAD: succeeded",
        "    attempt load: succeeded",
        "  state PARSE: succeeded",
        "    attempt parse: succeeded",
        "  state MERGE: succeeded",
        "    attempt Merge: succeeded",
    ]


def test_a_split_has_its_branches_and_each_branch_its_attempts(telemetry: Telemetry) -> None:
    assert traced(telemetry, everything()) == [
        "run books: succeeded",
        "  state LOAD: succeeded",
        "    attempt load: succeeded",
        "  state PARSE: succeeded",
        "    branch napping: succeeded",
        "      attempt napping: succeeded",
        "    branch Once: failed (OSError)",
        "      attempt Once: failed (OSError)",
        "    branch dozing: cancelled",
        "      attempt dozing: cancelled",
        "  state MERGE: succeeded",
        "    attempt Once: failed (OSError)",
        "    attempt Once: succeeded",
    ]


def test_a_state_that_is_come_to_again_has_a_span_each_time(telemetry: Telemetry) -> None:
    way = iter([LOAD, LOAD, DONE])

    async def load(_store: MemoryStore) -> Stage:
        return next(way)

    assert traced(telemetry, single(load)).count("  state LOAD: succeeded") == 3


def test_a_run_that_starts_in_an_exit_state_is_a_span_alone(telemetry: Telemetry) -> None:
    workflow = Workflow(Stage, name="books", initial=DONE).add_exit_states(DONE)

    assert traced(telemetry, workflow) == ["run books: succeeded"]


def test_the_branches_of_a_split_that_runs_few_at_a_time_are_side_by_side(telemetry: Telemetry) -> None:
    workflow = split(work(3), work(2), work(1), join=JoinStrategy.all(), concurrency=1)

    assert traced(telemetry, workflow)[1:] == [
        "  state LOAD: succeeded",
        *["    branch task: succeeded", "      attempt task: succeeded"] * 3,
    ]


def test_retries_of_a_branch_are_attempts_of_that_branch(telemetry: Telemetry) -> None:
    workflow = split(work(1, WRONG), work(1), join=JoinStrategy.all(), retry=Retry.fixed(2, 5.0))

    assert traced(telemetry, workflow)[2:] == [
        "    branch task: succeeded",
        "      attempt task: failed (ValueError)",
        "      attempt task: succeeded",
        "    branch task: succeeded",
        "      attempt task: succeeded",
    ]


# --- how things end -------------------------------------------------------------------------------


def test_what_a_task_raises_is_told_in_full_by_the_attempt_and_named_by_what_is_around_it(telemetry: Telemetry) -> None:
    assert traced(telemetry, single(raising(WRONG)), ValueError) == [
        "run books: failed (ValueError)",
        "  state LOAD: failed (ValueError)",
        "    attempt fail: failed (ValueError)",
    ]
    assert [events_of(span) for span in telemetry.spans] == [["exception"], [], []]
    (event,) = telemetry.one("attempt fail").events
    told = dict(event.attributes or {})
    assert (told["exception.type"], told["exception.message"]) == ("ValueError", "wrong")
    assert "raise error" in str(told["exception.stacktrace"])
    assert {span.status.description for span in telemetry.spans} == {"ValueError: wrong"}


def test_attempts_that_are_exhausted_fail_the_state_with_an_error_of_its_own(telemetry: Telemetry) -> None:
    retry = Retry.fixed(2, 5.0)
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(1, WRONG, WRONG), retry=retry)

    assert traced(telemetry, workflow, RetryExhaustedError) == [
        "run books: failed (keyrack.errors.RetryExhaustedError)",
        "  state LOAD: failed (keyrack.errors.RetryExhaustedError)",
        "    attempt task: failed (ValueError)",
        "    attempt task: failed (ValueError)",
    ]
    assert events_of(telemetry.one("state LOAD")) == ["keyrack.retry", "exception"]
    planned = telemetry.one("state LOAD").events[0]
    assert planned.attributes == {"keyrack.attempt": 2, "keyrack.retry.delay": 5.0}


def test_an_attempt_that_takes_too_long_timed_out_and_what_is_around_it_failed(telemetry: Telemetry) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(60), attempt_timeout=3.0)

    assert traced(telemetry, workflow, WorkflowTimeoutError) == [
        "run books: failed (keyrack.errors.WorkflowTimeoutError)",
        "  state LOAD: failed (keyrack.errors.WorkflowTimeoutError)",
        "    attempt task: timed out (keyrack.errors.WorkflowTimeoutError)",
    ]


def test_a_run_that_takes_too_long_timed_out_and_what_is_in_it_was_cancelled(telemetry: Telemetry) -> None:
    assert traced(telemetry, single(work(60), timeout=3.0), WorkflowTimeoutError) == [
        "run books: timed out (keyrack.errors.WorkflowTimeoutError)",
        "  state LOAD: cancelled",
        "    attempt task: cancelled",
    ]
    assert events_of(telemetry.one("run books")) == ["exception"]


def test_a_run_that_takes_too_long_while_it_waits_to_try_again_timed_out_alone(telemetry: Telemetry) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD, timeout=3.0).add_exit_states(DONE)
    workflow.register(LOAD, work(1, WRONG), retry=Retry.fixed(2, 60.0))

    assert traced(telemetry, workflow, WorkflowTimeoutError) == [
        "run books: timed out (keyrack.errors.WorkflowTimeoutError)",
        "  state LOAD: cancelled",
        "    attempt task: failed (ValueError)",
    ]


def test_branches_end_each_in_its_own_way_when_the_split_is_out_of_time(telemetry: Telemetry) -> None:
    tasks = [work(1), work(1, WRONG), work(60)]
    workflow = split(*tasks, join=JoinStrategy.partial_timeout(), timeout=5.0)

    assert traced(telemetry, workflow) == [
        "run books: succeeded",
        "  state LOAD: succeeded",
        "    branch task: succeeded",
        "      attempt task: succeeded",
        "    branch task: failed (ValueError)",
        "      attempt task: failed (ValueError)",
        "    branch task: timed out (None)",
        "      attempt task: cancelled",
    ]


def test_a_split_that_cannot_be_joined_fails_its_state_with_the_join_error(telemetry: Telemetry) -> None:
    workflow = split(work(1, WRONG), work(60), join=JoinStrategy.quorum(2))

    assert traced(telemetry, workflow, JoinError)[:2] == [
        "run books: failed (keyrack.errors.JoinError)",
        "  state LOAD: failed (keyrack.errors.JoinError)",
    ]
    assert events_of(telemetry.one("state LOAD")) == ["exception"]
    assert [events_of(span) for span in telemetry.named("branch task")] == [[], []]
    attributes = said(telemetry.one("state LOAD"))
    counts = {name: attributes[f"keyrack.split.{name}"] for name in ("branches", "required", "succeeded", "satisfied")}
    assert counts == {"branches": 2, "required": 2, "succeeded": 0, "satisfied": False}


def test_a_branch_that_returns_nonsense_failed_and_its_attempt_did_not(telemetry: Telemetry) -> None:
    workflow = split(returning("nonsense"), join=JoinStrategy.all())

    assert traced(telemetry, workflow, JoinError)[2:] == [
        "    branch task: failed (keyrack.errors.StateNotRegisteredError)",
        "      attempt task: succeeded",
    ]
    assert events_of(telemetry.one("branch task")) == ["exception"]


def test_a_branch_that_cancels_itself_failed_and_its_attempt_was_cancelled(telemetry: Telemetry) -> None:
    workflow = split(raising(asyncio.CancelledError()), join=JoinStrategy.all())

    assert traced(telemetry, workflow, JoinError)[2:] == [
        "    branch fail: failed (keyrack.errors.BranchCancelledError)",
        "      attempt fail: cancelled",
    ]


def test_a_task_that_returns_nonsense_fails_its_state_and_not_its_attempt(telemetry: Telemetry) -> None:
    assert traced(telemetry, single(returning(MERGE)), StateNotRegisteredError) == [
        "run books: failed (keyrack.errors.StateNotRegisteredError)",
        "  state LOAD: failed (keyrack.errors.StateNotRegisteredError)",
        "    attempt task: succeeded",
    ]
    assert events_of(telemetry.one("state LOAD")) == ["exception"]


def test_a_cancelled_run_is_no_error(telemetry: Telemetry) -> None:
    async def cancelled() -> None:
        run = asyncio.create_task(everything().orchestrate(observers=[telemetry.tracing]))
        await asyncio.sleep(0.5)
        run.cancel()
        await asyncio.wait([run])
        assert run.cancelled()

    run_in_virtual_time(cancelled())

    assert telemetry.tree() == [
        "run books: cancelled",
        "  state LOAD: succeeded",
        "    attempt load: succeeded",
        "  state PARSE: cancelled",
        "    branch napping: cancelled",
        "      attempt napping: cancelled",
        "    branch Once: cancelled",
        "      attempt Once: cancelled",
        "    branch dozing: cancelled",
        "      attempt dozing: cancelled",
    ]
    assert said(telemetry.one("state PARSE"))["keyrack.split.satisfied"] is False


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_program_ends_every_span(telemetry: Telemetry, kind: type[BaseException]) -> None:
    error = kind("enough")

    async def in_its_own_task() -> BaseException | None:
        run = single(raising(error)).orchestrate(observers=[telemetry.tracing])
        try:
            await run
        except BaseException as raised:  # noqa: BLE001  # asyncio would let it out of its loop
            return raised
        return None

    assert run_in_virtual_time(in_its_own_task()) is error
    assert telemetry.tree() == [
        f"run books: failed ({kind.__name__})",
        f"  state LOAD: failed ({kind.__name__})",
        f"    attempt fail: failed ({kind.__name__})",
    ]
    assert [events_of(span) for span in telemetry.spans] == [["exception"], [], []]


def test_a_run_that_is_thrown_away_is_cancelled_and_leaves_the_context_of_others_alone(telemetry: Telemetry) -> None:
    loop = asyncio.new_event_loop()
    run = single(work(60)).orchestrate(observers=[telemetry.tracing])
    task = loop.create_task(run)
    loop.run_until_complete(asyncio.sleep(0))

    with telemetry.tracer.start_as_current_span("other") as other:
        run.close()
        assert trace.get_current_span() is other

    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))
    loop.close()
    assert telemetry.tree() == [
        "run books: cancelled",
        "  state LOAD: cancelled",
        "    attempt task: cancelled",
        "other",
    ]


# --- what they say --------------------------------------------------------------------------------


def test_each_span_says_what_it_is_of(telemetry: Telemetry) -> None:
    traced(telemetry, everything())

    assert said(telemetry.one("run books")) == {
        "keyrack.workflow.name": "books",
        "keyrack.store.name": "MemoryStore",
        "keyrack.run.first_state": "LOAD",
        "keyrack.run.last_state": "DONE",
        "keyrack.outcome": "succeeded",
    }
    assert said(telemetry.one("state PARSE")) == {
        "keyrack.workflow.name": "books",
        "keyrack.state": "PARSE",
        "keyrack.task": "split of 3",
        "keyrack.split.strategy": str(JoinStrategy.quorum(1)),
        "keyrack.split.branches": 3,
        "keyrack.split.required": 1,
        "keyrack.split.succeeded": 1,
        "keyrack.split.satisfied": True,
        "keyrack.outcome": "succeeded",
    }
    dozing = {"keyrack.workflow.name": "books", "keyrack.state": "PARSE", "keyrack.task": "dozing", "keyrack.branch": 2}
    assert said(telemetry.one("branch dozing")) == {**dozing, "keyrack.outcome": "cancelled"}
    assert said(telemetry.one("attempt dozing")) == {**dozing, "keyrack.attempt": 1, "keyrack.outcome": "cancelled"}
    assert [said(span)["keyrack.attempt"] for span in telemetry.named("attempt Once")] == [1, 1, 2]


def test_no_span_says_what_is_not_in_the_table(telemetry: Telemetry) -> None:
    for error in None, RetryExhaustedError:
        workflow = everything()
        if error is not None:
            workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
            workflow.register(LOAD, work(1, WRONG, WRONG), retry=Retry.fixed(2))
        traced(telemetry, workflow, error)

    kinds = {kind.title.partition(" ")[0]: {one.name for one in kind.attributes} for kind in KINDS}
    for span in telemetry.spans:
        assert set(said(span)) <= kinds[span.name.partition(" ")[0]]


def test_spans_are_of_the_scope_keyrack_in_its_version(telemetry: Telemetry) -> None:
    traced(telemetry, books())

    (scope,) = {span.instrumentation_scope for span in telemetry.spans}
    assert scope is not None
    assert (scope.name, scope.version or __version__) == ("keyrack", __version__)  # none where keyrack is its source


def test_a_workflow_may_say_how_its_runs_are_called(telemetry: Telemetry) -> None:
    workflow = books().with_span("nightly books", {"team": "library", "shelf": 3, "keyrack.run.first_state": "mine"})

    assert traced(telemetry, workflow)[0] == "nightly books: succeeded"
    attributes = said(telemetry.one("nightly books"))
    assert (attributes["team"], attributes["shelf"], attributes["keyrack.run.first_state"]) == ("library", 3, "LOAD")


def test_times_are_those_of_the_day_and_children_lie_within_their_parents(telemetry: Telemetry) -> None:
    before = datetime.now().timestamp()  # noqa: DTZ005  # a moment is a moment
    traced(telemetry, everything())
    after = datetime.now().timestamp()  # noqa: DTZ005

    for span in telemetry.spans:
        started, ended = times(span)
        assert before <= started / 1e9 <= ended / 1e9 <= after + 1e-3
        if (parent := telemetry.parent(span)) is not None:
            assert times(parent)[0] <= started
            assert ended <= times(parent)[1]


def test_a_clock_that_is_set_back_makes_no_span_end_before_it_began(
    telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10**9, 0, -1))
    monkeypatch.setattr("keyrack.tracing.opened.time_ns", lambda: next(ticks))

    traced(telemetry, everything())

    assert {times(span) for span in telemetry.spans} == {(10**9, 10**9)}


# --- hostile exceptions ---------------------------------------------------------------------------


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "error", [MuteError("x"), ValueError("\udcff"), ValueError("x" * 1_000_000)], ids=["mute", "no UTF-8", "long"]
)
def test_an_exception_that_cannot_be_told_is_named_all_the_same(telemetry: Telemetry, error: Exception) -> None:
    traced(telemetry, single(raising(error)), type(error))

    (event,) = telemetry.one("attempt fail").events
    told = dict(event.attributes or {})
    assert str(told["exception.type"]).endswith(type(error).__name__)
    str(told["exception.message"]).encode()
    for span in telemetry.spans:
        assert len((span.status.description or "").encode()) < 1000


def test_a_task_may_call_itself_a_split(telemetry: Telemetry) -> None:
    task = returning(DONE)
    task.__qualname__ = task.__name__ = "split of 3"

    assert traced(telemetry, single(task))[2:] == ["    attempt split of 3: succeeded"]


def test_names_that_no_utf_8_can_hold_are_escaped(telemetry: Telemetry) -> None:
    workflow = Workflow(Stage, name="books \udcff", initial=DONE).add_exit_states(DONE)

    assert traced(telemetry, workflow) == [r"run books \udcff: succeeded"]
    assert said(telemetry.spans[0])["keyrack.workflow.name"] == r"books \udcff"


# --- made-up events -------------------------------------------------------------------------------


def test_branches_that_nobody_tells_the_end_of_end_with_the_run(telemetry: Telemetry) -> None:
    begun = BranchStarted(1, 0.0, LOAD, Branch(0, "task"))
    for event in (
        begun,  # of a run that has not started
        RunStarted(1, 0.0, "books", LOAD, "MemoryStore"),
        begun,  # of no state
        StateEntered(1, 0.0, LOAD, "split of 1", is_split=True),
        begun,
        RunFinished(1, 0.0, "books", LOAD, ValueError("wrong")),
        BranchEnded(1, 0.0, LOAD, Branch(0, "task"), "succeeded", None),
    ):
        telemetry.tracing(event)

    assert telemetry.tree()[2:] == ["    branch task: cancelled", "      attempt task: cancelled"]


# --- side by side ---------------------------------------------------------------------------------


def test_runs_side_by_side_do_not_mix(telemetry: Telemetry) -> None:
    async def run() -> None:
        runs = [everything(observers=[telemetry.tracing]).orchestrate() for _ in range(5)]
        await asyncio.gather(*runs)

    run_in_virtual_time(run())
    together = telemetry.tree()
    alone = traced(Telemetry(), everything())

    assert together == alone * 5
    assert len({span.context.trace_id for span in telemetry.spans if span.context}) == 5


def test_a_split_in_a_loop_has_its_branches_under_each_of_its_states(telemetry: Telemetry) -> None:
    way = iter([PARSE, DONE])

    async def again(_store: MemoryStore) -> Stage:
        return next(way)

    workflow = Workflow(Stage, name="books", initial=PARSE).add_exit_states(DONE).register(LOAD, again)
    workflow.register_split(PARSE, [work(1)], JoinConfig(JoinStrategy.all(), LOAD))
    parse = ["  state PARSE: succeeded", "    branch task: succeeded", "      attempt task: succeeded"]
    load = ["  state LOAD: succeeded", "    attempt again: succeeded"]

    assert traced(telemetry, workflow)[1:] == [*parse, *load, *parse, *load]


def test_attributes_of_a_users_own_are_sent_as_every_exporter_can() -> None:
    telemetry = Telemetry()

    traced(telemetry, single(returning(DONE)).with_span("import", {"team": "d\udc80ta", "count": 2**70, "small": 3}))

    (span,) = [one for one in telemetry.spans if one.name == "import"]
    assert span.attributes is not None
    assert (span.attributes["team"], span.attributes["count"], span.attributes["small"]) == (
        *("d\\udc80ta", str(2**70), 3),
    )

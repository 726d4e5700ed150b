"""Random runs side by side on a virtual clock: their spans are what events say, and lie within each other."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tracing.exporting import Telemetry, said, times
from tests.workflow import test_random_graphs as graphs
from tests.workflow.plans import Plan, plans

from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    BranchStarted,
    RetryStarted,
    RunFinished,
    StateEntered,
)

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from tests.workflow.plans import Work

    from keyrack.workflow import Observer

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
MOST = 12
"""As many transitions a run may make: some plans have no end."""

plain_task = graphs.task_of
tracer: Any = None
"""What tasks make their spans with."""


def spanning(work: Work) -> Callable[[Any], Any]:
    """Make a task that makes a span of its own, and names its task in it."""
    task = plain_task(work)
    if work.plain:

        def function(store: Any) -> Any:
            with tracer.start_as_current_span(f"user {task.__qualname__}"):
                return task(store)

        return function

    async def coroutine(store: Any) -> Any:
        with tracer.start_as_current_span(f"user {task.__qualname__}"):
            return await task(store)

    return coroutine


@pytest.fixture(autouse=True, scope="module")
def tasks_make_spans() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graphs, "task_of", spanning)
        yield


@settings(max_examples=500 if SOAK else 25, derandomize=not SOAK)
@given(st.lists(plans(), min_size=1, max_size=3), st.sampled_from(["none", "events", "spans"]))
def test_random_runs_make_the_spans_that_events_tell_of(some: list[Plan], verbs: Any) -> None:
    global tracer  # noqa: PLW0603  # tasks are made by functions that know no telemetry
    telemetry, recorder = Telemetry(), Recorder()
    telemetry.asked(verbs=verbs)
    tracer = telemetry.tracer

    async def side_by_side() -> None:
        workflows = [graphs.workflow_of(plan._replace(most=min(plan.most or MOST, MOST))) for plan in some]
        observers: list[Observer] = [recorder, telemetry.tracing]
        runs = [workflow.orchestrate(observers=observers) for workflow in workflows]
        await asyncio.gather(*runs, return_exceptions=True)

    run_in_virtual_time(side_by_side())

    assert telemetry.open == []
    assert kinds(telemetry) == expected(recorder)
    for span in telemetry.spans:
        lies_within_its_parent(telemetry, span)


def kinds(telemetry: Telemetry) -> Counter[tuple[Any, ...]]:
    """How many spans there are of each kind, state, branch and attempt."""
    return Counter(
        (span.name.partition(" ")[0], *(said(span).get(f"keyrack.{name}") for name in ("state", "branch", "attempt")))
        for span in telemetry.spans
        if not span.name.startswith(("user ", "store "))
    )


def expected(recorder: Recorder) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for event in recorder.events:
        match event:
            case StateEntered(state=state):
                found["state", state.name, None, None] += 1
                if not event.is_split:
                    found["attempt", state.name, None, 1] += 1
            case BranchStarted(state=state, branch=branch):
                found["branch", state.name, branch.number, None] += 1
                found["attempt", state.name, branch.number, 1] += 1
            case RetryStarted():
                found["attempt", event.state.name, event.branch, event.attempt] += 1
            case RunFinished():
                found["run", None, None, None] += 1
            case _:
                pass
    return found


INNER: dict[str, tuple[str, ...]] = {
    "state": ("run",),
    "branch": ("state",),
    "user": ("attempt",),
    "store": ("attempt", "state", "run"),
}
"""What a span of each kind is a child of."""


def lies_within_its_parent(telemetry: Telemetry, span: ReadableSpan) -> None:
    parent = telemetry.parent(span)
    kind = span.name.partition(" ")[0]
    if kind == "run":
        assert parent is None
        return
    assert parent is not None
    outer = ("branch" if "keyrack.branch" in said(span) else "state",) if kind == "attempt" else INNER[kind]
    assert parent.name.startswith(outer)
    assert times(parent)[0] <= times(span)[0] <= times(span)[1] <= times(parent)[1]
    for name in "keyrack.state", "keyrack.branch":
        if name in said(span) and name in said(parent):
            assert said(span)[name] == said(parent)[name]

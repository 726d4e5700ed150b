"""The trace in other processes: it goes along with each call, whatever is there to take it."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import baggage, context, propagate
from tests.tracing import sending
from tests.tracing.exporting import said
from tests.tracing.sending import SEEN, Away
from tests.workflow.books import DONE, LOAD, Stage

from keyrack.tracing import Tracing, crossing
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow
from keyrack.workflow.executors import carriers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.sdk.trace import ReadableSpan
    from tests.tracing.exporting import Telemetry

    from keyrack.stores import MemoryStore


def pool(initializer: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=initializer)


@pytest.fixture(scope="module")
def spawned() -> Iterator[ProcessPoolExecutor]:
    with pool() as executor:
        yield executor


def away(call: Callable[[], str], **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of one call in another process."""
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    return workflow.register(LOAD, Away(call), **options)


def numbers(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x} {span.context.span_id:016x}"


def test_a_function_in_another_process_sees_its_attempt(telemetry: Telemetry, spawned: ProcessPoolExecutor) -> None:
    workflow = away(sending.current, executor=spawned)
    for _ in range(2):
        workflow.run(observers=[telemetry.tracing])

    assert workflow.store.get(SEEN) == [numbers(span) for span in telemetry.named("attempt Away")]


def test_a_span_of_another_process_is_a_child_of_the_attempt(
    telemetry: Telemetry, spawned: ProcessPoolExecutor
) -> None:
    workflow = away(sending.exported, executor=spawned)
    workflow.run(observers=[telemetry.tracing])

    assert workflow.store.get(SEEN) == [numbers(telemetry.one("attempt Away"))]


def test_each_branch_and_attempt_sends_its_own_span(telemetry: Telemetry, spawned: ProcessPoolExecutor) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    branches = [Away(sending.current), Away(sending.fail), Away(sending.current)]
    join = JoinConfig(JoinStrategy.quorum(2), DONE)
    workflow.register_split(LOAD, branches, join, executor=spawned, retry=Retry.fixed(2))
    workflow.run(observers=[telemetry.tracing])

    attempts = telemetry.named("attempt Away")
    ended_well = [span for span in attempts if said(span)["keyrack.outcome"] == "succeeded"]
    seen = workflow.store.get(SEEN)
    assert Counter(seen) == Counter(map(numbers, ended_well))


def test_what_else_the_context_holds_goes_along(telemetry: Telemetry, spawned: ProcessPoolExecutor) -> None:
    workflow = away(sending.carried, executor=spawned)

    async def request() -> None:
        token = context.attach(baggage.set_baggage("customer", "7"))
        await workflow.orchestrate(observers=[telemetry.tracing])
        context.detach(token)

    asyncio.run(request())

    assert workflow.store.get(SEEN) == ["7"]


def test_nothing_stays_in_the_other_process(telemetry: Telemetry, spawned: ProcessPoolExecutor) -> None:
    workflow = away(sending.current, executor=spawned)
    workflow.run(observers=[telemetry.tracing])
    workflow.run()

    assert workflow.store.get(SEEN)[1] == f"{0:032x} {0:016x}"


def test_a_process_without_opentelemetry_makes_the_call_all_the_same(telemetry: Telemetry) -> None:
    with pool(sending.block_opentelemetry) as executor:
        workflow = away(sending.without_opentelemetry, executor=executor)
        workflow.run(observers=[telemetry.tracing])

    assert workflow.store.get(SEEN) == ["none here"]
    assert telemetry.tree()[0] == "run books: succeeded"


# --- what goes along ------------------------------------------------------------------------------


def test_the_context_goes_along_once_however_many_observers_there_are() -> None:
    threads = [threading.Thread(target=Tracing) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert carriers.count(crossing.carrier) == 1


def test_nothing_goes_along_where_there_is_no_trace() -> None:
    assert crossing.carrier() is None


def broken(*_: object) -> None:
    """What a propagator may do."""
    raise RuntimeError("broken")


def test_a_propagator_that_fails_keeps_no_task_from_running(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = context.get_current()
    monkeypatch.setattr(propagate, "inject", broken)
    monkeypatch.setattr(propagate, "extract", broken)

    assert crossing.carrier() is None
    with crossing.arrived({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}):
        assert context.get_current() is before
    assert [record.name for record in caplog.records] == ["keyrack.tracing.crossing"] * 2


@pytest.mark.parametrize("sent", [{}, {"traceparent": "nonsense"}, {"traceparent": "00-0-0-0", "baggage": "=,;"}])
def test_what_arrives_and_makes_no_sense_is_no_trace(sent: dict[str, str]) -> None:
    before = context.get_current()

    with crossing.arrived(sent):
        assert sending.current() == f"{0:032x} {0:016x}"

    assert context.get_current() == before


def test_what_the_call_raises_comes_through() -> None:
    with pytest.raises(LookupError), crossing.arrived({}):
        sending.fail()


def test_where_there_is_no_opentelemetry_nothing_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = context.get_current()
    nothing: Any = None
    monkeypatch.setitem(sys.modules, "opentelemetry", nothing)

    with crossing.arrived({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}):
        assert context.get_current() is before

    assert caplog.records == []

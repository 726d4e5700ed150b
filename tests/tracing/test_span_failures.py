"""An SDK that fails: the run goes on, what can be told is told, and nothing is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import context
from opentelemetry.sdk.trace import SpanProcessor
from tests.tracing.exporting import Telemetry
from tests.workflow.books import DONE
from tests.workflow.told import everything

from keyrack.testing import Recorder, run_in_virtual_time

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span


class Failing(SpanProcessor):
    """A processor that raises at the spans of some numbers, counted as they begin and as they end."""

    def __init__(self, *, starts: frozenset[int] = frozenset(), ends: frozenset[int] = frozenset()) -> None:
        self._starts, self._ends = starts, ends
        self._begun = self._over = 0

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._begun += 1
        if self._begun in self._starts:
            raise RuntimeError("no room for a span")

    def on_end(self, span: ReadableSpan) -> None:
        self._over += 1
        if self._over in self._ends:
            raise RuntimeError("no room for a span")


def run(telemetry: Telemetry) -> None:
    """Run a workflow, and see that it goes as it goes without."""
    recorder = Recorder()

    async def request() -> object:
        before = context.get_current()
        end = await everything().orchestrate(observers=[telemetry.tracing, recorder])
        assert context.get_current() is before
        return end

    assert run_in_virtual_time(request()) is DONE
    assert len(recorder.events) > 10


@pytest.mark.parametrize("verbs", ["none", "spans"])
def test_spans_that_cannot_be_ended_keep_no_other_from_ending(verbs: Any, caplog: pytest.LogCaptureFixture) -> None:
    telemetry = Telemetry()
    telemetry.asked(verbs=verbs)
    telemetry.spans_to.add_span_processor(Failing(ends=frozenset(range(100))))

    run(telemetry)

    assert telemetry.open == []
    assert telemetry.tree()[0] == "run books: succeeded"
    assert "no room for a span" in caplog.text


@pytest.mark.parametrize("number", range(1, 15))
def test_a_span_that_cannot_begin_is_missing_with_what_is_in_it(number: int, caplog: pytest.LogCaptureFixture) -> None:
    telemetry = Telemetry()
    telemetry.spans_to.add_span_processor(Failing(starts=frozenset({number})))

    run(telemetry)

    refused = telemetry.open
    assert len(refused) == (number <= 13)  # so many spans there are; the SDK began it, and gave it to nobody
    raised = [record.name for record in caplog.records if record.exc_info]
    assert raised == ["keyrack.workflow.observers"] * len(refused)
    whole = Telemetry()
    run(whole)
    assert {line.strip() for line in telemetry.tree()} <= {line.strip() for line in whole.tree()}

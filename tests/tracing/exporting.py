"""Where the tests of traces send them: exporters in memory, and what was sent, put short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from keyrack.tracing import Tracing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span
    from opentelemetry.trace import Tracer

    from keyrack.tracing import VerbsAs
    from keyrack.tracing.names import Instrument


class _Started(SpanProcessor):
    """Remembers every span that has begun."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.spans.append(span)


class Telemetry:
    """An SDK of its own, and an observer that sends to it."""

    def __init__(self) -> None:
        self._started = _Started()
        self._exporter = InMemorySpanExporter()
        self.spans_to = TracerProvider(shutdown_on_exit=False)
        self.spans_to.add_span_processor(self._started)
        self.spans_to.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        self.numbers_to = MeterProvider([self._reader], shutdown_on_exit=False)
        self.tracing: Tracing = self.asked()

    def asked(self, *, verbs: VerbsAs = "none", metrics: bool = True) -> Tracing:
        """Let the observer be one that is asked for this, and give it."""
        self.tracing = Tracing(
            tracer_provider=self.spans_to, meter_provider=self.numbers_to, verbs=verbs, metrics=metrics
        )
        return self.tracing

    @property
    def tracer(self) -> Tracer:
        """What tasks make spans of their own with."""
        return self.spans_to.get_tracer("user")

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """The spans that were exported."""
        return self._exporter.get_finished_spans()

    @property
    def open(self) -> list[str]:
        """What has begun and not ended, and what is still remembered of it."""
        names = [span.name for span in self._started.spans if span.end_time is None]
        tracing: Any = self.tracing
        left = len(tracing._spans) + len(tracing._measures)
        return [*names, *(["left behind"] * left)]

    def named(self, name: str) -> list[ReadableSpan]:
        """The spans of a name, in the order in which they began."""
        return [span for span in self._in_order() if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        """The only span of a name."""
        (span,) = self.named(name)
        return span

    def _in_order(self) -> list[ReadableSpan]:
        exported = {id_of(span): span for span in self.spans}
        return [exported[at] for span in self._started.spans if (at := id_of(span)) in exported]

    def tree(self) -> list[str]:
        """Every span under its parent, with how it ended."""
        return [line for span in self._in_order() if span.parent is None for line in self._lines(span)]

    def _lines(self, parent: ReadableSpan, depth: int = 0) -> list[str]:
        lines = [f"{'  ' * depth}{short(parent)}"]
        for span in self._in_order():
            if span.parent is not None and span.parent.span_id == id_of(parent):
                lines += self._lines(span, depth + 1)
        return lines

    def parent(self, span: ReadableSpan) -> ReadableSpan | None:
        """The span that another one is a child of."""
        if span.parent is None:
            return None
        (parent,) = [one for one in self.spans if id_of(one) == span.parent.span_id]
        return parent

    # --- metrics ----------------------------------------------------------------------------------

    def metrics(self) -> dict[str, Any]:
        """What was measured, by the names of the instruments."""
        data = self._reader.get_metrics_data()
        if data is None:
            return {}
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def counted(self, instrument: Instrument) -> dict[tuple[str, ...], Any]:
        """The count, or of a histogram the sum, by the values of the attributes."""
        return {key: getattr(point, "value", getattr(point, "sum", None)) for key, point in self._points(instrument)}

    def measured(self, instrument: Instrument) -> dict[tuple[str, ...], int]:
        """How often a histogram was given a number, by the values of the attributes."""
        return {key: point.count for key, point in self._points(instrument)}

    def _points(self, instrument: Instrument) -> list[tuple[tuple[str, ...], Any]]:
        metric = self.metrics().get(instrument.title)
        points: list[Any] = [] if metric is None else metric.data.data_points
        order = [attribute.name for attribute in instrument.attributes]
        return [
            (tuple(point.attributes[name] for name in order if name in point.attributes), point) for point in points
        ]


def id_of(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context is not None
    return context.span_id


def said(span: ReadableSpan) -> Mapping[str, Any]:
    """The attributes of a span."""
    return span.attributes or {}


def short(span: ReadableSpan) -> str:
    """A span with its outcome, and with what is wrong where it says so."""
    outcome = said(span).get("keyrack.outcome")
    wrong = f" ({said(span).get('error.type')})" if span.status.status_code is StatusCode.ERROR else ""
    return span.name if outcome is None else f"{span.name}: {outcome}{wrong}"


def events_of(span: ReadableSpan) -> list[str]:
    return [event.name for event in span.events]


def times(span: ReadableSpan) -> tuple[int, int]:
    assert span.start_time is not None
    assert span.end_time is not None
    return span.start_time, span.end_time

"""What runs in other processes, for the tests of traces."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from tests.workflow.books import DONE, Stage

from keyrack.keys.key import StoreKey
from keyrack.workflow import Node

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

SEEN = StoreKey[list[str]]("seen", default_factory=list)


def current() -> str:
    """Say which span is the current one here: its trace and its own number."""
    from opentelemetry.trace import get_current_span

    context = get_current_span().get_span_context()
    return f"{context.trace_id:032x} {context.span_id:016x}"


def carried() -> str:
    """Say what else came along."""
    from opentelemetry import baggage

    return str(baggage.get_baggage("customer"))


def exported() -> str:
    """Make a span with an SDK of this process, and give it as it is exported."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("away").start_as_current_span("away"):
        pass
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert span.parent.is_remote
    return f"{span.parent.trace_id:032x} {span.parent.span_id:016x}"


def fail() -> str:
    raise LookupError("no such book")


def without_opentelemetry() -> str:
    """Say whether OpenTelemetry cannot be imported here."""
    try:
        importlib.import_module("opentelemetry.context")
    except ModuleNotFoundError:
        return "none here"
    return "it is here"


def block_opentelemetry() -> None:
    """Have a process that knows no OpenTelemetry: what a pool begins its processes with."""
    blocked: Any = None
    sys.modules["opentelemetry"] = blocked


class Away(Node[Stage, None, str]):
    """A node whose ``exec`` is called in another process."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def prep(self, store: MemoryStore) -> None:
        pass

    def exec(self, data: None) -> str:
        return str(self._call())

    def post(self, store: MemoryStore, result: str) -> Stage:
        store.append(SEEN, result)
        return DONE

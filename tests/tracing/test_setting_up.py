"""When traces are made: with an SDK set up for the program, or given; without one, or without the package, not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from tests.workflow.books import books

from keyrack.errors import ConfigurationError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.tracing import Tracing, observer

if TYPE_CHECKING:
    from tests.tracing.exporting import Telemetry

ROOT = Path(__file__).parents[2]

BOOKS = """
from enum import Enum
from keyrack import MemoryStore, Workflow
class Stage(Enum):
    LOAD = 1
    DONE = 2
async def load(store: MemoryStore) -> Stage:
    return Stage.DONE
workflow = Workflow(Stage, name="books", initial=Stage.LOAD).register(Stage.LOAD, load).add_exit_states(Stage.DONE)
"""


def said_by(*lines: str, **environment: str) -> Any:
    """Run a program, and give what it printed."""
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


# --- without an SDK -------------------------------------------------------------------------------


def test_without_an_sdk_it_is_not_enabled_and_nothing_of_a_run_is_told() -> None:
    lines = """
import json
from keyrack.tracing import Tracing
tracing = Tracing(verbs="spans")
calls = []
class Listening(Tracing):
    def __call__(self, event):
        calls.append(event)
listening = Listening()
workflow.run(observers=[tracing, listening])
print(json.dumps([tracing.enabled, len(calls), repr(tracing)]))
"""

    assert said_by(BOOKS, lines) == [False, 0, "<Tracing: not enabled, verbs as spans>"]


def test_the_sdk_of_the_program_is_found_whenever_it_is_set_up() -> None:
    lines = """
import json
from opentelemetry import metrics, trace
from keyrack.tracing import Tracing
tracing = Tracing()
proxies = Tracing(tracer_provider=trace.get_tracer_provider(), meter_provider=metrics.get_meter_provider())
workflow.run(observers=[tracing])
before = tracing.enabled, proxies.enabled

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
between = tracing.enabled
metrics.set_meter_provider(MeterProvider([reader]))
workflow.run(observers=[tracing, proxies])
names = [span.name for span in exporter.get_finished_spans()]
measured = reader.get_metrics_data().resource_metrics[0].scope_metrics[0]
(runs,) = [metric for metric in measured.metrics if metric.name == "keyrack.runs"]
nothing = Tracing(tracer_provider=trace.NoOpTracerProvider(), meter_provider=metrics.NoOpMeterProvider())
enabled = *before, between, tracing.enabled, nothing.enabled
print(json.dumps([*enabled, names, measured.scope.name, runs.data.data_points[0].value]))
"""

    names = ["attempt load"] * 2 + ["state LOAD"] * 2 + ["run books"] * 2
    *enabled, spans, scope, number = said_by(BOOKS, lines)
    assert enabled == [False, False, True, True, False]
    assert sorted(spans) == sorted(names)
    assert (scope, number) == ("keyrack", 2)


def test_an_sdk_that_is_switched_off_is_none() -> None:
    lines = """
import json
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from keyrack.tracing import Tracing
print(json.dumps(Tracing(tracer_provider=TracerProvider(), meter_provider=MeterProvider()).enabled))
"""

    assert said_by(lines, OTEL_SDK_DISABLED="true") is False
    assert said_by(lines, OTEL_SDK_DISABLED="false") is True


def test_providers_that_do_nothing_are_none() -> None:
    nothing = Tracing(tracer_provider=trace.NoOpTracerProvider(), meter_provider=metrics.NoOpMeterProvider())

    assert not nothing.enabled
    assert Tracing(tracer_provider=TracerProvider(shutdown_on_exit=False)).enabled
    assert Tracing(meter_provider=MeterProvider(shutdown_on_exit=False)).enabled
    assert not Tracing(meter_provider=MeterProvider(shutdown_on_exit=False), metrics=False).enabled


def test_with_metrics_alone_tasks_see_the_span_around_the_run(telemetry: Telemetry) -> None:
    alone = Tracing(meter_provider=telemetry.numbers_to)
    seen: list[object] = []

    async def request() -> None:
        with telemetry.tracer.start_as_current_span("request") as span:
            await books().orchestrate(observers=[alone, lambda _: seen.append(trace.get_current_span())])
            assert set(seen) == {span}

    run_in_virtual_time(request())

    assert telemetry.tree() == ["request"]
    assert "keyrack.runs" in telemetry.metrics()


def test_other_observers_are_told_of_a_run_that_is_not_traced() -> None:
    recorder = Recorder()

    books().run(observers=[Tracing(tracer_provider=trace.NoOpTracerProvider(), metrics=False), recorder])

    assert len(recorder.events) == 5


# --- without the package --------------------------------------------------------------------------


def test_without_the_package_the_error_is_how_to_install_it() -> None:
    lines = """
import json, sys
sys.modules["opentelemetry"] = None
from keyrack import MissingExtraError
from keyrack.tracing import Tracing
workflow.run()
try:
    Tracing()
except MissingExtraError as error:
    print(json.dumps([str(error), error.feature, error.package, error.extra]))
"""

    assert said_by(BOOKS, lines) == [
        "Tracing needs the 'opentelemetry-api' package; install it with: pip install 'keyrack[otel]'",
        *("Tracing", "opentelemetry-api", "otel"),
    ]


@pytest.mark.parametrize(
    "lines",
    ["import keyrack, keyrack.tracing", f"{BOOKS}\nworkflow.with_span('nightly').run()"],
    ids=["imports", "run"],
)
def test_nothing_of_opentelemetry_is_imported_before_it_is_wanted(lines: str) -> None:
    shown = "import json, sys; print(json.dumps([name for name in sys.modules if name.startswith('opentelemetry')]))"

    assert said_by(lines, shown) == []


def test_the_sdk_is_never_imported() -> None:
    shown = (
        "import json, sys; print(json.dumps([name for name in sys.modules if name.startswith('opentelemetry.sdk')]))"
    )

    assert said_by("from keyrack.tracing import Tracing; Tracing().enabled", shown) == []


# --- what makes no sense --------------------------------------------------------------------------


def test_what_makes_no_sense_is_refused_all_at_once() -> None:
    wrong: Any = "all"
    no_provider: Any = 3

    with pytest.raises(ConfigurationError) as caught:
        Tracing(verbs=wrong, tracer_provider=no_provider, meter_provider=no_provider)

    assert len(caught.value.problems) == 3
    assert "verbs is one of 'none', 'events', 'spans', got 'all' (str)" in str(caught.value)


@pytest.mark.parametrize("verbs", ["none", "events", "spans"])
def test_it_asks_for_the_verbs_of_the_store_if_they_are_to_be_shown(verbs: Any) -> None:
    assert Tracing(verbs=verbs).verbs is (verbs != "none")


def test_a_part_of_our_own_that_is_missing_is_not_taken_for_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = None
    monkeypatch.setitem(sys.modules, "keyrack.tracing.spans", nothing)

    with pytest.raises(ModuleNotFoundError, match=r"keyrack\.tracing\.spans"):
        observer.Tracing()

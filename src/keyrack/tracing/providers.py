"""Where spans and numbers go: the tracer and the instruments of the SDK, as far as one is set up.

How it works: what the API of OpenTelemetry has of its own does nothing, and is told by the module of its class. What
was found is kept as long as the provider is the same one.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from opentelemetry import metrics as metrics_api
from opentelemetry import trace as trace_api

from .instruments import Instruments
from .names import SCOPE

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider


class Providers:
    """Finds the tracer and the instruments.

    Args:
        tracer_provider: None for the global one.
        meter_provider: None for the global one.
        metrics: whether anything is to be measured.
    """

    def __init__(
        self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None, *, metrics: bool
    ) -> None:
        self._tracer_provider = None if _stands_for_the_global(tracer_provider) else tracer_provider
        self._meter_provider = None if _stands_for_the_global(meter_provider) else meter_provider
        self._metrics = metrics
        self._stand_in: TracerProvider | None = None
        # Each is one tuple, so that threads always see what belongs together.
        self._tracer: tuple[TracerProvider | None, Tracer | None] = None, None
        self._instruments: tuple[MeterProvider | None, Instruments | None] = None, None

    def tracer(self) -> Tracer | None:
        """Give what makes spans; None while none would be kept."""
        provider = self._tracer_provider or self._global_tracer_provider()
        known, tracer = self._tracer
        if provider is known:
            return tracer
        found = None if _does_nothing(provider) else provider.get_tracer(SCOPE, _version())
        tracer = None if _does_nothing(found) else found
        self._tracer = provider, tracer
        return tracer

    def _global_tracer_provider(self) -> TracerProvider:
        """Give the provider of the program.

        What stands for it until it is set up is asked first: it answers in a fourth of the time, which is what a run
        costs that is not traced.
        """
        stand_in = self._stand_in
        if stand_in is not None and _does_nothing(stand_in.get_tracer(SCOPE)):
            return stand_in
        provider = trace_api.get_tracer_provider()
        self._stand_in = provider if _does_nothing(provider) else None
        return provider

    def instruments(self) -> Instruments | None:
        """Give what measures; None while nothing would be kept."""
        if not self._metrics:
            return None
        provider = self._meter_provider or metrics_api.get_meter_provider()
        known, instruments = self._instruments
        if provider is known:
            return instruments
        meter = None if _does_nothing(provider) else provider.get_meter(SCOPE, _version())
        instruments = None if meter is None or _does_nothing(meter) else Instruments(meter)
        self._instruments = provider, instruments
        return instruments


def _does_nothing(part: object) -> bool:
    """Whether something is nothing, or what the API has of its own."""
    return part is None or type(part).__module__.startswith(("opentelemetry.trace", "opentelemetry.metrics"))


def _stands_for_the_global(provider: object) -> bool:
    """Whether it hands on to the global provider once there is one, as the API's own does that is no no-op."""
    no_ops = trace_api.NoOpTracerProvider, metrics_api.NoOpMeterProvider
    return _does_nothing(provider) and not isinstance(provider, no_ops)


@cache
def _version() -> str | None:
    try:
        return version("keyrack")
    except PackageNotFoundError:  # it is used from its source
        return None

"""`Tracing`: the observer that hands what it is told to spans and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from .._text import described
from ..errors import ConfigurationError, MissingExtraError
from ..scheduler.events import JobFinished, JobSkipped, JobStarted, JobTripped
from .verbs import VerbsAs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from ..scheduler.events import JobEvent
    from ..workflow.events import Event


class Tracing:
    """An observer that makes traces and metrics, by the API of OpenTelemetry.

    There is a span for each run of a job, each run of a workflow, each state, branch and attempt; that of the attempt
    is the current one in the code of a task, in coroutines, in threads and in other processes. One may serve any number
    of workflows and schedulers, at the same time and in several threads.

    As long as no SDK is set up, and none is given, it is not `enabled`, and runs cost nothing.

    Args:
        tracer_provider: makes the spans, instead of the one that is set up for the program.
        meter_provider: makes the metrics, instead of the one that is set up for the program.
        verbs: how the verbs of the store are shown that tasks use: not at all, as events of the span of the attempt,
            or as spans within it. They are measured only where they are shown. Names and types of keys are told, a
            value never.
        metrics: whether anything is measured.

    Raises:
        MissingExtraError: the API of OpenTelemetry is not installed.
        ConfigurationError: one of these does not make sense.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        verbs: VerbsAs = "none",
        metrics: bool = True,
    ) -> None:
        try:
            from .crossing import carry_along
            from .measures import Measures
            from .providers import Providers
            from .spans import Spans
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("opentelemetry"):
                raise
            raise MissingExtraError(feature="Tracing", package="opentelemetry-api", extra="otel") from None

        if found := [*_wrong(verbs, tracer_provider, meter_provider)]:
            raise ConfigurationError(subject="Tracing", problems=found)
        self._verbs = verbs
        self._providers = Providers(tracer_provider, meter_provider, metrics=metrics)
        self._spans = Spans(self._providers, verbs)
        self._measures = Measures(self._providers)
        carry_along()

    def __repr__(self) -> str:
        return f"<Tracing: {'enabled' if self.enabled else 'not enabled'}, verbs as {self._verbs}>"

    @property
    def enabled(self) -> bool:
        """Whether anything is set up that spans or metrics go to; asked at the start of each run."""
        return self._providers.tracer() is not None or self._providers.instruments() is not None

    @property
    def verbs(self) -> bool:
        """Whether it wants to be told of the verbs of the store; asked at the start of each run."""
        return self._verbs != "none"

    def __call__(self, event: Event | JobEvent) -> None:
        """Take an event: of a run, or of a job."""
        if isinstance(event, (JobStarted, JobFinished, JobSkipped, JobTripped)):
            self._measures.of_job(event)
            self._spans.of_job(event)
        else:
            self._measures.of_run(event)
            self._spans.of_run(event)


def _wrong(verbs: object, tracer_provider: Any, meter_provider: Any) -> Iterator[str]:
    ways = get_args(VerbsAs)
    if verbs not in ways:
        yield f"verbs is one of {', '.join(map(repr, ways))}, got {described(verbs)}"
    if tracer_provider is not None and not hasattr(tracer_provider, "get_tracer"):
        yield f"tracer_provider is a TracerProvider, got {described(tracer_provider)}"
    if meter_provider is not None and not hasattr(meter_provider, "get_meter"):
        yield f"meter_provider is a MeterProvider, got {described(meter_provider)}"

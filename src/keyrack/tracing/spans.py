"""The spans of all runs and jobs that one observer follows, each found by its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..scheduler.events import JobFinished, JobStarted
from ..workflow.events import (
    AttemptFailed,
    BranchEnded,
    BranchStarted,
    Joined,
    RetryPlanned,
    RetryStarted,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
    StoreUsed,
)
from .current import Current
from .job_trace import JobTrace
from .run_trace import RunTrace
from .verb_trace import VERBS

if TYPE_CHECKING:
    from ..scheduler.events import JobEvent
    from ..workflow.events import Event
    from .providers import Providers
    from .verbs import VerbsAs


class Spans:
    """Follows runs and jobs, and makes spans of them.

    Each run is told of in one thread, and touches its own entry alone: threads may share this.

    Args:
        providers: give the tracer; asked at the start of each run.
        verbs: how verbs of the store are shown.
    """

    def __init__(self, providers: Providers, verbs: VerbsAs) -> None:
        self._providers = providers
        self._use = VERBS.get(verbs)
        self._current = Current()
        self._runs: dict[int, RunTrace] = {}
        """Those that are not over, by their numbers."""
        self._jobs: dict[int, JobTrace] = {}

    def __len__(self) -> int:
        return len(self._runs) + len(self._jobs)

    def of_run(self, event: Event) -> None:
        """Take what happens in a run."""
        if isinstance(event, RunStarted):
            if (tracer := self._providers.tracer()) is not None:
                self._runs[event.run] = RunTrace(tracer, self._current, event)
        elif isinstance(event, RunFinished):
            if (trace := self._runs.pop(event.run, None)) is not None:
                trace.finished(event)
                if isinstance(trace.surrounding, JobTrace):
                    trace.surrounding.told = event.error
        elif (trace := self._runs.get(event.run)) is not None:
            self._within(trace, event)

    def _within(self, trace: RunTrace, event: Event) -> None:
        if (take := _TAKES.get(type(event))) is not None:
            take(trace, event)
        elif isinstance(event, StoreUsed) and self._use is not None:
            self._use(trace, event)

    def of_job(self, event: JobEvent) -> None:
        """Take what happens in a scheduler."""
        if isinstance(event, JobStarted):
            if (tracer := self._providers.tracer()) is not None:
                self._jobs[event.number] = JobTrace(tracer, self._current, event)
        elif isinstance(event, JobFinished) and (trace := self._jobs.pop(event.number, None)) is not None:
            trace.finished(event)


_TAKES: dict[type[Event], Callable[[RunTrace, Any], None]] = {
    StateEntered: RunTrace.entered,
    SplitStarted: RunTrace.split,
    BranchStarted: RunTrace.branch_started,
    BranchEnded: RunTrace.branch_ended,
    Joined: RunTrace.joined,
    AttemptFailed: RunTrace.attempt_failed,
    RetryPlanned: RunTrace.retry_planned,
    RetryStarted: RunTrace.retry_started,
}
"""What takes each event of a run that is neither its start nor its end."""

"""What is measured, event by event. It must not know OpenTelemetry: `Instruments` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..scheduler.events import JobFinished, JobSkipped, JobTripped
from ..workflow.events import (
    AttemptFailed,
    BranchEnded,
    RetryStarted,
    RunFinished,
    RunStarted,
    StateEntered,
    StoreUsed,
)
from .names import (
    BRANCHES_ENDED,
    FAILED_ATTEMPTS,
    JOB_DURATION,
    JOB_RUNS,
    JOB_SKIPS,
    JOB_TRIPS,
    RETRIES,
    RUN_DURATION,
    RUNS,
    TRANSITIONS,
    VERB_DURATION,
)
from .outcomes import of_run, type_of

if TYPE_CHECKING:
    from ..scheduler.events import JobEvent
    from ..workflow.events import Event
    from .instruments import Instruments
    from .providers import Providers


class _Measured(NamedTuple):
    """A run that is measured."""

    instruments: Instruments
    workflow: str
    began: float


class Measures:
    """Follows runs and jobs, and measures them.

    Args:
        providers: where the numbers go; asked at the start of each run, and at each event of a job.
    """

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._runs: dict[int, _Measured] = {}
        """Those that are not over, by their numbers."""

    def __len__(self) -> int:
        return len(self._runs)

    def of_run(self, event: Event) -> None:
        """Take what happens in a run."""
        if isinstance(event, RunStarted):
            if (instruments := self._providers.instruments()) is not None:
                self._runs[event.run] = _Measured(instruments, event.workflow, event.time)
        elif isinstance(event, RunFinished):
            if (run := self._runs.pop(event.run, None)) is not None:
                outcome = of_run(event)
                run.instruments.count(RUNS, run.workflow, outcome)
                run.instruments.record(RUN_DURATION, max(event.time - run.began, 0.0), run.workflow, outcome)
        elif (run := self._runs.get(event.run)) is not None:
            _within(run, event)

    def of_job(self, event: JobEvent) -> None:
        """Take what happens in a scheduler."""
        instruments = self._providers.instruments()
        if instruments is None:
            return
        match event:
            case JobFinished():
                of_it = event.scheduler, event.job, event.workflow, event.outcome
                instruments.count(JOB_RUNS, *of_it)
                instruments.record(JOB_DURATION, max(event.seconds, 0.0), *of_it)
            case JobSkipped():
                instruments.count(JOB_SKIPS, event.scheduler, event.job)
            case JobTripped():
                instruments.count(JOB_TRIPS, event.scheduler, event.job)
            case _:
                pass


def _within(run: _Measured, event: Event) -> None:
    instruments, workflow, _ = run
    match event:
        case StateEntered():
            instruments.count(TRANSITIONS, workflow, event.state.name)
        case AttemptFailed(state=state, task=task, error=error):
            instruments.count(FAILED_ATTEMPTS, workflow, state.name, task, type_of(error))
        case RetryStarted():
            instruments.count(RETRIES, workflow, event.state.name, event.task)
        case BranchEnded(state=state, branch=branch):
            instruments.count(BRANCHES_ENDED, workflow, state.name, branch.task, event.outcome)
        case StoreUsed(error=error):
            failed = None if error is None else type_of(error)
            instruments.record(VERB_DURATION, event.seconds, event.verb, event.backend, failed)
        case _:
            pass

"""The span of one run of a job. It is a trace of its own: what started a scheduler may last a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.trace import Link

from .current import current_span, under_none
from .names import AGAIN, DUE, JOB, OF_JOB, SCHEDULER, WORKFLOW
from .opened import Clock, Opened, facts

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

    from ..scheduler.events import JobFinished, JobStarted
    from .current import Current


class JobTrace:
    """The span of a run of a job that has started.

    Args:
        tracer: makes it.
        current: sets the current span.
        event: with it the run has started.
    """

    def __init__(self, tracer: Tracer, current: Current, event: JobStarted) -> None:
        self.told: BaseException | None = None
        """The error that the run of the workflow has told of in full."""
        self._clock = Clock()
        self._current = current
        self._before: Context = current.context
        due = None if event.due is None else event.due.isoformat()
        of_it = (SCHEDULER, event.scheduler), (JOB, event.job), (WORKFLOW, event.workflow)
        attributes = facts(*of_it, (DUE, due), (AGAIN, event.again))
        starter = current_span().get_span_context()
        links = [Link(starter)] if starter.is_valid else []
        name, now = OF_JOB.called(event.job), self._clock.now()
        self._opened = Opened.begun(tracer, name, now, under_none(), attributes, links)
        current.show(self._opened.span, self)

    def finished(self, event: JobFinished) -> None:
        """End the span, and set the context that was there before."""
        told, self.told = self.told, None
        error = event.error
        try:
            self._opened.end(self._clock.now(), event.outcome, error, records=error is not told)
        finally:
            self._current.restore(self._before, self)

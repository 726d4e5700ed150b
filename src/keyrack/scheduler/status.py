"""What people are told of a job: its record in their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import inf, nextafter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from .clock import moment

if TYPE_CHECKING:
    from .job import Job
    from .record import JobRecord

JobState: TypeAlias = Literal["waiting", "running", "backing off", "tripped", "stopped"]
"""How a job is: "backing off" while due times are passed over after a failure, "tripped" until it is reset, "stopped"
where its scheduler does not run; "running" whichever scheduler on the store runs it."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job, and what became of its runs on all schedulers of one name that share a store."""

    name: str
    workflow: str
    """The name of its workflow."""
    schedule: str
    """When it runs, in words: ``"every 60 s"``."""
    state: JobState
    runs: int
    """How many runs have begun, those included that took the place of a run whose scheduler had died."""
    failures: int
    """How many of them failed; one that was cancelled or lost is not counted."""
    skipped: int
    """How many due times and triggers were passed over because the last run still ran."""
    held: int
    """How many due times were passed over because runs had failed, and the delay was not over."""
    missed: int
    """How many due times passed while no scheduler looked, besides the one that was made up for by a run; of a cron
    schedule, at most 1,000 are counted at a time."""
    streak: int
    """How many runs in a row have failed."""
    last_error: str | None
    """What the last run that failed ended with."""
    last_start: datetime | None
    """When the last run began, in UTC."""
    last_duration: float | None
    """How many seconds the last run took that is over."""
    next: datetime | None
    """When the next run is due, in UTC; None where it is not due by itself."""


class Times(NamedTuple):
    """What time it is."""

    job: float
    """On the clock of the job."""
    people: float
    """On the clock of people."""


def status_of(job: Job, record: JobRecord | None, times: Times | None) -> JobStatus:
    """Put a record in words.

    Args:
        times: what time it is; None where the scheduler does not run.
    """
    names = (job.name, job.workflow.name, job.rules.schedule.text)
    state = _state(record, times)
    ahead = 0.0 if times is None else times.people - times.job
    if record is None:
        return JobStatus(*names, state, 0, 0, 0, 0, 0, 0, None, None, None, None)
    due = _next(job, record)
    return JobStatus(
        *(*names, state, record.runs, record.failures, record.skipped, record.held, record.missed, record.streak),
        last_error=record.last_error,
        last_start=moment(record.last_start),
        last_duration=record.last_duration,
        next=None if due is None else moment(due + ahead),
    )


def _state(record: JobRecord | None, times: Times | None) -> JobState:
    if record is not None and record.holder is not None:
        return "running"
    if record is not None and record.tripped:
        return "tripped"
    if times is None:
        return "stopped"
    return "backing off" if record is not None and record.held_until > times.job else "waiting"


def _next(job: Job, record: JobRecord) -> float | None:
    if record.due is None or record.due >= record.held_until:
        return record.due
    return job.rules.schedule.passed(record.due, nextafter(record.held_until, -inf))[1]

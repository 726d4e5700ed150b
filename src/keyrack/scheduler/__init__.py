"""Workflows that run at their times: the index of what schedulers are made of."""

from __future__ import annotations

from .backoff import Backoff
from .events import JobEvent, JobFinished, JobOutcome, JobSkipped, JobStarted, JobTripped, SchedulerObserver
from .schedule import Cron, Every, Manual, Schedule
from .scheduler import Scheduler
from .status import JobState, JobStatus

__all__ = [
    "Backoff",
    "Cron",
    "Every",
    "JobEvent",
    "JobFinished",
    "JobOutcome",
    "JobSkipped",
    "JobStarted",
    "JobState",
    "JobStatus",
    "JobTripped",
    "Manual",
    "Schedule",
    "Scheduler",
    "SchedulerObserver",
]

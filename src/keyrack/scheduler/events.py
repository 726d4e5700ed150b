"""What observers of a scheduler are told, beside what happens in the runs of its workflows.

They are told on the event loop, at once. `JobStarted` and `JobFinished` come in the asyncio task of the run itself,
before and after everything that is told of the workflow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from ..workflow.events import Event

JobOutcome: TypeAlias = Literal["succeeded", "failed", "cancelled", "lost"]
"""How a run of a job ends; it is lost where another scheduler has taken it over, because this one was not heard of."""


class JobStarted(NamedTuple):
    """A run of a job begins."""

    number: int
    """The number of the run, different for each run of a job of the process."""
    time: float
    """When it happened, on the clock of the event loop, in seconds."""
    scheduler: str
    """The name of the scheduler."""
    job: str
    """The name of the job."""
    workflow: str
    """The name of its workflow."""
    due: datetime | None
    """When it was due; None where it was triggered."""
    again: bool
    """Whether it takes the place of a run whose scheduler has died."""


class JobFinished(NamedTuple):
    """A run of a job is over."""

    number: int
    time: float
    scheduler: str
    job: str
    workflow: str
    outcome: JobOutcome
    error: BaseException | None
    """What it ended with, unless it succeeded."""
    seconds: float
    """How long it took."""


class JobSkipped(NamedTuple):
    """A run of a job was due and did not begin, because the last one still runs."""

    time: float
    scheduler: str
    job: str
    due: datetime | None
    """When it was due; None where it was triggered."""


class JobTripped(NamedTuple):
    """A job has failed so often in a row that it does not run any more until it is reset."""

    time: float
    scheduler: str
    job: str
    failures: int
    """How many runs in a row have failed."""


JobEvent: TypeAlias = JobStarted | JobFinished | JobSkipped | JobTripped
"""Any of them; ``match`` tells them apart."""

SchedulerObserver: TypeAlias = Callable[[Event | JobEvent], object]
"""What is told: a function of one event, of a job or of the run of its workflow."""

"""The table of all names: spans, their attributes and events, and metrics. What is sent, and the reference, read it.

It follows the conventions of OpenTelemetry: the names of spans are few, what differs from run to run is in attributes,
and units are those of UCUM. It must not know OpenTelemetry.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

SCOPE: Final = "keyrack"
"""The name of the instrumentation scope."""


class Attribute(NamedTuple):
    """What a span, an event or a measurement says."""

    name: str
    type: Literal["string", "strings", "int", "double", "boolean"]
    meaning: str


class Kind(NamedTuple):
    """A kind of spans."""

    title: str
    """What its spans are called; in braces what takes the place of what stands there."""
    covers: str
    """From when to when."""
    attributes: tuple[Attribute, ...]

    def called(self, name: str = "") -> str:
        """Give the name of a span."""
        return f"{self.title.partition('{')[0]}{name}"


class Moment(NamedTuple):
    """A kind of events of spans."""

    title: str
    tells: str
    attributes: tuple[Attribute, ...]


class Instrument(NamedTuple):
    """What is measured."""

    title: str
    kind: Literal["counter", "histogram"]
    unit: str
    tells: str
    attributes: tuple[Attribute, ...]
    bounds: tuple[float, ...] = ()
    """Of a histogram: where its buckets end, unless a view says otherwise."""


# --- attributes -----------------------------------------------------------------------------------

WORKFLOW: Final = Attribute("keyrack.workflow.name", "string", "the name of the workflow")
STATE: Final = Attribute("keyrack.state", "string", "the name of the state")
TASK: Final = Attribute("keyrack.task", "string", "the name of the task; of a split, how it calls itself")
BRANCH: Final = Attribute("keyrack.branch", "int", "the number of the branch, from 0; not outside of splits")
ATTEMPT: Final = Attribute("keyrack.attempt", "int", "which attempt it is, from 1")
OUTCOME: Final = Attribute(
    "keyrack.outcome",
    "string",
    "how it ended: `succeeded`, `failed`, `timed out` where its own time limit ran out, `cancelled`; of a run of a "
    "job also `lost`, where another scheduler has taken it over",
)
ERROR: Final = Attribute("error.type", "string", "the class of what it ended with, where it failed or timed out")

FIRST: Final = Attribute("keyrack.run.first_state", "string", "the state in which the run starts")
LAST: Final = Attribute("keyrack.run.last_state", "string", "the exit state, or the state the run was in")

STRATEGY: Final = Attribute("keyrack.split.strategy", "string", "the strategy of the join")
BRANCHES: Final = Attribute("keyrack.split.branches", "int", "how many branches the split has")
REQUIRED: Final = Attribute("keyrack.split.required", "int", "how many have to succeed")
SUCCEEDED: Final = Attribute("keyrack.split.succeeded", "int", "how many have succeeded")
SATISFIED: Final = Attribute("keyrack.split.satisfied", "boolean", "whether the run goes on")

DELAY: Final = Attribute("keyrack.retry.delay", "double", "the seconds until the next attempt")

VERB: Final = Attribute("keyrack.store.verb", "string", "the verb: `put`")
KEYS: Final = Attribute("keyrack.store.key.names", "strings", "the names of the keys, the first 32 of them")
TYPES: Final = Attribute("keyrack.store.key.types", "strings", "their types, in the same order")
NUMBER: Final = Attribute("keyrack.store.key.count", "int", "how many keys the verb was about; 0 if about all of them")
WRITES: Final = Attribute("keyrack.store.writes", "boolean", "whether the verb writes")
STORE: Final = Attribute("keyrack.store.name", "string", "the store, as it calls itself")
BACKEND: Final = Attribute("keyrack.store.backend", "string", "the class of the backend that keeps the values")
SECONDS: Final = Attribute("keyrack.store.seconds", "double", "how long the verb took")

SCHEDULER: Final = Attribute("keyrack.scheduler.name", "string", "the name of the scheduler")
JOB: Final = Attribute("keyrack.job.name", "string", "the name of the job")
DUE: Final = Attribute("keyrack.job.due", "string", "when it was due, in ISO 8601; not where it was triggered")
AGAIN: Final = Attribute("keyrack.job.again", "boolean", "whether it takes the place of one whose scheduler has died")

# --- spans ----------------------------------------------------------------------------------------

_VERB = VERB, KEYS, TYPES, NUMBER, WRITES, STORE, BACKEND

OF_JOB: Final = Kind(
    "job {job}",
    "a run of a job of a scheduler; a trace of its own, with a link to the span in which the scheduler was started",
    (SCHEDULER, JOB, WORKFLOW, DUE, AGAIN, OUTCOME, ERROR),
)
OF_RUN: Final = Kind(
    "run {workflow}",
    "a run of a workflow; `Workflow.with_span` gives another name, and attributes of your own",
    (WORKFLOW, STORE, FIRST, LAST, OUTCOME, ERROR),
)
OF_STATE: Final = Kind(
    "state {state}",
    "a state, from when it is entered until the next one is, or until the run is over",
    (WORKFLOW, STATE, TASK, STRATEGY, BRANCHES, REQUIRED, SUCCEEDED, SATISFIED, OUTCOME, ERROR),
)
OF_BRANCH: Final = Kind("branch {task}", "a branch of a split", (WORKFLOW, STATE, TASK, BRANCH, OUTCOME, ERROR))
OF_ATTEMPT: Final = Kind(
    "attempt {task}",
    "an attempt at the task of a state or of a branch; the current span of the code of the task",
    (WORKFLOW, STATE, TASK, BRANCH, ATTEMPT, OUTCOME, ERROR),
)
OF_VERB: Final = Kind("store {verb}", 'a verb of the store, with `verbs="spans"`', (*_VERB, ERROR))

KINDS: Final = (OF_JOB, OF_RUN, OF_STATE, OF_BRANCH, OF_ATTEMPT, OF_VERB)
"""The kinds of spans, outermost first."""

# --- events of spans ------------------------------------------------------------------------------

RETRY_PLANNED: Final = Moment("keyrack.retry", "of a state or a branch: its task will be tried again", (ATTEMPT, DELAY))
STORE_USED: Final = Moment(
    "keyrack.store", 'of an attempt: a verb of the store, with `verbs="events"`', (*_VERB, SECONDS, ERROR)
)
EXCEPTION: Final = Moment(
    "exception",
    "of the innermost span that an exception has ended",
    (
        Attribute("exception.type", "string", "its class"),
        Attribute("exception.message", "string", "its text"),
        Attribute("exception.stacktrace", "string", "its traceback"),
        Attribute("exception.escaped", "string", "`False`; what the SDK says by itself"),
    ),
)

MOMENTS: Final = (RETRY_PLANNED, STORE_USED, EXCEPTION)

# --- metrics --------------------------------------------------------------------------------------

_LONG = 0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 24 * 3600.0
_QUICK = 1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0

RUNS: Final = Instrument("keyrack.runs", "counter", "{run}", "Runs of workflows that are over", (WORKFLOW, OUTCOME))
RUN_DURATION: Final = Instrument(
    "keyrack.run.duration", "histogram", "s", "How long runs of workflows took", (WORKFLOW, OUTCOME), _LONG
)
TRANSITIONS: Final = Instrument(
    "keyrack.transitions", "counter", "{transition}", "States that runs have entered", (WORKFLOW, STATE)
)
FAILED_ATTEMPTS: Final = Instrument(
    "keyrack.failed_attempts", "counter", "{attempt}", "Attempts at tasks that failed", (WORKFLOW, STATE, TASK, ERROR)
)
RETRIES: Final = Instrument(
    "keyrack.retries", "counter", "{attempt}", "Attempts at tasks that failed before", (WORKFLOW, STATE, TASK)
)
BRANCHES_ENDED: Final = Instrument(
    "keyrack.branches", "counter", "{branch}", "Branches of splits that are over", (WORKFLOW, STATE, TASK, OUTCOME)
)
VERB_DURATION: Final = Instrument(
    "keyrack.store.verb.duration",
    "histogram",
    "s",
    "How long verbs of stores took that tasks used; its count is their number",
    (VERB, BACKEND, ERROR),
    _QUICK,
)
JOB_RUNS: Final = Instrument(
    "keyrack.job.runs", "counter", "{run}", "Runs of jobs that are over", (SCHEDULER, JOB, WORKFLOW, OUTCOME)
)
JOB_DURATION: Final = Instrument(
    "keyrack.job.duration", "histogram", "s", "How long runs of jobs took", (SCHEDULER, JOB, WORKFLOW, OUTCOME), _LONG
)
JOB_SKIPS: Final = Instrument(
    "keyrack.job.skips",
    "counter",
    "{run}",
    "Runs of jobs that were due and did not begin, because the last one still ran",
    (SCHEDULER, JOB),
)
JOB_TRIPS: Final = Instrument(
    "keyrack.job.trips", "counter", "{trip}", "Jobs that run no more because they failed too often", (SCHEDULER, JOB)
)

INSTRUMENTS: Final = (
    *(RUNS, RUN_DURATION, TRANSITIONS, FAILED_ATTEMPTS, RETRIES, BRANCHES_ENDED),
    *(VERB_DURATION, JOB_RUNS, JOB_DURATION, JOB_SKIPS, JOB_TRIPS),
)

"""What observers of a run are told: one small tuple for each thing that happens.

An observer is a function of one event. It is called on the event loop, at once and in the context of what happens, so
it has to be quick; one that raises is logged and does not disturb the run. Times are those of the loop's clock, in
seconds: their differences mean something, the times themselves do not.

An observer may have two attributes. One with ``enabled`` false when a run starts is told nothing of that run, which
then costs nothing. One with ``verbs`` true is told of the verbs of the store, too: `StoreUsed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from ..watching import UsedKey
    from .graph import JoinStrategy

BranchOutcome: TypeAlias = Literal["succeeded", "failed", "timed out", "cancelled"]


class Branch(NamedTuple):
    """A branch of a split."""

    number: int
    """Its place among the branches, from 0."""
    task: str
    """The name of its task."""

    def __str__(self) -> str:
        return f"branch {self.number}, {self.task!r}"


class Span(NamedTuple):
    """How the runs of a workflow are called in traces."""

    name: str
    attributes: Mapping[str, str | bool | int | float]
    """What is to be known of each of them."""


class RunStarted(NamedTuple):
    """A run begins."""

    run: int
    """The number of the run, different for each run of the process; every event has it."""
    time: float
    """When it happened; every event has it."""
    workflow: str
    """The name of the workflow."""
    state: Enum
    """The state in which it starts."""
    store: str
    """The store it runs on, as it calls itself."""
    span: Span | None = None
    """How the run is to be called in traces, if `Workflow.with_span` said so."""


class StateEntered(NamedTuple):
    """The task, or the split, of a state begins."""

    run: int
    time: float
    state: Enum
    task: str
    """The name of the task, or how the split calls itself."""
    is_split: bool = False
    """Whether it is a split."""


class AttemptFailed(NamedTuple):
    """An attempt at a task raised, or ran out of time."""

    run: int
    time: float
    state: Enum
    task: str
    branch: int | None
    """The number of the branch, None outside of splits."""
    attempt: int
    """Which attempt it was, from 1."""
    attempts: int
    """How many there are at most."""
    error: Exception


class RetryPlanned(NamedTuple):
    """A task that failed will be tried again."""

    run: int
    time: float
    state: Enum
    task: str
    branch: int | None
    """The number of the branch, None outside of splits."""
    attempt: int
    """Which attempt it will be, from 2."""
    delay: float
    """The seconds until then."""


class RetryStarted(NamedTuple):
    """A task that failed is tried again, now."""

    run: int
    time: float
    state: Enum
    task: str
    branch: int | None
    """The number of the branch, None outside of splits."""
    attempt: int
    """Which attempt it is, from 2."""


class SplitStarted(NamedTuple):
    """The branches of a split begin, as many at a time as it allows."""

    run: int
    time: float
    state: Enum
    branches: tuple[Branch, ...]
    strategy: JoinStrategy


class BranchStarted(NamedTuple):
    """A branch begins."""

    run: int
    time: float
    state: Enum
    branch: Branch


class BranchEnded(NamedTuple):
    """A branch is over."""

    run: int
    time: float
    state: Enum
    branch: Branch
    outcome: BranchOutcome
    error: Exception | None
    """What it raised, if it did."""


class Joined(NamedTuple):
    """A split is over, and every branch with it."""

    run: int
    time: float
    state: Enum
    satisfied: bool
    """Whether the run goes on."""
    succeeded: int
    required: int
    branches: int


class StoreUsed(NamedTuple):
    """A task has used the store it was given."""

    run: int
    time: float
    """When the verb was over."""
    state: Enum | None
    """The state whose task it was; None outside of any."""
    task: str
    branch: int | None
    """The number of the branch, None outside of splits."""
    attempt: int
    """Which attempt it was, from 1."""
    verb: str
    """The name of the verb: ``"put"``."""
    keys: tuple[UsedKey, ...]
    """The keys it was about; none where it was about all of them, as ``clear`` is."""
    writes: bool
    """Whether the verb is one that writes; then it has written, unless there is an error."""
    store: str
    """The store, as it calls itself."""
    backend: str
    """The class of its backend: ``"MemoryBackend"``."""
    seconds: float
    """How long it took."""
    error: BaseException | None
    """What it raised, if it did."""


class RunFinished(NamedTuple):
    """A run is over."""

    run: int
    time: float
    workflow: str
    state: Enum | None
    """The exit state; where there is none, the state it was in, None where it was in none."""
    error: BaseException | None
    """What it ended with, where it came to no exit state; `asyncio.CancelledError` where it was cancelled."""


Event: TypeAlias = (
    RunStarted
    | StateEntered
    | AttemptFailed
    | RetryPlanned
    | RetryStarted
    | SplitStarted
    | BranchStarted
    | BranchEnded
    | Joined
    | StoreUsed
    | RunFinished
)
"""Any of them; ``match`` tells them apart."""

Observer: TypeAlias = Callable[[Event], object]
"""What is told: a function of one event."""

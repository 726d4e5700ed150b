"""How runs, attempts and branches end, in one word, as far as events tell. It must not know OpenTelemetry.

What enclosed a thing that ran out of time has failed; what was inside of it was cancelled.
"""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..errors import BranchCancelledError, WorkflowTimeoutError

if TYPE_CHECKING:
    from ..workflow.events import AttemptFailed, BranchEnded, RunFinished

Outcome: TypeAlias = Literal["succeeded", "failed", "timed out", "cancelled", "lost"]


def of_run(event: RunFinished) -> Outcome:
    """Say how a run has ended."""
    error = event.error
    if error is None:
        return "succeeded"
    if isinstance(error, (CancelledError, GeneratorExit)):
        return "cancelled"
    if isinstance(error, WorkflowTimeoutError) and error.task is None and error.workflow == event.workflow:
        return "timed out"
    return "failed"


def of_failure(event: AttemptFailed, workflow: str) -> Outcome:
    """Say how an attempt has ended that failed; what it raised may tell of the limit of another workflow."""
    error = event.error
    is_its_own = (
        isinstance(error, WorkflowTimeoutError)
        and error.task is not None
        and (error.workflow, error.state) == (workflow, event.state.name)
    )
    return "timed out" if is_its_own else "failed"


def of_last_attempt(event: BranchEnded) -> Outcome:
    """Say how the attempt of a branch has ended that has not failed."""
    match event.outcome:
        case "succeeded":
            return "succeeded"
        case "failed" if event.error is None:  # what ends the program: it is not told of as a failure
            return "failed"
        case "failed" if not isinstance(event.error, BranchCancelledError):
            return "succeeded"  # it has returned what is no state
        case _:
            return "cancelled"


def type_of(error: BaseException) -> str:
    """Name the class of an exception, as OpenTelemetry does."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"

"""The spans of one run: the run, its states, their branches, and the attempts in both.

How it works: a state and a branch are alike, a `Stage` in which attempts are made, one after another. A stage ends
when the next state is entered, when its branch is over, or with the run; with it ends an attempt that has not failed.
An exception is told in full once, by the innermost span that it has ended; those around it name its class alone.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from .current import under
from .names import (
    ATTEMPT,
    BRANCH,
    BRANCHES,
    DELAY,
    FIRST,
    LAST,
    OF_ATTEMPT,
    OF_BRANCH,
    OF_RUN,
    OF_STATE,
    REQUIRED,
    RETRY_PLANNED,
    SATISFIED,
    STATE,
    STORE,
    STRATEGY,
    SUCCEEDED,
    TASK,
    WORKFLOW,
)
from .opened import Clock, Opened, facts, given
from .outcomes import of_failure, of_last_attempt, of_run

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

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
    )
    from .current import Current
    from .outcomes import Outcome


class Stage:
    """A state or a branch, and the attempts that are made in it.

    Args:
        opened: its own span.
        state: which state it is, or is in.
        task: the name of its task.
        shared: what the spans of its attempts say, too.
    """

    __slots__ = ("attempt", "failure", "number", "opened", "shared", "state", "task")

    def __init__(self, opened: Opened, state: Enum, task: str, shared: dict[str, Any]) -> None:
        self.opened: Opened = opened
        self.state: Enum = state
        self.task: str = task
        self.shared: dict[str, Any] = shared
        self.attempt: Opened | None = None
        """The attempt that is made now."""
        self.number: int = 0
        """Which one it is, from 1."""
        self.failure: BaseException | None = None
        """What the last attempt raised."""

    def begin(self, tracer: Tracer, number: int, at: int) -> Span:
        """Begin an attempt, and give its span."""
        attributes = {**self.shared, ATTEMPT.name: number}
        self.number = number
        name = OF_ATTEMPT.called(self.task)
        self.attempt = Opened.begun(tracer, name, at, under(self.opened.span), attributes)
        return self.attempt.span

    def end_attempt(self, at: int, outcome: Outcome, error: BaseException | None = None) -> None:
        """End the attempt that is made now, if there is one."""
        attempt, self.attempt = self.attempt, None
        if attempt is not None:
            self.failure = error
            attempt.end(at, outcome, error)

    def end(self, at: int, outcome: Outcome, error: BaseException | None = None) -> None:
        """End the span of the stage itself."""
        self.opened.end(at, outcome, error, records=error is not self.failure)


class RunTrace:
    """The spans of a run that has started.

    Args:
        tracer: makes them.
        current: sets the current span.
        event: with it the run has started.
    """

    def __init__(self, tracer: Tracer, current: Current, event: RunStarted) -> None:
        self.tracer: Tracer = tracer
        self.clock: Clock = Clock()
        self.workflow: str = event.workflow
        self._current = current
        self._before: Context = current.context
        self.surrounding: object = current.owner
        """Whose context it was: of a job, or of a run that has this one within a task."""
        own = facts((WORKFLOW, event.workflow), (STORE, event.store), (FIRST, event.state.name))
        name = OF_RUN.called(event.workflow)
        if event.span is not None:
            name, own = event.span.name, {**given(event.span.attributes), **own}
        self.opened: Opened = Opened.begun(tracer, name, self.clock.now(), self._before, own)
        self.state: Stage | None = None
        self.branches: dict[int, Stage] = {}
        """Those that run."""
        self._show(self.opened.span)

    def _show(self, span: Span) -> None:
        self._current.show(span, self)

    def stage(self, branch: int | None) -> Stage | None:
        """Give what runs: a branch, or the state where there is no split."""
        return self.state if branch is None else self.branches.get(branch)

    # --- states -----------------------------------------------------------------------------------

    def entered(self, event: StateEntered) -> None:
        """End a state, and begin the next one; the attempts of a split are those of its branches."""
        at = self.clock.now()
        last, self.state = self.state, None
        if last is not None:
            last.end_attempt(at, "succeeded")
            last.end(at, "succeeded")
        shared = facts((WORKFLOW, self.workflow), (STATE, event.state.name), (TASK, event.task))
        name = OF_STATE.called(event.state.name)
        opened = Opened.begun(self.tracer, name, at, under(self.opened.span), shared)
        self.state = Stage(opened, event.state, event.task, shared)
        self._show(opened.span if event.is_split else self.state.begin(self.tracer, 1, at))

    def split(self, event: SplitStarted) -> None:
        """Say what split a state has."""
        if self.state is not None:
            strategy, number = (STRATEGY, str(event.strategy)), (BRANCHES, len(event.branches))
            self.state.opened.span.set_attributes(facts(strategy, number))

    def joined(self, event: Joined) -> None:
        """Say how a split was joined."""
        if self.state is not None:
            span = self.state.opened.span
            counts = (REQUIRED, event.required), (SUCCEEDED, event.succeeded)
            span.set_attributes(facts(*counts, (SATISFIED, event.satisfied)))
            self._show(span)

    # --- branches ---------------------------------------------------------------------------------

    def branch_started(self, event: BranchStarted) -> None:
        """Begin a branch, and its first attempt."""
        if self.state is None:
            return
        at = self.clock.now()
        number, task = event.branch
        shared = facts((WORKFLOW, self.workflow), (STATE, event.state.name), (TASK, task), (BRANCH, number))
        parent = under(self.state.opened.span)
        opened = Opened.begun(self.tracer, OF_BRANCH.called(task), at, parent, shared)
        self.branches[number] = stage = Stage(opened, event.state, task, shared)
        self._show(stage.begin(self.tracer, 1, at))

    def branch_ended(self, event: BranchEnded) -> None:
        """End a branch, and the attempt that has not failed."""
        if (stage := self.branches.pop(event.branch.number, None)) is not None:
            at = self.clock.now()
            stage.end_attempt(at, of_last_attempt(event))
            stage.end(at, event.outcome, event.error)

    # --- attempts ---------------------------------------------------------------------------------

    def attempt_failed(self, event: AttemptFailed) -> None:
        """End an attempt; what comes until the next one is of the stage itself."""
        if (stage := self.stage(event.branch)) is not None:
            stage.end_attempt(self.clock.now(), of_failure(event, self.workflow), event.error)
            self._show(stage.opened.span)

    def retry_planned(self, event: RetryPlanned) -> None:
        """Say when the next attempt begins."""
        if (stage := self.stage(event.branch)) is not None:
            said = facts((ATTEMPT, event.attempt), (DELAY, event.delay))
            stage.opened.span.add_event(RETRY_PLANNED.title, said, self.clock.now())

    def retry_started(self, event: RetryStarted) -> None:
        """Begin a further attempt."""
        if (stage := self.stage(event.branch)) is not None:
            self._show(stage.begin(self.tracer, event.attempt, self.clock.now()))

    # --- the end ----------------------------------------------------------------------------------

    def finished(self, event: RunFinished) -> None:
        """End whatever has not ended, and set the context that was there before."""
        at, outcome, error = self.clock.now(), of_run(event), event.error
        try:
            for stage in self.branches.values():
                stage.end_attempt(at, "cancelled")
                stage.end(at, "cancelled")
            records = not self._end_state(at, outcome, error)
            if event.state is not None:
                self.opened.span.set_attribute(LAST.name, event.state.name)
            self.opened.end(at, outcome, error, records=records)
        finally:
            self._current.restore(self._before, self)
            self.state = None  # what a task left running has this in its context, and would keep what was raised
            self.branches.clear()

    def _end_state(self, at: int, outcome: Outcome, error: BaseException | None) -> bool:
        """End the state that the run ends in, and say whether it tells of the error."""
        state = self.state
        if state is None:
            return False
        if outcome != "failed":
            inner: Outcome = "succeeded" if outcome == "succeeded" else "cancelled"
            state.end_attempt(at, inner)
            state.end(at, inner)
            return False
        if isinstance(error, Exception):
            state.end_attempt(at, "succeeded")  # else it would have been told of: what it returned is the failure
        else:
            state.end_attempt(at, "failed", error)
        state.end(at, "failed", error)
        return True

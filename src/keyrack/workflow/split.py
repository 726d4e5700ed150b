"""A split: its branches run side by side until the join is decided, and all of them have ended when it is over.

How it works: a `Fan` starts an asyncio task for each branch, as many at a time as the split allows, and a `Tally`
counts how they end. Once it is decided, whatever still runs is cancelled and waited for. Only then does the run go on,
so that nothing of a split outlives it, however it ends: joined, failed, out of time, or cancelled from outside.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from inspect import CO_COROUTINE
from math import inf
from typing import TYPE_CHECKING, Any, Generic, cast

from .._text import LOGGED, told
from ..errors import BranchCancelledError, JoinError, WorkflowTimeoutError, note
from .cancellation import current_task, given_up, impatient, waiting, wake
from .events import Branch, BranchEnded, BranchOutcome, BranchStarted, Joined, SplitStarted, StateEntered
from .graph import Tally, Verdict
from .join import BranchFailure, SplitSummary
from .stray import stray
from .task import S, SplitRegistration, TaskResult, is_a
from .watchdog import Watchdog

if TYPE_CHECKING:
    from ..keys.key import StoreKey
    from .attempts import Attempts
    from .run import Run
    from .site import Site

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadyBranch:
    """A branch made ready to run."""

    branch: Branch
    attempts: Attempts
    bare: bool
    """Whether the task alone is what an asyncio task takes: a coroutine function without a policy."""

    @classmethod
    def of(cls, branch: Branch, attempts: Attempts) -> ReadyBranch:
        """Make a branch ready."""
        return cls(branch, attempts, attempts.plain and _gives_coroutine(attempts.step))

    def begun(self, run: Run) -> Coroutine[Any, Any, Any]:
        """Give the coroutine that runs it."""
        if self.is_bare(run):
            return cast("Coroutine[Any, Any, Any]", self.attempts.step(run.store))
        return self._made(run)

    def is_bare(self, run: Run) -> bool:
        """Whether nothing stands between an asyncio task and the task of the branch."""
        return self.bare and run.emit is None

    async def _made(self, run: Run) -> Any:
        if self.attempts.limit == inf:
            return await self.attempts.made(run, None)
        watchdog = Watchdog(current_task(), owner=self.attempts)
        try:
            return await self.attempts.made(run, watchdog)
        finally:
            watchdog.stop()


def _gives_coroutine(step: Any) -> bool:
    """Say whether *step* is written with ``async def``, and not only marked as if it were."""
    code = getattr(getattr(step, "func", step), "__code__", None)
    return code is not None and bool(code.co_flags & CO_COROUTINE)


class Split(Generic[S]):
    """A state with a split, ready to run."""

    __slots__ = ("branches", "handler", "site", "states")

    def __init__(self, handler: SplitRegistration[S], site: Site, branches: tuple[ReadyBranch, ...]) -> None:
        self.handler: SplitRegistration[S] = handler
        self.site: Site = site
        self.branches: tuple[ReadyBranch, ...] = branches
        self.states: type[Any] = type(handler.state)

    async def visit(self, run: Run) -> S:
        """Run the branches, join them, and give the state to go on in.

        Raises:
            JoinError: too few branches have succeeded.
            asyncio.CancelledError: the run was cancelled; no branch runs any more.
        """
        handler, join, emit = self.handler, self.handler.join, run.emit
        fan = Fan(self, run)
        if emit is not None:
            emit(StateEntered(run.number, run.time(), handler.state, handler.name, is_split=True))
            branches = tuple(ready.branch for ready in self.branches)
            emit(SplitStarted(run.number, run.time(), handler.state, branches, join.strategy))
        try:
            await fan.over()
        except BaseException:
            if emit is not None:
                emit(fan.joined(satisfied=False))
            raise
        if emit is not None:
            emit(fan.joined(satisfied=fan.is_satisfied))
        error = fan.error()
        if error is None:
            fan.log_failures()
        try:
            if join.summary is not None and not fan.is_broken_off:
                self._put(run.store, join.summary, fan.summary(), error)
            if error is not None:
                raise error
            return join.state
        finally:
            del error  # its traceback holds this frame: free both without the collector

    def _put(self, store: Any, key: StoreKey[SplitSummary], summary: SplitSummary, error: BaseException | None) -> None:
        """Put the summary; what the split failed with is worth more than that its summary does not fit."""
        try:
            store.put(key, summary)
        except Exception as unfit:
            if error is None:
                note(unfit, f"while putting the summary of {self.site}")
                raise
            note(error, f"its summary is not in the store: {unfit}")


class Fan(Generic[S]):
    """The branches of one visit of a split.

    Invariant: every asyncio task that was started is in ``_live`` until it has ended.
    """

    def __init__(self, split: Split[S], run: Run) -> None:
        self._split = split
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._tally = Tally(split.handler.join.strategy, len(split.branches))
        self._waiting = deque(split.branches)
        """The branches that have not begun."""
        self._live: dict[asyncio.Task[Any], ReadyBranch] = {}
        self._verdict: Verdict = "open"
        self._decided = self._loop.create_future()
        """Is done when the verdict is there."""
        self._emptied: asyncio.Future[None] | None = None
        """Is done when nothing lives any more, where that is waited for."""
        self._late: BranchOutcome = "cancelled"
        """How those end that were given up."""
        self._fatal: BaseException | None = None
        """What ends the program and not only the branch that raised it: SystemExit and its like."""
        self._successes: list[Branch] = []
        self._errors: list[tuple[Branch, Exception]] = []
        self._timed_out: list[ReadyBranch] = []
        self._cancelled: list[ReadyBranch] = []

    # --- from the first branch to the last --------------------------------------------------------

    async def over(self) -> None:
        """Run the branches until the join is decided and all of them have ended.

        Raises:
            asyncio.CancelledError: the run was cancelled; all branches have ended.
        """
        join = self._split.handler.join
        timer = None if join.timeout is None else self._loop.call_later(join.timeout, self._out_of_time)
        try:
            for _ in range(min(join.concurrency or len(self._waiting), len(self._waiting))):
                self._start_next()
            await self._decided
        except BaseException:
            self._decide("impossible")
            await self._outlive()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if self._live:
            await self._outlive()

    async def _outlive(self) -> None:
        """Wait until every branch has ended, and only then let a cancellation through."""
        cancelled: asyncio.CancelledError | None = None
        run = current_task()
        waiting.add(run)
        try:
            with impatient(lambda: [ready.attempts.site for task, ready in self._live.items() if task not in waiting]):
                while self._live:
                    self._emptied = self._loop.create_future()
                    try:
                        await self._emptied
                    except asyncio.CancelledError as error:
                        cancelled = error
            if cancelled is not None:
                raise cancelled
        finally:
            waiting.discard(run)
            del cancelled  # its traceback holds this frame: free both without the collector

    def _start_next(self) -> None:
        run, ready = self._run, self._waiting.popleft()
        if run.emit is not None:
            run.emit(BranchStarted(run.number, run.time(), self._split.site.state, ready.branch))
        task = self._loop.create_task(ready.begun(run))
        self._live[task] = ready
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        """Take a branch that has ended, and start the next one."""
        ready = self._live.pop(task, None)
        if ready is None:  # it was counted when time was up
            return
        try:
            self._count(ready, task)
            if self._waiting:
                self._start_next()
        except BaseException as error:  # noqa: BLE001  # nobody awaits a callback: the split has to end with it
            self._break_off(error)
        finally:
            given_up.discard(task)
            if not self._live and self._emptied is not None:
                wake(self._emptied)

    def _count(self, ready: ReadyBranch, task: asyncio.Task[Any]) -> None:
        """Count how a branch has ended; after the verdict, only note that it has."""
        if task in given_up:
            self._end_late(ready, task)
        elif task.cancelled():
            self._fail(ready, self._cancelled_itself(ready), ours=True)
        elif (error := task.exception()) is None:
            self._succeed(ready, task.result())
        elif isinstance(error, Exception):
            self._fail(ready, error)
        else:
            self._tell(ready, "failed")
            self._break_off(error)
        if self._verdict == "open" and (verdict := self._tally.verdict()) != "open":
            self._decide(verdict)

    def _break_off(self, error: BaseException) -> None:
        if self._fatal is None:
            self._fatal = error
        self._decide("impossible")

    def _out_of_time(self) -> None:
        """Count what has ended, and give up what has not."""
        never_begun = list(self._waiting)
        self._waiting.clear()
        for task in [task for task in self._live if task.done()]:
            self._end(task)
        if self._verdict == "open":
            self._late = "timed out"
            self._timed_out += [*self._live.values(), *never_begun]
            self._tally.lost += len(self._timed_out)
            self._verdict = self._tally.verdict()
            self._let_go()
        else:
            self._cancelled += never_begun

    def _decide(self, verdict: Verdict) -> None:
        """Come to a verdict, and give up what could not change it."""
        if self._verdict == "open":
            self._verdict = verdict
            self._cancelled += [ready for task, ready in self._live.items() if not task.done()]
            self._cancelled += self._waiting
            self._waiting.clear()
            self._let_go()

    def _let_go(self) -> None:
        for task in self._live:
            if not task.done():  # else it only waits to be counted
                given_up.add(task)
                task.cancel()
        wake(self._decided)

    # --- how a branch ends ------------------------------------------------------------------------

    def _succeed(self, ready: ReadyBranch, returned: object) -> None:
        """Count a success; what a branch returns is not used, and must be nothing that is missed."""
        if returned is None or is_a(returned, self._split.states) or is_a(returned, TaskResult):
            self._tally.succeeded += 1
            self._successes.append(ready.branch)
            if self._run.emit is not None:
                self._tell(ready, "succeeded")
        else:
            self._fail(ready, stray(returned, ready.attempts.site, self._split.states), ours=True)

    def _fail(self, ready: ReadyBranch, error: Exception, *, ours: bool = False) -> None:
        self._tally.lost += 1
        if ours or ready.is_bare(self._run):  # else it was noted at the attempt
            note(error, ready.attempts.site.note())
        self._errors.append((ready.branch, error))
        self._tell(ready, "failed", error)

    def _end_late(self, ready: ReadyBranch, task: asyncio.Task[Any]) -> None:
        """Let a branch go that was given up; what it raises instead of being cancelled must not be lost."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            exc_info = type(error), error, error.__traceback__  # logging asks an exception alone whether it is true
            _log.warning("%s raised while it was cancelled", ready.attempts.site, exc_info=exc_info)
        if error is not None and not isinstance(error, Exception):
            if self._fatal is None:
                self._fatal = error
            error = None
        self._tell(ready, self._late, error)

    def _tell(self, ready: ReadyBranch, outcome: BranchOutcome, error: Exception | None = None) -> None:
        run = self._run
        if run.emit is not None:
            run.emit(BranchEnded(run.number, run.time(), self._split.site.state, ready.branch, outcome, error))

    def _cancelled_itself(self, ready: ReadyBranch) -> BranchCancelledError:
        site = ready.attempts.site
        return BranchCancelledError(workflow=site.workflow, state=site.state.name, task=site.task_text)

    # --- what came of it --------------------------------------------------------------------------

    @property
    def is_satisfied(self) -> bool:
        """Whether the run goes on."""
        return self._verdict == "satisfied" and self._fatal is None

    def joined(self, *, satisfied: bool) -> Joined:
        """Give the event that ends the split."""
        run, tally = self._run, self._tally
        state = self._split.site.state
        return Joined(run.number, run.time(), state, satisfied, tally.succeeded, tally.required, tally.branches)

    @property
    def is_broken_off(self) -> bool:
        """Whether the split ended with what ends the program, so that there is nothing to sum up."""
        return self._fatal is not None

    def summary(self) -> SplitSummary:
        """Give what became of each branch."""
        return SplitSummary(
            str(self._split.handler.join.strategy),
            self._tally.required,
            tuple(self._successes),
            tuple(BranchFailure.of(branch, error) for branch, error in self._errors),
            tuple(ready.branch for ready in self._timed_out),
            tuple(ready.branch for ready in self._cancelled),
        )

    def log_failures(self) -> None:
        """Say which branches have failed that nobody is told of, because enough others did not."""
        for branch, error in self._errors:
            site = self._split.branches[branch.number].attempts.site
            _log.warning("%s failed, and the run goes on without it: %s", site, told(error, LOGGED))

    def error(self) -> BaseException | None:
        """Give what the split fails with, if it does."""
        if self._fatal is not None or self._verdict == "satisfied":
            return self._fatal
        tally, site = self._tally, self._split.site
        errors = [*(error for _, error in self._errors), *map(self._timeout, self._timed_out)]
        kind = self._split.handler.join.strategy.kind
        failed = JoinError(kind, tally.succeeded, tally.required, tally.branches, errors, len(self._cancelled))
        note(failed, f"while joining {site}")
        return failed

    def _timeout(self, ready: ReadyBranch) -> WorkflowTimeoutError:
        site, limit = ready.attempts.site, self._split.handler.join.timeout or 0.0
        return WorkflowTimeoutError(workflow=site.workflow, state=site.state.name, limit=limit, task=site.task_text)

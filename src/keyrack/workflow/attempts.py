"""A task with a policy: tried again when it fails, cancelled when it takes too long.

What is waited for goes through the event loop, so that its clock decides how long that is.
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any

from .._text import LOGGED, told
from ..errors import RetryExhaustedError, WorkflowTimeoutError, note
from .cancellation import current_task
from .events import AttemptFailed, RetryPlanned, RetryStarted

if TYPE_CHECKING:
    from .retry import Retry
    from .run import Run
    from .site import Site
    from .task import Options, Step
    from .watchdog import Watchdog

_log = logging.getLogger(__name__)


class Attempts:
    """A task made ready to run under its policy.

    Args:
        site: where it runs.
        step: what runs.
        options: the policy.
    """

    __slots__ = ("after", "limit", "retry", "site", "state", "step", "task")

    def __init__(self, site: Site, step: Step, options: Options) -> None:
        self.site: Site = site
        self.state: Enum = site.state
        self.task: str = site.task
        self.step: Step = step
        self.retry: Retry = options.retry
        self.limit: float = inf if options.attempt_timeout is None else options.attempt_timeout
        """The seconds that each attempt may take; infinite where there is no limit."""
        self.after: Attempts = self
        """What followed when the table was last asked."""

    @property
    def plain(self) -> bool:
        """Whether there is no policy: one attempt without a limit."""
        return self.limit == inf and self.retry.attempts == 1

    async def made(self, run: Run, watchdog: Watchdog | None) -> Any:
        """Try until an attempt succeeds or there is none left, and give what the task returned.

        Args:
            watchdog: that of the asyncio task in which this runs; None where there is no limit.

        Raises:
            WorkflowTimeoutError: the only attempt took too long.
            RetryExhaustedError: every one of several attempts failed; holds what each of them raised.
            Exception: what the only attempt raised, or one that is not worth another.
        """
        if watchdog is not None:
            watchdog.begin(self.limit)
        failed: BaseException | None = None
        try:
            try:
                return await self.step(run.store)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # raised below
                failed = error
            return await self.rescued(failed, run, watchdog)
        finally:
            del failed  # what was raised holds this frame: free both without the collector
            if watchdog is not None:
                watchdog.end()

    async def rescued(self, error: BaseException, run: Run, watchdog: Watchdog | None) -> Any:
        """Go on as `made` does when the first attempt has raised *error*."""
        errors: list[Exception] = []
        asked: int | None = None
        try:
            while True:
                errors.append(self._failure(error, watchdog))
                if watchdog is not None:
                    watchdog.end()
                self._tell(run, errors)
                if not self._is_worth_it(errors):
                    raise errors[-1]
                if len(errors) == self.retry.attempts:
                    raise self._exhausted(errors)
                if run.is_to_end(errors[-1], asked):
                    await asyncio.sleep(0)  # a cancellation that came while code of the task ran has to be delivered
                    raise asyncio.CancelledError from errors[-1]
                await asyncio.sleep(self._delay(run, errors))
                asked = current_task().cancelling()
                self._tell_again(run, len(errors) + 1)
                if watchdog is not None:
                    watchdog.forget()
                    watchdog.begin(self.limit)
                try:
                    return await self.step(run.store)
                except (Exception, asyncio.CancelledError) as raised:  # noqa: BLE001  # raised above
                    error = raised
        finally:
            del errors, error  # what was raised holds this frame: free both without the collector

    def _failure(self, error: BaseException, watchdog: Watchdog | None) -> Exception:
        """Give what an attempt failed with; let a cancellation through that is none of our own."""
        site = self.site
        if watchdog is not None and watchdog.took_too_long():
            failure = WorkflowTimeoutError(
                workflow=site.workflow, state=site.state.name, limit=self.limit, task=site.task_text
            )
            failure.__cause__ = error
            return failure
        if isinstance(error, Exception):
            return error
        if current_task().cancelling() == 0:  # it ends as cancelled, and nobody did it
            note(error, site.note())
        raise error

    def _is_worth_it(self, errors: list[Exception]) -> bool:
        """Say whether to try again, were there attempts left; a single attempt is not asked about."""
        if self.retry.attempts == 1:
            return False
        try:
            is_worth_it = self.retry.is_worth_it(errors[-1])
        except Exception as error:
            note(error, f"while asking whether to try again {self.site}")
            raise error from errors[-1]
        if not is_worth_it:
            _log.warning("%s failed in attempt %d and is not worth another: %s", *self._failed(errors))
        return is_worth_it

    def _failed(self, errors: list[Exception]) -> tuple[Site, int, str]:
        """Give what the log says of the last failure."""
        return self.site, len(errors), told(errors[-1], LOGGED)

    def _exhausted(self, errors: list[Exception]) -> RetryExhaustedError:
        site = self.site
        _log.error("%s failed in all of its %d attempts; the last one: %s", *self._failed(errors))
        exhausted = RetryExhaustedError(workflow=site.workflow, state=site.state.name, task=site.task, errors=errors)
        exhausted.__cause__ = errors[-1]
        return exhausted

    def _tell(self, run: Run, errors: list[Exception]) -> None:
        site, attempt, attempts = self.site, len(errors), self.retry.attempts
        note(errors[-1], site.note(attempt, attempts))
        if run.emit is not None:
            facts = site.state, site.task, site.branch, attempt, attempts, errors[-1]
            run.emit(AttemptFailed(run.number, run.time(), *facts))

    def _tell_again(self, run: Run, attempt: int) -> None:
        if run.emit is not None:
            site = self.site
            run.emit(RetryStarted(run.number, run.time(), site.state, site.task, site.branch, attempt))

    def _delay(self, run: Run, errors: list[Exception]) -> float:
        """Give the seconds until the next attempt, and tell observers and the log."""
        site, attempt = self.site, len(errors) + 1
        try:
            delay = self.retry.delay(len(errors))
        except Exception as error:
            note(error, f"while asking how long to wait before trying again {site}")
            raise
        _log.warning("%s failed in attempt %d: %s; the next one in %.3g s", *self._failed(errors), delay)
        if run.emit is not None:
            run.emit(RetryPlanned(run.number, run.time(), site.state, site.task, site.branch, attempt, delay))
        return delay

"""`Scheduler`: workflows, and when they run. It is what users see; who looks after a job is in `keeper`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, cast, overload
from uuid import uuid4

from typing_extensions import TypeVar

from .._text import counted, described, place, preview
from ..errors import ConfigurationError, SchedulerError
from ..store import KeyValueStore
from ..stores import MemoryStore
from ..workflow.cancellation import current_task
from ..workflow.observers import no_observers
from ..workflow.options import items, listed, within
from ..workflow.site import caller
from .backoff import Backoff
from .book import Book
from .clock import Clock, utc_now
from .job import Job, Wanted, wrong_name
from .record import reset
from .running import World
from .schedule import Cron, Every, Manual
from .session import Session, thread
from .status import JobStatus, status_of

if TYPE_CHECKING:
    from ..workflow import Workflow
    from .events import SchedulerObserver

S = TypeVar("S", bound=Enum, default=Enum)
St = TypeVar("St", bound=KeyValueStore, default=KeyValueStore)
E = TypeVar("E", bound=Enum)
T = TypeVar("T", bound=KeyValueStore)
Any_ = TypeVar("Any_", bound="Scheduler[Enum, KeyValueStore]")
"""A scheduler of workflows of every kind."""

Statuses: TypeAlias = list[JobStatus]
"""What `Scheduler.list` gives: in the class, its name stands for the method."""

_MOST = 1e7
"""More seconds than anybody waits for a look at a clock."""


class Scheduler(Generic[S, St]):
    """Workflows, and when they run.

    A job is a workflow under a name, with a schedule. When it is due, it runs; while its last run still runs, it is
    skipped; after a failure, it is left alone for a while. Of the times that passed while nobody looked, as when the
    machine slept, one is made up for.

    >>> from enum import Enum
    >>> from keyrack import MemoryStore, StoreKey, Workflow
    >>> from keyrack.scheduler import Scheduler
    >>> from keyrack.testing import run_in_virtual_time
    >>> Stage = Enum("Stage", "COUNT DONE")
    >>> COUNT = StoreKey("count", int)
    >>> workflow = Workflow(Stage, initial=Stage.COUNT).add_exit_states(Stage.DONE)
    >>> @workflow.stage(Stage.COUNT)
    ... async def count(store: MemoryStore) -> Stage:
    ...     store.put(COUNT, store.get(COUNT, 0) + 1)
    ...     return Stage.DONE
    >>> scheduler = Scheduler().every("hourly", workflow, None, 3600).cron("daily", workflow, None, "0 0 9 * * *")
    >>> async def main() -> None:
    ...     async with scheduler:
    ...         await asyncio.sleep(10_000)  # or, in a program: await scheduler.wait()
    >>> import asyncio
    >>> run_in_virtual_time(main())
    >>> workflow.store.get(COUNT), scheduler.status("hourly").runs
    (2, 2)

    The records of jobs lie in a store. Where that outlives the process, a scheduler that is started anew goes on where
    the last one ended. Schedulers of one name on one store share the work: each due time runs on one of them. Where
    one dies while it runs a job, another runs it once more, when the lease is over.

    ``Scheduler()`` takes workflows of every kind; ``Scheduler[Stage, SQLiteStore]()`` those of these states on such a
    store, and type checkers refuse any other.

    Args:
        store: where the records of jobs lie; in this process if not given, and gone with it.
        name: what messages call the scheduler.
        observers: who is told what happens to jobs, and in the runs of their workflows.
        now: gives the time, with a time zone.
        lease: the seconds after which a scheduler that was not heard of is taken for dead; the same on all that share
            a store.
        clock_check: the seconds after which it looks at the clock and the records again, whatever happens: the sooner,
            the sooner it sees that a clock was set, or what other processes did.

    Raises:
        ConfigurationError: one of these does not make sense.
    """

    def __init__(
        self,
        *,
        store: KeyValueStore | None = None,
        name: str = "scheduler",
        observers: Iterable[SchedulerObserver] = (),
        now: Callable[[], datetime] = utc_now,
        lease: float = 30.0,
        clock_check: float = 60.0,
    ) -> None:
        problems = [*_wrong(store, name, observers, now), *within("lease", lease, 0.01, _MOST)]
        problems.extend(within("clock_check", clock_check, 0.01, _MOST))
        if problems:
            raise ConfigurationError(subject=f"scheduler {preview(name)}{place(*caller(__name__))}", problems=problems)
        self._name = name
        self._book = Book(MemoryStore() if store is None else store, name)
        self._observers = items(observers)
        self._now = now
        self._lease = lease
        self._clock_check = clock_check
        self._jobs: dict[str, Job] = {}
        self._session: Session | None = None

    def __repr__(self) -> str:
        return f"<Scheduler {self._name!r}: {counted(len(self._jobs), 'job')}>"

    @property
    def name(self) -> str:
        """What messages call the scheduler."""
        return self._name

    # --- filling ----------------------------------------------------------------------------------

    @overload
    def every(
        self: Any_,
        name: str,
        workflow: Workflow[E, T],
        start: E | None,
        interval: float | timedelta,
        /,
        *,
        immediately: bool = False,
        store: T | None = None,
        backoff: Backoff = ...,
    ) -> Any_: ...
    @overload
    def every(
        self,
        name: str,
        workflow: Workflow[S, St],
        start: S | None,
        interval: float | timedelta,
        /,
        *,
        immediately: bool = False,
        store: St | None = None,
        backoff: Backoff = ...,
    ) -> Self: ...
    def every(
        self,
        name: str,
        workflow: Workflow[Any, Any],
        start: Any,
        interval: float | timedelta,
        /,
        *,
        immediately: bool = False,
        store: Any = None,
        backoff: Backoff = Backoff(),  # noqa: B008  # frozen
    ) -> Any:
        """Run *workflow* again and again, *interval* apart, and return the scheduler.

        The times are counted from the first one, so that nothing adds up. Where the scheduler has been started, the
        job is looked after at once.

        Args:
            name: the name of the job.
            workflow: what runs.
            start: the state to start in; the workflow's initial state if None.
            interval: the seconds from one run to the next, or a `timedelta`.
            immediately: whether it is due at once when it is planned for the first time; else after *interval*.
            store: where tasks read and write, instead of the workflow's store.
            backoff: how long the job is left alone after a failure, and after how many it is given up.

        Raises:
            ConfigurationError: one of these does not make sense, there is a job of this name, or the workflow cannot
                run from *start*; with every problem, and the scheduler is as it was.
            SchedulerError: the scheduler is being stopped; it is as it was.
        """
        return self._add(Wanted(name, workflow, start, store, backoff, immediately, partial(Every, interval)))

    @overload
    def cron(
        self: Any_,
        name: str,
        workflow: Workflow[E, T],
        start: E | None,
        expression: str,
        /,
        *,
        timezone: str | tzinfo = "UTC",
        store: T | None = None,
        backoff: Backoff = ...,
    ) -> Any_: ...
    @overload
    def cron(
        self,
        name: str,
        workflow: Workflow[S, St],
        start: S | None,
        expression: str,
        /,
        *,
        timezone: str | tzinfo = "UTC",
        store: St | None = None,
        backoff: Backoff = ...,
    ) -> Self: ...
    def cron(
        self,
        name: str,
        workflow: Workflow[Any, Any],
        start: Any,
        expression: str,
        /,
        *,
        timezone: str | tzinfo = "UTC",
        store: Any = None,
        backoff: Backoff = Backoff(),  # noqa: B008  # frozen
    ) -> Any:
        """Run *workflow* when the clocks of a time zone show what *expression* names, and return the scheduler.

        Args:
            name: as for `every`.
            workflow: as for `every`.
            start: as for `every`.
            expression: as for `Cron`: five fields, or six with the seconds first.
            timezone: whose clocks: a name of the IANA data base, or a `tzinfo`.
            store: as for `every`.
            backoff: as for `every`.

        Raises:
            ConfigurationError: as from `every`.
            MissingExtraError: cronsim is not installed.
        """
        schedule = partial(Cron, expression, timezone)
        return self._add(Wanted(name, workflow, start, store, backoff, immediately=False, schedule=schedule))

    @overload
    def manual(
        self: Any_,
        name: str,
        workflow: Workflow[E, T],
        start: E | None,
        /,
        *,
        store: T | None = None,
        backoff: Backoff = ...,
    ) -> Any_: ...
    @overload
    def manual(
        self,
        name: str,
        workflow: Workflow[S, St],
        start: S | None,
        /,
        *,
        store: St | None = None,
        backoff: Backoff = ...,
    ) -> Self: ...
    def manual(
        self,
        name: str,
        workflow: Workflow[Any, Any],
        start: Any,
        /,
        *,
        store: Any = None,
        backoff: Backoff = Backoff(),  # noqa: B008  # frozen
    ) -> Any:
        """Run *workflow* when it is triggered, and never by itself; return the scheduler.

        Args:
            name: as for `every`.
            workflow: as for `every`.
            start: as for `every`.
            store: as for `every`.
            backoff: after how many failures the job is given up; a trigger waits for no delay.

        Raises:
            ConfigurationError: as from `every`.
        """
        return self._add(Wanted(name, workflow, start, store, backoff, immediately=False, schedule=Manual))

    def _add(self, wanted: Wanted) -> Self:
        job = wanted.job(f"scheduler {self._name!r}, job {preview(wanted.name)}{place(*caller(__name__))}", self._jobs)
        session = None if self._session is None or self._session.is_over else self._session
        if session is not None and session.is_stopping:
            raise self._refusal(
                "register", "it is being stopped", job=job.name, advice="register it when stop() is over"
            )
        self._jobs[job.name] = job
        if session is not None:
            session.add(job)
        return self

    # --- running ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Look after the jobs from now on, until `stop`; they run beside what the event loop does else.

        When this is over, each job is planned. A store that cannot be reached is tried again and again, and does not
        keep the scheduler from starting.

        Raises:
            SchedulerError: it has been started.
            ConfigurationError: ``now`` gives no aware datetime.
        """
        if self._session is not None and not self._session.is_over:
            raise self._refusal("start", "it has been started", advice="await stop() first")
        session = self._session = Session(self._world(), self._jobs.values())
        try:
            await session.look()
        except BaseException:
            await session.stop(0)
            raise

    def _world(self) -> World:
        return World(
            scheduler=self._name,
            me=uuid4().hex,
            book=self._book,
            executor=thread() if self._book.blocks else None,
            clock=Clock(self._now, f"scheduler {self._name!r}"),
            observers=self._observers,
            lease=self._lease,
            clock_check=self._clock_check,
        )

    async def stop(self, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  # runs are not cut short before
        """Begin no run any more, and wait for those under way.

        When this is over, nothing of the scheduler runs; it may be started again. A second call, while the first
        waits, may have less patience. Where this is cancelled, the runs are cancelled at once, and waited for.

        A run of a job cannot wait for its own end: called by one, or by what it has begun, this returns at once, and
        the scheduler stops as it would otherwise; `wait` tells when it has.

        Args:
            timeout: the seconds after which runs that are still under way are cancelled; None for never. A plain
                function cannot be cancelled: it is waited for.

        Returns:
            The names of the jobs whose runs were cancelled. Such a run is no failure, and is not made up for. A run
            that calls it is given no names.
        """
        if self._session is None or self._session.is_over:
            return ()
        if self._session.is_asked_by_itself:
            self._session.begin_to_stop(timeout)
            return ()
        return await self._session.stop(timeout)

    async def wait(self) -> None:
        """Wait until the scheduler is stopped.

        Raises:
            SchedulerError: it has not been started.
        """
        if self._session is None:
            raise self._refusal("wait", "it has not been started", advice="await start() first")
        await self._session.wait()

    async def trigger(self, name: str, /) -> bool:
        """Run a job now, whatever its schedule says; a delay after failures does not matter.

        Returns:
            Whether a run was begun; not where the last one still runs, which is counted as skipped.

        Raises:
            SchedulerError: there is no such job, it has tripped, or the scheduler does not run.
            StoreError: the store of the records refuses; the job may run all the same.
        """
        self._known("trigger", name)
        session = self._session
        if session is None or session.is_stopping or session.is_over:
            raise self._not_running(name)
        asked = current_task().cancelling()
        try:
            step = await session.keeper(name).trigger()
        except asyncio.CancelledError:
            if current_task().cancelling() > asked:
                raise
            raise self._not_running(name) from None
        if step.refused:
            reason, advice = "it has failed too often in a row", f"await reset({name!r}) lets it run again"
            raise self._refusal("trigger", reason, job=name, advice=advice)
        return step.begins is not None

    async def reset(self, name: str, /) -> None:
        """Forget that a job has failed: one that had tripped runs again, and a delay is over.

        Raises:
            SchedulerError: there is no such job.
            StoreError: the store of the records refuses.
            asyncio.CancelledError: it was cancelled; what the store was asked to change is changed all the same.
        """
        job = self._known("reset", name)
        session = self._session
        asked = current_task().cancelling()
        if session is None or session.is_over:
            await self._book.change(name, partial(reset, rules=job.rules, now=self._now().timestamp()))
        else:
            await session.keeper(name).reset()
        if current_task().cancelling() > asked:  # while the store was waited for, which is not cut short
            raise asyncio.CancelledError

    def status(self, name: str, /) -> JobStatus:
        """Say how a job is, as its record says now.

        Raises:
            SchedulerError: there is no such job.
            StoreError: the store of the records refuses.
        """
        job = self._known("status", name)
        session = self._session
        times = None if session is None or session.is_over else session.keeper(name).times()
        return status_of(job, self._book.read(name), times)

    def list(self) -> Statuses:
        """Say how each job is, in the order of registration.

        Raises:
            StoreError: the store of the records refuses.
        """
        return [self.status(name) for name in self._jobs]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop(None if error is None else 0)

    # --- refusing ---------------------------------------------------------------------------------

    def _known(self, action: str, name: str) -> Job:
        job = self._jobs.get(cast("Any", name)) if isinstance(name, str) else None
        if job is None:
            raise self._refusal(action, "it has no such job", job=str(name), known=self._jobs)
        return job

    def _not_running(self, name: str) -> SchedulerError:
        if self._session is None:
            return self._refusal("trigger", "it has not been started", job=name, advice="await start() first")
        return self._refusal("trigger", "it has been stopped", job=name, advice="await start() first")

    def _refusal(self, action: str, reason: str, **facts: Any) -> SchedulerError:
        return SchedulerError(scheduler=self._name, action=action, reason=reason, **facts)


def _wrong(store: object, name: object, observers: Iterable[object], now: object) -> Iterator[str]:
    yield from wrong_name("a scheduler", name)
    if store is not None and not isinstance(store, KeyValueStore):
        yield f"the store is a KeyValueStore, got {described(store)}"
    if not callable(now):
        yield f"now is a function without arguments, got {described(now)}"
    yield from listed("observers", observers)
    yield from no_observers(items(observers))

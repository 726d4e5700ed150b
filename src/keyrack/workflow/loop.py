"""The loop of a run: from the task of one state to the task of the next.

How it works: most states have a plain task, one without retries and limits of time. The compiled table holds a
`Station` for each of them, found by the ``id`` of the state. A station keeps its state alive, so an ``id`` that is
found proves that a task returned this very state, where a hash would run Python code and an equal string would pass. A
station remembers the two that followed it last; as long as a task goes where it went before, a transition is a
comparison or two and the call of the next task. Whatever has no station ends the quick loop: a state that takes more
than a call has a stop or a split, anything else ends the run. Where a run is observed, every task is a stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import repeat
from operator import length_hint
from sys import maxsize
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from ..errors import TransitionLimitError, note
from .cancellation import COUNTS_HOLD, warn_went_on
from .events import StateEntered
from .observers import report
from .task import S, Step, single

if TYPE_CHECKING:
    from .attempts import Attempts
    from .run import Run
    from .site import Site
    from .split import Split

_BURST = 1024
"""The transitions after which a run lets others have the event loop, though no task waits."""

_tuple: Any = vars(tuple)["__new__"]
"""Makes an event in half the time of its class."""

_RECENT = 8
"""How many of the last states a run remembers that may only make so many transitions."""


class Station(Generic[S]):
    """A state with a plain task, ready to run."""

    __slots__ = ("after", "other", "site", "state", "step")

    def __init__(self, state: S, site: Site, step: Step) -> None:
        self.site: Site = site
        self.state: S = state
        self.step: Step = step
        self.after: Station[S] = self
        """The station that followed when the table was last asked."""
        self.other: Station[S] = self
        """The one that followed before that."""


class Table(NamedTuple):
    """The states of a workflow by their ``id``, ready to run."""

    stations: Mapping[int, Station[Any]]
    """Those with a plain task; none where runs are observed."""
    stops: Mapping[int, Attempts]
    """Those with a policy, or observed."""
    splits: Mapping[int, Split[Any]]


class Walk:
    """The way of one run through the table.

    Args:
        table: gives the table as it is now.
        limit: how many transitions it may make; None for any number.
    """

    __slots__ = ("_left", "_limit", "_pause", "_recent", "_run", "_table", "_uncancelled")

    def __init__(self, run: Run, table: Callable[[], Table], limit: int | None) -> None:
        self._run = run
        self._table = table
        self._limit = limit
        self._left = maxsize if limit is None else limit
        self._pause = _BURST
        """How many transitions it may make before it lets others have the event loop."""
        self._recent: list[str] = []
        """The states it came through last, where few transitions are left."""
        self._uncancelled = run.cancelling()
        """How often the asyncio task of the run had been asked to cancel before; more often is for us."""

    async def on_from(self, state: Any) -> object:
        """Go from task to task until one returns what is no state with a task or a split.

        Raises:
            TransitionLimitError: it did not come to an end in time.
            asyncio.CancelledError: the run was cancelled, be it that a task did not care.
            Exception: what a task raised, with a note that says which one in which state.
        """
        stations, stops, splits = table = self._table()
        while True:
            if not self._pause:
                await self._let_others_run()
            if (station := stations.get(id(state))) is not None:
                state = await self._quickly(station, stations)
            elif (stop := stops.get(id(state))) is not None:
                state = await self._carefully(stop, stops)
            elif (split := splits.get(id(state))) is not None:
                state = await self._through(split)
            elif (inner := single(state)) is not None:
                state = inner
            elif (renewed := self._table()) is not table:  # somebody has registered a task meanwhile
                stations, stops, splits = table = renewed
            else:
                return state

    async def _through(self, split: Split[Any]) -> object:
        """Run a split, and give the state that follows."""
        run = self._run
        run.at = split
        if not self._allowed(split.site, 1):
            raise self._too_many(split.site)
        state = await split.visit(run)
        if run.cancelling() > self._uncancelled:
            await self._looked_into(split.site)
        return state

    async def _carefully(  # noqa: C901, PLR0912  # calls would cost more than what they do
        self, stop: Attempts, stops: Mapping[int, Attempts]
    ) -> object:
        """Go from stop to stop, and give what a task returned that is none."""
        run = self._run
        observer, number, clock, store = run.observer, run.number, run.time, run.store
        cancelling, uncancelled, watchdog = run.cancelling, self._uncancelled, run.watchdog
        state: Any = None
        failed: BaseException | None = None
        try:
            while burst := self._allowed(stop.site):
                for _ in (turns := repeat(None, burst)):
                    run.at = stop
                    now = clock()
                    if observer is not None:
                        event = _tuple(StateEntered, (number, now, stop.state, stop.task, False))
                        try:
                            observer(event)
                        except (Exception, asyncio.CancelledError):  # noqa: BLE001  # an observer is a stranger's code
                            report(event)
                    watchdog.attempt = moment = now + stop.limit
                    if moment < watchdog.wakes:
                        watchdog.wake()
                    try:
                        state = await stop.step(store)
                    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # raised below
                        failed = error
                    if failed is not None:  # outside of the block: no other attempt is to be in its context
                        state, failed = await stop.rescued(failed, run, watchdog), None
                    if cancelling() > uncancelled:
                        watchdog.end()  # it may have been the time limit of the attempt
                        if cancelling() > uncancelled:
                            uncancelled = await self._looked_into(stop.site)
                    after = stop.after
                    if state is not after.state:
                        try:
                            after = stops[id(state)]
                        except KeyError:
                            self._give_back(length_hint(turns))
                            return state
                        stop.after = after
                    stop = after
                watchdog.end()
                if not self._pause:
                    await self._let_others_run()
        finally:
            watchdog.end()
            del cancelling  # the asyncio task holds what it raised, and with it this frame
            failed = None  # the same
        raise self._too_many(stop.site)

    async def _quickly(self, station: Station[Any], stations: Mapping[int, Station[Any]]) -> object:
        """Go from station to station, and give what a task returned that is none."""
        run = self._run
        store, cancelling, uncancelled = run.store, run.cancelling, self._uncancelled
        try:
            while burst := self._allowed(station.site):
                for _ in (turns := repeat(None, burst)):
                    run.at = station
                    step = station.step
                    state = await step(store)
                    if cancelling() > uncancelled:
                        uncancelled = await self._looked_into(station.site)
                    after = station.after
                    if state is not after.state:
                        after = station.other
                        if state is not after.state:
                            try:
                                found = stations[id(state)]
                            except KeyError:
                                self._give_back(length_hint(turns))
                                return state
                            station.other, station.after = station.after, found
                            after = found
                    station = after
                if not self._pause:
                    await self._let_others_run()
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, Exception) or cancelling() <= uncancelled:  # it ends as cancelled, and nobody did it
                note(error, station.site.note())
            raise
        finally:
            del cancelling  # the asyncio task holds what it raised, and with it this frame
        raise self._too_many(station.site)

    def _allowed(self, site: Site, most: int = _BURST) -> int:
        """Take up to *most* of the transitions that are left; the last ones singly, to remember their states."""
        if self._left <= _RECENT:
            most = 1
            self._recent.append(site.state.name)
        taken = min(most, self._pause, max(self._left - _RECENT, 1), self._left)
        self._give_back(-taken)
        return taken

    def _give_back(self, number: int) -> None:
        """Count transitions that were taken and not made."""
        self._left += number
        self._pause += number

    async def _let_others_run(self) -> None:
        self._pause = _BURST
        await asyncio.sleep(0)

    async def _looked_into(self, site: Site) -> int:
        """Let a cancellation out that came while a task ran; give how many there are that mean nothing.

        Raises:
            asyncio.CancelledError: the run is to end.
        """
        await asyncio.sleep(0)  # asyncio has still to deliver one that came while code of the task ran
        if COUNTS_HOLD or self._run.is_out_of_time:
            warn_went_on(site)
            if not COUNTS_HOLD:
                self._run.end_overdue()
            raise asyncio.CancelledError
        self._uncancelled = self._run.forget_cancellations()
        return self._uncancelled

    def _too_many(self, site: Site) -> TransitionLimitError:
        *recent, state = self._recent
        return TransitionLimitError(workflow=site.workflow, state=state, limit=self._limit or 0, recent=recent)

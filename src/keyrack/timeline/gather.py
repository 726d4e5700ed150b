"""The observer that gathers a timeline: what it is told becomes bars at once, so that it holds no error and no value.

How it works: each run has a reader of its own, whether runs follow each other, run side by side or within each other. A
bar ends when what it stands for is over, and at the last event where that was never told. What a thread has done with
the store may be told late; it is found by its state and branch, and moves no end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .._text import told
from ..workflow.events import (
    AttemptFailed,
    BranchEnded,
    BranchStarted,
    Event,
    Joined,
    RetryStarted,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
    StoreUsed,
)
from .model import MOST_BARS, Bar, ErrorLine, KeyLine, Outcome, RunLine, StateLine, Touch, thinned

if TYPE_CHECKING:
    from ..watching import UsedKey

MOST_RUNS = 100
"""The most runs that are kept: of more, the oldest one that is over goes."""

MOST_ATTEMPTS = 100
"""The most attempts at a task that are kept of a visit: the first and the last ones."""

TEXT = 300
"""How many characters of an error are kept."""


class Timeline:
    """An observer that gathers what happens in one run, or in several.

    Args:
        events: what it is told at once.

    >>> from enum import Enum
    >>> from keyrack import MemoryStore, StoreKey, Workflow
    >>> from keyrack.timeline import Timeline
    >>> Stage = Enum("Stage", "LOAD DONE")
    >>> workflow = Workflow(Stage, initial=Stage.LOAD).add_exit_states(Stage.DONE)
    >>> @workflow.stage(Stage.LOAD)
    ... async def load(store: MemoryStore) -> Stage:
    ...     store.put(StoreKey("count", int), 1)
    ...     return Stage.DONE
    >>> timeline = Timeline()
    >>> workflow.run(observers=[timeline])
    <Stage.DONE: 2>
    >>> [run] = timeline.runs()
    >>> [(bar.name, bar.outcome, [*bar.bars[0].written]) for bar in run.bars]
    [('LOAD', 'succeeded', ['count'])]
    """

    verbs: bool = True

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._readers: dict[int, _Reader] = {}
        self.left_out: int = 0
        """How many runs are not kept any more."""
        for event in events:
            self(event)

    def __call__(self, event: Event) -> None:
        """Take an event; one of a run whose start was not told is passed over."""
        if isinstance(event, RunStarted):
            self._make_room()
            self._readers[event.run] = _Reader(event)
        elif (reader := self._readers.get(event.run)) is not None:
            reader.take(event)

    def runs(self) -> list[RunLine]:
        """Give the runs, in the order in which they started."""
        return [reader.read() for reader in [*self._readers.values()]]

    def _make_room(self) -> None:
        if len(self._readers) >= MOST_RUNS:
            over = next((number for number, reader in self._readers.items() if reader.is_over), None)
            if over is not None:
                del self._readers[over]
                self.left_out += 1


class _Reader:
    """Reads the events of one run.

    Args:
        event: with it the run has started.
    """

    def __init__(self, event: RunStarted) -> None:
        self._run = RunLine(event.run, event.workflow, event.store, event.time)
        self._state: Bar | None = None
        self._latest: dict[tuple[str, int | None], Bar] = {}
        """The last bar of each state, and of each branch of one."""
        self._kept: int = 0
        """How many bars of states and branches there are."""
        self._takers: dict[type[Any], Callable[..., None]] = {
            StateEntered: self._entered,
            SplitStarted: self._split,
            BranchStarted: self._branch_started,
            BranchEnded: self._branch_ended,
            Joined: self._joined,
            AttemptFailed: self._failed,
            RetryStarted: self._again,
            StoreUsed: self._used,
            RunFinished: self._over,
        }

    @property
    def is_over(self) -> bool:
        """Whether the run is."""
        return self._run.outcome != "running"

    def take(self, event: Event) -> None:
        """Take an event."""
        run = self._run
        time = max(event.time - run.began, 0.0)
        if self.is_over:
            time = min(time, run.end)
        run.end = max(run.end, time)
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event, time)

    def read(self) -> RunLine:
        """Give the run; what has not ended goes to its end."""
        for bar in () if self._state is None else self._state.all():
            if bar.outcome == "running":
                bar.end = self._run.end
        return self._run

    # --- states and branches ----------------------------------------------------------------------

    def _entered(self, event: StateEntered, time: float) -> None:
        self._leave(time, "succeeded")
        run, name = self._run, event.state.name
        if self._kept >= MOST_BARS:
            run.bars = thinned(run.bars)
            self._kept = sum(1 + len(bar.branches()) for bar in run.bars)
        self._kept += 1
        self._state = self._latest[name, None] = bar = Bar("state", name, event.task, time, time)
        run.bars.append(bar)
        run.visits += 1
        run.states.setdefault(name, StateLine(name, event.task)).visits += 1
        if not event.is_split:
            _begin(bar, 1, time)

    def _leave(self, time: float, outcome: Outcome, error: str | None = None) -> None:
        if self._state is not None and self._state.outcome == "running":
            self._state.over(time, outcome, error)
            line = self._run.states[self._state.name]
            line.seconds += self._state.seconds
            line.longest = max(line.longest, self._state.seconds)

    def _split(self, event: SplitStarted, _: float) -> None:
        if (bar := self._latest.get((event.state.name, None))) is not None:
            bar.note = str(event.strategy).removeprefix("JoinStrategy.")
            bar.bars = bar.branches()

    def _branch_started(self, event: BranchStarted, time: float) -> None:
        if (state := self._latest.get((event.state.name, None))) is not None:
            number, task = event.branch
            self._latest[state.name, number] = bar = Bar("branch", task, task, time, time, number=number)
            state.bars.append(bar)
            self._kept += 1
            _begin(bar, 1, time)

    def _branch_ended(self, event: BranchEnded, time: float) -> None:
        if (bar := self._latest.get((event.state.name, event.branch.number))) is None:
            return
        told_before = any(one.outcome == "failed" for one in bar.bars[-1:])
        error = None if event.error is None else told(event.error, TEXT)
        bar.over(time, event.outcome, error)
        ends = self._run.states[event.state.name].branches
        ends[event.outcome] = ends.get(event.outcome, 0) + 1
        if event.outcome in {"failed", "timed out"} and not told_before:
            where = f"{bar.task} in {event.state.name}, branch {bar.number}"
            self._run.fail(ErrorLine(time, where, error or event.outcome))

    def _joined(self, event: Joined, _: float) -> None:
        if (bar := self._latest.get((event.state.name, None))) is not None:
            counts = f"{event.succeeded} of {event.branches} succeeded, {event.required} needed"
            bar.note = f"{bar.note}: {counts}"

    # --- attempts ---------------------------------------------------------------------------------

    def _failed(self, event: AttemptFailed, time: float) -> None:
        if (holder := self._latest.get((event.state.name, event.branch))) is None:
            return
        error = told(event.error, TEXT)
        if holder.bars and holder.bars[-1].kind == "attempt":
            holder.bars[-1].over(time, "failed", error)
        self._run.states[event.state.name].failed += 1
        branch = "" if event.branch is None else f", branch {event.branch}"
        tries = f", attempt {event.attempt} of {event.attempts}" if event.attempts > 1 else ""
        self._run.fail(ErrorLine(time, f"{event.task} in {event.state.name}{branch}{tries}", error))

    def _again(self, event: RetryStarted, time: float) -> None:
        if (holder := self._latest.get((event.state.name, event.branch))) is not None:
            if len(holder.bars) >= MOST_ATTEMPTS:
                del holder.bars[MOST_ATTEMPTS // 2]
            _begin(holder, event.attempt, time)

    # --- keys, and the end ------------------------------------------------------------------------

    def _used(self, event: StoreUsed, time: float) -> None:
        error = None if event.error is None else type(event.error).__name__
        state = "" if event.state is None else event.state.name
        touch = Touch(time, event.verb, event.writes, state, event.task, event.branch, event.attempt, error)
        holder = self._latest.get((state, event.branch))
        bar = None if holder is None else _attempt(holder, event.attempt)
        for key in event.keys:
            line = self._run.keys.setdefault(key.name, KeyLine(key.name, key.type))
            _see(line, key, touch)
            if bar is not None and not (touch.writes and error):
                states = self._run.states[state]
                counts, names = (states.written, bar.written) if touch.writes else (states.read, bar.read)
                counts[key.name] = counts.get(key.name, 0) + 1
                names[key.name] = None

    def _over(self, event: RunFinished, time: float) -> None:
        run = self._run
        run.outcome = _outcome_of(event.error)
        run.error = None if event.error is None or run.outcome == "cancelled" else told(event.error, TEXT)
        run.exit = event.state.name if event.error is None and event.state is not None else None
        self._leave(time, run.outcome, run.error)


def _begin(holder: Bar, attempt: int, time: float) -> None:
    holder.bars.append(Bar("attempt", f"attempt {attempt}", holder.task, time, time, number=attempt))


def _attempt(holder: Bar, number: int) -> Bar:
    """Give the attempt with a number; what it is in, where that has none."""
    return next((one for one in reversed(holder.bars) if (one.kind, one.number) == ("attempt", number)), holder)


def _see(line: KeyLine, key: UsedKey, touch: Touch) -> None:
    line.take(touch)
    line.type = key.type
    if touch.error is None and (touch.writes or key.size is not None or key.length is not None):
        # What has written and was not seen has changed the size: none is said, rather than an old one.
        line.size, line.length = key.size, key.length


def _outcome_of(error: BaseException | None) -> Outcome:
    if error is None:
        return "succeeded"
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "failed"

"""Progress of a run on stderr: the states as they pass; the only file of workflows that knows rich.

What happens now is drawn in one line that is drawn anew, where there is a terminal and rich; what is worth keeping is
written above it, or to the log where there is no terminal: each state when it is over for the first time, attempts that
failed, and the end. What happens now is put into words only when it is drawn, some times a second. A stderr that is
missing, closed or broken is written to no more; the run does not care.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING, TextIO, cast

from .._text import LINE, counted, cut, told, type_name
from .events import (
    AttemptFailed,
    BranchEnded,
    Event,
    Joined,
    RetryPlanned,
    RunFinished,
    RunStarted,
    SplitStarted,
    StateEntered,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from .events import Observer


@contextmanager
def shown() -> Generator[Observer]:
    """Give an observer that shows, from entering to leaving the block, the run it is told of."""
    with _quiet_log():
        yield from _shown()


def _shown() -> Generator[Observer]:
    if sys.stderr is None:  # a program without a console
        yield Progress(_drop)
        return
    stream = _Stream(sys.stderr)
    console = _terminal(stream)
    if console is None:
        yield Progress(stream.line)
        return
    progress = Progress(console.print)
    with console.status(_Now(progress)):
        yield progress


@contextmanager
def _quiet_log() -> Generator[None]:
    """Keep Python from writing what is logged between the lines, where the program has not said what to do with it."""
    log = logging.getLogger("keyrack")
    if log.hasHandlers():
        yield
        return
    handler = logging.NullHandler()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _drop(_: str) -> None: ...


class _Stream:
    """A stream that does not say when it cannot be written to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):  # broken, or closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Say whether it is a terminal, as far as it can be asked."""
        with suppress(OSError, ValueError):
            return self._stream.isatty()
        return False

    def line(self, text: str) -> None:
        """Write a line, and let it be seen."""
        self.write(f"{text}\n")
        self.flush()


def _terminal(stream: _Stream) -> Console | None:
    """Give what draws on the stream; None where it is no terminal, be the environment what it may, or without rich."""
    if not stream.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    file = cast("TextIO", stream)
    console = Console(file=file, markup=False, highlight=False, emoji=False, soft_wrap=True)
    return console if console.is_interactive else None


class _Now:
    """What happens now, put into words whenever rich draws it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __rich__(self) -> Text:
        from rich.text import Text

        return Text(self._progress.now(), no_wrap=True, overflow="ellipsis")


class Progress:
    """An observer that says in words what happens in a run.

    Args:
        keep: takes a line that stays.
    """

    def __init__(self, keep: Callable[[str], object]) -> None:
        self._keep = keep
        self._began = self._entered = 0.0
        self._last: Event | None = None
        self._task = ""
        self._state: Enum | None = None
        self._seen: set[Enum] = set()
        self._visits = 0
        self._branches = self._ended = 0

    def __call__(self, event: Event) -> None:
        """Take an event."""
        self._last = event
        match event:
            case StateEntered():
                self._enter(event)
            case RunStarted():
                self._began = event.time
            case SplitStarted():
                self._branches, self._ended = len(event.branches), 0
            case BranchEnded():
                self._ended += 1
            case Joined() if not event.satisfied:
                counts = f"{event.succeeded} of {event.branches} succeeded, {event.required} needed"
                self._keep(f"{event.state.name}  {counts}")
            case AttemptFailed():
                self._keep(f"{event.state.name}  {_told(event)}")
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def now(self) -> str:
        """Say what happens now."""
        event = self._last
        if event is None or self._state is None:
            return event.workflow if isinstance(event, RunStarted) else ""
        here = f"{self._visits:,}  {self._state.name}"
        if isinstance(event, RetryPlanned):
            return f"{here}  {event.task} again in {event.delay:.1f} s"
        if self._branches:
            return f"{here}  {self._ended} of {counted(self._branches, 'branch', 'branches')}"
        return f"{here}  {self._task}"

    def _enter(self, event: StateEntered) -> None:
        self._leave(event.time)
        self._state, self._entered, self._task = event.state, event.time, event.task
        self._visits += 1
        self._branches = 0

    def _leave(self, time: float) -> None:
        if self._state is not None and self._state not in self._seen:
            self._seen.add(self._state)
            self._keep(f"{self._state.name}  {time - self._entered:.2f} s")

    def _finish(self, event: RunFinished) -> None:
        took = f"{counted(self._visits, 'state')} in {event.time - self._began:.2f} s"
        where = "" if event.state is None else f" in {event.state.name}"
        if event.error is None:
            self._leave(event.time)
            self._keep(f"{event.workflow}: ended{where} after {took}")
        else:
            how = "cancelled" if isinstance(event.error, asyncio.CancelledError) else type_name(type(event.error))
            self._keep(f"{event.workflow}: {how}{where} after {took}")


def _told(event: AttemptFailed) -> str:
    branch = "" if event.branch is None else f", branch {event.branch}"
    tries = "" if event.attempts == 1 else f", try {event.attempt} of {event.attempts}"
    return f"{event.task}{branch}{tries}: {cut(told(event.error), LINE)}"

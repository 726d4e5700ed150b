"""Progress of a run on stderr: the states as they pass; the only file of workflows that knows rich.

What happens now is drawn in one line that is drawn anew, where there is a terminal and rich; what is worth keeping is
written above it, or to the log where there is no terminal: each state when it is over for the first time, attempts that
failed, and the end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from .._text import LINE, counted, cut, type_name
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

    from .events import Observer

    Write = Callable[[str], object]


@contextmanager
def shown() -> Generator[Observer]:
    """Give an observer that shows, from entering to leaving the block, the run it is told of."""
    console = _terminal()
    if console is None:
        yield Progress(_write_line, _write_nothing)
    else:
        with console.status("") as status:
            yield Progress(console.print, status.update)


def _terminal() -> Console | None:
    try:
        from rich.console import Console
    except ImportError:
        return None
    console = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)
    return console if console.is_terminal and not console.is_dumb_terminal else None


def _write_line(text: str) -> None:
    if sys.stderr is not None:  # a program without a console has none
        print(text, file=sys.stderr, flush=True)  # noqa: T201  # this is what was asked for


def _write_nothing(_: str) -> None: ...


class Progress:
    """An observer that says in words what happens in a run.

    Args:
        keep: takes a line that stays.
        now: takes what is to be seen until the next call.
    """

    def __init__(self, keep: Write, now: Write) -> None:
        self._keep = keep
        self._now = now
        self._began = self._entered = 0.0
        self._state: Enum | None = None
        self._seen: set[Enum] = set()
        self._visits = 0
        self._branches = self._ended = 0

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case RunStarted():
                self._began = event.time
                self._now(f"{event.workflow} on {event.store}")
            case StateEntered():
                self._leave(event.time)
                self._state, self._entered = event.state, event.time
                self._visits += 1
                self._now(f"{self._visits:,}  {event.state.name}  {event.task}")
            case SplitStarted():
                self._branches, self._ended = len(event.branches), 0
            case BranchEnded():
                self._ended += 1
                self._now(f"{self._visits:,}  {event.state.name}  {self._ended} of {self._counted_branches()}")
            case Joined() if not event.satisfied:
                counts = f"{event.succeeded} of {event.branches} succeeded, {event.required} needed"
                self._keep(f"{event.state.name}  {counts}")
            case AttemptFailed():
                self._keep(f"{event.state.name}  {event.task}, try {event.attempt} of {event.attempts}: {_told(event)}")
            case RetryPlanned():
                self._now(f"{self._visits:,}  {event.state.name}  {event.task} again in {event.delay:.1f} s")
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def _leave(self, time: float) -> None:
        if self._state is not None and self._state not in self._seen:
            self._seen.add(self._state)
            self._keep(f"{self._state.name}  {time - self._entered:.2f} s")

    def _finish(self, event: RunFinished) -> None:
        took = f"{counted(self._visits, 'state')} in {event.time - self._began:.2f} s"
        where = "" if event.state is None else event.state.name
        if event.error is None:
            self._leave(event.time)
            self._keep(f"{event.workflow}: {where} after {took}")
        else:
            self._keep(f"{event.workflow}: {type_name(type(event.error))} in {where} after {took}")

    def _counted_branches(self) -> str:
        return counted(self._branches, "branch", "branches")


def _told(event: AttemptFailed) -> str:
    return cut(f"{type_name(type(event.error))}: {event.error}", LINE)

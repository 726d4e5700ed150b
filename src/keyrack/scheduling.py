"""`keyrack schedule`: a scheduler run from the shell until a signal ends it.

On a terminal a table shows what the jobs do, and is drawn anew; elsewhere, as under systemd or in a container, the log
goes to stderr. The first SIGINT or SIGTERM lets what runs finish, and begins nothing; the second one cancels it.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from keyrack._screen import Screen, table_of
from keyrack._text import cut
from keyrack.errors import KeyrackError
from keyrack.running import the_one
from keyrack.scheduler import JobStatus, Scheduler

if TYPE_CHECKING:
    from types import FrameType

AnyScheduler = Scheduler[Any, Any]

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""The signals that end it; the last one comes where a terminal is closed, and Windows does not have it."""

DRAWN = 0.5
"""Seconds after which the table is drawn anew."""


def schedule(target: str, stop_timeout: float | None) -> int:
    """Run a scheduler until a signal ends it, and give the exit code: 1 where a run had to be cancelled.

    Raises:
        ConfigurationError: the target names no scheduler, or several.
    """
    kind: type[AnyScheduler] = Scheduler
    _, scheduler = the_one(target, kind)
    screen = Screen(stderr=True)
    cancelled = asyncio.run(_until_a_signal(scheduler, screen, stop_timeout))
    if cancelled:
        _say(screen, f"cancelled: {', '.join(cancelled)}")
        return 1
    return 0


async def _until_a_signal(scheduler: AnyScheduler, screen: Screen, stop_timeout: float | None) -> tuple[str, ...]:
    """Run it, and give the jobs whose runs had to be cancelled."""
    signals = _Signals()
    with signals.handled(), _logged(screen), _shown(scheduler, screen):
        await scheduler.start()
        await signals.first.wait()
        _say(screen, "no run begins any more; what runs may finish, a second signal cancels it")
        stopping = asyncio.create_task(scheduler.stop(stop_timeout))
        impatient = asyncio.create_task(signals.second.wait())
        await asyncio.wait({stopping, impatient}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            await scheduler.stop(0)
        impatient.cancel()
        return await stopping


def _say(screen: Screen, sentence: str) -> None:
    """Say something, if anybody still reads: the runs of jobs are worth more."""
    with suppress(OSError, ValueError):
        screen.say(sentence)


class _Signals:
    """The signals that end a program, as events of the loop."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def handled(self) -> Generator[None]:
        """Take the signals, from entering to leaving the block."""
        before = {number: signal.signal(number, self._take) for number in _ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._set)  # wakes the loop, too

    def _set(self) -> None:
        (self.second if self.first.is_set() else self.first).set()


@contextmanager
def _logged(screen: Screen) -> Generator[None]:
    """Write the log to stderr: above the table what went wrong, elsewhere everything."""
    handler = _Lines(screen.say)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING if screen.can_draw else logging.INFO)
    log = logging.getLogger()
    level = log.level
    log.addHandler(handler)
    log.setLevel(min(level, handler.level))
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class _Lines(logging.Handler):
    """Writes each record with a function."""

    def __init__(self, write: Callable[[str], object]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write it; a stream that is broken is not worth the run of a job."""
        with suppress(OSError, ValueError):
            self._write(self.format(record))


# --- the table ------------------------------------------------------------------------------------


@contextmanager
def _shown(scheduler: AnyScheduler, screen: Screen) -> Generator[None]:
    """Draw the table of jobs, where there is a terminal."""
    if not screen.can_draw:
        yield
        return
    with Live(console=screen, auto_refresh=False, get_renderable=lambda: _seen(scheduler, screen.width)) as live:
        drawing = asyncio.get_running_loop().create_task(_draw(live))
        try:
            yield
        finally:
            drawing.cancel()


async def _draw(live: Live) -> None:
    while True:
        with suppress(OSError, ValueError):  # the terminal may be gone
            live.refresh()
        await asyncio.sleep(DRAWN)


def _seen(scheduler: AnyScheduler, width: int) -> RenderableType:
    """Draw the table, or say why it cannot be drawn now."""
    try:
        return _table(scheduler.list(), width)
    except KeyrackError as error:
        return Text(cut(str(error), width), "red")


def _table(jobs: list[JobStatus], width: int) -> RenderableType:
    table = table_of("job", "when", "state", "runs", "failed", "skipped", "last", "next")
    for column in table.columns[3:6]:
        column.justify = "right"
    for job in jobs:
        counts = map(str, (job.runs, job.failures, job.skipped))
        table.add_row(job.name, job.schedule, _state(job), *counts, _last(job), _next(job))
    errors = [Text(cut(f"{job.name}: {job.last_error}", width), "red") for job in jobs if job.last_error is not None]
    return Group(table, *errors)


_STYLES = {"running": "bold", "tripped": "bold red", "backing off": "yellow"}


def _state(job: JobStatus) -> Text:
    return Text(job.state, _STYLES.get(job.state, ""))


def _last(job: JobStatus) -> str:
    return "" if job.last_duration is None else f"{job.last_duration:.3g} s"


def _next(job: JobStatus) -> str:
    if job.next is None:
        return ""
    left = job.next - datetime.now(UTC)
    if left > timedelta(days=1):
        return f"{job.next.astimezone():%Y-%m-%d %H:%M}"
    return f"in {timedelta(seconds=max(round(left.total_seconds()), 0))}"

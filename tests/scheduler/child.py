"""A process with a scheduler: writes down each run of its job, until its standard input is closed."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from keyrack.scheduler import Backoff, JobEvent, JobFinished, JobStarted, Scheduler
from keyrack.stores import MemoryStore, SQLiteStore
from keyrack.workflow import Event, Workflow

try:
    from tests.scheduler.jobs import DONE, WORK, Stage
except ImportError:  # run as a program
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.scheduler.jobs import DONE, WORK, Stage

INTERVAL = 0.2
LEASE = 1.2
SCHEDULE = f"every {INTERVAL} s"


async def work(_store: MemoryStore) -> Stage:
    await asyncio.sleep(INTERVAL / 2)
    return DONE


def scheduler(folder: Path, ahead: float) -> Scheduler:
    """Give one whose clock is *ahead* of that which all processes share, and that nobody sets."""

    def now() -> datetime:
        return datetime.fromtimestamp(time.monotonic() + ahead, UTC)

    file = os.open(folder / "runs.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    due: dict[int, str] = {}

    def note(event: Event | JobEvent) -> None:
        if isinstance(event, JobStarted):
            assert event.due is not None
            due[event.number] = f"{event.due.timestamp():.6f}"
            os.write(file, f"{'again' if event.again else 'begins'} {due[event.number]} {os.getpid()}\n".encode())
        elif isinstance(event, JobFinished):
            os.write(file, f"{event.outcome} {due[event.number]} {os.getpid()}\n".encode())

    store = SQLiteStore(folder / "jobs.db", durability="process")
    flow = Workflow(Stage, initial=WORK).register(WORK, work).add_exit_states(DONE)
    one = Scheduler(store=store, observers=[note], now=now, lease=LEASE, clock_check=0.3)
    return one.every("books", flow, None, INTERVAL, backoff=Backoff.none())


async def main(folder: Path, ahead: float) -> None:
    async with scheduler(folder, ahead):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))

"""Right uses: schedulers."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import assert_type
from zoneinfo import ZoneInfo

from keyrack import KeyValueStore, MemoryStore, SQLiteStore, Workflow
from keyrack.scheduler import Backoff, JobEvent, JobStarted, JobStatus, Scheduler
from keyrack.workflow import Event


class Stage(Enum):
    LOAD = "load"
    DONE = "done"


class Other(Enum):
    LOAD = 1


def print_event(event: Event | JobEvent) -> None:
    if isinstance(event, JobStarted):
        assert_type(event.due, datetime | None)


def print_anything(event: object) -> None: ...


def now() -> datetime:
    return datetime.now(UTC)


on_memory = Workflow(Stage)
on_sqlite = Workflow(Stage, SQLiteStore("runs.db"))
others = Workflow(Other, SQLiteStore("runs.db"))

# --- of every kind --------------------------------------------------------------------------------

anything = Scheduler()
assert_type(anything, Scheduler[Enum, KeyValueStore])
assert_type(anything.every("a", on_memory, Stage.LOAD, 60), Scheduler[Enum, KeyValueStore])
anything.every("b", on_sqlite, None, timedelta(hours=1), immediately=True, store=SQLiteStore("other.db"))
anything.every("c", others, Other.LOAD, 0.5, backoff=Backoff(base=1, trip_after=3))
anything.cron("d", on_memory, Stage.LOAD, "0 0 9 * * *", timezone="Europe/Berlin", store=MemoryStore())
anything.cron("e", others, None, "*/5 * * * *", timezone=ZoneInfo("UTC")).manual("f", on_memory, None)
anything.manual("g", on_sqlite, Stage.DONE, backoff=Backoff.none())
Scheduler(store=SQLiteStore("jobs.db"), name="night", observers=[print_event, print_anything], now=now)
Scheduler(observers=(print_event,), lease=10, clock_check=5.0)

# --- of one kind ----------------------------------------------------------------------------------

narrow = Scheduler[Stage, SQLiteStore](store=MemoryStore())
assert_type(narrow.every("a", on_sqlite, Stage.LOAD, 60), Scheduler[Stage, SQLiteStore])
narrow.cron("b", on_sqlite, None, "@daily", store=SQLiteStore("other.db")).manual("c", on_sqlite, Stage.DONE)
of_stages: Scheduler[Stage, MemoryStore] = Scheduler()
of_stages.manual("a", on_memory, Stage.LOAD, store=MemoryStore())


async def run() -> None:
    async with anything as entered:
        assert_type(entered, Scheduler[Enum, KeyValueStore])
        assert_type(await entered.trigger("a"), bool)
        await entered.reset("a")
        await entered.wait()
    await anything.start()
    assert_type(await anything.stop(timeout=5), tuple[str, ...])
    assert_type(await anything.stop(), tuple[str, ...])


assert_type(anything.status("a"), JobStatus)
assert_type(anything.list(), list[JobStatus])
assert_type(anything.status("a").next, datetime | None)

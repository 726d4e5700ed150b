"""Wrong uses: of schedulers."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from datetime import datetime
from enum import Enum

from keyrack import KeyValueStore, MemoryStore, SQLiteStore, Workflow
from keyrack.scheduler import Backoff, JobStarted, Scheduler


class Stage(Enum):
    LOAD = "load"
    DONE = "done"


class Other(Enum):
    LOAD = 1


def no_event() -> None: ...


def of_one_kind(event: JobStarted) -> None: ...


def says_text() -> str:
    return "now"


on_memory = Workflow(Stage)
on_sqlite = Workflow(Stage, SQLiteStore("runs.db"))
others = Workflow(Other, SQLiteStore("runs.db"))

# --- of every kind --------------------------------------------------------------------------------

anything = Scheduler()
anything.every("a", on_memory, Other.LOAD, 60)  # E
anything.every("a", on_memory, "load", 60)  # E
anything.every("a", on_memory, Stage, 60)  # E
anything.every("a", on_memory, Stage.LOAD, "60")  # E
anything.every("a", on_memory, Stage.LOAD)  # E
anything.every("a", on_memory, Stage.LOAD, 60, store=SQLiteStore("other.db"))  # E
anything.every("a", on_sqlite, Stage.LOAD, 60, store=MemoryStore())  # E
anything.every("a", on_memory, Stage.LOAD, 60, immediately="yes")  # E
anything.every("a", on_memory, Stage.LOAD, 60, backoff=Backoff)  # E
anything.every("a", on_memory, Stage.LOAD, 60, backoff=3)  # E
anything.every("a", on_memory, Stage.LOAD, 60, timezone="UTC")  # E
anything.every("a", Stage, Stage.LOAD, 60)  # E
anything.every(on_memory, "a", Stage.LOAD, 60)  # E
anything.every(name="a", workflow=on_memory, start=Stage.LOAD, interval=60)  # E
anything.cron("a", on_memory, Other.LOAD, "@daily")  # E
anything.cron("a", on_memory, Stage.LOAD, 60)  # E
anything.cron("a", on_memory, Stage.LOAD, "@daily", timezone=1)  # E
anything.cron("a", on_memory, Stage.LOAD, "@daily", store=SQLiteStore("other.db"))  # E
anything.cron("a", on_memory, Stage.LOAD, "@daily", immediately=True)  # E
anything.manual("a", others, Stage.LOAD)  # E
anything.manual("a", others, Other.LOAD, store=MemoryStore())  # E
anything.manual("a", on_memory, Stage.LOAD, 60)  # E
anything.manual(1, on_memory, Stage.LOAD)  # E

# --- of one kind ----------------------------------------------------------------------------------

narrow = Scheduler[Stage, SQLiteStore]()
narrow.every("a", on_memory, Stage.LOAD, 60)  # E
narrow.every("a", others, Other.LOAD, 60)  # E
narrow.every("a", on_sqlite, Other.LOAD, 60)  # E
narrow.every("a", on_sqlite, Stage.LOAD, 60, store=MemoryStore())  # E
narrow.cron("a", on_memory, Stage.LOAD, "@daily")  # E
narrow.cron("a", others, None, "@daily")  # E
narrow.cron("a", on_sqlite, Other.LOAD, "@daily")  # E
narrow.manual("a", on_memory, None)  # E
narrow.manual("a", others, None)  # E
narrow.manual("a", on_sqlite, Stage.LOAD, store=MemoryStore())  # E
wide: Scheduler[Enum, KeyValueStore] = narrow  # E
other: Scheduler[Other, SQLiteStore] = narrow  # E
no_enum: Scheduler[str, SQLiteStore] = Scheduler()  # E
no_store: Scheduler[Stage, str] = Scheduler()  # E

# --- options --------------------------------------------------------------------------------------

Scheduler(MemoryStore())  # E
Scheduler(store=MemoryStore)  # E
Scheduler(name=1)  # E
Scheduler(observers=of_one_kind)  # E
Scheduler(observers=[of_one_kind])  # E
Scheduler(observers=[no_event])  # E
Scheduler(now=says_text)  # E
Scheduler(now=datetime(2026, 1, 1))  # E
Scheduler(lease="30")  # E
Scheduler(clock_check=None)  # E
anything.name = "night"  # E
anything.status(1)  # E
anything.status("a").runs = 1  # E
text: str = anything.status("a").next  # E


async def run() -> None:
    await anything.trigger()  # E
    await anything.trigger(on_memory)  # E
    await anything.stop("5")  # E
    names: list[str] = await anything.stop()  # E
    begun: str = await anything.trigger("a")  # E

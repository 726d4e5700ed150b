"""Processes with a scheduler each on one SQLite file, of which some are killed: no due time is lost, none runs twice.

But that which a killed process had begun: it runs once more.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, cast

import pytest
from tests.scheduler import child
from tests.scheduler.child import INTERVAL, LEASE

from keyrack.scheduler.book import Book
from keyrack.stores import SQLiteStore

if TYPE_CHECKING:
    from keyrack.scheduler.record import JobRecord

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
SEEDS = range(25 if SOAK else 1)
PATIENCE = 30.0


class Line(NamedTuple):
    what: str
    due: float
    process: int


class Family:
    """The processes that share a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ahead = time.time() - time.monotonic()
        self.alive: list[subprocess.Popen[str]] = []
        self.killed: set[int] = set()
        self.book = Book(SQLiteStore(folder / "jobs.db", durability="process"), "scheduler")

    def bear(self, number: int) -> None:
        """Start some processes, and wait until each looks after its job."""
        command = [sys.executable, str(Path(child.__file__)), str(self._folder), str(self._ahead)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        born = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
            for _ in range(number)
        ]
        self.alive += born
        for process in born:
            assert cast("IO[str]", process.stdout).readline() == "ready\n"

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill a process, and wait until what it may have claimed is another's."""
        process.kill()
        self._bury(process)
        self.killed.add(process.pid)
        left = self.record
        end = time.monotonic() + PATIENCE
        while self.alive and left.holder is not None and self.record.claim == left.claim:
            assert time.monotonic() < end, f"nobody has taken over {left}"
            time.sleep(0.02)

    def end(self) -> None:
        """Have each stop as it should."""
        for process in list(self.alive):
            cast("IO[str]", process.stdin).close()
            assert process.wait(PATIENCE) == 0
            self._bury(process)

    def _bury(self, process: subprocess.Popen[str]) -> None:
        process.wait(PATIENCE)
        self.alive.remove(process)
        for pipe in (process.stdin, process.stdout):
            cast("IO[str]", pipe).close()

    @property
    def record(self) -> JobRecord:
        record = self.book.read("books")
        assert record is not None
        return record

    @property
    def lines(self) -> list[Line]:
        text = (self._folder / "runs.txt").read_text(encoding="utf-8")
        parts = [line.split() for line in text.splitlines()]
        return [Line(what, float(due), int(process)) for what, due, process in parts]

    def await_one(self, of: Line) -> None:
        """Wait until a run that a killed process had under way has come to its end elsewhere."""
        end = time.monotonic() + PATIENCE
        while Line("succeeded", of.due, 0) not in [line._replace(process=0) for line in self.lines]:
            assert time.monotonic() < end, f"nobody has taken over {of}"
            time.sleep(0.02)


@contextmanager
def family(folder: Path) -> Generator[Family]:
    one = Family(folder)
    try:
        yield one
        one.end()
    finally:
        for process in list(one.alive):
            one.kill(process)


def unfinished(lines: list[Line], process: int) -> list[Line]:
    own = [line for line in lines if line.process == process]
    begun = [line for line in own if line.what in {"begins", "again"}]
    return [line for line in begun if not any(one.due == line.due and one.what == "succeeded" for one in own)]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_due_time_runs_once_and_what_a_killed_process_had_begun_once_more(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  # guards nothing
    with family(tmp_path) as one:
        one.bear(3)
        before = one.record
        for _ in range(3 if SOAK else 1):
            time.sleep(chance.uniform(2 * INTERVAL, 5 * INTERVAL))
            victim = chance.choice(one.alive)
            one.kill(victim)
            for line in unfinished(one.lines, victim.pid):
                one.await_one(line)
            if SOAK:
                one.bear(1)
        time.sleep(2 * INTERVAL)
    after = one.record

    assert_each_ran_as_often_as_it_may(one.lines, one.killed)
    assert_none_is_lost(one.lines, before, after)
    assert after.holder is None


def test_a_run_that_a_killed_process_had_under_way_is_run_once_more_by_another(tmp_path: Path) -> None:
    with family(tmp_path) as one:
        one.bear(2)
        end = time.monotonic() + PATIENCE
        while not (running := [p for p in one.alive if unfinished(_lines(one), p.pid)]):
            assert time.monotonic() < end
        one.kill(running[0])
        left = unfinished(one.lines, running[0].pid)
        for line in left:
            one.await_one(line)

    again = [line for line in one.lines if line.what == "again"]
    assert {line.process for line in again}.isdisjoint(one.killed)
    assert {line.due for line in left} <= {line.due for line in again}
    assert_each_ran_as_often_as_it_may(one.lines, one.killed)


def _lines(one: Family) -> list[Line]:
    try:
        return one.lines
    except FileNotFoundError:
        return []


def assert_each_ran_as_often_as_it_may(lines: list[Line], killed: set[int]) -> None:
    begun: dict[float, list[Line]] = {}
    for line in lines:
        if line.what in {"begins", "again"}:
            begun.setdefault(line.due, []).append(line)
    for due, runs in begun.items():
        *dead, last = runs
        assert {line.process for line in dead} <= killed, (due, runs)
        assert len({line.process for line in runs}) == len(runs)
        assert all(line.what == "again" for line in runs[1:])
        assert ("succeeded", due) in [(line.what, line.due) for line in lines], last
    assert {line.what for line in lines} <= {"begins", "again", "succeeded"}


def assert_none_is_lost(lines: list[Line], before: JobRecord, after: JobRecord) -> None:
    """Assert that each due time between two records has run, or was counted."""
    assert before.due is not None
    assert after.due is not None
    first, last = before.due - INTERVAL / 2, after.due - INTERVAL / 2
    ran = {line.due for line in lines if line.what in {"begins", "again"} and first < line.due < last}
    passed_over = after.skipped - before.skipped + after.missed - before.missed
    assert after.held == before.held == 0
    assert round((after.due - before.due) / INTERVAL) == len(ran) + passed_over


assert LEASE > 3 * INTERVAL  # or a machine under load would take those for dead that are only slow

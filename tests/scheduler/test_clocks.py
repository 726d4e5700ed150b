"""Clocks that are set, machines that sleep, and records that outlive their process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.scheduler.jobs import BEGIN, STEADY, Diary, People, run_for, scheduler, work, workflow

from keyrack.scheduler.book import Book
from keyrack.scheduler.record import JobRecord, Step
from keyrack.stores import MemoryStore, SQLiteStore
from keyrack.testing import run_in_virtual_time

if TYPE_CHECKING:
    from keyrack.scheduler import Scheduler
    from keyrack.store import KeyValueStore

HOUR = 3600.0


def jumping(one: Scheduler, people: People, *moves: tuple[float, float], until: float) -> None:
    """Run a scheduler, and set the clock of people at some moments by some seconds."""

    async def main() -> None:
        async with one:
            for moment, seconds in moves:
                await asyncio.sleep(moment - asyncio.get_running_loop().time())
                people.ahead += seconds
            await asyncio.sleep(until - asyncio.get_running_loop().time())

    run_in_virtual_time(main())


@pytest.mark.parametrize("seconds", [5, 12345, -5, -12345, 1e7, -1e7])
def test_jumps_do_not_matter_to_an_interval_job_whose_record_is_its_own(seconds: float) -> None:
    diary, people = Diary(), People()
    one = scheduler(diary, people).every("books", workflow(), None, 100)
    jumping(one, people, (250, seconds), until=550)

    assert diary.started == [100, 200, 300, 400, 500]
    assert one.status("books").missed == 0


def test_the_next_time_of_such_a_job_is_told_on_the_clock_of_people() -> None:
    people = People()
    one = scheduler(None, people).every("books", workflow(), None, 100)

    async def main() -> None:
        async with one:
            await asyncio.sleep(50)
            people.ahead = HOUR
            status = one.status("books")
            assert status.next is not None
            assert (status.next - people()).total_seconds() == 50

    run_in_virtual_time(main())


def test_times_that_a_clock_jumped_over_are_made_up_for_by_one_run() -> None:
    diary, people = Diary(), People()
    one = scheduler(diary, people).cron("books", workflow(), None, "0 * * * *")
    jumping(one, people, (1.5 * HOUR, 5 * HOUR), until=2.6 * HOUR)

    # Seen at the next look at the clock, within a minute; then on time.
    first, second, third, *_ = diary.started
    assert first == HOUR
    assert 1.5 * HOUR <= second <= 1.5 * HOUR + 60
    assert third == 2 * HOUR
    assert diary.due[1] == 2 * HOUR
    assert one.status("books").missed == 4


def test_what_has_run_does_not_run_again_when_a_clock_is_set_back_a_little() -> None:
    diary, people = Diary(), People()
    one = scheduler(diary, people).cron("books", workflow(), None, "0 * * * *")
    jumping(one, people, (1.1 * HOUR, -0.5 * HOUR), until=2.7 * HOUR)

    assert diary.due == [HOUR, 2 * HOUR]
    assert diary.started == [HOUR, 2.5 * HOUR]


def test_a_job_is_planned_anew_when_a_clock_that_was_wrong_is_set_back() -> None:
    diary, people = Diary(), People()
    people.ahead = 1000 * HOUR
    one = scheduler(diary, people).cron("books", workflow(), None, "0 * * * *")
    jumping(one, people, (1.1 * HOUR, -1000 * HOUR), until=3.1 * HOUR)

    assert diary.due == [1001 * HOUR, 2 * HOUR, 3 * HOUR]


def test_an_interval_job_does_not_wait_longer_than_an_interval_when_a_clock_is_set_back(tmp_path: Path) -> None:
    diary, people = Diary(), People()
    store = SQLiteStore(tmp_path / "jobs.db", durability="process")
    one = scheduler(diary, people, store=store, clock_check=10.0).every("books", workflow(), None, 100)
    jumping(one, people, (150, -HOUR), until=400)

    first, second, third = diary.started
    assert first == 100
    assert 250 <= second <= 260
    assert third == second + 100


# --- records --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_restart_goes_on_where_the_last_scheduler_ended(kind: str, tmp_path: Path) -> None:
    memory = MemoryStore()

    def store() -> KeyValueStore:
        return memory if kind == "memory" else SQLiteStore(tmp_path / "jobs.db", durability="process")

    diary, people = Diary(), People()
    for begin, seconds in (0, 25), (28, 10), (75, 10):
        people.ahead = begin
        first = scheduler(diary, people, store=store())
        run_for(seconds, first.every("books", workflow(), None, 10, backoff=STEADY))

    # Nobody looked from 38 to 75: one run makes up for 40, and 50 to 70 are missed.
    assert diary.due == [10, 20, 30, 40, 80]
    assert (first.status("books").runs, first.status("books").missed) == (5, 3)


def test_a_job_with_a_new_schedule_is_planned_anew(tmp_path: Path) -> None:
    diary, people = Diary(), People()
    store = SQLiteStore(tmp_path / "jobs.db", durability="process")
    run_for(5, scheduler(diary, people, store=store).every("books", workflow(), None, 10))
    people.ahead = 100
    run_for(65, scheduler(diary, people, store=store).every("books", workflow(), None, 60, immediately=True))

    assert diary.due == [160]


def test_a_run_that_was_under_way_when_the_process_died_is_run_again_after_a_lease(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "jobs.db", durability="process")
    begin, diary, people = BEGIN.timestamp(), Diary(), People()
    dead = JobRecord("every 100 s", begin + 100, begin + 200, holder="dead", claim=1, claimed=begin + 100, runs=1)
    run_in_virtual_time(Book(store, "scheduler").change("books", lambda _: Step(dead)))
    people.ahead = 120
    one = scheduler(diary, people, store=store, lease=30.0).every("books", workflow(work(40)), None, 100)
    run_for(95, one)

    assert diary.told == [(30, "again"), (70, "succeeded"), (80, "starts"), (120, "succeeded")]
    assert diary.due == [100, 200]
    assert one.status("books").runs == 3

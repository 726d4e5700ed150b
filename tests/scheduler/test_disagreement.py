"""Schedulers that share a job, and do not agree when it is due, as while a new release is brought in."""

from __future__ import annotations

import pytest
from tests.scheduler.jobs import Diary, People, scheduler, workflow
from tests.scheduler.test_sharing import together

from keyrack.stores import MemoryStore

DAY = 86400


@pytest.mark.parametrize(
    ("one", "other", "due"),
    [
        ("0 9 * * *", "30 9 * * *", {9 * 3600, 9.5 * 3600}),
        ("30 9 * * *", "0 9 * * *", {9 * 3600, 9.5 * 3600}),
        ("@daily", "0 0 * * *", {0}),
        ("0 9 * * SUN-SAT", "0 9 * * sun-sat", {9 * 3600}),
    ],
)
def test_schedulers_that_do_not_agree_when_a_job_is_due_do_not_starve_it(one: str, other: str, due: set[float]) -> None:
    store, people, diary = MemoryStore(), People(), Diary()
    both = [
        scheduler(diary, people, store=store, clock_check=1200).cron("books", workflow(), None, text)
        for text in (one, other)
    ]

    together(3 * DAY + 1, *both)

    found = [moment for moment in diary.due if moment is not None]
    assert {moment % DAY for moment in found} == due
    assert len(found) == len(set(found)) == 3 * len(due)


def test_schedulers_with_different_intervals_keep_the_shorter_one(caplog: pytest.LogCaptureFixture) -> None:
    store, people, diary = MemoryStore(), People(), Diary()
    both = [
        scheduler(diary, people, store=store, clock_check=1200).every("books", workflow(), None, each)
        for each in (3600, 1800)
    ]

    together(DAY + 1, *both)

    assert diary.due == [1800 * number for number in range(1, 49)]
    said = "job 'books' of scheduler 'scheduler' is planned by another scheduler, too: every 1800 s there, every 3600 s"
    assert caplog.text.count(said) == 1

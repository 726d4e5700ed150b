"""The records of jobs in a store: changed one step at a time, whoever else changes them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS

from keyrack.errors import LockError
from keyrack.scheduler.book import Book
from keyrack.scheduler.record import JobRecord, Step
from keyrack.stores import MemoryStore, NamespacedStore, SQLiteStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

FULL = JobRecord(
    schedule="every 0.1 s",
    planned=1767225600.1,
    due=1767225600.2000003,
    holder="somebody",
    claim=3,
    claimed=None,
    beat=7,
    streak=2,
    held_until=1e-300,
    tripped=True,
    last_start=0.1 + 0.2,
    last_duration=0.0,
    last_outcome="lost",
    last_error="ValueError: \x1b \u2028 ü",
)


def counted(found: JobRecord | None) -> Step:
    record = JobRecord("by hand", 0.0) if found is None else found
    return Step(replace(record, runs=record.runs + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_comes_back_as_it_was_on_every_kind_of_store(kind: str) -> None:
    book = Book(KINDS[kind](), "night")
    asyncio.run(book.change("books", lambda _: Step(FULL)))

    assert book.read("books") == FULL


def test_a_job_that_nobody_has_changed_has_no_record() -> None:
    book = Book(MemoryStore(), "night")

    assert asyncio.run(book.change("books", Step)) == Step(None)
    assert book.read("books") is None


def test_records_lie_in_a_namespace_of_their_own_for_each_name() -> None:
    store = MemoryStore()
    asyncio.run(Book(store, "night").change("books", counted))

    assert store.is_empty()
    assert NamespacedStore(NamespacedStore(store, "keyrack.scheduler"), "night").keys() == ["books"]
    assert Book(store, "day").read("books") is None


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_no_step_is_lost_however_many_are_taken_at_once(kind: str, tmp_path: Path) -> None:
    store: KeyValueStore = MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "a.db", durability="process")

    def count(_number: int) -> None:
        book = Book(store, "night")
        for _ in range(20):
            asyncio.run(book.change("books", counted))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))

    record = Book(store, "night").read("books")
    assert record is not None
    assert record.runs == 80


def test_a_step_is_taken_again_from_what_another_writer_has_put() -> None:
    store = MemoryStore()
    book, other = Book(store, "night"), Book(store, "night")
    seen: list[int | None] = []

    def slow(found: JobRecord | None) -> Step:
        seen.append(None if found is None else found.runs)
        if len(seen) < 3:
            asyncio_free(other)
        return counted(found)

    step = asyncio.run(book.change("books", slow))

    assert seen == [None, 1, 2]
    assert step.record is not None
    assert step.record.runs == 3


def asyncio_free(book: Book) -> None:
    """Change the record where an event loop runs already."""
    change = book.change("books", counted)
    with pytest.raises(StopIteration):
        change.send(None)


def test_a_step_is_given_up_where_another_writer_is_always_quicker() -> None:
    store = MemoryStore()
    book, other = Book(store, "night"), Book(store, "night")

    def late(found: JobRecord | None) -> Step:
        asyncio_free(other)
        return counted(found)

    with pytest.raises(LockError, match="another writer was quicker each of 1,000 times; the verb wrote nothing"):
        asyncio.run(book.change("books", late))

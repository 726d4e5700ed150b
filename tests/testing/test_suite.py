"""The suite on backends that keep their word: keyrack's own, and those of third parties."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import pytest
from tests.backends.byte_backend import FileBackend
from tests.backends.dict_backend import DictBackend
from tests.backends.shared_backend import SharedFileBackend

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.overlay import OverlayBackend
from keyrack.backends.prefix import PrefixBackend
from keyrack.backends.sqlite import SQLiteBackend
from keyrack.errors import BackendFullError
from keyrack.testing import BackendSuite
from keyrack.testing.suite import (
    Appends,
    Closing,
    Commits,
    Course,
    Entries,
    Exclusive,
    Names,
    Processes,
    Reopening,
    Sizes,
    StoreCourse,
    Stores,
    StoreThreads,
    Threads,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from keyrack.backends.spi import Backend, Encoded, Entry


SOAK = os.environ.get("KEYRACK_SOAK") == "1"
MANY, FEW = (300, 100) if SOAK else (25, 8)


class TestMemoryBackend(BackendSuite):
    examples = MANY

    def make_backend(self, place: Path) -> Backend:
        return MemoryBackend()


class TestSQLiteBackend(BackendSuite):
    examples = MANY

    def make_backend(self, place: Path) -> Backend:
        return SQLiteBackend(place / "entries.db", durability="process")


class TestSQLiteBackendInMemory(BackendSuite):
    examples = FEW

    def make_backend(self, place: Path) -> Backend:
        return SQLiteBackend(":memory:")


# --- third parties'; FileBackend stands in test_backend_page.py -----------------------------------


class TestDictBackend(BackendSuite):
    examples = FEW

    def make_backend(self, place: Path) -> Backend:
        return DictBackend()


class TestSharedFileBackend(Reopening, Processes, Course):
    examples = FEW

    def make_backend(self, place: Path) -> Backend:
        pytest.importorskip("fcntl")
        return SharedFileBackend(place / "entries.json")


class FileBackendWithALimit(FileBackend):
    max_value_bytes: int | None = 10_000

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        for entry in changes.values():
            if entry is not None and cast("Encoded", entry.payload).size > 10_000:
                raise BackendFullError(store=self.label, reason="it is too large; nothing was written")
        return super().commit(expected, changes)


class TestFileBackendWithALimit(Entries, Sizes, Appends, Threads, Stores, StoreThreads):
    def make_backend(self, place: Path) -> Backend:
        return FileBackendWithALimit(place / "entries.json")


# --- what stands on another backend ---------------------------------------------------------------


class AllButClosing(
    Entries, Names, Sizes, Appends, Commits, Exclusive, Threads, Course, Stores, StoreThreads, StoreCourse
):
    """A namespace is a view: closing it closes nothing, and what is below is opened again."""

    examples = FEW


class TestPrefixBackend(AllButClosing):
    def make_backend(self, place: Path) -> Backend:
        return PrefixBackend(PrefixBackend(MemoryBackend(), "a"), "b")


class TestPrefixBackendOfBytes(AllButClosing):
    def make_backend(self, place: Path) -> Backend:
        return PrefixBackend(SQLiteBackend(":memory:"), "a")


class OneUser(Entries, Names, Sizes, Appends, Commits, Exclusive, Closing, Course):
    """A transaction has one user, and its store is that of the transaction."""

    examples = FEW


class TestOverlayBackend(OneUser):
    def make_backend(self, place: Path) -> Backend:
        return OverlayBackend(MemoryBackend())


class TestOverlayOfAnOverlay(OneUser):
    def make_backend(self, place: Path) -> Backend:
        return OverlayBackend(OverlayBackend(PrefixBackend(MemoryBackend(), "a")))


class TestOverlayOfBytes(OneUser):
    def make_backend(self, place: Path) -> Backend:
        return OverlayBackend(SQLiteBackend(":memory:"))

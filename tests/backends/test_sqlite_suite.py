"""The SQLite backend keeps the contract of backends, in a file with either durability, and in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyrack.backends.sqlite import SQLiteBackend
from keyrack.testing import BackendSuite


class TestInFile(BackendSuite):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.path = tmp_path / "x.db"

    def make_backend(self) -> SQLiteBackend:
        return SQLiteBackend(self.path, durability="process")


class TestInMemory(BackendSuite):
    def make_backend(self) -> SQLiteBackend:
        return SQLiteBackend(":memory:")

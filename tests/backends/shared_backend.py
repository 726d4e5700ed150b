"""A third party's backend that several processes share: one file, which is read again whenever it is locked."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tests.backends.byte_backend import FileBackend

if TYPE_CHECKING:
    from collections.abc import Generator

R = TypeVar("R")


class SharedFileBackend(FileBackend):
    shared_between_processes = True

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock_path = path.with_suffix(".lock")
        self._depth = 0

    def exclusively(self, run: Callable[[], R], /) -> R:
        def locked() -> R:
            with self._locked():
                return run()

        return super().exclusively(locked)

    @contextmanager
    def _locked(self) -> Generator[None]:
        import fcntl

        if self._depth:  # `exclusively` inside of `exclusively`
            yield
            return
        with self._lock_path.open("ab") as lock:  # which goes with the process at the latest
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._depth = 1
            try:
                self._refresh()
                yield
            finally:
                self._depth = 0

    def _refresh(self) -> None:
        if self._path.exists():
            self._count, self._rows = json.loads(self._path.read_text("ascii"))

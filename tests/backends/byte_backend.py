"""A third party's backend: everything in one file, which is replaced at each change."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from keyrack.backends.spi import Encoded, Entry, Piece
from keyrack.errors import BackendError, StoreClosedError

R = TypeVar("R")


class FileBackend:
    persistent, shared_between_processes, blocking, holds_objects = True, False, True, False
    max_value_bytes: int | None = None

    def __init__(self, path: Path) -> None:
        self.label = f"FileStore({path.name!r})"
        self._path, self._lock, self._is_open = path, threading.RLock(), True
        self._count, self._rows = json.loads(path.read_text("ascii") if path.exists() else "[0, {}]")

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return self.exclusively(lambda: [_entry(*self._rows[name]) if name in self._rows else None for name in names])

    def write(self, name: str, entry: Entry, /) -> None:
        self.commit({}, {name: entry})

    def append(self, name: str, start: Entry, items: Sequence[Any], /) -> bool:
        def work() -> bool:
            (there,) = self.read([name])
            longer = start if there is None else Entry(Encoded(*_pieces(there), *items), there.stamp)
            return longer.stamp == start.stamp and self.commit({}, {name: longer})

        return self.exclusively(work)

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        def work() -> bool:
            count, rows = self._count + 1, self._rows
            if any(rows.get(name, [None])[0] != (entry and entry.version) for name, entry in expected.items()):
                return False
            rows = {name: row for name, row in rows.items() if name not in changes}
            rows |= {name: _row(count, entry) for name, entry in changes.items() if entry is not None}
            try:
                new = self._path.with_suffix(".new")
                new.write_text(json.dumps([count, rows]), "ascii")
                new.replace(self._path)
            except OSError as error:
                raise BackendError(store=self.label, reason=f"{error}; nothing was written") from error
            self._count, self._rows = count, rows
            return True

        return self.exclusively(work)

    def names(self, prefix: str, /) -> list[str]:
        return self.exclusively(lambda: sorted(name for name in self._rows if name.startswith(prefix)))

    def exclusively(self, run: Callable[[], R], /) -> R:
        with self._lock:
            if not self._is_open:
                raise StoreClosedError(store=self.label)
            return run()

    def close(self) -> None:
        self._is_open = False


def _pieces(entry: Entry) -> tuple[Piece, ...]:
    return entry.payload.pieces if isinstance(entry.payload, Encoded) else ()


def _row(count: int, entry: Entry) -> list[Any]:
    return [count, entry.stamp, [[str(part, "latin-1") for part in piece] for piece in _pieces(entry)]]


def _entry(count: int, stamp: str, pieces: list[list[str]]) -> Entry:
    entry = Entry(Encoded(*(Piece(head.encode("latin-1"), body.encode("latin-1")) for head, body in pieces)), stamp)
    entry.version = count
    return entry

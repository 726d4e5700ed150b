"""A store that processes share: pickled entries in a file, under a lock of the file system."""

from __future__ import annotations

import fcntl
import pickle
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from keyrack.backends.spi import Entry
from keyrack.errors import StoreClosedError
from keyrack.store import KeyValueStore

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

R = TypeVar("R")


class FileBackend:
    """Entries in one file of *folder*; each verb reads it, and those that change something write it again."""

    persistent = True
    shared_between_processes = True
    blocking = True
    holds_objects = True
    max_value_bytes: int | None = None

    def __init__(self, folder: Path) -> None:
        self.label = f"FileStore({folder.name!r})"
        self._data = folder / "data"
        self._lock_file = folder / "lock"
        self._threads = threading.RLock()
        self._depth = 0
        self._closed = False

    @contextmanager
    def _alone(self) -> Generator[None]:
        with self._threads:
            if self._closed:
                raise StoreClosedError(store=self.label)
            if self._depth:
                yield
                return
            with self._lock_file.open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1

    def _loaded(self) -> dict[str, Entry]:
        stored: dict[str, Any] = pickle.loads(self._data.read_bytes()) if self._data.exists() else {}
        return {name: Entry(payload, stamp) for name, (payload, stamp) in stored.items()}

    def _keep(self, entries: Mapping[str, Entry]) -> None:
        stored = {name: (entry.payload, _told(entry.stamp)) for name, entry in entries.items()}
        self._data.write_bytes(pickle.dumps(stored))

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        with self._alone():
            entries = self._loaded()
        return [entries.get(name) for name in names]

    def write(self, name: str, entry: Entry, /) -> None:
        self.commit({}, {name: entry})

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        with self._alone():
            if name not in self._loaded():
                self.write(name, start)
                return True
        return False  # what was read has another stamp; the store replaces the list

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        with self._alone():
            entries = self._loaded()
            if any(_payload(entries.get(name)) != _payload(entry) for name, entry in expected.items()):
                return False
            merged = {**entries, **changes}
            self._keep({name: entry for name, entry in merged.items() if entry is not None})
        return True

    def names(self, prefix: str, /) -> list[str]:
        with self._alone():
            return sorted(name for name in self._loaded() if name.startswith(prefix))

    def exclusively(self, run: Callable[[], R], /) -> R:
        with self._alone():
            return run()

    def close(self) -> None:
        self._closed = True


def _told(stamp: object) -> object:
    """Give what a file can hold of a stamp."""
    return stamp if isinstance(stamp, type) else str(stamp)


def _payload(entry: Entry | None) -> tuple[object, ...]:
    return () if entry is None else (entry.payload,)


class FileStore(KeyValueStore):
    """Values in a file; a pickled store is opened again where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        super().__init__(FileBackend(folder))
        self.folder = folder

    def __reduce__(self) -> tuple[type[FileStore], tuple[Path]]:
        return FileStore, (self.folder,)

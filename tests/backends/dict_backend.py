"""A third party's backend: the contract of `keyrack.backends.spi` on a dict and a lock, and nothing else of keyrack."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from keyrack.backends.spi import Entry
from keyrack.errors import StoreClosedError

R = TypeVar("R")


class DictBackend:
    label = "DictStore"
    persistent = False
    shared_between_processes = False
    blocking = False
    holds_objects = True
    max_value_bytes: int | None = None

    def __init__(self) -> None:
        self._data: dict[str, Entry] = {}
        self._lock = threading.RLock()
        self._closed = False

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return self.exclusively(lambda: [self._data.get(name) for name in names])

    def write(self, name: str, entry: Entry, /) -> None:
        self.commit({}, {name: entry})

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return self.exclusively(lambda: self._append(name, start, items))

    def _append(self, name: str, start: Entry, items: Sequence[object]) -> bool:
        entry = self._data.setdefault(name, start)
        if entry is not start and entry.stamp is start.stamp:
            longer = [*cast("list[object]", entry.payload), *items]
            self._data[name] = Entry(longer, entry.stamp, shared=entry.shared)
        return entry.stamp is start.stamp

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        return self.exclusively(lambda: self._commit(expected, changes))

    def _commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None]) -> bool:
        if any(self._data.get(name) is not entry for name, entry in expected.items()):
            return False
        merged = {**self._data, **changes}
        self._data = {name: entry for name, entry in merged.items() if entry is not None}
        return True

    def names(self, prefix: str, /) -> list[str]:
        return self.exclusively(lambda: sorted(name for name in self._data if name.startswith(prefix)))

    def exclusively(self, run: Callable[[], R], /) -> R:
        with self._lock:
            if self._closed:
                raise StoreClosedError(store=self.label)
            return run()

    def close(self) -> None:
        self._closed = True

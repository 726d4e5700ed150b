"""The memory backend: entries in a dict.

How it works: a single operation on a dict is atomic, with and without a global interpreter lock, so `write` takes no
lock and neither does the read of a single name. What reads and then writes does so under one re-entrant lock. It
still has to notice a `write` that comes in between: a commit first *takes out* the names it changes, which is atomic
and shows what lay there, and puts in what is new only where nobody has written meanwhile. A reader that finds nothing
looks again under the lock, so that it never sees a name that is taken out.

Direct instances of immutable classes may lie in the dict as they are, without an entry; their class is their stamp.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from ..errors import LockError, StoreClosedError
from .spi import Entry

LOCK_TIMEOUT = 30.0
"""How long a writer waits for another one before it gives up, in seconds."""

_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


class MemoryBackend:
    """Holds entries in this process.

    Args:
        lock_timeout: how long a writer waits for another one, in seconds, before it raises LockError.
    """

    label = "MemoryStore"
    persistent = False
    shared_between_processes = False
    blocking = False
    holds_objects = True
    max_value_bytes: int | None = None

    def __init__(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.data: dict[str, Any] = {}
        self.lock = threading.RLock()
        self._lock_timeout = lock_timeout

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        """Give what lies under each of *names* at one moment."""
        data = self.data
        if len(names) == 1 and (found := data.get(names[0])) is not None:
            return [_entry(found)]
        with self.exclusive():
            # In C from end to end: no write can come between two of the look-ups. Without a global lock, copying can.
            found_all = list(map((data if _GIL else data.copy()).get, names, [_NOTHING] * len(names)))
        return [None if found is _NOTHING else _entry(found) for found in found_all]

    def write(self, name: str, entry: Entry, /) -> None:
        """Keep *entry* under *name*, replacing what was there."""
        self.data[name] = entry

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        """Add *items* to the list under *name*; keep *start* where nothing lies there."""
        with self.exclusive():
            while True:
                entry = self.data.setdefault(name, start)
                if entry is start:
                    return True
                if type(entry) is not Entry or entry.stamp is not start.stamp:
                    return False
                held = cast("list[object]", entry.payload)
                if not entry.held or (_GIL and _holders(entry) == _NOBODY_ELSE + 1):
                    held.extend(items)
                    return True
                longer = Entry([*held, *items], entry.stamp, shared=entry.shared)
                if self.commit({name: entry}, {name: longer}):
                    return True

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        """Make all *changes* if under each name in *expected* lies what is expected there."""
        with self.exclusive():
            data = self.data
            taken: dict[str, Any] = {}
            new: Mapping[str, Any] = taken
            try:
                for name in changes:
                    taken[name] = data.pop(name, _NOTHING)
                if all(
                    _is_still(taken[name] if name in taken else data.get(name, _NOTHING), was)
                    for name, was in expected.items()
                ):
                    new = changes
            finally:  # also when interrupted: what was taken out goes back
                for name, entry in new.items():
                    if entry is not None and entry is not _NOTHING:
                        data.setdefault(name, entry)
            return new is changes

    def names(self, prefix: str, /) -> list[str]:
        """Give every name that starts with *prefix*, sorted by code point."""
        with self.exclusive():
            return sorted(name for name in list(self.data) if name.startswith(prefix))

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Keep other writers waiting, but for `write`."""
        if not self.lock.acquire(timeout=self._lock_timeout):
            raise LockError(store=self.label, waited=self._lock_timeout)
        try:
            yield
        finally:
            self.lock.release()

    def close(self) -> None:
        """Let go of everything."""
        self.data = _Closed(self.label)


_NOTHING: Any = object()


def _entry(found: object) -> Entry:
    return found if type(found) is Entry else Entry(found, cast("object", type(found)), free=True)


def _is_still(found: Any, expected: Entry | None) -> bool:
    if expected is None:
        return found is _NOTHING
    return found is expected or (type(found) is not Entry and found is expected.payload)


def _holders(entry: Entry) -> int:
    """Count who holds the payload of *entry*; the count means something on a build with a global lock only."""
    return sys.getrefcount(entry.payload)


_NOBODY_ELSE = _holders(Entry([], None))


class _Closed(dict[str, Any]):
    """Stands where the entries were: every use says that the store is closed."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label

    if not TYPE_CHECKING:

        def _refuse(self, *_):
            raise StoreClosedError(store=self._label)

        __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = _refuse
        get = pop = setdefault = copy = _refuse

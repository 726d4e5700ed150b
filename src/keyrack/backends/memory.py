"""The memory backend: entries in a dict.

How it works: a single operation on a dict is atomic, with and without a global interpreter lock, so `write` takes no
lock, and neither does the read of a single name. What reads and then writes does so under one re-entrant lock. It
still has to notice a `write` that comes in between: a commit first *takes out* the names it changes, which shows what
lay there, and puts in what is new only where nobody has written meanwhile. Taking out is one call into C, and so is
putting in, so that neither another thread nor an interrupt finds it half-way. A reader that finds nothing while names
are out looks again under the lock.

Direct instances of immutable classes may lie in the dict as they are, without an entry; their class is their stamp.
"""

# pyright: reportUnknownMemberType=false
# What lies in an entry is of any type.

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, compress, repeat, starmap
from operator import is_not
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakMethod

from ..errors import LockError, StoreClosedError
from . import forks
from .patience import LOCK_TIMEOUT, patience
from .spi import Entry

R = TypeVar("R")

HAS_GIL: bool = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether a call into C, and attribute reads up to one, run without another thread in between."""

_NOTHING: Any = object()


class MemoryBackend:
    """Holds entries in this process.

    Args:
        lock_timeout: how long a writer waits for another one, in seconds, before it raises LockError.

    Raises:
        ValueError: *lock_timeout* is no positive number.
    """

    label = "MemoryStore"
    persistent = False
    shared_between_processes = False
    blocking = False
    holds_objects = True
    max_value_bytes: int | None = None

    def __init__(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self._patience = patience(lock_timeout)
        self.data: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._watchers: list[WeakMethod[Callable[[], object]]] = []
        self._commits = 0
        self._names_are_out = False
        self._out = _Out(self.data, [])
        forks.tell(self)

    def forget(self) -> None:
        """Forget, in a child, the thread that was writing at the fork: what it had begun is undone by the next one."""
        if self._lock.acquire(blocking=False):  # nobody's, or that of the thread which has forked
            self._lock.release()
        else:
            self._lock = threading.RLock()

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        """Give what lies under each of *names* at one moment."""
        if len(names) == 1:
            return [self._read_one(names[0])]
        return self.exclusively(lambda: self._read_all(names))

    def write(self, name: str, entry: Entry, /) -> None:
        """Keep *entry* under *name*, replacing what was there."""
        self.data[name] = entry

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        """Add *items* to the list under *name*; keep *start* where nothing lies there."""
        return self.exclusively(lambda: self._append(name, start, items))

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        """Make all *changes* if under each name in *expected* lies what is expected there."""
        return self.exclusively(lambda: self._commit(expected, changes))

    def names(self, prefix: str, /) -> list[str]:
        """Give every name that starts with *prefix*, sorted by code point."""
        return self.exclusively(lambda: sorted(name for name in list(self.data) if name.startswith(prefix)))

    def exclusively(self, run: Callable[[], R], /) -> R:
        """Run a function while other writers wait, but for `write`."""
        got: list[bool] = []
        try:
            # In C from end to end: an interrupt cannot come between taking the lock and knowing that it is taken.
            got.extend(map(self._lock.acquire, (True,), (self._patience,)))
            if not got[0]:
                raise LockError(store=self.label, waited=self._patience)
            if type(self.data) is _Closed:
                raise StoreClosedError(store=self.label)
            if self._out.old:
                self._out.disturb()
            return run()
        finally:
            if True in got:
                self._lock.release()

    def close(self) -> None:
        """Let go of everything."""
        self.data = _Closed(self.label)
        self._out = _Out(self.data, [])
        for tell in self._watchers:
            watcher = tell()
            if watcher is not None:
                watcher()

    def on_close(self, tell: Callable[[], object]) -> None:
        """Have a method called when this is closed, as long as its object lives."""
        self._watchers.append(WeakMethod(tell))

    # --- with the lock held, except for reads of one name ---

    def _read_one(self, name: str) -> Entry | None:
        commits = self._commits  # before _names_are_out, which a commit sets first
        are_out = self._names_are_out
        found = self.data.get(name, _NOTHING)
        if found is not _NOTHING:
            return _entry(found)
        if not are_out and self._commits == commits:
            return None
        return self.exclusively(lambda: self._read_all([name]))[0]

    def _read_all(self, names: Sequence[str]) -> list[Entry | None]:
        # One call into C: no write comes between two look-ups. Without a global lock, it is the copy that is one.
        data = self.data if HAS_GIL else self.data.copy()
        found = list(map(data.get, names, repeat(_NOTHING)))
        return [None if one is _NOTHING else _entry(one) for one in found]

    def _append(self, name: str, start: Entry, items: Sequence[object]) -> bool:
        while True:
            entry = self.data.setdefault(name, start)
            if entry is start:
                return True
            if type(entry) is not Entry or entry.stamp is not start.stamp:
                return False
            held: Any = entry.payload
            if type(held) is list and not entry.held:
                held.extend(items)
                return True
            del held
            if self._grow_if_let_go(name, entry, items):
                return True
            longer = Entry([*cast("list[object]", entry.payload), *items], entry.stamp, shared=entry.shared)
            if self._commit({name: entry}, {name: longer}):
                return True

    def _grow_if_let_go(self, name: str, entry: Entry, items: Sequence[object]) -> bool:
        """Extend a list in place that was handed out, if nobody has it any more; say whether it was."""

        def decide(found: Mapping[str, Any]) -> Mapping[str, Entry] | None:
            if found[name] is not entry or type(entry.payload) is not list:
                return None
            # It is taken out: who has no reference to the entry now can get none, and then none to the list.
            references = sys.getrefcount(entry), sys.getrefcount(cast("object", entry.payload))
            if not _ALONE:
                _ALONE.append(references)
            if references > _ALONE[0] or references[1] > _ALONE[0][1]:
                return None
            cast("list[object]", entry.payload).extend(items)
            entry.unpin()
            return {name: entry}

        return HAS_GIL and self._while_out([name], decide)

    def _commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None]) -> bool:
        data = self.data

        def decide(found: Mapping[str, Any]) -> Mapping[str, Entry | None] | None:
            holds = (
                _is_still(found[name] if name in found else data.get(name, _NOTHING), was)
                for name, was in expected.items()
            )
            return changes if all(holds) else None

        return self._while_out(list(changes), decide)

    def _while_out(
        self, names: list[str], decide: Callable[[Mapping[str, Any]], Mapping[str, Entry | None] | None]
    ) -> bool:
        """Take out what lies under *names*, and put in what *decide* gives for it; where it gives None, what was there.

        Where somebody writes a name meanwhile, that stays.
        """
        while True:
            out = self._out = _Out(self.data, names)
            put_in = out.back
            try:
                self._names_are_out = True
                self._commits += 1
                out.old[:] = map(self.data.pop, names, repeat(_NOTHING))
                new = decide(dict(zip(names, out.old, strict=False)))
                if new is not None:
                    put_in = out.forth(new)
            finally:
                _drain(put_in)
                self._names_are_out = False
            if not out.disturbed:
                return put_in is not out.back


class _Out:
    """What a commit has taken out.

    A signal handler or a finalizer may use the store in the middle of a commit of its own thread. It has the lock, so
    it puts back what is out before it does anything; the commit then puts in nothing, and is done again.

    Args:
        data: where it was taken out.
        names: the names.
    """

    __slots__ = ("_data", "back", "disturbed", "old")

    def __init__(self, data: dict[str, Any], names: list[str]) -> None:
        self._data = data
        self.old: list[Any] = []
        """What lay under the names; empty before it is taken out, and after something was put in."""
        self.disturbed = False
        there = map(is_not, self.old, repeat(_NOTHING))
        self.back = self._then_done(starmap(data.setdefault, compress(zip(names, self.old, strict=False), there)))

    def forth(self, new: Mapping[str, Entry | None]) -> Iterator[Any]:
        """Give what puts in *new* when it is drained, if nothing was put back before."""
        pairs = [(name, entry) for name, entry in new.items() if entry is not None]
        still_out = map(bool, repeat(self.old))
        return self._then_done(starmap(self._data.setdefault, compress(pairs, still_out)))

    def disturb(self) -> None:
        """Put back what is out; lists do not grow in place any more, so that the commit sees what changes."""
        self.disturbed = True
        for one in self.old:
            if isinstance(one, Entry):
                one.pin()
        _drain(self.back)

    def _then_done(self, steps: Iterator[Any]) -> Iterator[Any]:
        return chain(steps, starmap(self.old.clear, [()]))


_drain = deque[Any](maxlen=0).extend


def _entry(found: object) -> Entry:
    return found if isinstance(found, Entry) else Entry(found, cast("object", type(found)), free=True)


def _is_still(found: Any, expected: Entry | None) -> bool:
    if expected is None:
        return found is _NOTHING
    return found is expected or (type(found) is not Entry and found is expected.payload)


_ALONE: list[tuple[int, int]] = []
"""The references to an entry and to its list where `MemoryBackend` alone has them; found out once, below."""


def _count_references() -> None:
    backend = MemoryBackend()
    backend.write("list", Entry([], None, held=True))
    backend.append("list", Entry([], None), [])


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


_count_references()

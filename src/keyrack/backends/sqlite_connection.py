"""A connection to a SQLite database, and transactions on it.

How it works: each connection is for one thread (see `sqlite_pool`), and has a lock, which its thread holds while it is
inside SQLite or in a transaction, so that nobody forks or closes meanwhile (see `forks`). After a fork, the child
closes what it got from its parent, without touching the files, and opens anew: the locks of the operating system do not
come over, while SQLite would believe that they did. Where a thread was in a transaction at the fork, its connection
can be neither used nor closed, and the child is told so.

A transaction holds SQLite's write lock from its start. Transactions nest, as savepoints. What is to be done to other
files waits for the end: those of removed rows go after a commit, those of new rows after a rollback.

Knows nothing of tables.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from ..errors import NOTHING_WRITTEN, BackendError, LockError
from .sqlite_errors import load_apsw

R = TypeVar("R")

STRANDED: set[str] = set()
"""The paths of databases of which this process, a child, has connections that it can neither use nor close."""


def held(lock: threading.RLock, patience: float, step: Callable[[], R]) -> list[R]:
    """Run a step with a lock held, and give its result; give nothing where the lock was not got.

    Args:
        patience: how long the lock is waited for, in seconds; -1 for ever.
    """
    got: list[bool] = []
    try:
        # In C from end to end: an interrupt cannot come between taking the lock and knowing that it is taken.
        got.extend(map(lock.acquire, (True,), (patience,)))
        return [step()] if got[0] else []
    finally:
        if True in got:
            lock.release()


class Connection:
    """A connection, and the transaction on it.

    Args:
        store: what messages call the store.
        path: the path of the file; empty for a database in memory.
        patience: how long another thread that is using it is waited for, in seconds; -1 for ever.
        drop: removes files.
    """

    __slots__ = (
        "__weakref__",
        "_drop",
        "_path",
        "_patience",
        "_store",
        "depth",
        "doomed",
        "execute",
        "fresh",
        "lock",
        "raw",
    )

    def __init__(self, store: str, path: str, patience: float, drop: Callable[[Iterable[str]], None]) -> None:
        self._store = store
        self._path = path
        self._patience = patience
        self._drop = drop
        self.lock: threading.RLock = threading.RLock()
        """Held by the thread that is using it."""
        self.raw: Any = None
        """What apsw opened, None before; what comes out of it is looked at before it is believed."""
        self.execute: Callable[..., Any]
        self.depth: int = 0
        """How many transactions are open in one another."""
        self.fresh: list[str] = []
        """Files that rows of the transaction name."""
        self.doomed: list[str] = []
        """Files whose rows the transaction removes."""

    def use(self, raw: Any) -> None:
        """Take what apsw opened."""
        self.raw = raw
        self.execute = raw.execute

    def using(self, step: Callable[[], R]) -> R:
        """Run a step with the lock held.

        Raises:
            LockError: another thread, in a database in memory, does not let go; nothing was done.
        """
        if self._path:  # it is the thread's own, and nobody has it for long
            with self.lock:
                return step()
        given = held(self.lock, self._patience, step)
        if not given:
            raise LockError(store=self._store, waited=self._patience)
        return given[0]

    def is_idle(self) -> bool:
        """Whether no transaction is open."""
        return self.raw is None or not self.raw.in_transaction

    def close(self) -> None:
        """Close it; a transaction on it is undone."""
        if self.raw is not None:
            self.raw.close()

    def __del__(self) -> None:
        with suppress(Exception), self.lock:  # at the end of the interpreter anything may be gone already
            self.close()

    def came_over(self, *, clean: bool) -> None:
        """Let go, in a child, of what belongs to its parent."""
        if not self._path:  # a database in memory is the child's own copy
            if not clean:
                self._strand()
                self.lock = threading.RLock()  # the other one's owner is not here
        elif clean and self.is_idle():
            if self.raw is not None:
                apsw = load_apsw()
                self.raw.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                self.raw.close()
        else:
            self._strand()

    def _strand(self) -> None:
        """Keep the parent's connection as it is until the process ends: closing it would undo the parent's work."""
        import ctypes

        if self._path:
            STRANDED.add(self._path)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.raw))
        self.raw = _Stranded(self._store)
        self.execute = self.raw.refuse
        self.fresh.clear()  # the parent's, which goes on
        self.doomed.clear()

    # --- with the lock held -----------------------------------------------------------------------

    def tidy(self) -> None:
        """Undo a transaction that an interrupt left open; called where none can be."""
        self.depth = 0
        self._undo("ROLLBACK", 0, 0)

    def transact(self, begin: str, work: Callable[[], R]) -> R:
        """Run *work* in a transaction, which is undone when it raises.

        Raises:
            apsw.BusyError: another writer has not finished; nothing was done.
        """
        if self.depth:
            return self._nested(work)
        try:
            self.execute(begin)
            self.depth = 1
            result = work()
            self.check_alive()
            # From here on the files are left alone, whatever comes up: their rows may be there.
            self.fresh.clear()
            self.execute("COMMIT")
        except BaseException:
            self.tidy()
            raise
        self.depth = 0
        self._drop(self.doomed)
        self.doomed.clear()
        return result

    def _nested(self, work: Callable[[], R]) -> R:
        self.check_alive()
        fresh, doomed = len(self.fresh), len(self.doomed)
        name = f"keyrack{self.depth}"
        try:
            self.execute(f"SAVEPOINT {name}")
            self.depth += 1
            result = work()
            self.check_alive()
            self.execute(f"RELEASE {name}")
        except BaseException:
            self._undo(f"ROLLBACK TO {name}; RELEASE {name}", fresh, doomed)
            raise
        finally:
            self.depth = int(name.removeprefix("keyrack"))
        return result

    def _undo(self, statement: str, fresh: int, doomed: int) -> None:
        apsw = load_apsw()
        with suppress(apsw.Error, BackendError):
            if not self.is_idle():
                self.execute(statement)
        self._drop(self.fresh[fresh:])
        del self.fresh[fresh:], self.doomed[doomed:]

    def check_alive(self) -> None:
        """Raise BackendError where an error has ended the transaction that is believed to be open."""
        if isinstance(self.raw, _Stranded):
            self.raw.refuse()
        if self.is_idle():
            raise BackendError(store=self._store, reason=f"an error ended the transaction; {NOTHING_WRITTEN}")


class _Stranded:
    """Stands where a connection was that belongs to the parent of this process.

    Args:
        store: what messages call the store.
    """

    in_transaction = False
    system_errno = 0

    def __init__(self, store: str) -> None:
        self._store = store

    def refuse(self, *_: object) -> Any:
        """Say why there is no connection."""
        raise forked(self._store)

    def close(self) -> None:
        """Do nothing: what belongs to the parent stays open."""

    def readonly(self, _: str) -> bool:
        """Give True: nothing can be written."""
        return True


def forked(store: str) -> BackendError:
    """Give the error for who uses a connection of its parent's."""
    reason = (
        "this process was forked while a thread was in the middle of a transaction, which SQLite does not survive; "
        f"{NOTHING_WRITTEN} here; fork outside of transactions, or spawn"
    )
    return BackendError(store=store, reason=reason)

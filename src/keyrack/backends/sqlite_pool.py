"""The connections to a SQLite database: one a thread, which ends with it.

How it works: a thread finds its connection in a `threading.local`, and makes it when there is none. A database in
memory has one connection, which all threads take turns at. A child forgets what its parent had.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any, TypeVar
from weakref import WeakSet

from ..errors import (
    NOTHING_WRITTEN,
    BackendError,
    BackendUnavailableError,
    KeyrackError,
    LockError,
    StoreClosedError,
)
from . import forks
from .sqlite_connection import STRANDED, Connection, forked, held
from .sqlite_errors import load_apsw, translated
from .sqlite_place import obstacle
from .sqlite_schema import prepare

R = TypeVar("R")

OFTEN: float = 0.1
"""How often it is looked whether the file is still the one that was opened, in seconds: it costs a writer's time."""

SLICE: float = 0.1
"""How long SQLite waits for a lock at a time, in seconds; in between a thread can be interrupted, and fork."""


class Pool:
    """The connections of a store, each for a thread.

    Args:
        store: what messages call the store.
        path: the path of the file, absolute and without links; empty for a database in memory.
        pragmas: what to run on each connection.
        patience: how long to wait for other writers, in seconds.
        drop: removes files.
        read_only: whether connections are for reading alone.
    """

    def __init__(
        self,
        store: str,
        path: str,
        pragmas: str,
        patience: float,
        drop: Callable[[Iterable[str]], None],
        *,
        read_only: bool = False,
    ) -> None:
        self._store = store
        self._path = path
        self._pragmas = pragmas
        self._patience = patience
        self._drop = drop
        self._apsw = load_apsw()
        self._flags: int = (
            self._apsw.SQLITE_OPEN_READONLY
            if read_only
            else self._apsw.SQLITE_OPEN_READWRITE | self._apsw.SQLITE_OPEN_CREATE
        )
        self._file: tuple[int, int] | None = None
        """By what the operating system knows the file, once a connection was made."""
        self._looked: float = 0.0
        self.database: bytes = b""
        """What the database is known by, once a connection was made."""
        self._closed = False
        self.forget()
        forks.tell(self)

    def forget(self) -> None:
        """Start without connections; a database in memory has one for all threads, which stays."""
        if self._path:
            self._local: Any = threading.local()
            self._all: WeakSet[Connection] = WeakSet()
        elif not hasattr(self, "_local"):
            self._local = SimpleNamespace()
            self._all = WeakSet()
        self._lock = threading.Lock()
        self._writers = threading.RLock()

    def alone(self, step: Callable[[], R]) -> R:
        """Run a step while other writers of this process wait in line, where SQLite would have them try and try.

        Raises:
            LockError: the others take too long; nothing was done.
        """
        writers, inside = self._writers, _writing.pools
        if self._path and inside and self not in inside and any(pool._path == self._path for pool in inside):
            reason = "this very thread is in a transaction on its file, through another store; use that one"
            raise LockError(store=self._store, waited=0.0, reason=reason)
        got: list[bool] = []
        depth = len(inside)
        try:
            # In C from end to end: an interrupt cannot come between taking the lock and knowing that it is taken.
            got.extend(map(writers.acquire, (True,), (self._patience,)))
            if not got[0]:
                raise LockError(store=self._store, waited=self._patience)
            inside.append(self)
            if monotonic() - self._looked >= OFTEN:
                self._check_file()
            return step()
        finally:
            del inside[depth:]
            if True in got:
                writers.release()

    def _check_file(self) -> None:
        """Make sure that what is written goes to the file at the path, and not to one that was removed."""
        if self._file is None:
            return
        self._looked = monotonic()
        try:
            found = os.stat(self._path)  # noqa: PTH116  # at each write: a Path costs twice as much
        except FileNotFoundError:
            reason = f"its file was removed since the store was opened; {NOTHING_WRITTEN}; open it anew"
            raise BackendUnavailableError(store=self._store, reason=reason) from None
        if (found.st_dev, found.st_ino) != self._file:
            raise self._replaced()

    def current(self) -> Connection:
        """Give the thread's connection.

        Raises:
            BackendError: it cannot be made.
        """
        try:
            connection: Connection = self._local.connection
        except AttributeError:
            return self._connect()
        return connection

    def system_errno(self) -> int:
        """Give the operating system's number of the thread's last error."""
        raw = getattr(getattr(self._local, "connection", None), "raw", None)
        try:
            return 0 if raw is None else int(raw.system_errno)
        except self._apsw.Error:
            return 0

    def close(self) -> None:
        """Close the connections of all threads; a thread in a transaction is waited for."""
        self._closed = True
        with self._lock:
            connections = list(self._all)
        for connection in connections:
            held(connection.lock, self._patience, connection.close)

    def _connect(self) -> Connection:
        if self._closed:
            raise StoreClosedError(store=self._store)
        if self._path in STRANDED:
            raise forked(self._store)
        connection = Connection(self._store, self._path, self._patience, self._drop)
        forks.guard(connection)
        with connection.lock:
            self._open_patiently(connection)
        with self._lock:
            self._all.add(connection)
        if self._closed:
            connection.close()
        self._local.connection = connection
        return connection

    def _open_patiently(self, connection: Connection) -> None:
        start = monotonic()
        while True:
            try:
                self._open(connection)
            except self._apsw.BusyError:  # SQLite does not wait for everything: not for a change of the journal mode
                if 0 <= self._patience < monotonic() - start:
                    raise LockError(store=self._store, waited=monotonic() - start) from None
            except Exception as error:
                raise self._not_opened(error) from error
            else:
                return

    def _not_opened(self, error: Exception) -> KeyrackError:
        """Give the error for a file that cannot be opened; SQLite does not say which of its files, and why not."""
        is_about_files = isinstance(error, (self._apsw.CantOpenError, self._apsw.ReadOnlyError))
        if is_about_files and self._path and (reason := obstacle(self._path)) is not None:
            return BackendUnavailableError(store=self._store, reason=f"{reason}; {NOTHING_WRITTEN}")
        return translated(error, self._store, writing=False)

    def _open(self, connection: Connection) -> None:
        apsw = self._apsw
        raw = apsw.Connection(self._path or ":memory:", flags=self._flags)
        try:
            raw.set_busy_timeout(int(SLICE * 1000))
            self._recognize(prepare(raw, self._store))
            raw.execute(self._pragmas).fetchall()
        except BaseException:
            raw.close()
            raise
        connection.use(raw)

    def _recognize(self, database: bytes) -> None:
        """Make sure that all connections are to the same database, and that none makes another one."""
        if self.database not in {b"", database}:
            raise self._replaced()
        self.database = database
        self._flags &= ~self._apsw.SQLITE_OPEN_CREATE
        if self._path and self._file is None:
            found = Path(self._path).stat()
            self._file = found.st_dev, found.st_ino

    def _replaced(self) -> BackendError:
        reason = "its file was replaced by another database since the store was opened"
        return BackendError(store=self._store, reason=f"{reason}; {NOTHING_WRITTEN}; open it anew")


class _Writing(threading.local):
    """The stores on which a thread is writing, outermost first."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []


_writing = _Writing()

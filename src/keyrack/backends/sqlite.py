"""The SQLite backend: entries as bytes in a file, for many processes of one machine.

How it works: a key is a row (see `sqlite_rows`), so most verbs are one statement, which SQLite does whole or not at
all. What takes several runs in a transaction that has the write lock from its start (see `sqlite_connection`). Readers
see the last commit and wait for nobody, since SQLite logs ahead. A body that is large lies in a file beside the
database (see `sidecar`); it is written before the transaction, so that nobody waits for it.

Knows no types: heads and bodies go in and out as they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, cast

from ..errors import (
    NOTHING_WRITTEN,
    BackendUnavailableError,
    CorruptValueError,
    KeyrackError,
    LockError,
)
from .patience import LOCK_TIMEOUT, patience
from .sidecar import Sidecars
from .sqlite_errors import DamageError, is_damage, is_from_below, load_apsw, translated
from .sqlite_laying import Laying
from .sqlite_place import check_place, real_path
from .sqlite_pool import Pool
from .sqlite_rows import APPEND_SHORT, INLINE, PUT_PLAIN, READ, SEALED, Laid, Rows, has_grown, packed

if TYPE_CHECKING:
    from .spi import Encoded, Entry, Piece
    from .sqlite_connection import Connection

R = TypeVar("R")

MEMORY: str = ":memory:"
"""The path of a database that lives and ends with its store."""
IN_MEMORY_BYTES: int = 900_000_000
"""The largest value of a database in memory, which has no files for bodies: SQLite's own limit of a row, about."""

_SYNCHRONOUS = {"power": "FULL", "process": "NORMAL"}
_PRAGMAS = "PRAGMA synchronous={}; PRAGMA fullfsync=1; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=1;"


class SQLiteBackend:
    """Holds bytes in a SQLite database.

    Args:
        path: the file, made where there is none; ``":memory:"`` is a database that ends with this object.
        durability: what a value that was put survives: ``"power"``, the end of power; ``"process"``, the end of the
            process only, which saves a wait for the disk at each write.
        read_only: whether nothing is written: the file has to be there, and verbs that write raise BackendError.
        lock_timeout: how long a writer waits for another one, in seconds, before it raises LockError.

    Raises:
        ValueError: an argument is none of those.
        MissingExtraError: the package ``apsw`` is not installed.
        BackendError: the file is not keyrack's, or cannot be used; it was left as it was.
    """

    persistent: bool = True
    shared_between_processes: bool = True
    blocking: bool = True
    holds_objects: bool = False
    max_value_bytes: int | None = None

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durability: Literal["power", "process"] = "power",
        read_only: bool = False,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> None:
        given = os.fsdecode(path)
        if durability not in _SYNCHRONOUS:
            raise ValueError(f"durability is 'power' or 'process', got {durability!r}")
        self._patience = patience(lock_timeout)
        self.label: str = f"SQLiteStore({given!r})"
        self._apsw = load_apsw()
        self._options: tuple[Literal["power", "process"], bool, float] = (durability, read_only, lock_timeout)
        # Who cannot write keeps nobody waiting; it reads one state of the database all the same.
        self._begin_alone = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self._in_memory = given == MEMORY
        self._path = "" if self._in_memory else real_path(given)
        if self._in_memory and read_only:
            reason = "a database in memory starts empty, so that there is nothing to read"
            raise BackendUnavailableError(store=self.label, reason=reason)
        if self._in_memory:
            self.persistent = self.shared_between_processes = False
            self.max_value_bytes = IN_MEMORY_BYTES
        else:
            check_place(self._path, self.label)
        pragmas = _PRAGMAS.format(_SYNCHRONOUS[durability])
        self._sidecars = Sidecars(Path(f"{self._path}.values"), synced=durability == "power")
        drop = self._sidecars.drop
        self._pool = Pool(self.label, self._path, pragmas, self._patience, drop, read_only=read_only)
        connection = self._pool.current()
        self._sidecars.database = self._pool.database
        self._rows = Rows(self._sidecars.view)
        self._sweep(connection)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._in_memory:
            raise TypeError(f"{self.label} cannot be pickled: it lives in this process only; give it a path")
        return _again, (self._path, *self._options)

    # --- the verbs --------------------------------------------------------------------------------

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        """Give what lies under each of *names* at one moment."""
        if len(names) != 1:
            return self._read_all(names)
        connection = self._pool.current()

        def look() -> Any:
            if connection.raw.in_transaction and not connection.depth:
                connection.tidy()
            return connection.execute(READ, names).fetchone()

        try:
            row = connection.using(look)
            if row is None:
                return [None]
            if type(row[0]) is int and row[5] == -row[0]:
                return [self._rows.entry(row)]
        except (self._apsw.BusyError, FileNotFoundError):
            pass  # the longer way has more patience, and looks twice
        except Exception as error:  # noqa: BLE001  # each becomes one of keyrack's
            self._fail(error, names[0])
        return self._read_all(names)

    def write(self, name: str, entry: Entry, /) -> None:
        """Keep *entry* under *name*, replacing what was there."""
        pieces = _pieces(entry)
        head, body = pieces[0]
        values = (name, self._rows.new_id(), entry.stamp, head, body)
        if len(pieces) > 1 or len(body) > INLINE or not self._at_once(name, PUT_PLAIN, values):
            self.commit({}, {name: entry})

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        """Add *items* to the list under *name*; keep *start* where nothing lies there."""
        pieces = cast("Sequence[Piece]", items)
        pack = packed(*pieces[0]) if len(pieces) == 1 else None
        if pack is not None and self._at_once(name, APPEND_SHORT, (name, start.stamp, pack, SEALED)):
            return True
        return self._append_at_length(name, start, pieces)

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        """Make all *changes* if under each name in *expected* lies what is expected there."""

        def change(connection: Connection, laying: Laying) -> bool:
            for name, was in expected.items():
                laying.at = name
                version = None if was is None else getattr(was, "version", NotImplemented)
                if self._rows.version(connection, name) != version:
                    return False
            laying.at = None
            new: dict[str, tuple[str, Sequence[Laid]]] = {}
            for name, entry in changes.items():
                if entry is None:
                    self._rows.remove(connection, name)
                else:
                    kept = laying.keep(connection, _pieces(entry), laid[name])
                    new[name] = cast("str", entry.stamp), kept
            self._rows.put_all(connection, new)
            return True

        with self._writing() as laying:
            laid = {name: laying.lay(_pieces(entry)) for name, entry in changes.items() if entry is not None}
            return self._transact("BEGIN IMMEDIATE", lambda connection: change(connection, laying))

    def names(self, prefix: str, /) -> list[str]:
        """Give every name that starts with *prefix*, sorted by code point."""
        after = _after(prefix)
        query = "SELECT name FROM entry WHERE name >= ?1 AND (?2 IS NULL OR name < ?2) ORDER BY name"

        def look(connection: Connection) -> list[str]:
            return [name for (name,) in connection.execute(query, (prefix, after)).fetchall()]

        try:
            return self._patiently(look)
        except Exception as error:  # noqa: BLE001  # each becomes one of keyrack's
            self._fail(error)

    def exclusively(self, run: Callable[[], R], /) -> R:
        """Run a function while other writers wait; what it wrote stays when it raises."""
        raised: list[BaseException] = []

        def guarded(_: Connection) -> list[R]:
            try:
                return [run()]
            except BaseException as error:  # noqa: BLE001  # the transaction ends well all the same
                raised.append(error)
                return []

        try:
            given = self._transact(self._begin_alone, guarded)
        except Exception as error:  # noqa: BLE001  # each becomes one of keyrack's
            self._fail(error, writing=True)
        if raised:
            raise raised.pop()
        return given[0]

    def close(self) -> None:
        """Close the connections of all threads."""
        self._pool.close()

    # --- reading ----------------------------------------------------------------------------------

    def _read_all(self, names: Sequence[str]) -> list[Entry | None]:
        """Give what lies under *names*, from several statements on one state of the database."""
        missing = ""
        at = ""

        def look(connection: Connection) -> list[Entry | None]:
            nonlocal at
            found: list[Entry | None] = []
            for at in names:  # so that an error can tell
                found.append(self._rows.find(connection, at))
            return found

        while True:
            try:
                return self._transact("BEGIN", look)
            except FileNotFoundError as error:
                # Somebody may have replaced the value, and removed its file, after its row was read. Then the row that
                # is read next names another one.
                if missing == error.filename:
                    self._fail(DamageError(f"its file {missing} is missing"), at)
                missing = str(error.filename)
            except Exception as error:  # noqa: BLE001  # each becomes one of keyrack's
                self._fail(error, at)

    # --- writing ----------------------------------------------------------------------------------

    def _append_at_length(self, name: str, start: Entry, pieces: Sequence[Piece]) -> bool:
        """Append where there is more to do than to make the tail longer."""
        first = _pieces(start)

        def add(connection: Connection, laying: Laying) -> bool:
            row = connection.execute("SELECT id, stamp, grown FROM entry WHERE name = ?", (name,)).fetchone()
            if row is None:
                kept = laying.keep(connection, first, laid if expected is first else laying.lay(first))
                self._rows.put(connection, name, cast("str", start.stamp), kept)
                return True
            if row[1] != start.stamp:
                return False
            kept = laying.keep(connection, pieces, laid if expected is pieces else laying.lay(pieces))
            self._rows.append(connection, name, row[0], kept, grown=has_grown(row[0], row[2]))
            return True

        with self._writing() as laying:
            laying.at = name
            is_small = all(len(piece.body) <= INLINE for piece in (*first, *pieces))
            expected = pieces if is_small or self._is_there(name) else first
            laid = laying.lay(expected)
            return self._transact("BEGIN IMMEDIATE", lambda connection: add(connection, laying))

    def _is_there(self, name: str) -> bool:
        query = "SELECT 1 FROM entry WHERE name = ?"
        return self._patiently(lambda connection: bool(connection.execute(query, (name,)).fetchall()))

    def _at_once(self, name: str, statement: str, values: tuple[Any, ...]) -> bool:
        """Run a statement that writes; say whether it changed a row."""

        def step(connection: Connection) -> bool:
            if connection.depth:
                connection.check_alive()  # or it would be a transaction of its own
            connection.execute(statement, values)
            return bool(connection.raw.changes())

        try:
            return self._pool.alone(lambda: self._patiently(step))
        except Exception as error:  # noqa: BLE001  # each becomes one of keyrack's
            self._fail(error, name, writing=True)

    def _sweep(self, connection: Connection) -> None:
        """Remove the files that a crash left behind, unless somebody is writing."""
        if self._in_memory or connection.raw.readonly("main"):
            return

        def drop() -> None:
            self._sidecars.drop(set(orphans) - set(self._rows.files(connection)))

        with suppress(Exception), connection.lock:  # it can wait until a file that is damaged is mended
            orphans = self._sidecars.orphans(lambda: self._rows.files(connection))
            if orphans:
                connection.transact("BEGIN IMMEDIATE", drop)

    # --- for all verbs ----------------------------------------------------------------------------

    def _transact(self, begin: str, work: Callable[[Connection], R]) -> R:
        def step() -> R:
            return self._patiently(lambda connection: connection.transact(begin, lambda: work(connection)))

        return step() if begin == "BEGIN" else self._pool.alone(step)

    def _patiently(self, step: Callable[[Connection], R]) -> R:
        """Do a step, again while another writer is in its way, up to the limit."""
        connection = self._pool.current()
        start = monotonic()

        def ready() -> R:
            if not connection.depth and not connection.is_idle():
                connection.tidy()
            return step(connection)

        while True:
            try:
                return connection.using(ready)
            except self._apsw.BusyError:
                waited = monotonic() - start
                if connection.depth or 0 <= self._patience < waited:
                    raise LockError(store=self.label, waited=waited) from None

    @contextmanager
    def _writing(self) -> Generator[Laying]:
        laying = Laying(self.label, self._sidecars, self.max_value_bytes)
        try:
            with laying:
                yield laying
        except Exception as error:  # noqa: BLE001  # each becomes one of keyrack's
            self._fail(error, laying.at, writing=True)

    def _fail(self, error: Exception, name: str | None = None, *, writing: bool = False) -> NoReturn:
        """Raise keyrack's error for *error*, which came up at a name."""
        if isinstance(error, KeyrackError) or not is_from_below(error):
            raise error
        if name is not None and is_damage(error):
            reason = f"{error}{f'; {NOTHING_WRITTEN}' if writing else ''}"
            raise CorruptValueError(key=name, store=self.label, reason=reason) from error
        raise translated(error, self.label, writing=writing, number=self._pool.system_errno()) from error


def _again(
    path: str, durability: Literal["power", "process"], read_only: bool, lock_timeout: float
) -> SQLiteBackend:  # what a pickle calls
    return SQLiteBackend(path, durability=durability, read_only=read_only, lock_timeout=lock_timeout)


def _pieces(entry: Entry) -> tuple[Piece, ...]:
    return cast("Encoded", entry.payload).pieces


def _after(prefix: str) -> str | None:
    """Give the first text after all that start with *prefix*, None where there is none."""
    shortened = prefix.rstrip("\U0010ffff")
    if not shortened:
        return None
    code = ord(shortened[-1]) + 1
    return shortened[:-1] + chr(0xE000 if code == 0xD800 else code)  # noqa: PLR2004  # surrogates are no characters

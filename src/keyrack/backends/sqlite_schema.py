"""The tables of a database of keyrack's, and how a file becomes one.

How it works: a file is marked by SQLite's `application_id` and by `user_version`, which is the version of the format.
What is not marked is taken only if it is empty. Everything that makes a fresh file keyrack's happens in one
transaction, so that several processes may do so at once. docs/reference/stored-format.md has the tables in full.

Knows nothing of names and values.
"""

from __future__ import annotations

from secrets import token_bytes
from typing import Any

from ..errors import NOTHING_WRITTEN, BackendError

APPLICATION_ID: int = 0x6B657972
"""``keyr``."""
FORMAT: int = 1
"""The version of the tables that this version of keyrack writes, and the newest that it reads."""

TABLES = """
CREATE TABLE about (database BLOB NOT NULL);
CREATE TABLE entry (
    name TEXT PRIMARY KEY NOT NULL, id INTEGER NOT NULL, stamp TEXT NOT NULL,
    head BLOB NOT NULL, body BLOB, file TEXT, grown INTEGER NOT NULL
);
CREATE TABLE tail (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, sealed INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE run (
    id INTEGER NOT NULL, number INTEGER NOT NULL, amount INTEGER NOT NULL, head BLOB, body BLOB, file TEXT
);
CREATE UNIQUE INDEX run_place ON run (id, number);
CREATE INDEX entry_file ON entry (file) WHERE file IS NOT NULL;
CREATE INDEX run_file ON run (id, file) WHERE file IS NOT NULL;
"""


def prepare(raw: Any, store: str) -> bytes:
    """Make sure that a connection is to a database of keyrack's, making one of an empty file; give what it is known by.

    Raises:
        BackendError: it is something else, or newer; it was left as it was.
        apsw.Error: SQLite says so.
    """
    if not _is_ours(raw, store):
        if raw.readonly("main"):
            raise BackendError(store=store, reason=f"its file is empty and cannot be written to; {NOTHING_WRITTEN}")
        _log_ahead(raw, store)
        raw.execute("BEGIN IMMEDIATE")
        try:
            if not _is_ours(raw, store):  # somebody else may have been faster
                _create(raw)
            raw.execute("COMMIT")
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
    elif not raw.readonly("main"):
        _log_ahead(raw, store)
    found = raw.execute("SELECT database FROM about").fetchall()
    if len(found) != 1 or type(found[0][0]) is not bytes or len(found[0][0]) != 16:  # noqa: PLR2004
        raise BackendError(store=store, reason="its file is damaged: it does not say which database it is")
    database: bytes = found[0][0]
    return database


def _is_ours(raw: Any, store: str) -> bool:
    application, version, tables = _marks(raw)
    if application == APPLICATION_ID:
        if version > FORMAT:
            reason = f"its file has the newer format {version}, and this version of keyrack reads up to {FORMAT}"
            raise BackendError(store=store, reason=f"{reason}; {NOTHING_WRITTEN}; update keyrack")
        if version == FORMAT:
            return True
    elif not application and not version and not tables:
        return False
    reason = f"its file is a database of another program; {NOTHING_WRITTEN}; give another path"
    raise BackendError(store=store, reason=reason)


def _marks(raw: Any) -> tuple[int, int, int]:
    """Give the marks of a file and how many tables it has, as they are at one moment: somebody may be making them."""
    raw.execute("SAVEPOINT marks")
    try:
        (tables,) = raw.execute("SELECT count(*) FROM sqlite_master").fetchall()[0]
        return raw.pragma("application_id"), raw.pragma("user_version"), tables
    finally:
        raw.execute("RELEASE marks")


def _log_ahead(raw: Any, store: str) -> None:
    mode = raw.pragma("journal_mode", "wal")
    if mode not in {"wal", "memory"}:
        reason = f"SQLite cannot keep a write-ahead log for its file (it keeps {mode!r}); {NOTHING_WRITTEN}"
        raise BackendError(store=store, reason=reason)


def _create(raw: Any) -> None:
    raw.execute(TABLES)
    raw.execute("INSERT INTO about VALUES (?)", (token_bytes(16),))
    raw.pragma("application_id", APPLICATION_ID)
    raw.pragma("user_version", FORMAT)

"""What SQLite and the operating system say, in keyrack's errors.

Knows what the libraries raise; does not know what was being done, beyond whether it was a write.
"""

from __future__ import annotations

import errno
from typing import Any

from ..errors import (
    NOTHING_WRITTEN,
    BackendError,
    BackendFullError,
    BackendUnavailableError,
    KeyrackError,
    LockError,
    MissingExtraError,
    StoreClosedError,
)

NO_ROOM: frozenset[int] = frozenset({errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])})
"""The numbers by which an operating system says that there is no room."""

IOERR_FSYNC, IOERR_DIR_FSYNC = 1034, 1290
"""The extended codes of SQLite for a sync that failed."""


class DamageError(Exception):
    """What was read is not what is written here; the one argument says why. It does not leave this folder."""


def load_apsw() -> Any:
    """Give the module `apsw`.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import apsw
    except ImportError:
        raise MissingExtraError(feature="SQLiteStore", package="apsw", extra="sqlite") from None
    return apsw


def translated(error: Exception, store: str, *, writing: bool, number: int = 0) -> KeyrackError:
    """Give keyrack's error for one of apsw's or of the operating system's.

    Args:
        error: what was raised.
        store: what messages call the store.
        writing: whether a write failed, and was undone.
        number: the operating system's number of the error, where SQLite knows it.
    """
    if isinstance(error, KeyrackError):
        return error
    state = f"; {NOTHING_WRITTEN}" if writing else ""
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        kind = BackendFullError if error.errno in NO_ROOM else BackendError
        advice = (
            "; let go of shared values, or allow more open files (ulimit -n)" if error.errno == errno.EMFILE else ""
        )
        return kind(store=store, reason=f"{error.strerror or error}{where}{state}{advice}")
    apsw: Any = load_apsw()
    if isinstance(error, (apsw.ConnectionClosedError, apsw.CursorClosedError)):
        return StoreClosedError(store=store)
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return LockError(store=store, waited=0.0)
    if isinstance(error, apsw.IOError) and number in NO_ROOM:
        error = apsw.FullError(str(error))
    if writing and getattr(error, "extendedresult", None) in {IOERR_FSYNC, IOERR_DIR_FSYNC}:
        state = "; whether what was to be written lasts is not known"
    for kinds, told, why, advice in _told(apsw):
        if isinstance(error, kinds):
            return told(store=store, reason=f"{why} ({error}){state}{advice}")
    return BackendError(store=store, reason=f"{error}{state}")


def _told(apsw: Any) -> list[tuple[tuple[type[Exception], ...], type[BackendError], str, str]]:
    """Give, for errors of SQLite, the error of keyrack's, why it came up and what to do."""
    return [
        ((apsw.FullError,), BackendFullError, "there is no room left where its file is", "; make room"),
        ((apsw.TooBigError,), BackendFullError, "the value is larger than SQLite keeps in a row", ""),
        (
            (apsw.CantOpenError,),
            BackendUnavailableError,
            "one of its files cannot be opened or made",
            "; see to the file and its folder",
        ),
        (
            (apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError),
            BackendError,
            "its file or folder cannot be written to",
            "",
        ),
        ((apsw.NotADBError,), BackendError, "its file is no SQLite database", "; give another path"),
        ((apsw.CorruptError, UnicodeDecodeError), BackendError, "its file is damaged", "; restore it from a backup"),
    ]


def is_damage(error: Exception) -> bool:
    """Whether an error says that the bytes in the file are not what SQLite or keyrack wrote."""
    apsw: Any = load_apsw()
    return isinstance(error, (DamageError, apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError))


def is_from_below(error: Exception) -> bool:
    """Whether an error is SQLite's, the operating system's or about what lies in the file; else it came from above.

    A signal handler may raise anything in the middle of a verb, an OSError of its own making too.
    """
    if isinstance(error, OSError):
        return error.errno is not None
    return isinstance(error, (load_apsw().Error, DamageError, UnicodeDecodeError))

"""Where a database may lie: what can be said of a path before SQLite opens it, without touching it."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import NOTHING_WRITTEN, BackendError, BackendUnavailableError
from .filesystems import network_kind


def real_path(given: str) -> str:
    """Give a path as an absolute one without links, by which SQLite and all processes know the same file.

    Raises:
        ValueError: it can be no path of a database.
    """
    if not given:
        raise ValueError("path is that of a file, or ':memory:'; got an empty one")
    if "\0" in given:
        raise ValueError(f"a path has no null character, got {given!r}")
    try:
        real = os.path.realpath(given)
        real.encode()
    except UnicodeEncodeError:
        raise ValueError(f"SQLite takes paths in UTF-8 only, got {given!r}") from None
    return real


def check_place(real: str, store: str) -> None:
    """Refuse a path where a database cannot be.

    Args:
        real: the path, absolute and without links.
        store: what messages call the store.

    Raises:
        BackendError: it is a folder, in no folder, or on a file system of a network.
    """
    path = Path(real)
    try:
        is_folder, has_folder = path.is_dir(), path.parent.is_dir()
    except OSError as error:  # a name that is too long, a loop of links
        reason = f"its path cannot be looked at: {error.strerror}; {NOTHING_WRITTEN}; give another one"
        raise BackendUnavailableError(store=store, reason=reason) from error
    if is_folder:
        raise BackendError(store=store, reason=f"its path is a folder; {NOTHING_WRITTEN}; give that of a file")
    if not has_folder:
        reason = f"there is no folder {str(path.parent)!r}; {NOTHING_WRITTEN}; make it first"
        raise BackendUnavailableError(store=store, reason=reason)
    kind = network_kind(real)
    if kind is not None:
        reason = f"its file is on a file system of the kind {kind}, where SQLite's log does not work"
        raise BackendError(store=store, reason=f"{reason}; {NOTHING_WRITTEN}; put it on a local disk")


def obstacle(real: str) -> str | None:
    """Say what keeps a database at a path from being opened; None where nothing is to be seen.

    Args:
        real: the path, absolute and without links.
    """
    path = Path(real)
    if not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r}"
    if not os.access(path.parent, os.W_OK):
        return f"its folder {str(path.parent)!r} cannot be written to, and SQLite needs that to read, too, for its log"
    if not path.exists():
        return f"there is no file {real!r}"
    if not os.access(path, os.R_OK):
        return f"its file {real!r} cannot be read"
    return None if os.access(path, os.W_OK) else f"its file {real!r} cannot be written to"

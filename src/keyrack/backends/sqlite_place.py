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
    real = os.path.realpath(given)
    try:
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
    if path.is_dir():
        raise BackendError(store=store, reason=f"its path is a folder; {NOTHING_WRITTEN}; give that of a file")
    if not path.parent.is_dir():
        reason = f"there is no folder {str(path.parent)!r}; {NOTHING_WRITTEN}; make it first"
        raise BackendUnavailableError(store=store, reason=reason)
    kind = network_kind(real)
    if kind is not None:
        reason = f"its file is on a file system of the kind {kind}, where SQLite's log does not work"
        raise BackendError(store=store, reason=f"{reason}; {NOTHING_WRITTEN}; put it on a local disk")

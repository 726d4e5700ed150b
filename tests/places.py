"""Folders for stores that tests make where they have no fixture at hand; all of them go when the process ends."""

from __future__ import annotations

from atexit import register
from functools import cache
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

_numbers = count()


@cache
def _root() -> Path:
    root = Path(mkdtemp(prefix="keyrack-tests-"))
    register(rmtree, root, ignore_errors=True)
    return root


def folder() -> Path:
    """Give a new folder."""
    place = _root() / str(next(_numbers))
    place.mkdir()
    return place

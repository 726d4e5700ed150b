"""Files: finding those that may hold Python, and reading them; knows nothing of what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from keyrack._text import cut, printable

SUFFIX = ".py"
"""How the name of a Python source ends."""

SKIPPED = frozenset({"__pycache__", "site-packages", "dist-packages", "node_modules"})
"""Folders that belong to somebody else; hidden ones, such as ``.git`` and ``.venv``, are skipped too."""

TOP_LEVEL = "(top level)"
"""What stands for the package of a module that is in none."""

LONGEST = 80
"""What is left of the name of a package, in characters; with it, a key must not become too long."""

_NOT_WAITING = getattr(os, "O_NONBLOCK", 0)  # else a named pipe waits for somebody to write to it


class UnfitError(Exception):
    """A file or folder cannot be surveyed; says why."""


class Listing(NamedTuple):
    """What a folder holds, sorted by name."""

    folders: list[Path]
    files: list[Path]
    """What is named like a Python source; it may be a pipe, or a link to nothing."""


def listed(folder: Path) -> Listing:
    """List a folder; links to folders are not followed, so that no circle has to be feared.

    Raises:
        UnfitError: it cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            seen = sorted((entry.name, _is_folder(entry)) for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        raise UnfitError(reason_of(error)) from None
    return Listing(
        [folder / name for name, is_folder in seen if is_folder and name not in SKIPPED],
        [folder / name for name, is_folder in seen if not is_folder and name.endswith(SUFFIX)],
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # it is gone; reading it will say so
        return False


def content(path: Path, limit: int) -> bytes:
    """Read a file of at most *limit* bytes.

    Raises:
        UnfitError: it cannot be read, is larger, or is no regular file.
    """
    try:
        with open(path, "rb", opener=_opened) as file:  # Path.open takes no opener
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnfitError("no regular file")
            data = file.read(limit + 1)
    except OSError as error:
        raise UnfitError(reason_of(error)) from None
    if len(data) > limit:
        raise UnfitError(f"larger than {limit:,} bytes")
    return data


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | _NOT_WAITING)


def reason_of(error: OSError) -> str:
    """Say in a few words why the system refused."""
    text = error.strerror or type(error).__name__
    return text[:1].lower() + text[1:]


def import_prefix(folder: Path) -> str:
    """Give the dotted name under which the modules in *folder* are imported, as far as ``__init__.py`` files tell."""
    return ".".join(reversed(list(_packages(folder))))


def _packages(folder: Path) -> Iterator[str]:
    while folder.name and _is_package(folder):
        yield printable(folder.name)
        folder = folder.parent


def _is_package(folder: Path) -> bool:
    try:
        return (folder / f"__init__{SUFFIX}").is_file()
    except OSError:  # a folder that cannot be looked into; listing it will say so
        return False


class ModuleName(NamedTuple):
    """What a file is called by those who import it."""

    name: str
    package: str
    """The outermost package below the folder that is surveyed, or `TOP_LEVEL`."""
    is_package: bool


def module_name(path: Path, root: Path, prefix: str) -> ModuleName:
    """Name the module that *path* below *root* holds."""
    *folders, stem = (printable(part) for part in path.relative_to(root).with_suffix("").parts)
    is_package = stem == "__init__"
    parts = [prefix, *folders, "" if is_package else stem]
    name = ".".join(filter(None, parts)) or printable(root.name)
    return ModuleName(name, cut(folders[0], LONGEST) if folders else TOP_LEVEL, is_package)

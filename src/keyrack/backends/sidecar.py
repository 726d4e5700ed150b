"""Sidecar files: large values in files of their own, which readers map instead of copying.

How it works: a body goes to a file with a random name in one folder, behind one page that says whose it is, so that
it starts on a page. The file is written under another name, synced and renamed, and the folder is synced, all before
anything names it. Nobody changes it afterwards, so a map of it stays what it is, also when the file is removed: the
memory lives as long as somebody has it. What a crash leaves behind, files that nothing names, is swept away later.

Knows nothing of databases: who names a file is told from outside.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import time
from weakref import WeakValueDictionary

from .sqlite_errors import DamageError

PAGE: int = 4096
"""Where the body starts in the file."""
MAGIC: bytes = b"keyrack sidecar\x00"
FORMAT: int = 1
"""What this version of keyrack writes, and the newest that it reads."""
GRACE: float = 600.0
"""How old a file that nothing names has to be before it is swept away, in seconds; a writer names its file sooner."""

_HEADER = struct.Struct("<16sI16s16sQ")
"""Magic, format, database, the file's own name, length of the body."""
_NAME = re.compile("[0-9a-f]{32}")
_SUFFIX = ".value"
_UNFINISHED = ".writing"
_SWEPT = "swept"
"""An empty file whose time is that of the last sweep."""
_CHUNK = 1 << 26


class Sidecars:
    """The sidecar files of one database.

    Args:
        folder: where they are; made with the first one.
        synced: whether a file is on the disk before it is named.
    """

    def __init__(self, folder: Path, *, synced: bool) -> None:
        self.folder: Path = folder
        self._text = f"{folder}{os.sep}"
        self.database: bytes = bytes(16)
        """By what the database is known."""
        self._synced = synced
        self._maps: WeakValueDictionary[str, mmap.mmap] = WeakValueDictionary()

    @staticmethod
    def new_name() -> str:
        """Give a name that no file has."""
        return token_hex(16)

    def store(self, name: str, body: bytes | memoryview) -> None:
        """Write a body to a new file.

        Args:
            name: that of the file, from `new_name`; whoever has it can drop what an interrupt leaves.
            body: the body.

        Raises:
            OSError: it cannot be written; no file is left.
        """
        unfinished = self.folder / (name + _UNFINISHED)
        self._make_folder()
        header = _HEADER.pack(MAGIC, FORMAT, self.database, bytes.fromhex(name), _length(body))
        try:
            self._write(unfinished, header.ljust(PAGE, b"\0"), body)
            unfinished.rename(self.folder / (name + _SUFFIX))
            self._sync_folder(self.folder)
        except BaseException:
            self.drop([name])
            raise

    def exists(self, name: str) -> bool:
        """Whether the file of that name is there."""
        return (self.folder / (name + _SUFFIX)).exists()

    def view(self, name: str) -> memoryview:
        """Give the body in a file, mapped and read-only.

        Raises:
            FileNotFoundError: there is no such file.
            DamageError: it is not the file that was written under that name.
        """
        mapped = self._maps.get(name)
        if mapped is None:
            mapped = self._map(name)
            self._maps[name] = mapped
        elif (size := self._size_now(name, mapped)) != len(mapped):  # to read beyond its end would kill the process
            raise _wrong_size(name, size, len(mapped))
        return memoryview(mapped)[PAGE:]

    def _size_now(self, name: str, mapped: mmap.mmap) -> int:
        """Give the size of a file that is mapped already; a file that was removed has the size that is mapped."""
        if sys.version_info < (3, 13):
            return mapped.size()
        try:
            return os.stat(f"{self._text}{name}{_SUFFIX}").st_size  # noqa: PTH116  # a Path costs three times as much
        except FileNotFoundError:
            return len(mapped)

    def drop(self, names: Iterable[str]) -> None:
        """Remove files; one that cannot be removed yet, because somebody has it open, is left to the next sweep."""
        for name in filter(is_name, names):
            for suffix in (_SUFFIX, _UNFINISHED):
                with suppress(OSError):
                    (self.folder / (name + suffix)).unlink()

    def orphans(self, named: Callable[[], Iterable[str]]) -> list[str]:
        """Give the names of files that nothing names and nobody is writing any more.

        It looks only if nobody did for a while.

        Args:
            named: gives the names that are in use; called after the folder was read, so that none is missed.
        """
        swept = self.folder / _SWEPT
        now = time()
        with suppress(OSError):
            if abs(now - swept.stat().st_mtime) < GRACE:
                return []
        try:
            found = {path.stem: path for path in self.folder.iterdir() if path.suffix in {_SUFFIX, _UNFINISHED}}
        except OSError:  # mostly: there is no folder
            return []
        with suppress(OSError):
            swept.touch()
            os.utime(swept)
        old = {name for name, path in found.items() if _age(path, now) > GRACE and self._is_own(path)}
        return sorted(old.difference(named())) if old else []

    def _is_own(self, path: Path) -> bool:
        """Whether a file is of this database, or was not finished; another one may have been here, and come back."""
        if path.suffix == _UNFINISHED:
            return True
        try:
            with path.open("rb") as file:
                magic, _, database, _, _ = _HEADER.unpack(file.read(_HEADER.size))
        except (OSError, struct.error):
            return False
        return (magic, database) == (MAGIC, self.database)

    def _map(self, name: str) -> mmap.mmap:
        with (self.folder / (name + _SUFFIX)).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < PAGE:
                raise DamageError(f"its file {name}{_SUFFIX} is cut off: it has {size:,} bytes")
            mapped = _mapped(file.fileno(), size)
        magic, form, database, own, length = _HEADER.unpack_from(mapped)
        if magic != MAGIC:
            raise DamageError(f"{name}{_SUFFIX} is no file of keyrack's")
        if form > FORMAT:
            raise DamageError(f"{name}{_SUFFIX} has the newer format {form}; this version reads up to {FORMAT}")
        if form != FORMAT or own != bytes.fromhex(name):
            raise DamageError(f"{name}{_SUFFIX} is not the file that was written under that name")
        if database != self.database:
            raise DamageError(f"{name}{_SUFFIX} belongs to another database")
        if length != size - PAGE:
            raise _wrong_size(name, size, length + PAGE)
        return mapped

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            return
        self.folder.mkdir(exist_ok=True)
        self._sync_folder(self.folder.parent)

    def _write(self, path: Path, *parts: bytes | memoryview) -> None:
        with path.open("xb", buffering=0) as file:  # it closes itself, too, where an interrupt leaves it alone
            for part in parts:
                view = memoryview(part).cast("B")
                while view:
                    view = view[file.write(view[:_CHUNK]) :]
            if self._synced:
                _sync(file.fileno())

    def _sync_folder(self, folder: Path) -> None:
        if not self._synced or os.name == "nt":  # Windows keeps its folders itself
            return
        file = os.open(folder, os.O_RDONLY)
        try:
            _sync(file)
        finally:
            os.close(file)


def is_name(name: object) -> bool:
    """Whether it may be the name of a sidecar file; a damaged database must not lead to any other file."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _wrong_size(name: str, size: int, written: int) -> DamageError:
    return DamageError(f"{name}{_SUFFIX} has {max(size - PAGE, 0):,} bytes of {written - PAGE:,}")


def _length(body: bytes | memoryview) -> int:
    return body.nbytes if isinstance(body, memoryview) else len(body)


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except OSError:  # somebody removed it meanwhile
        return 0.0


def _mapped(file: int, size: int) -> mmap.mmap:
    if sys.version_info >= (3, 13):  # a map needs no open file, so that there may be many
        return mmap.mmap(file, size, access=mmap.ACCESS_READ, trackfd=False)
    return mmap.mmap(file, size, access=mmap.ACCESS_READ)


def _sync(file: int) -> None:
    if sys.platform == "darwin":  # a plain sync stops at the drive
        from fcntl import F_FULLFSYNC, fcntl

        fcntl(file, F_FULLFSYNC)
    else:
        os.fsync(file)

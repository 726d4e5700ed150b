"""What tests of durable backends are made of: values, programs in processes of their own, and losses of power."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import apsw

import keyrack
from keyrack.backends.spi import Backend, Encoded, Entry, Piece

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
"""Whether tests take as long as they need to find what is rare."""
STAMP = "list[int] 0123456789abcdef"
LARGE = 100_000
"""More bytes than a row takes."""
ROOT = Path(__file__).parents[2]


def entry(*bodies: bytes, stamp: str = STAMP) -> Entry:
    """Give an entry with these bodies, each under a head that says how long it is."""
    return Entry(Encoded(*map(piece, bodies)), stamp)


def piece(body: bytes) -> Piece:
    return Piece(b"head of %d" % len(body), body)


def large(number: int) -> bytes:
    """Give a body that goes to a file of its own, and tells its number at every place."""
    return (b"%08d" % number) * (LARGE // 8)


def append(backend: Backend, name: str, body: bytes) -> bool:
    return backend.append(name, entry(body), [piece(body)])


def bodies(backend: Backend, name: str) -> list[bytes] | None:
    """Give the bodies under a name, None where there is nothing; their heads are as `piece` made them."""
    (found,) = backend.read([name])
    if found is None:
        return None
    assert isinstance(found.payload, Encoded)
    assert found.stamp == STAMP
    for one in found.payload.pieces:
        assert one.head == b"head of %d" % len(one.body)
    return [bytes(one.body) for one in found.payload.pieces]


def body(backend: Backend, name: str) -> bytes | None:
    """Give the one body under a name."""
    found = bodies(backend, name)
    if found is None:
        return None
    (only,) = found
    return only


def become_nobody() -> None:
    """Give up the rights of root, for whom no permission counts; whoever is not root stays who it is."""
    if not os.geteuid():
        os.setgroups([])
        os.setgid(65_534)
        os.setuid(65_534)


def program(source: str, *args: object, seconds: float = 100) -> str:
    """Run a program in a process of its own, and give what it prints.

    Args:
        source: the program; it has what this module has.
        args: its arguments, in ``args`` as texts.
        seconds: how long it may take.
    """
    start = "import os, signal, sys, time\nfrom pathlib import Path\nfrom tests.backends.faults import *\n"
    start += "from keyrack.backends.sqlite import SQLiteBackend\nfrom keyrack.errors import *\nargs = sys.argv[1:]\n"
    paths = os.pathsep.join([str(ROOT), str(Path(keyrack.__file__).parents[1])])
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-W",
            "ignore::DeprecationWarning",
            "-c",
            start + dedent(source),
            *map(str, args),
        ],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/" if os.name == "posix" else None,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert not done.returncode, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


class _File(apsw.VFSFile):
    """A file whose writes are noted until they are synced."""

    def __init__(self, power: Power, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(power.base, name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._disk = power.files.setdefault(path, _Disk()) if path else _Disk()
        self._power = power

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)  # pyright: ignore[reportUnknownMemberType]
        self._disk.pending.append((offset, bytes(data)))
        for tell in self._power.on_write:
            tell()

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._disk.pending.append((newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._disk.sync()


class _Disk:
    """What a file has on the disk, and what was written since without a sync."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.pending: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        self.synced = self._with(self.pending)
        self.pending = []

    def after_loss(self, chance: random.Random) -> bytes:
        """Give what may be found when the power is back: any part of what was not synced, whole or torn."""
        kept: list[tuple[int, bytes | None]] = []
        for offset, data in self.pending:
            fate = chance.random()
            if fate < 0.4:
                kept.append((offset, data))
            elif fate < 0.6 and data is not None:
                kept.append((offset, data[: len(data) // 2 // 512 * 512]))
        return bytes(self._with(kept))

    def _with(self, writes: list[tuple[int, bytes | None]]) -> bytearray:
        content = bytearray(self.synced)
        for offset, data in writes:
            if data is None:
                del content[offset:]
                continue
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data
        return content


class Power(apsw.VFS):
    """A file system that can lose its power."""

    def __init__(self) -> None:
        self.base = apsw.vfs_names()[0]  # the default, before this becomes it
        super().__init__("power", self.base, makedefault=True)
        self.files: dict[str, _Disk] = {}
        self.on_write: list[Any] = []

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # noqa: N802
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self.files.pop(filename, None)

    def lose(self, folder: Path, chance: random.Random) -> Path:
        """Give the path of the database as it is found in *folder* when the power is back."""
        folder.mkdir()
        found = None
        for path, disk in self.files.items():
            if not path.endswith("-shm"):
                (folder / Path(path).name).write_bytes(disk.after_loss(chance))
            if path.endswith(".db"):
                found = folder / Path(path).name
        assert found is not None
        return found


@contextmanager
def power() -> Generator[Power]:
    """Have every database opened meanwhile on a file system that can lose its power."""
    shim = Power()
    try:
        yield shim
    finally:
        shim.unregister()

"""Keeps a program from doing anything but being imported: what would reach outside raises an error.

How it works: Python tells audit hooks of each such act before it happens, and one that raises prevents it. A hook
cannot be taken away again, so it looks whether it is wanted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_ACTS: Final = {
    "socket.connect": "connect to a server",
    "socket.bind": "open a port",
    "socket.getaddrinfo": "look up a server",
    "subprocess.Popen": "start a program",
    "os.system": "start a program",
    "os.exec": "start a program",
    "os.posix_spawn": "start a program",
    "os.spawn": "start a program",
    "os.fork": "fork",
    "os.forkpty": "fork",
    "os.startfile": "start a program",
    "os.remove": "remove a file",
    "os.rename": "rename a file",
    "os.truncate": "change a file",
    "os.mkdir": "make a folder",
    "os.rmdir": "remove a folder",
    "os.symlink": "make a link",
    "os.link": "make a link",
    "os.chmod": "change a file",
    "os.chown": "change a file",
    "shutil.rmtree": "remove a folder",
    "shutil.move": "move a file",
    "shutil.copyfile": "copy a file",
    "shutil.copytree": "copy a folder",
    "sqlite3.connect": "open a database",
    "ftplib.connect": "connect to a server",
    "smtplib.connect": "connect to a server",
}
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class EffectError(RuntimeError):
    """A program that is only to be imported tried to do something."""


class Guard:
    """Prevents acts while it is wanted, and remembers what was tried: a program may catch the error."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        """What was tried, in words, each with its place."""
        self._wanted = False
        sys.addaudithook(self._hook)

    @contextmanager
    def on(self, wanted: bool) -> Iterator[None]:
        """Prevent acts inside a block, if *wanted*."""
        self._wanted = wanted
        try:
            yield
        finally:
            self._wanted = False

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._wanted:
            return
        act = _ACTS.get(event)
        if event == "open":
            act = _opening(args)
        elif act is not None and (_is_cache(args) or (event == "sqlite3.connect" and ":memory:" in map(str, args))):
            act = None
        if act is None:
            return
        self._wanted = False  # looking for the place may open files
        place = _place()
        self._wanted = True
        self.tried.append(f"it tries to {act} when it is imported{place}")
        raise EffectError(f"importing a program for a check must not {act}; allow it with --allow-import-effects")


def _opening(args: tuple[Any, ...]) -> str | None:
    path, mode, flags = (*args, None, None, None)[:3]
    writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else False
    writes |= isinstance(flags, int) and mode is None and bool(flags & _WRITING)
    if not writes or isinstance(path, int) or _is_cache(args) or os.fspath(path) in {os.devnull, b"/dev/null"}:
        return None
    return "write a file"


def _is_cache(args: tuple[Any, ...]) -> bool:
    """Say whether Python keeps what it has compiled."""
    return bool(args) and isinstance(args[0], str | bytes | Path) and "__pycache__" in str(args[0])


def _place() -> str:
    """Give the line of the program from which it was tried."""
    from .source import is_library

    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]  # there is no other way to a place without an error
    while frame is not None and (is_library(frame.f_code.co_filename) or frame.f_code.co_filename.startswith("<")):
        frame = frame.f_back  # type: ignore[assignment]
    return "" if frame is None else f" ({frame.f_code.co_filename}:{frame.f_lineno})"

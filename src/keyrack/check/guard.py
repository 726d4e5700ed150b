"""Keeps a program from doing anything but being imported: what would reach outside raises an error.

How it works: Python tells audit hooks of each such act before it happens, and one that raises prevents it. A hook
cannot be taken away again, so it looks whether it is wanted. Reading is let be, and so is what Python itself does when
it imports: the files in which it keeps what it has compiled.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import get_ident
from types import FrameType
from typing import Any, Final

from .._text import preview
from ._interpreter.source import is_installed, is_library
from .report import Spot

_ACTS: Final = {
    "socket.connect": "connect to",
    "socket.bind": "listen on",
    "socket.getaddrinfo": "look up",
    "socket.gethostbyname": "look up",
    "socket.gethostbyaddr": "look up",
    "socket.sendto": "send to",
    "socket.sendmsg": "send to",
    "subprocess.Popen": "start",
    "os.system": "start",
    "os.exec": "start",
    "os.posix_spawn": "start",
    "os.spawn": "start",
    "os.startfile": "start",
    "os.fork": "fork",
    "os.forkpty": "fork",
    "pty.spawn": "start",
    "webbrowser.open": "open",
    "os.kill": "send a signal to",
    "os.killpg": "send a signal to",
    "open": "write",
    "os.remove": "remove",
    "os.rename": "rename",
    "os.truncate": "truncate",
    "os.mkdir": "make the folder",
    "os.rmdir": "remove the folder",
    "os.symlink": "make a link to",
    "os.link": "make a link to",
    "os.chmod": "change",
    "os.chown": "change",
    "os.utime": "change",
    "os.setxattr": "change",
    "os.removexattr": "change",
    "shutil.chown": "change",
    "shutil.copyfile": "copy",
    "shutil.copymode": "copy",
    "shutil.copystat": "copy",
    "shutil.copytree": "copy",
    "shutil.make_archive": "write",
    "shutil.move": "move",
    "shutil.rmtree": "remove",
    "shutil.unpack_archive": "unpack",
    "sqlite3.connect": "open the database",
    "winreg.CreateKey": "write to the registry:",
    "winreg.SetValue": "write to the registry:",
    "winreg.DeleteKey": "write to the registry:",
    "winreg.DeleteValue": "write to the registry:",
}
"""What is prevented, by the name of the event."""
_OF_SOCKETS: Final = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
"""Events that tell of the socket first, and then of the address."""
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_COMPILED: Final = "__pycache__"
_IMPORTING: Final = "<frozen importlib._bootstrap_external>"
"""The file of the functions by which Python imports a module, and keeps what it has compiled of it."""


class EffectError(RuntimeError):
    """A program that is only to be imported tried to do something."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a program tried to do."""

    act: str
    """``connect to ('127.0.0.1', 9)``"""
    spot: Spot | None
    """The line of the program, where one is known."""


class Guard:
    """Prevents acts while it is wanted, and remembers what was tried: a program may catch the error.

    Threads that a program leaves behind are kept from acting for good.
    """

    def __init__(self) -> None:
        self.tried: list[Effect] = []
        """What was tried while it was wanted."""
        self._wanted: bool = False
        self._was_wanted: bool = False
        self._thread: int = get_ident()
        sys.addaudithook(self._hook)

    @contextmanager
    def on(self, *, wanted: bool = True) -> Generator[None]:
        """Prevent acts inside a block, if *wanted*; afterwards it is as before."""
        before = self._wanted
        self._wanted, self._was_wanted = wanted, wanted or self._was_wanted
        try:
            yield
        finally:
            self._wanted = before

    def off(self) -> AbstractContextManager[None]:
        """Let acts happen inside a block: they are keyrack's own."""
        return self.on(wanted=False)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        act = _ACTS.get(event)
        if act is None or not (self._wanted or (self._was_wanted and get_ident() != self._thread)):
            return
        if _is_harmless(event, args):
            return
        effect = Effect(_told(event, act, args), _spot(sys._getframe(1)))  # pyright: ignore[reportPrivateUsage]
        if self._wanted:
            self.tried.append(effect)
        where = "" if effect.spot is None else f" ({effect.spot.file}:{effect.spot.line})"
        msg = f"a program that is imported for a check must not {effect.act}{where}; --allow-import-effects allows it"
        raise EffectError(msg)


def caused_by_guard(error: BaseException | None) -> bool:
    """Say whether an error goes back to one of a guard."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, EffectError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _is_harmless(event: str, args: tuple[Any, ...]) -> bool:
    match event:
        case "open":
            return (
                not _opens_to_write(*(*args, None, None, None)[:3]) or _keeps_compiled(args) or _looks_for_temporary()
            )
        case "os.mkdir" | "os.rename" | "os.remove":
            return _keeps_compiled(args) or _looks_for_temporary()
        case "sqlite3.connect":
            return _is_in_memory(_text(*args[:1]))
        case "socket.connect" | "socket.bind":
            return _is_pair()
        case _:
            return False


def _opens_to_write(path: object, mode: object, flags: object) -> bool:
    if _text(path) in {"", os.devnull}:  # a descriptor was opened before
        return False
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


def _keeps_compiled(args: tuple[Any, ...]) -> bool:
    """Say whether what was compiled is kept: by Python, in whatever folder, or by others in the folder for it."""
    frame = sys._getframe(3)  # pyright: ignore[reportPrivateUsage]  # beside the hook
    if frame.f_code.co_filename == _IMPORTING:
        return True
    return bool(args) and _COMPILED in _text(args[0]).replace("\\", "/").split("/")


def _looks_for_temporary() -> bool:
    """Say whether Python tries which folder is there for temporary files; it leaves nothing in it."""
    code = sys._getframe(3).f_code  # pyright: ignore[reportPrivateUsage]  # beside the hook
    return code.co_name == "_get_default_tempdir" and code.co_filename == tempfile.__file__


def _is_in_memory(name: str) -> bool:
    """Say whether nothing comes of a database, or it is only read."""
    if not name.startswith("file:"):
        return name in {"", ":memory:"}
    return any(one in name for one in (":memory:", "mode=memory", "mode=ro", "immutable=1"))


def _is_pair() -> bool:
    """Say whether two sockets are joined to a pair, which Windows does over the network of the machine."""
    frame = sys._getframe(3)  # pyright: ignore[reportPrivateUsage]  # beside the hook
    code = frame.f_code
    return "socketpair" in code.co_name and is_library(code.co_filename)


def _text(path: Any = None) -> str:
    try:
        return os.fsdecode(path)
    except TypeError:  # a descriptor, or nothing
        return ""


def _told(event: str, act: str, args: tuple[Any, ...]) -> str:
    """Say what was tried, and on what: ``write 'app.log'``."""
    if act == "fork":
        return act
    about = args[1:2] if event in _OF_SOCKETS else args[:1]
    return f"{act} {preview(about[0])}" if about else act


def _spot(frame: FrameType | None) -> Spot | None:
    """Give the line of the program from which it was tried, however many libraries lie between.

    Of a program that is installed like a library, give the line of whichever library acts.
    """
    files = [(one.f_code.co_filename, one.f_lineno) for one in _callers(frame)]
    own = [place for place in files if not is_library(place[0])]
    installed = [place for place in files if is_installed(place[0])]
    place = next(iter(own or installed), None)
    return None if place is None else Spot(*place)


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        if not frame.f_code.co_filename.startswith("<"):
            yield frame
        frame = frame.f_back

"""What runs in other processes: functions, tasks and exceptions that a process can import by name."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from tests.workflow.books import COUNT, DONE, Stage

from keyrack.keys.key import StoreKey
from keyrack.workflow import Node

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from pathlib import Path

    from tests.workflow.shared import FileStore

    from keyrack.store import KeyValueStore
    from keyrack.stores import MemoryStore

PID = StoreKey("pid", int)
HOME = os.getpid()
"""The process that has imported this; another one in each process that did not begin as a copy."""


def count_up(store: FileStore) -> Stage:
    """Count, and say where that was."""
    store.update(COUNT, lambda count: count + 1)
    store.put(PID, os.getpid())
    return DONE


def count_in_memory(store: MemoryStore) -> Stage:
    store.put(COUNT, store.get(COUNT, 0) + 1)
    return DONE


def put_and_fail(store: FileStore) -> NoReturn:
    store.put(COUNT, 7)
    raise LookupError("no such book")


def put_and_die(store: FileStore) -> NoReturn:
    store.put(COUNT, 7)
    os._exit(3)


def put_and_return_nothing(store: KeyValueStore) -> None:
    store.put(COUNT, 7)


class PidOf(Node[Stage, int, int]):
    """Finds out where its ``exec`` runs."""

    def prep(self, store: MemoryStore) -> int:
        store.put(COUNT, os.getpid())
        return 1

    def exec(self, data: int) -> int:
        return data * os.getpid()

    def post(self, store: MemoryStore, result: int) -> Stage:
        assert store.get(COUNT) == os.getpid()
        store.put(PID, result)
        return DONE


class Calling(Node[Stage, int, object]):
    """A node whose ``exec`` is whatever it is told."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call

    def prep(self, store: MemoryStore) -> int:
        store.put(COUNT, 1)
        return 1

    def exec(self, data: int) -> object:
        return self.call()

    def post(self, store: MemoryStore, result: object) -> Stage:
        store.put(COUNT, 2)
        return DONE


# --- what comes back, or does not -----------------------------------------------------------------


def size_of(data: bytes) -> bytes:
    return data * 2


async def later() -> int:
    return 1


def coroutine() -> Coroutine[Any, Any, int]:
    return later()


def closure() -> Callable[[], int]:
    number = 3
    return lambda: number


class OneWay:
    """Can be pickled, and not be made again."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[type[OneWay], tuple[()]]:
        return OneWay, ()


def one_way() -> OneWay:
    return OneWay(3)


def waiting() -> Awaitable[int]:
    return Ready()


class Ready:
    """An awaitable that can be pickled."""

    def __await__(self) -> Any:
        yield from ()
        return os.getpid()


# --- what is raised -------------------------------------------------------------------------------


class TwoArgumentsError(Exception):
    """Python makes it again with one argument too few."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")


class HoldingError(Exception):
    """Holds what cannot be pickled."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.hold = lambda: message


class MuteError(Exception):
    """Cannot be pickled, and not be told either."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = lambda: None

    def __str__(self) -> str:
        raise RuntimeError("cannot be told")


class DisguisedError(Exception):
    """Is pickled as something else."""

    def __reduce__(self) -> tuple[Any, ...]:
        return str, ("boo",)


class LocalError(Exception):
    """Can be made again in the process it comes from, and in no other."""

    def __reduce__(self) -> tuple[Any, ...]:
        return make_local, (os.getpid(),)


def make_local(process: int) -> LocalError:
    if process != os.getpid():
        raise OSError("made in another process")
    return LocalError("local")


def fail() -> NoReturn:
    raise LookupError("no such book")


def fail_in_two_arguments() -> NoReturn:
    raise TwoArgumentsError(404, "no such book")


def fail_holding() -> NoReturn:
    raise HoldingError("no such book")


def fail_mute() -> NoReturn:
    raise MuteError


def fail_disguised() -> NoReturn:
    raise DisguisedError("no such book")


def fail_locally() -> NoReturn:
    raise LocalError("no such book")


def stop_iteration() -> int:
    return next(iter(()))


def leave() -> NoReturn:
    sys.exit(3)


def interrupt() -> NoReturn:
    raise KeyboardInterrupt


def die() -> NoReturn:
    os._exit(3)


# --- when it runs ---------------------------------------------------------------------------------


def held(begun: Path, go: Path, ended: Path) -> str:
    """Say that it has begun and wait to go on, by pipes in the file system."""
    begun.write_text("begun")
    go.read_text()
    ended.touch()
    return "done"


def held_and_fail(begun: Path, go: Path, ended: Path) -> NoReturn:
    held(begun, go, ended)
    raise LookupError("too late")


def touch(path: Path) -> None:
    path.touch()


class Held:
    """`held`, with its pipes."""

    def __init__(self, begun: Path, go: Path, ended: Path) -> None:
        self._pipes = begun, go, ended

    def __call__(self) -> str:
        return held(*self._pipes)

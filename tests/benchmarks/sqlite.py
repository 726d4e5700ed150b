"""The SQLite store: what its verbs cost over bare SQLite and the codec, and what opening a large array takes.

All stores are on a disk, in WAL mode with ``synchronous=NORMAL``, or as near to it as an alternative comes; what a
verb waits for the disk is no processor time, and not counted.
"""

from __future__ import annotations

import atexit
import shelve
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tests.benchmarks.alternatives import installed
from tests.benchmarks.harness import Case, Goal, Loop, Part, Probe, Probes
from tests.benchmarks.memory import FLAT, GIB, User

from keyrack import SQLiteStore, StoreKey
from keyrack.keys.codec import decode, encode, stamp_of

OVER, BATCH = Goal(1.4), Goal(1.3)
WARM, COLD = Goal(20_000, "value"), Goal(5_000_000, "value")
MANY = 100

NUMBER = StoreKey("number", int)
USER = StoreKey("user", User)
LIST = StoreKey[list[int]]("list")
ARRAY = StoreKey[npt.NDArray[np.float64]]("array")
SMALL = StoreKey[npt.NDArray[np.float64]]("small")

_PUT = "INSERT INTO raw VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET head = excluded.head, body = excluded.body"
_GET = "SELECT head, body FROM raw WHERE name = ?"
_APPEND = "INSERT INTO items (head, body) VALUES (?, ?)"

_OPEN = """
import sys, time
from keyrack import SQLiteStore, StoreKey
import numpy as np, numpy.typing as npt
key = StoreKey[npt.NDArray[np.float64]]("array")
store = SQLiteStore(sys.argv[1])
store.get_shared(StoreKey[npt.NDArray[np.float64]]("small"))
def timed():
    start = time.perf_counter_ns()
    array = store.get_shared(key)
    return time.perf_counter_ns() - start, array
cold, array = timed()
print(cold, min(timed()[0] for _ in range(20)))
"""


def cases() -> list[Case]:
    """Give the rows; none where apsw is not installed."""
    if find_spec("apsw") is None:
        return []
    user = User(name="Ada", age=36, tags=["x", "y"])
    floor = "apsw + codec"
    return [
        Case("SQLite: put an int", OVER, floor, lambda: _put(NUMBER, count())),
        Case("SQLite: get an int", OVER, floor, lambda: _get(NUMBER, 1)),
        Case("SQLite: put a small model", OVER, floor, lambda: _put(USER, _users(user))),
        Case("SQLite: get a small model", OVER, floor, lambda: _get(USER, user)),
        Case("SQLite: append to 1,000", OVER, floor, lambda: _append(1_000)),
        Case("SQLite: append to 1,000,000", FLAT, "to 1,000", _append_flat),
        Case(f"SQLite: put_many, each of {MANY}", BATCH, "executemany", _put_many),
        Case("SQLite: share 1 GiB, again", WARM, "np.load", lambda: _opened(warm=True), big=True),
        Case("SQLite: share 1 GiB, first", COLD, "np.load", lambda: _opened(warm=False), big=True),
    ]


# --- one verb -------------------------------------------------------------------------------------


def _put(key: StoreKey[Any], values: Iterator[Any]) -> Probes:
    names = {"execute": _raw().execute, "statement": _PUT, "encode": encode, "key": key, "values": values}
    subject = Loop("store.put(key, next(values))", store=_store(), key=key, values=values)
    floor = Loop("execute(statement, ('k', *encode(key, next(values))))", **names)
    return Probes(subject, floor, _others("put", values))


def _get(key: StoreKey[Any], value: Any) -> Probes:
    store, raw = _store(), _raw()
    store.put(key, value)
    raw.execute(_PUT, ("k", *encode(key, value)))
    floor = Loop(
        "decode(key, (next(execute(statement, ('k',))),), stamp, shared=False)",
        execute=raw.execute,
        statement=_GET,
        decode=decode,
        key=key,
        stamp=stamp_of(key),
    )
    return Probes(Loop("store.get(key)", store=store, key=key), floor, _others("get", iter([value])))


def _append(size: int) -> Probes:
    names = {"execute": _raw().execute, "statement": _APPEND, "encode": encode, "key": LIST}
    return Probes(_appended(size), Loop("execute(statement, encode(key, [1]))", **names))


def _append_flat() -> Probes:
    return Probes(_appended(1_000_000), _appended(1_000))


def _appended(size: int) -> Probe:
    store = _store()
    store.put(LIST, list(range(size)))
    return Loop("store.append(key, 1)", store=store, key=LIST)


def _put_many() -> Probes:
    store, raw, numbers = _store(), _raw(), count()
    keys = [StoreKey(f"number {number}", int) for number in range(MANY)]

    def batch() -> None:
        with raw:
            raw.executemany(_PUT, [(key.name, *encode(key, next(numbers))) for key in keys])

    subject = Loop("store.put_many(*[key.to(next(numbers)) for key in keys])", store=store, keys=keys, numbers=numbers)
    return Probes(Part(subject, MANY), Part(Loop("batch()", batch=batch), MANY))


def _users(user: User) -> Iterator[User]:
    return (user.model_copy(update={"age": age}) for age in count())


def _store() -> SQLiteStore:
    return SQLiteStore(_place() / "runs.db", durability="process")


def _raw() -> Any:
    apsw = import_module("apsw")
    connection = apsw.Connection(str(_place() / "raw.db"))
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").fetchall()
    connection.execute("CREATE TABLE raw (name TEXT PRIMARY KEY, head BLOB, body BLOB)")
    connection.execute("CREATE TABLE items (number INTEGER PRIMARY KEY, head BLOB, body BLOB)")
    return connection


def _place() -> Path:
    """Make a folder that goes when the process ends."""
    folder = tempfile.mkdtemp(prefix="keyrack-benchmarks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


# --- what one would pick instead ------------------------------------------------------------------


def _others(verb: str, values: Iterator[Any]) -> dict[str, Probe | None]:
    found: dict[str, Probe | None] = {}
    for name, make in _OPENERS.items():
        if not installed(name):
            continue
        other = make(str(_place() / name))
        other["k"] = next(values) if verb == "put" else _first(values)
        found[name] = (
            Loop("other['k'] = next(values)", other=other, values=values)
            if verb == "put"
            else Loop("other['k']", other=other)
        )
    return found


def _first(values: Iterator[Any]) -> Any:
    return next(values, 1)


_OPENERS: dict[str, Callable[[str], Any]] = {
    "diskcache": lambda path: import_module("diskcache").Cache(path),
    "sqlitedict": lambda path: import_module("sqlitedict").SqliteDict(path, autocommit=True),
    "shelve": shelve.open,
}
"""What one would pick instead: makes a store of a path. All of them pickle, and validate nothing."""


# --- a large array --------------------------------------------------------------------------------


class Opened:
    """The time that another process takes to have an array of 1 GiB, in nanoseconds.

    Args:
        path: the store.
        warm: whether it had it before.
    """

    def __init__(self, path: Path, *, warm: bool) -> None:
        self._path = path
        self._warm = warm

    def sample(self) -> float:
        """Start a process, and have it look at the clock."""
        command = [sys.executable, "-c", _OPEN, str(self._path)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        cold, warm = map(int, result.stdout.split())
        return warm if self._warm else cold


def _opened(*, warm: bool) -> Probes:
    path = _large()
    load = Loop("load(file)", load=np.load, file=str(path.with_name("array.npy")))
    return Probes(Opened(path, warm=warm), load)


@cache
def _large() -> Path:
    folder = _place()
    array = np.zeros(GIB // 8)
    with SQLiteStore(folder / "runs.db") as store:
        store.put_shared(ARRAY, array)
        store.put(SMALL, array[:8])
    np.save(folder / "array.npy", array)
    return folder / "runs.db"

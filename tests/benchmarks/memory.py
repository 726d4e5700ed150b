"""The memory store: what its verbs cost."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, TypeAdapter
from tests.benchmarks.alternatives import Verb, others
from tests.benchmarks.harness import Case, Goal, Loop, Probes

from keyrack import MemoryStore, StoreKey

LENGTH = 10_000
GIB = 1 << 30
FLAT = Goal(1.25)
"""What counts as flat: the dearest size costs a quarter more than the cheapest, at most."""

SHARED, SHARED_LIST = Goal(4), Goal(12)
APPEND = Goal(12)

Floats = npt.NDArray[np.float64]


class Point(BaseModel):
    """A small model whose parts cannot be changed."""

    name: str
    x: float
    y: float
    color: str | None


class User(BaseModel):
    """A small model with a part that can be changed."""

    name: str
    age: int
    tags: list[str]


@dataclass
class Pair:
    """The same as a dataclass."""

    name: str
    age: int
    tags: list[str]


class Reader:
    """Whose method `read` is the floor of a call."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def read(self, key: str) -> Any:
        """Give what lies under *key*."""
        return self._values[key]


def cases() -> list[Case]:
    """Give the rows of the memory store."""
    point, user = Point(name="a", x=1.0, y=2.0, color=None), User(name="Ada", age=36, tags=["x", "y"])
    return [
        Case("put an int", Goal(4), "d[k] = v", _put_int),
        Case("get an int", Goal(1.5), "a method's d[k]", _get_int),
        Case("put 10,000 ints", Goal(1.1), "d[k] = validate(v)", _put_list),
        Case("get 10,000 ints", Goal(1.05), "list.copy", _get_list),
        Case("get a small model", Goal(0.2), "deepcopy", _get(Point, point)),
        Case("get a small model with a list", Goal(0.2), "deepcopy", _get(User, user)),
        Case("get a small dataclass with a list", Goal(0.2), "deepcopy", _get(Pair, Pair("Ada", 36, ["x", "y"]))),
        Case("get_shared an int", SHARED, "d[k]", _share(int, lambda: 1)),
        Case("get_shared 8 bytes", SHARED, "d[k]", _share(bytes, lambda: bytes(8))),
        Case("get_shared 8 MB", SHARED, "d[k]", _share(bytes, lambda: bytes(8_000_000))),
        Case("get_shared 1 GiB", SHARED, "d[k]", _share(bytes, lambda: bytes(GIB)), big=True),
        Case("get_shared an array of 8 bytes", SHARED, "d[k]", _share(Floats, lambda: np.zeros(1))),
        Case("get_shared an array of 80 MB", SHARED, "d[k]", _share(Floats, lambda: np.zeros(10_000_000))),
        Case("get_shared an array of 1 GiB", SHARED, "d[k]", _share(Floats, lambda: np.zeros(GIB // 8)), big=True),
        Case("get_shared a dict of 1,000", SHARED, "d[k]", _share(dict[int, int], lambda: {n: n for n in range(1000)})),
        Case("get_shared a small model", SHARED, "d[k]", _share(User, lambda: user)),
        Case("get_shared, 80 MB against 8 bytes", FLAT, "8 bytes", _share_flat),
        *(
            Case(f"get_shared a list of {size:,}", SHARED_LIST, "d[k]", _share(list[int], _numbers(size)))
            for size in (10, 1_000_000)
        ),
        *(
            Case(f"append to {size:,}", APPEND, "list.append", _append(size))
            for size in (1_000, 10_000, 100_000, 1_000_000)
        ),
        Case("append, 1,000,000 against 1,000", FLAT, "to 1,000", _append_flat),
    ]


def _numbers(size: int) -> Callable[[], list[int]]:
    return lambda: list(range(size))


def _filled(form: Any, value: Any) -> tuple[MemoryStore, StoreKey[Any]]:
    store = MemoryStore()
    key: StoreKey[Any] = StoreKey("k", form)
    store.put(key, value)
    return store, key


def _loop(verb: Verb, form: Any, value: Any) -> Loop:
    store, key = _filled(form, value)
    if verb == "put":
        return Loop("store.put(key, value)", store=store, key=key, value=value)
    return Loop(f"store.{verb}(key)", store=store, key=key)


def _put_int() -> Probes:
    floor = Loop("d[k] = v", d={"k": 1}, k="k", v=1)
    return Probes(_loop("put", int, 1), floor, others("put", int, 1))


def _get_int() -> Probes:
    floor = Loop("reader.read(k)", reader=Reader({"k": 1}), k="k")
    return Probes(_loop("get", int, 1), floor, others("get", int, 1))


def _put_list() -> Probes:
    numbers = list(range(LENGTH))
    validate = TypeAdapter(list[int]).validator.validate_python
    # What is validated is kept until the next one is there, as it is in a store.
    floor = Loop("d[k] = validate(numbers, strict=True)", d={}, k="k", validate=validate, numbers=numbers)
    return Probes(_loop("put", list[int], numbers), floor, others("put", list[int], numbers))


def _get_list() -> Probes:
    numbers = list(range(LENGTH))
    store, key = _filled(list[int], numbers)
    # The very list that the store copies: two lists would differ in what of them lies in the processor's cache.
    floor = Loop("numbers.copy()", numbers=_stored(store, key))
    return Probes(Loop("store.get(key)", store=store, key=key), floor, others("get", list[int], numbers))


def _get(form: type, value: object) -> Callable[[], Probes]:
    def probes() -> Probes:
        floor = Loop("copy(value)", copy=deepcopy, value=value)
        return Probes(_loop("get", form, value), floor, others("get", form, value))

    return probes


def _share(form: Any, make: Callable[[], Any]) -> Callable[[], Probes]:
    def probes() -> Probes:
        value = make()
        found = others("get_shared", form, value)
        return Probes(_shared(form, value), Loop("d[k]", d={"k": value}, k="k"), found)

    return probes


def _share_flat() -> Probes:
    return Probes(_shared(bytes, bytes(80_000_000)), _shared(bytes, bytes(8)))


def _shared(form: Any, value: Any) -> Loop:
    return _loop("get_shared", form, value)


def _append(size: int) -> Callable[[], Probes]:
    def probes() -> Probes:
        numbers = list(range(size))
        floor = Loop("numbers.append(item)", _shortener(numbers), numbers=numbers, item=1)
        return Probes(_appended(size), floor, others("append", list[int], list(range(size))))

    return probes


def _append_flat() -> Probes:
    return Probes(_appended(1_000_000), _appended(1_000))


def _appended(size: int) -> Loop:
    store, key = _filled(list[int], list(range(size)))
    return Loop("store.append(key, item)", _shortener(_stored(store, key)), store=store, key=key, item=1)


def _stored(store: MemoryStore, key: StoreKey[Any]) -> Any:
    """Give the very object that is stored, behind the store's back: nothing is marked as shared."""
    (entry,) = store.backend.read([key.name])
    assert entry is not None
    return entry.payload


def _shortener(numbers: list[int]) -> Callable[[], object]:
    """Make what takes back the items that a round has appended."""
    size = len(numbers)
    return lambda: numbers.__delitem__(slice(size, None))

"""Stores of every kind and keys of every sort: what the tests of stores share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field
from tests.backends.dict_backend import DictBackend
from tests.places import folder

from keyrack.backends.memory import MemoryBackend
from keyrack.keys.key import StoreKey
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore, NamespacedStore, SQLiteStore

KINDS: dict[str, Callable[[], KeyValueStore]] = {
    "memory": MemoryStore,
    "the common way": lambda: KeyValueStore(MemoryBackend()),
    "nested namespaces": lambda: NamespacedStore(NamespacedStore(MemoryStore(), "a"), "b"),
    "a third party's": lambda: KeyValueStore(DictBackend()),
    "sqlite": lambda: SQLiteStore(folder() / "store.db", durability="process"),
}
"""Makers of a store that any number of threads may use; a transaction, which has one user, is not among them."""

OF_BYTES = {"sqlite"}
"""Those of them that keep bytes."""


class User(BaseModel):
    name: str
    age: int
    tags: list[str] = []


Array = npt.NDArray[np.int64]

COUNT = StoreKey("count", int)
TITLE = StoreKey("title", str)
LIMIT = StoreKey("limit", Annotated[int, Field(gt=0)])
MAYBE = StoreKey("maybe", int | None)
NOTHING = StoreKey("nothing", None)
PAIR = StoreKey("pair", tuple[int, str])
NUMBERS = StoreKey("numbers", list[int])
FEW = StoreKey("few", Annotated[list[int], Field(max_length=3)])
SEEN = StoreKey[list[int]]("seen", default=[0])
USER = StoreKey("user", User)
USERS = StoreKey("users", list[User])
TABLE = StoreKey("table", dict[str, list[int]])
ARRAY = StoreKey("array", Array)


class Sample(NamedTuple):
    """A key, with makers of two values that fit, one that does not, and a change to a value in place."""

    key: StoreKey[Any]
    value: Callable[[], Any]
    other: Callable[[], Any]
    wrong: object
    change: Callable[[Any], object] | None = None

    def __str__(self) -> str:
        return self.key.name


def _append(numbers: list[int]) -> None:
    numbers.append(99)


def _tag(user: User) -> None:
    user.tags.append("changed")


def _tag_first(users: list[User]) -> None:
    _tag(users[0])


def _append_inside(table: dict[str, list[int]]) -> None:
    table["a"].append(99)


def _set_first(array: Array) -> None:
    array[0] = 99


def _one_row() -> dict[str, list[int]]:
    return {"b": []}


SAMPLES = [
    Sample(COUNT, lambda: 1, lambda: 2, "1"),
    Sample(TITLE, lambda: "one", lambda: "two", 1),
    Sample(LIMIT, lambda: 1, lambda: 2, 0),
    Sample(MAYBE, lambda: None, lambda: 2, "1"),
    Sample(NOTHING, lambda: None, lambda: None, 0),
    Sample(PAIR, lambda: (1, "one"), lambda: (2, "two"), (1, 2)),
    Sample(NUMBERS, lambda: [1], lambda: [1, 2], [1, "2"], _append),
    Sample(FEW, lambda: [1], lambda: [1, 2, 3], [1, 2, 3, 4], _append),
    Sample(SEEN, lambda: [1], list, (1,), _append),
    Sample(
        USER,
        lambda: User(name="Ada", age=36),
        lambda: User(name="Alan", age=41, tags=["x"]),
        {"name": "Ada", "age": 36},
        _tag,
    ),
    Sample(
        USERS,
        lambda: [User(name="Ada", age=36)],
        list[User],
        [User.model_construct(name="Ada", age="36")],
        _tag_first,
    ),
    Sample(TABLE, lambda: {"a": [1]}, _one_row, {"a": ["1"]}, _append_inside),
    Sample(ARRAY, lambda: np.arange(3), lambda: np.zeros((2, 2), np.int64), np.zeros(3), _set_first),
]
MUTABLE = [sample for sample in SAMPLES if sample.change is not None]


def same(one: Any, other: Any) -> bool:
    """Say whether two values are of one class and equal, arrays included."""
    if type(one) is not type(other):
        return False
    if type(one) is np.ndarray:
        return bool(one.dtype == other.dtype and np.array_equal(one, other))
    return bool(one == other)


def contents(store: KeyValueStore) -> dict[str, Any]:
    """Give copies of what *store* holds under the keys of this module, by name."""
    known: dict[str, StoreKey[Any]] = {sample.key.name: sample.key for sample in SAMPLES}
    return {name: store.get(known[name]) for name in list(store.keys())}


def equal_contents(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two results of `contents` are the same."""
    return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)

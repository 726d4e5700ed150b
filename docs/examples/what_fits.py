"""What fits a key and what does not: a table, made by putting each value."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePath, PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from keyrack import MemoryStore, StoreKey, TypeMismatchError


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class User(BaseModel):
    name: str
    age: int


class Admin(User):
    rights: list[str] = []


@dataclass
class Point:
    x: int
    y: int


class Pair(NamedTuple):
    x: int
    y: int


class Options(TypedDict):
    depth: int


Few = Annotated[list[int], Field(max_length=2)]
Positive = Annotated[int, Field(gt=0)]
Mode = Literal["r", "w"]

UNMADE = User.model_construct(name="Ada", age="old")  # pydantic checks nothing here

TABLE: list[tuple[str, Any, list[Any]]] = [
    ("int", int, [1, Level.LOW, "1", True, 1.0]),
    ("float", float, [1.5, 1, float("inf"), "1.5", True, Decimal("1.5")]),
    ("bool", bool, [True, 1, "yes"]),
    ("str", str, ["a", b"a", 1]),
    ("bytes", bytes, [b"a", "a", bytearray(b"a")]),
    ("Decimal", Decimal, [Decimal("1.5"), 1.5, "1.5"]),
    ("date", date, [date(2026, 1, 1), datetime(2026, 1, 1), "2026-01-01"]),  # noqa: DTZ001
    ("PurePath", PurePath, [PurePosixPath("a"), "a"]),
    ("int | None", int | None, [1, None, "1"]),
    ("Literal['r', 'w']", Mode, ["r", "a"]),
    ("Colour", Colour, [Colour.RED, "red"]),
    ("Level", Level, [Level.LOW, 1]),
    ("list[int]", list[int], [[1], [], (1,), [1, "2"], range(2)]),
    ("list[float]", list[float], [[1]]),
    ("tuple[int, str]", tuple[int, str], [(1, "a"), [1, "a"], (1,)]),
    ("set[int]", set[int], [{1}, [1], frozenset({1})]),
    ("dict[str, int]", dict[str, int], [{"a": 1}, {"a": "1"}]),
    ("Annotated[int, Field(gt=0)]", Positive, [1, 0]),
    ("Annotated[list[int], Field(max_length=2)]", Few, [[1, 2], [1, 2, 3]]),
    ("User", User, [User(name="Ada", age=36), Admin(name="Ada", age=36), {"name": "Ada", "age": 36}, UNMADE]),
    ("list[User]", list[User], [[User(name="Ada", age=36)], [UNMADE]]),
    ("Point", Point, [Point(1, 2), Point(1, "2"), {"x": 1, "y": 2}]),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ("Pair", Pair, [Pair(1, 2), (1, 2)]),
    ("Options", Options, [{"depth": 1}, {"depth": 1, "width": 2}, {}]),
    ("Any", Any, [1, "a", None]),
]


def outcomes(form: Any, values: list[Any]) -> Iterator[tuple[str, str]]:
    """Put each value, and give it with what came of it."""
    key: StoreKey[Any] = StoreKey("it", form)
    store = MemoryStore()
    for value in values:
        try:
            store.put(key, value)
        except TypeMismatchError as error:
            yield repr(value), error.problems[0].text("it").partition(", got")[0]
        else:
            back = store.get(key)
            yield repr(value), "fits" if type(back) is type(value) else f"fits, comes back as {back!r}"


for name, form, values in TABLE:
    print(name)
    for value, outcome in outcomes(form, values):
        print(f"    {value:<40} {outcome}")

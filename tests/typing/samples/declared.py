"""The types and keys that the other samples use."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NewType, NotRequired, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey

T = TypeVar("T")


class Base: ...


class Derived(Base): ...


class User(BaseModel):
    name: str
    age: int = 0


class Admin(User):
    rights: list[str] = []


class Page(BaseModel, Generic[T]):
    items: list[T]


@dataclass
class Point:
    x: float
    y: float = 0.0


class Row(TypedDict):
    id: int
    name: NotRequired[str]


class Color(Enum):
    RED = 1
    BLUE = 2


Level = Literal["debug", "info"]
UserId = NewType("UserId", int)
Positive = Annotated[int, Field(gt=0)]
Render = Callable[[int], str]

COUNT = StoreKey("count", int)
FLAG = StoreKey("flag", bool)
TEXT = StoreKey("text", str)
RATIO = StoreKey("ratio", float)
MAYBE = StoreKey("maybe", int | None)
EITHER = StoreKey("either", int | str)
LEVEL = StoreKey("level", Level)
COLOR = StoreKey("color", Color)
USER_ID = StoreKey("user_id", UserId)
POSITIVE = StoreKey("positive", Positive)
RENDER = StoreKey("render", Render)
CLASS = StoreKey("class", type[Base])
ANYTHING = StoreKey[Any]("anything")
NOTHING = StoreKey("nothing", None)

USER = StoreKey("user", User)
PAGE = StoreKey("page", Page[int])
POINT = StoreKey("point", Point)
ROW = StoreKey("row", Row)
BASE = StoreKey("base", Base)
ARRAY = StoreKey("array", NDArray[np.float64])

PAIR = StoreKey("pair", tuple[int, str])
NUMBERS = StoreKey("numbers", tuple[int, ...])
TAGS = StoreKey("tags", set[str])
TABLE = StoreKey("table", dict[str, int])
TREE = StoreKey("tree", dict[str, list[float]])

INTS = StoreKey("ints", list[int])
RATIOS = StoreKey("ratios", list[float])
GAPPY = StoreKey("gappy", list[int | None])
USERS = StoreKey("users", list[User])
POINTS = StoreKey("points", list[Point])
ROWS = StoreKey("rows", list[Row])
BASES = StoreKey("bases", list[Base])
PAIRS = StoreKey("pairs", list[tuple[int, str]])
GRID = StoreKey("grid", list[list[float]])
LEVELS = StoreKey("levels", list[Level])
SHAPES = StoreKey("shapes", list[Point | User])
NO_LIST = StoreKey("no_list", list[int] | None)

RESULT = KeyFamily[int, Point]("result")
CELL = KeyFamily[tuple[int, int], list[float]]("cell")


class Keys(KeyRegistry, prefix="survey"):
    count: StoreKey[int]
    """How many there are."""
    maybe: StoreKey[int | None]
    user: StoreKey[User]
    row: StoreKey[Row]
    level: StoreKey[Level]
    pair: StoreKey[tuple[int, str]]
    table: StoreKey[dict[str, int]]
    ints: StoreKey[list[int]] = StoreKey(default_factory=list)
    ratios: StoreKey[list[float]]
    rows: StoreKey[list[Row]]
    bases: StoreKey[list[Base]]
    gappy: StoreKey[list[int | None]]
    shapes: StoreKey[list[Point | User]]
    no_list: StoreKey[list[int] | None]
    result: KeyFamily[int, Point]
    cell: KeyFamily[tuple[int, int], list[float]]


store = MemoryStore()
keys = Keys(store)

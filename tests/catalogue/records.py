"""Dataclasses of both kinds, named tuples and typed dicts."""

import functools
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import Generic, NamedTuple, NotRequired, Required, TypeVar

import pydantic.dataclasses
from pydantic import Field
from typing_extensions import TypedDict

T = TypeVar("T")


@dataclass
class Point:
    x: int
    labels: list[str] = field(default_factory=list[str])


@dataclass
class Line:
    start: Point
    end: Point
    more: dict[str, Point] = field(default_factory=dict[str, Point])


@dataclass(frozen=True)
class FrozenPoint:
    x: int
    y: str = ""


@dataclass(frozen=True)
class LabelledPoint(FrozenPoint):
    labels: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Cached:
    x: int

    @functools.cached_property
    def parts(self) -> list[int]:
        return [self.x]


@dataclass(slots=True)
class Slotted:
    x: int
    labels: list[str]


@dataclass(slots=True, frozen=True)
class FrozenSlotted:
    x: int
    labels: tuple[str, ...]
    more: list[int]


@dataclass(slots=True, weakref_slot=True)
class WeakSlotted:
    x: int
    labels: list[str]


@dataclass
class HalfSlotted(Slotted):
    """Has the slots of its base, and a ``__dict__``."""

    more: list[int] = field(default_factory=list[int])


@dataclass
class Built:
    """Has a part that is given to ``__init__`` only, and parts that are not."""

    x: int
    factor: InitVar[int] = 2
    product: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list[int])

    def __post_init__(self, factor: int) -> None:
        self.product = self.x * factor
        self.seen.append(self.x)


@dataclass
class Named:
    x: int
    _: KW_ONLY
    labels: list[str]
    note: str = field(default="", compare=False, repr=False)


@dataclass
class Child(Point):
    weight: float = 1.0


@dataclass
class Tree:
    value: int
    children: list["Tree"] = field(default_factory=list["Tree"])


@dataclass
class Pair(Generic[T]):
    left: T
    right: T


@pydantic.dataclasses.dataclass
class Checked:
    x: int = Field(gt=0)
    labels: list[str] = Field(default_factory=list[str])


@pydantic.dataclasses.dataclass(slots=True)
class CheckedSlotted:
    x: int
    labels: list[str]


@pydantic.dataclasses.dataclass(frozen=True)
class CheckedFrozen:
    x: int
    nested: Checked


class Spot(NamedTuple):
    x: int
    y: str = ""


class Spots(NamedTuple):
    name: str
    spots: list[Spot]
    near: dict[str, list[int]]


class NamedPair(NamedTuple, Generic[T]):
    left: T
    right: T


class Movie(TypedDict):
    title: str
    years: list[int]


class Partial(TypedDict, total=False):
    title: Required[str]
    tags: list[str]


class Shelf(TypedDict):
    movies: list[Movie]
    best: NotRequired[Movie]
    size: int


class Crate(TypedDict, Generic[T]):
    item: T

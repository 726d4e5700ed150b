"""Right uses: declarations in every form, and keys as attributes of other classes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, Protocol, assert_type

from pydantic import Field

from keyrack import KeyFamily, KeyRegistry, Slot, StoreKey
from keyrack.keys.arrow_codec import ArrowCodec
from keyrack.keys.pickle_codec import UnsafePickleCodec

from .declared import COUNT, RESULT, TEXT, Base, Derived, Level, Point, Row, T, User, UserId, store

assert_type(StoreKey("k", int), StoreKey[int])
assert_type(StoreKey("k", int | None), StoreKey[int | None])
assert_type(StoreKey("k", "int"), StoreKey[int])
assert_type(StoreKey("k", "list[int | None]"), StoreKey[list[int | None]])
assert_type(StoreKey("k", Literal["a", "b"]), StoreKey[Literal["a", "b"]])
assert_type(StoreKey("k", Annotated[int, Field(gt=0)]), StoreKey[int])
assert_type(StoreKey("k", list[User]), StoreKey[list[User]])
assert_type(StoreKey("k", dict[str, list[int]]), StoreKey[dict[str, list[int]]])
assert_type(StoreKey("k", tuple[int, ...]), StoreKey[tuple[int, ...]])
assert_type(StoreKey("k", Callable[[int], str]), StoreKey[Callable[[int], str]])
assert_type(StoreKey("k", None), StoreKey[None])
assert_type(StoreKey[Any]("k"), StoreKey[Any])
assert_type(StoreKey("k", UserId), StoreKey[UserId])
assert_type(StoreKey("k", type[Base]), StoreKey[type[Base]])
assert_type(StoreKey("k", Row), StoreKey[Row])
assert_type(StoreKey("k", int, doc="how many", strict=False, secret=True), StoreKey[int])
assert_type(StoreKey("k", int, codec=UnsafePickleCodec()), StoreKey[int])
assert_type(StoreKey[Any]("k", codec=ArrowCodec()), StoreKey[Any])
assert_type(StoreKey[int]("k"), StoreKey[int])
assert_type(StoreKey[int]("k", default=1), StoreKey[int])
assert_type(StoreKey[float]("k", default=1), StoreKey[float])
assert_type(StoreKey[int | None]("k", default=None), StoreKey[int | None])
assert_type(StoreKey[list[int]]("k", default_factory=list), StoreKey[list[int]])
assert_type(StoreKey[list[float]]("k", default_factory=lambda: [1]), StoreKey[list[float]])
assert_type(StoreKey[list[float]]("k", default=[1]), StoreKey[list[float]])
assert_type(StoreKey[dict[str, int]]("k", default_factory=dict), StoreKey[dict[str, int]])
assert_type(StoreKey[Row]("k", default={"id": 1}), StoreKey[Row])
assert_type(StoreKey[list[Base]]("k", default=[Derived()]), StoreKey[list[Base]])
assert_type(StoreKey[Base]("k", default_factory=Derived), StoreKey[Base])
assert_type(StoreKey("k", int).with_default(1), StoreKey[int])
assert_type(StoreKey("k", list[float]).with_default([1]), StoreKey[list[float]])
assert_type(KeyFamily[int, str]("k"), KeyFamily[int, str])
assert_type(KeyFamily[int, str]("k", default="x"), KeyFamily[int, str])
assert_type(KeyFamily[int, list[float]]("k", default=[1]), KeyFamily[int, list[float]])
assert_type(KeyFamily[int, list[int]]("k", default_factory=list), KeyFamily[int, list[int]])
ANNOTATED: StoreKey[int] = StoreKey("k", int)
ANNOTATED_DEFAULT: StoreKey[list[float]] = StoreKey[list[float]]("k", default=[1])
ANNOTATED_FAMILY: KeyFamily[int, str] = KeyFamily("k")
INFERRED: StoreKey[list[float]] = StoreKey("k", default=[1])


class Forms(KeyRegistry):
    plain: StoreKey[int]
    given: StoreKey[int] = StoreKey(default=1)
    made: StoreKey[list[float]] = StoreKey(default_factory=list)
    listed: StoreKey[list[float]] = StoreKey(default=[1])
    lambda_: StoreKey[list[float]] = StoreKey(default_factory=lambda: [1])
    row: StoreKey[Row] = StoreKey(default={"id": 1})
    maybe: StoreKey[int | None] = StoreKey(default=None)
    level: StoreKey[Level] = StoreKey(default="debug")
    constrained: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=100)
    named: StoreKey[int] = StoreKey("other")
    full: StoreKey[int] = StoreKey("full", int)
    bare = StoreKey[int](default=1)
    complete = StoreKey("complete", int)
    taken: StoreKey[int] = COUNT
    family: KeyFamily[int, Point]
    family_default: KeyFamily[int, list[float]] = KeyFamily(default=[1])
    bare_family = KeyFamily[int, str]()
    base: StoreKey[Base] = StoreKey(default_factory=Derived)


assert_type(Forms.given, StoreKey[int])
assert_type(Forms.bare, StoreKey[int])
assert_type(Forms.complete, StoreKey[int])
assert_type(Forms.bare_family, KeyFamily[int, str])
assert_type(Forms(store).bare, Slot[int])
assert_type(Forms(store).complete, Slot[int])
assert_type(Forms(store).bare_family[1], Slot[str])
assert_type(Forms.constrained, StoreKey[int])


class Service:
    count = StoreKey("count", int)
    declared: StoreKey[int]
    result = KeyFamily[int, Point]("result")

    def __init__(self, key: StoreKey[str]) -> None:
        self.key = key
        self.declared = COUNT
        self.own = StoreKey("own", list[int])


service = Service(TEXT)
assert_type(Service.count, StoreKey[int])
assert_type(service.count, StoreKey[int])
assert_type(service.declared, StoreKey[int])
assert_type(service.key, StoreKey[str])
assert_type(service.own, StoreKey[list[int]])
assert_type(service.result, KeyFamily[int, Point])
assert_type(service.result[1], StoreKey[Point])
store.put(service.count, 1)
store.append(service.own, 1)


@dataclass
class Step:
    key: StoreKey[int]
    family: KeyFamily[int, Point]
    title: str = ""


step = Step(COUNT, RESULT, title="first")
assert_type(step.key, StoreKey[int])
assert_type(step.family, KeyFamily[int, Point])
assert_type(Step(key=COUNT, family=RESULT).key, StoreKey[int])
step.key = COUNT
store.put(step.key, 1)


@dataclass(frozen=True)
class Setting(Generic[T]):
    key: StoreKey[T]
    value: T


setting = Setting(COUNT, 1)
assert_type(setting.key, StoreKey[int])
store.put(setting.key, setting.value)


class Both(NamedTuple):
    left: StoreKey[int]
    right: StoreKey[str]


both = Both(COUNT, TEXT)
assert_type(both.left, StoreKey[int])
assert_type(both[1], StoreKey[str])
assert_type([COUNT, StoreKey("other", int)], list[StoreKey[int]])
assert_type({"a": COUNT}["a"], StoreKey[int])


class HasCount(Protocol):
    @property
    def count(self) -> StoreKey[int]: ...


def count_of(holder: HasCount) -> int:
    return store.get(holder.count)


count_of(service)

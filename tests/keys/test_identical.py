"""Whether two values can be told apart."""

import collections
import dataclasses
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydantic import BaseModel
from tests.catalogue.everything import CHANGEABLE, SAMPLES
from tests.catalogue.sample import Sample, by_name

from keyrack.keys.identical import difference, identical
from keyrack.keys.schema import schema_of


class Level(IntEnum):
    LOW = 1


class Color(Enum):
    RED = 1
    BLUE = 2


class Sub(str):
    __slots__ = ()


class Model(BaseModel, extra="allow"):
    x: int = 1
    _seen: int = 0

    @cached_property
    def twice(self) -> int:
        return 2 * self.x


@dataclasses.dataclass
class Spot:
    x: Any


@dataclasses.dataclass(slots=True)
class Slotted:
    x: Any


class Bare:
    def __init__(self, x: int) -> None:
        self.x = x


class Wordy(Bare):
    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]


def _seen(model: Model) -> Model:
    model._seen = 3  # pyright: ignore[reportPrivateUsage]  # the model is of this file
    return model


APART: dict[str, tuple[Any, Any]] = {
    "bool and int": (True, 1),
    "int and float": (1, 1.0),
    "an enum and its value": (Level.LOW, 1),
    "a str and one of a subclass": (Sub("a"), "a"),
    "zero and minus zero": (0.0, -0.0),
    "zeros of a complex": (complex(0.0, 0.0), complex(0.0, -0.0)),
    "a list and a tuple": ([1], (1,)),
    "deep inside": ({"a": [(1, 2)]}, {"a": [(1, 2.0)]}),
    "the order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "keys of a dict": ({1: 0}, {True: 0}),
    "items of a set": ({1}, {True}),
    "a set and a frozenset": ({1}, frozenset({1})),
    "items of a list": ([1, 2], [1]),
    "exponents": (Decimal("1.5"), Decimal("1.50")),
    "limits of a deque": (collections.deque([1], 3), collections.deque([1])),
    "orders of an OrderedDict": (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)),
    "factories": (collections.defaultdict(int), collections.defaultdict(str)),
    "aware and naive": (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)),  # noqa: DTZ001  # the point
    "equal times of two zones": (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC"))),
    "one moment of two zones": (
        datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(2024, 1, 1, tzinfo=UTC),
    ),
    "folds": (time(1, fold=1), time(1)),
    "patterns": (re.compile("a"), re.compile("a", re.IGNORECASE)),
    "enum members": (Color.RED, Color.BLUE),
    "ranges": (range(0), range(1, 1)),
    "extras": (Model.model_validate({"a": 1}), Model.model_validate({"a": 2})),
    "private attributes": (_seen(Model()), Model()),
    "fields that were given": (Model(x=1), Model()),
    "fields of a dataclass": (Spot(1), Spot(True)),
    "slots": (Slotted(1), Slotted(1.0)),
    "attributes of a class without a word": (Bare(1), Bare(2)),
    "what cannot be compared": (Wordy(1), Wordy(1)),
    "objects": (object(), object()),
    "functions": (len, min),
    "dtypes": (np.zeros(2, "<i4"), np.zeros(2, ">i4")),
    "shapes": (np.zeros((2, 1)), np.zeros((1, 2))),
    "zeros in an array": (np.array([0.0]), np.array([-0.0])),
    "views": (memoryview(b"ab"), memoryview(b"ac")),
    "nothing and something": (None, 0),
}

ALIKE: dict[str, Callable[[], Any]] = {
    "NaN": lambda: math.nan * 1,
    "NaN in a list": lambda: [float("nan")],
    "NaN of a Decimal": lambda: Decimal("nan"),
    "NaN in an array": lambda: np.array([math.nan, 1]),
    "models": lambda: Model(x=3),
    "dataclasses": lambda: Spot([{"a": Slotted(1)}]),
    "objects with attributes": lambda: Bare(1),
    "paths": lambda: Path("a/b"),
    "times": lambda: datetime(2024, 6, 1, tzinfo=ZoneInfo("Europe/Paris")),
    "big integers": lambda: 10**5000,
    "arrays of objects": lambda: np.array([[1], {"a": 2}], dtype=object),
    "strings and views": lambda: ["a", Sub("a"), memoryview(b"x"), bytearray(b"x")],
    "deep lists": lambda: [[[[[[[[1]]]]]]]],
}


@pytest.mark.parametrize("name", APART)
def test_what_can_be_told_apart_is_not_identical(name: str) -> None:
    one, other = APART[name]

    assert not identical(one, other)
    assert not identical(other, one)
    assert not identical([{"a": one}], [{"a": other}])


@pytest.mark.parametrize("name", ALIKE)
def test_what_cannot_be_told_apart_is_identical(name: str) -> None:
    assert identical(ALIKE[name](), ALIKE[name]())


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_each_value_of_the_catalogue_is_identical_to_its_copy(sample: Sample) -> None:
    clone = schema_of(sample.form).clone

    for value in sample.fits():
        assert identical(value, value)
        assert identical(value, clone(value))


@pytest.mark.parametrize("sample", CHANGEABLE, ids=by_name)
def test_each_change_in_the_catalogue_is_seen(sample: Sample) -> None:
    for change in sample.changes:
        value = sample.value()
        before = schema_of(sample.form).clone(value)
        change(value)

        assert not identical(before, value)


def test_a_cached_property_is_nothing_that_somebody_gave() -> None:
    model = Model(x=1)
    assert model.twice == 2

    assert identical(Model(x=1), model)


def test_the_path_leads_to_the_difference() -> None:
    found = difference({"a": [Spot((1, 2))]}, {"a": [Spot((1, 3))]})

    assert found is not None
    assert (found.path, found.one, found.other) == (("a", 0, "x", 1), 2, 3)


def test_the_order_of_dicts_may_not_count() -> None:
    one, other = {"a": [1], "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": [1]}

    assert difference(one, other, ordered=False) is None
    assert difference(one, {**other, "b": {"d": 2, "c": 2}}, ordered=False) is not None
    assert difference({1: 0, 2: 0}, {2: 0, True: 0}, ordered=False) is not None

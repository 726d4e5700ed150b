"""Cloners: what is copied, what is shared because nobody can change it, what goes to ``copy.deepcopy``."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare container leaves unknown is unknown.

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, Field
from tests.catalogue.arrays import Floats, Tagged, floats, tagged
from tests.catalogue.everything import CHANGEABLE, SAMPLES
from tests.catalogue.models import Admin, Frozen, Open, Private, User
from tests.catalogue.picture import picture
from tests.catalogue.records import Cached, FrozenPoint, HalfSlotted, LabelledPoint, Point, Slotted, Spot
from tests.catalogue.sample import Sample, by_name
from tests.catalogue.things import noted

from keyrack import MemoryStore, StoreKey
from keyrack.keys.schema import schema_of


def key_of(form: Any) -> StoreKey[Any]:
    return StoreKey("k", form)


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_a_copy_cannot_be_told_from_its_original(sample: Sample) -> None:
    cloner = schema_of(sample.form).clone

    for value in sample.fits():
        assert picture(value) == picture(cloner(value))


@pytest.mark.parametrize("sample", CHANGEABLE, ids=by_name)
def test_a_copy_shares_nothing_that_can_be_changed(sample: Sample) -> None:
    value = sample.value()
    copied = schema_of(sample.form).clone(value)

    for change in sample.changes:
        copied = schema_of(sample.form).clone(value)
        change(copied)

    assert picture(sample.value()) == picture(value)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (int, 3),
        (str | None, "a"),
        (tuple[int, str], (1, "a")),
        (frozenset[str], frozenset("a")),
        (tuple[tuple[int, ...], frozenset[int]], ((1,), frozenset({2}))),
        (FrozenPoint, FrozenPoint(1)),
        (Frozen, Frozen(x=1)),
        (Spot, Spot(1)),
        (datetime, datetime(2024, 1, 1)),  # noqa: DTZ001
        (PurePosixPath, PurePosixPath("a")),
        (type[User], Admin),
    ],
    ids=str,
)
def test_what_nobody_can_change_is_not_copied(form: Any, value: Any) -> None:
    key, store = StoreKey("k", form), MemoryStore()

    store.put(key, value)

    assert store.get(key) is store.get_shared(key)


def test_immutable_parts_are_shared_and_mutable_ones_are_not() -> None:
    point, labels = FrozenPoint(1), ["a"]
    value = {"a": (point, labels)}

    copied = schema_of(dict[str, tuple[FrozenPoint, list[str]]]).clone(value)

    assert copied["a"][0] is point
    assert copied["a"][1] is not labels


# --- the class of the value decides -----------------------------------------------------------------


class Moment(datetime):
    notes: list[str]


class Place(PurePosixPath):
    notes: list[str]


class Count(int):
    notes: list[str]


class SpotWithNotes(Spot):
    notes: list[str]


@dataclass(frozen=True)
class Wider(FrozenPoint):
    notes: list[str] = field(default_factory=lambda: ["a"])


class WiderModel(Frozen, frozen=True):
    notes: list[str] = Field(default=["a"])


SUBCLASSES: list[tuple[Any, Any]] = [
    (datetime, lambda: noted(Moment(2024, 1, 1))),
    (PurePosixPath, lambda: noted(Place("a"))),
    (int | str, lambda: noted(Count(1))),
    (Spot, lambda: noted(SpotWithNotes(1))),
    (tuple[Spot, ...], lambda: (noted(SpotWithNotes(1)),)),
    (FrozenPoint, lambda: Wider(1)),
    (frozenset[FrozenPoint] | FrozenPoint, lambda: Wider(1)),
    (Frozen, lambda: WiderModel(x=1)),
    (tuple[Frozen, int], lambda: (WiderModel(x=1), 1)),
]


def _notes(value: Any) -> list[str]:
    """Give the notes of a value or of its first part; where a copy has none, nobody can reach those of the original."""
    holder = value[0] if type(value) is tuple else value
    notes: list[str] = getattr(holder, "notes", ["a"])
    return notes


@pytest.mark.parametrize(("form", "make"), SUBCLASSES, ids=[str(form) for form, _ in SUBCLASSES])
def test_a_subclass_of_an_immutable_class_is_not_taken_for_immutable(form: Any, make: Any) -> None:
    key, store = StoreKey("k", form), MemoryStore()
    value = make()
    store.put(key, value)

    _notes(value).append("changed what was put")
    _notes(store.get(key)).append("changed what was got")

    assert _notes(store.get(key)) == ["a"]


def test_a_subclass_instance_keeps_its_class() -> None:
    store = MemoryStore()

    for form, value in (
        (User, Admin(name="A")),
        (Point, Wide(1)),
        (FrozenPoint, LabelledPoint(1)),
        (Slotted, HalfSlotted(1, [])),
    ):
        key: StoreKey[Any] = StoreKey("k", form)
        store.put(key, value)

        assert type(value) is type(store.get(key))
        assert value == store.get(key)


@dataclass
class Wide(Point):
    more: int = 3


# --- all that an instance holds ---------------------------------------------------------------------


def test_a_copied_model_keeps_what_was_set_its_private_attributes_and_its_extras() -> None:
    user = User(name="Ada")
    private = Private(x=1)
    private.note(3, "mine")
    opened = Open.model_validate({"x": 1, "more": [1], "even": {"deeper": [2]}})

    for form, value in ((User, user), (Private, private), (Open, opened)):
        copied = schema_of(form).clone(value)

        assert picture(value) == picture(copied)
        assert value.model_fields_set == copied.model_fields_set
        assert value.model_fields_set is not copied.model_fields_set
        assert value.__pydantic_private__ == copied.__pydantic_private__
        assert value.__pydantic_extra__ == copied.__pydantic_extra__


def test_a_cached_property_is_copied_with_its_instance() -> None:
    value = Cached(1)
    assert value.parts == [1]

    copied = schema_of(Cached).clone(value)
    copied.parts.append(2)

    assert value.parts == [1]


def test_copying_runs_no_init_and_no_validator() -> None:
    runs: list[str] = []

    @dataclass
    class Loud:
        items: list[int]

        def __post_init__(self) -> None:
            runs.append("post_init")

    class LoudModel(BaseModel):
        items: list[int]

        def model_post_init(self, context: object, /) -> None:
            runs.append("model_post_init")

    values = (Loud([1]), LoudModel(items=[1]))
    runs.clear()

    for value in values:
        schema_of(type(value)).clone(value)

    assert runs == []


def test_a_class_that_says_how_it_is_copied_is_asked() -> None:
    @dataclass
    class OfItsOwn:
        items: list[int]
        copies: int = 0

        def __deepcopy__(self, memo: object) -> "OfItsOwn":
            return OfItsOwn(self.items.copy(), self.copies + 1)

    class ModelOfItsOwn(BaseModel):
        items: list[int]
        copies: int = 0

        def __deepcopy__(self, memo: Any = None) -> "ModelOfItsOwn":
            return ModelOfItsOwn(items=self.items.copy(), copies=self.copies + 1)

    for cls in (OfItsOwn, ModelOfItsOwn):
        value = cls(items=[1])
        copied = schema_of(cls).clone(value)

        assert copied.copies == 1
        assert schema_of(list[cls]).clone([value])[0].copies == 1  # type: ignore[valid-type]


def test_one_object_in_two_places_stays_equal_in_both() -> None:
    labels = ["a"]
    value = [Point(1, labels), Point(2, labels)]

    copied = schema_of(list[Point]).clone(value)
    copied[0].labels.append("b")

    assert value == [Point(1, ["a"]), Point(2, ["a"])]
    assert copied[1].labels in (["a"], ["a", "b"])


def test_arrays_are_given_out_writeable_and_kept_read_only() -> None:
    key, store, value = StoreKey("k", dict[str, Floats]), MemoryStore(), floats(1, 2)
    store.put(key, {"a": value})

    assert value.flags.writeable
    assert store.get(key)["a"].flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        store.get_shared(key)["a"][0] = 3
    assert store.get(key)["a"].tolist() == [1, 2]


def test_an_array_put_to_be_shared_becomes_read_only_in_the_hands_of_the_caller() -> None:
    key, store, value = StoreKey("k", np.ndarray), MemoryStore(), floats(1)

    store.put_shared(key, value)

    assert not value.flags.writeable
    assert value is store.get_shared(key)


def test_a_view_is_kept_without_what_it_is_a_view_of() -> None:
    key, store = StoreKey("k", np.ndarray), MemoryStore()
    base = np.arange(1_000_000)

    store.put(key, base[::1000])

    assert store.get_shared(key).base is None
    assert store.get(key).tolist() == base[::1000].tolist()


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_keeps_its_memory_order(order: Any) -> None:
    value = np.asarray(np.ones((2, 3)), order=order)

    copied = schema_of(np.ndarray).clone(value)

    assert value.flags.f_contiguous == copied.flags.f_contiguous


def test_an_array_of_somebodys_own_class_keeps_it() -> None:
    copied = schema_of(np.ndarray).clone(tagged())

    assert type(copied) is Tagged
    assert copied.tag == "a"

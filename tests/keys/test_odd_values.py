"""Values that are huge, odd or broken: numbers of a million digits, NaN, lone surrogates, reprs that raise."""

import math
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from tests.catalogue.models import Node
from tests.keys.test_hostile import refuse

from keyrack import MemoryStore, StoreKey, TypeMismatchError

HUGE = 10**1_000_000


def test_a_number_of_a_million_digits_is_a_number() -> None:
    store = MemoryStore()

    cases: list[tuple[Any, Any]] = [
        (int, HUGE),
        (list[int], [HUGE]),
        (Annotated[int, Field(gt=0)], HUGE),
        (int | str, -HUGE),
    ]
    for form, value in cases:
        key: StoreKey[Any] = StoreKey("k", form)
        store.put(key, value)

        assert value == store.get(key)


@pytest.mark.parametrize(
    ("form", "value", "place"),
    [
        (str, HUGE, "k should be a valid string"),
        (list[str], [HUGE], "k[0] should be a valid string"),
        (Annotated[int, Field(lt=3)], HUGE, "k should be less than 3"),
        (float, HUGE, "k should be"),
    ],
    ids=["str", "list[str]", "less than 3", "float"],
)
def test_a_number_of_a_million_digits_is_described_where_it_is_refused(form: Any, value: Any, place: str) -> None:
    error = refuse(form, value)

    assert f": {place}" in str(error)
    assert "got an integer of about 1,000,000 digits (int)" in str(error)


def test_the_last_of_a_million_items_is_checked() -> None:
    error = refuse(list[int], [0] * 1_000_000 + ["x"])

    assert "k[1000000] should be a valid integer, got 'x' (str); nothing" in str(error)


def test_a_hundred_thousand_wrong_items_are_counted_and_not_described_one_by_one() -> None:
    error = refuse(list[int], ["x"] * 100_000)

    assert "k[0] should be a valid integer, got 'x' (str); and 99999 more; nothing" in str(error)
    assert isinstance(error, TypeMismatchError)
    assert len(error.problems) <= 1_000


def test_nan_fits_where_no_rule_speaks_against_it() -> None:
    key, store = StoreKey("k", list[float]), MemoryStore()

    store.put(key, [math.nan])

    assert math.isnan(store.get(key)[0])


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        (Annotated[float, Field(ge=0)], "greater than or equal to 0"),
        (Annotated[float, Field(lt=0)], "less than 0"),
        (Annotated[float, Field(allow_inf_nan=False)], "a finite number"),
    ],
)
def test_nan_does_not_slip_past_a_rule(form: Any, rule: str) -> None:
    error = refuse(form, math.nan)

    assert f"k should be {rule}, got nan (float)" in str(error)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\0", "\x1f", "\u202e", "😀", "a" * 1_000_000])
def test_any_text_is_kept_as_it_is(text: str) -> None:
    store = MemoryStore()

    cases: list[tuple[Any, Any]] = [(str, text), (list[str], [text]), (dict[str, str], {text: text}), (str | int, text)]
    for form, value in cases:
        key: StoreKey[Any] = StoreKey("k", form)
        store.put(key, value)

        assert value == store.get(key)


@pytest.mark.parametrize("text", ["\ud800", "a\nb", "\x1b[31m", "\u202e", "x" * 1_000_000])
def test_a_refusal_shows_any_text_on_one_printable_line(text: str) -> None:
    error = refuse(dict[str, int], {"a": text, text: 1, "b": [text]})

    assert str(error).isprintable()
    assert len(str(error)) < 300
    assert str(error).encode()


class RaisingRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class HugeRepr:
    def __repr__(self) -> str:
        return "many words " * 100_000


class WrongRepr:
    def __repr__(self) -> Any:
        return 3


class RaisingClass:
    def _raise(self) -> Any:
        raise RuntimeError("no class")

    __class__: Any = property(_raise)


class RaisingModel(BaseModel):
    x: int

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class RaisingMeta(type):
    def __repr__(cls) -> str:
        raise RuntimeError("no repr of the class")


class OfRaisingMeta(metaclass=RaisingMeta): ...


@pytest.mark.parametrize(
    "make",
    [RaisingRepr, HugeRepr, WrongRepr, lambda: RaisingModel(x=1), RaisingClass, OfRaisingMeta],
    ids=["raising repr", "huge repr", "wrong repr", "raising model", "raising class", "raising metaclass"],
)
@pytest.mark.parametrize("form", [int, list[int], int | str, Node, dict[str, Node]], ids=str)
def test_a_refusal_says_something_whatever_a_repr_does(form: Any, make: Any) -> None:
    value = make()

    for given in (value, [value], {"a": value}):
        error = refuse(form, given)

        assert len(str(error)) < 300

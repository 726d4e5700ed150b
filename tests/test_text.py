"""Words about values, types and paths: short, on one line, printable, whatever they are about."""

import collections.abc
import typing
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, ForwardRef, Literal, NewType, Optional, TypeVar, Union

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from tests.catalogue.sample import numbered
from typing_extensions import TypeAliasType

from keyrack._text import (
    PREVIEW_LENGTH,
    counted,
    cut,
    described,
    did_you_mean,
    path_text,
    place,
    preview,
    type_name,
)

T = TypeVar("T")
Names = TypeAliasType("Names", list[str])


class Color(Enum):
    RED = 1


class Outer:
    class Inner: ...


class Model(BaseModel):
    x: int = 1


class Carton(BaseModel, typing.Generic[T]):
    item: T


class Says:
    """Has the repr that it is given."""

    def __init__(self, text: Any) -> None:
        self.text = text

    def __repr__(self) -> str:
        if isinstance(self.text, Exception):
            raise self.text
        return self.text  # type: ignore[no-any-return]


PREVIEWS: list[tuple[object, str]] = [
    (None, "None"),
    (3, "3"),
    (-1.5, "-1.5"),
    ("abc", "'abc'"),
    ("a\nb", r"'a\nb'"),
    ("\ud800\x1b\u202e", r"'\ud800\x1b\u202e'"),
    (b"\xff", r"b'\xff'"),
    ([1, [2, [3, [4]]]], "[1, [2, [3, [...]]]]"),
    ({"b": 1, "a": [2]}, "{'a': [2], 'b': 1}"),
    (10**500, "an integer of about 500 digits"),
    (-(10**500), "an integer of about 500 digits"),
    (int, "<class 'int'>"),
    (Color.RED, "<Color.RED: 1>"),
    (Model(), "Model(x=1)"),
    (object(), "<object>"),
    (Says("first line\n   second\tline"), "first line second line"),
    (Says(RuntimeError("no repr")), "<Says>"),
    (Says(3), "<Says>"),
    (Says(""), "<Says>"),
]


@pytest.mark.parametrize(("value", "text"), PREVIEWS, ids=numbered(PREVIEWS))
def test_a_preview_says_what_a_value_is(value: object, text: str) -> None:
    assert text == preview(value)


TEXT = st.text(st.characters())  # lone surrogates too
EVERYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.binary(), TEXT.map(Says)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


@given(EVERYTHING)
def test_a_preview_is_short_and_printable(value: object) -> None:
    text = preview(value)

    assert len(text) <= PREVIEW_LENGTH
    assert text
    assert text.isprintable()


HUGE: dict[str, Callable[[], object]] = {
    "text": lambda: "x" * 10**7,
    "bytes": lambda: b"x" * 10**7,
    "list": lambda: list(range(10**6)),
    "dict": lambda: dict.fromkeys(range(10**6)),
    "set": lambda: set(range(10**6)),
    "array": lambda: np.zeros(10**6),
    "number": lambda: 10**1_000_000,
    "number in a list": lambda: [10**1_000_000],
    "repr": lambda: Says("x" * 10**6),
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_preview_of_something_huge_is_short(kind: str) -> None:
    assert len(preview(HUGE[kind]())) <= PREVIEW_LENGTH


@pytest.mark.parametrize("text", ["\x1b[31mred", "\u202eright to left", "\ud800", "a\x00b", "\x9b"])
def test_what_a_repr_says_is_made_printable(text: str) -> None:
    shown = preview(Says(text))

    assert shown.isprintable()
    assert shown.encode()


def test_a_preview_of_an_array_without_numbers_to_show_is_short() -> None:
    assert preview(np.zeros((100, 100))).startswith("array([[0., 0., 0.,")


def test_a_cut_text_ends_in_a_mark() -> None:
    assert cut("a" * 41) == "a" * 39 + "…"
    assert cut("a" * 40) == "a" * 40
    assert cut("abc", 2) == "a…"
    assert cut(" a \n\n b ") == "a b"


def test_a_description_has_the_type_behind_the_value() -> None:
    assert described("abc") == "'abc' (str)"
    assert described(None) == "None (None)"
    assert described(Outer.Inner) == "<class 'tests.test_text.Outer.Inner'> (type)"


# --- types ------------------------------------------------------------------------------------------

NAMES: list[tuple[Any, str]] = [
    (int, "int"),
    (None, "None"),
    (type(None), "None"),
    (Any, "Any"),
    (object, "object"),
    ("User", "User"),
    (ForwardRef("User"), "User"),
    (list[int], "list[int]"),
    (dict[str, list[Model]], "dict[str, list[Model]]"),
    (int | None, "int | None"),
    (Optional[int], "int | None"),  # noqa: UP045
    (Union[int, str, None], "int | str | None"),  # noqa: UP007
    (list[int | str], "list[int | str]"),
    (tuple[int, ...], "tuple[int, ...]"),
    (tuple[()], "tuple[()]"),
    (Literal["a", 1, b"x"], "Literal['a', 1, b'x']"),
    (Literal[Color.RED], "Literal[Color.RED]"),
    (Annotated[int, Field(gt=0)], "int"),
    (Annotated[list[Annotated[int, 1]], 2], "list[int]"),
    (collections.abc.Callable[[int, str], bool], "Callable[[int, str], bool]"),
    (collections.abc.Callable[..., bool], "Callable[..., bool]"),
    (typing.List[int], "list[int]"),  # noqa: UP006
    (typing.List, "list"),  # noqa: UP006
    (typing.Dict, "dict"),  # noqa: UP006
    (collections.abc.Mapping[str, int], "Mapping[str, int]"),
    (type[int], "type[int]"),
    (T, "T"),
    (NewType("UserId", int), "UserId"),
    (Names, "Names"),
    (Outer.Inner, "Outer.Inner"),
    (list[Outer.Inner], "list[Outer.Inner]"),
    (Carton[int], "Carton[int]"),
    (np.ndarray[tuple[int, int], np.dtype[np.float64]], "ndarray[tuple[int, int], dtype[float64]]"),
    (3, "3"),
]


@pytest.mark.parametrize(("form", "name"), NAMES, ids=numbered(NAMES))
def test_a_type_is_named_as_a_person_writes_it(form: Any, name: str) -> None:
    assert name == type_name(form)


def test_a_class_inside_a_function_goes_by_its_own_name() -> None:
    class Local:
        class Inner: ...

    assert type_name(Local) == "Local"
    assert type_name(list[Local.Inner]) == "list[Local.Inner]"


# --- paths, names, numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "k"),
        ((0,), "k[0]"),
        (("age",), "k.age"),
        (("users", 1, "age"), "k.users[1].age"),
        (("a b",), "k['a b']"),
        (("",), "k['']"),
        (("a\nb", 3), r"k['a\nb'][3]"),
        (("\ud800",), r"k['\ud800']"),
        (tuple(range(12)), "k" + "".join(f"[{step}]" for step in range(12))),
        (tuple(range(13)), "k[0][1][2][3]…[9][10][11][12]"),
        (("a",) * 1000, "k.a.a.a.a….a.a.a.a"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else f"{len(value)}",
)
def test_a_path_is_written_as_code_would_take_it(path: tuple[str | int, ...], text: str) -> None:
    assert text == path_text("k", path)


@given(st.lists(st.text(st.characters()) | st.integers(min_value=0, max_value=10**9), max_size=40))
def test_a_path_is_short_and_on_one_line(path: list[str | int]) -> None:
    text = path_text("k", path)

    assert text.startswith("k")
    assert text.isprintable()
    assert len(text) <= 1 + 12 * (PREVIEW_LENGTH + 2)


@pytest.mark.parametrize("step", ["x" * 10**6, "x y" * 10**6])
def test_a_step_of_any_length_is_cut(step: str) -> None:
    assert len(path_text("k", [step])) < 2 * PREVIEW_LENGTH


def test_a_name_that_is_near_is_offered() -> None:
    assert did_you_mean("usres", ["books", "users"]) == "; did you mean 'users'?"
    assert did_you_mean("usres", ["books", "films"]) == ""
    assert did_you_mean("usres", []) == ""


def test_a_place_is_given_where_it_is_known() -> None:
    assert place("app/keys.py", 12) == " (app/keys.py:12)"
    assert place(None, None) == ""


def test_things_are_counted_with_the_right_ending() -> None:
    assert counted(0, "key") == "0 keys"
    assert counted(1, "key") == "1 key"
    assert counted(1_234_567, "key") == "1,234,567 keys"

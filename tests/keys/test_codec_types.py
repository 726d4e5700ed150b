"""Stamps, and values that were written under another type than the one asked for."""

import enum
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, Field
from tests.catalogue.everything import SAMPLES
from typing_extensions import TypedDict

from keyrack import StoreKey
from keyrack.keys.codec import decode, encode, is_secret, stamp_of, type_text
from keyrack.keys.fingerprint import describe
from keyrack.keys.identical import identical
from keyrack.keys.schema import MisfitError, Schema


class Old(BaseModel):
    id: int
    name: str


class WithDefault(BaseModel):
    id: int
    name: str
    note: str = "none"


class WithMore(BaseModel):
    id: int
    name: str
    note: str


class WithLess(BaseModel):
    id: int


class Other(BaseModel):
    id: float
    name: str


class OldPair(NamedTuple):
    x: int
    y: int


@dataclass
class Spot:
    x: int
    y: int
    z: int = 0


class SpotDict(TypedDict):
    x: int
    y: int


class Color(enum.Enum):
    RED = 1


class Name(enum.Enum):
    X = "x"


class Born(BaseModel):
    day: date
    tags: set[str]


class BornAndMore(Born):
    at: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    """New, of a kind that was not there, and with a default."""


class Days(BaseModel):
    one: date
    two: date


class DayAndText(BaseModel):
    one: date
    two: str


def reread(old: Any, value: Any, new: Any) -> Any:
    """Write *value* under one type and read it under another."""
    writer: StoreKey[Any] = StoreKey("k", old)
    reader: StoreKey[Any] = StoreKey("k", new)
    return decode(reader, [encode(writer, value)], stamp_of(writer), shared=False)


FITS: dict[str, tuple[Any, Any, Any, Any]] = {
    "the same": (int, 1, int, 1),
    "wider": (int, 1, int | str, 1),
    "narrower": (int | str, 1, int, 1),
    "any": (Any, [1], list[int], [1]),
    "under a rule": (int, 3, Annotated[int, Field(ge=0)], 3),
    "text for some texts": (str, "a", Literal["a", "b"], "a"),
    "one of a union": (str, "a", str | None, "a"),
    "another class": (Old, Old(id=1, name="a"), WithDefault, WithDefault(id=1, name="a")),
    "classes in a list": (list[Old], [Old(id=1, name="a")], list[WithDefault], [WithDefault(id=1, name="a")]),
    "dict to model": (dict[str, int], {"x": 1, "y": 2}, SpotDict, {"x": 1, "y": 2}),
    "new field of a dataclass": (SpotDict, {"x": 1, "y": 2}, Spot, Spot(1, 2)),
    "dict to a model": (dict[str, Any], {"id": 1, "name": "a"}, Old, Old(id=1, name="a")),
    "a model to a dict": (Old, Old(id=1, name="a"), dict[str, int | str], {"id": 1, "name": "a"}),
    "dates in models": (
        Born,
        Born(day=date(2024, 1, 1), tags={"a"}),
        BornAndMore,
        BornAndMore(day=date(2024, 1, 1), tags={"a"}),
    ),
    "keys of dates": (dict[date, int], {date(2024, 1, 1): 1}, dict[date, int | None], {date(2024, 1, 1): 1}),
    "set to set": (set[str], {"b", "a", "c"}, set[str | None], {"a", "b", "c"}),
    "array under a rule": (np.ndarray, np.arange(3.0), NDArray[np.float64], np.arange(3.0)),
    "bytes": (bytes, b"a", bytes | None, b"a"),
    "dates": (list[date], [date(2024, 1, 1)], list[date | None], [date(2024, 1, 1)]),
}


@pytest.mark.parametrize("name", FITS)
def test_what_fits_the_type_asked_for_is_given(name: str) -> None:
    old, value, new, expected = FITS[name]

    assert identical(expected, reread(old, value, new))


MISFITS: dict[str, tuple[Any, Any, Any, str]] = {
    "int for text": (int, 1, str, "should be a valid string"),
    "text for int": (str, "1", int, "should be a valid integer"),
    "text for a date": (str, "2024-01-01", date, "should be a valid date"),
    "int for float": (int, 1, float, "kept as it was stored"),
    "float for int": (float, 1.0, int, "kept as it was stored|valid integer"),
    "int for bool": (int, 1, bool, "valid boolean"),
    "bool for int": (bool, True, int, "valid integer"),
    "out of a rule": (int, -1, Annotated[int, Field(ge=0)], "greater than or equal to 0"),
    "a deep int for a float": (Old, Old(id=1, name="a"), Other, "kept as it was stored"),
    "a field that is not known": (Old, Old(id=1, name="a"), WithLess, "not a known field"),
    "a field that is missing": (Old, Old(id=1, name="a"), WithMore, "is missing"),
    "twice in a set": (list[int], [1, 1], set[int], "kept as it was stored"),
    "bytes for text": (bytes, b"a", str, "valid string"),
    "text for bytes": (str, "a", bytes, "valid bytes"),
    "bytearray for bytes": (bytearray, bytearray(b"a"), bytes, "valid bytes"),
    "array of another dtype": (np.ndarray, np.arange(3), NDArray[np.float64], "dtype float64"),
    "list for an array": (list[int], [1], np.ndarray, "."),
    "a number for an enum": (int, 2, Color, "should be 1"),
    "text for some texts": (str, "c", Literal["a", "b"], "should be 'a' or 'b'"),
    "None": (None, None, int, "valid integer"),
    "list for a set": (list[str], ["b", "a"], set[str], "as what JSON has, not taken for set"),
    "tuple for a list": (tuple[int, str], (1, "a"), list[int | str], "as tuple, not taken for what JSON has"),
    "tuples for anything": (list[tuple[int, str]], [(1, "a")], Any, r" at \[…\]: as tuple"),
    "id for bytes": (UUID, UUID(int=5), bytes, "as uuid, not taken for bytes"),
    "id for text": (list[UUID], [UUID(int=5)], list[str], r" at \[…\]: as uuid"),
    "text for bytes in a list": (list[str], ["aGk="], list[bytes], "not taken for bytes"),
    "text for dates in a list": (list[str], ["2024-01-01"], list[date], "not taken for date"),
    "date for text in one of two fields": (
        Days,
        Days(one=date(2024, 1, 1), two=date(2024, 1, 1)),
        DayAndText,
        r"at \.two: as date",
    ),
    "number for text": (Decimal, Decimal("1E+2"), str, "as decimal"),
    "path for text": (list[Path], [Path("a")], list[str], "as path"),
    "enum for its value": (Name, Name.X, str, "as enum, not taken for what JSON has"),
    "keys that are numbers for text": (dict[int, str], {1: "a"}, dict[str, str], " in its keys: as int"),
    "keys for anything": (dict[int, str], {1: "a"}, Any, " in its keys: as int"),
    "keys further down": (list[dict[int, str]], [{1: "a"}], Any, r" in the keys of \[…\]: as int"),
    "dict for a list": (dict[str, int], {"a": 1}, list[int], "^should be a valid list$"),
    "list for a dict": (list[int], [1], dict[str, int], "^should be a valid dictionary$"),
    "list for a model": (list[int], [1], Old, "^should be an instance of Old$"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_the_type_asked_for_is_refused(name: str) -> None:
    old, value, new, message = MISFITS[name]

    with pytest.raises(MisfitError) as caught:
        reread(old, value, new)

    assert any(re.search(message, problem.message) for problem in caught.value.problems().found)


def test_a_validator_of_the_type_asked_for_is_run() -> None:
    def even(value: int) -> int:
        if value % 2:
            raise ValueError("should be even")
        return value

    even_int: Any = Annotated[int, AfterValidator(even)]

    assert reread(int, 2, even_int) == 2
    with pytest.raises(MisfitError):
        reread(int, 3, even_int)


def test_pieces_of_a_list_are_read_under_the_type_asked_for() -> None:
    writer: StoreKey[Any] = StoreKey("k", list[int])
    pieces = [encode(writer, [1]), encode(writer, [2, 3])]
    stamp = stamp_of(writer)

    assert decode(StoreKey("k", list[int | None]), pieces, stamp, shared=False) == [1, 2, 3]
    with pytest.raises(MisfitError) as caught:
        decode(StoreKey("k", list[float]), pieces, stamp, shared=False)
    assert caught.value.problems().found[0].path == (0,)
    with pytest.raises(MisfitError):
        decode(StoreKey("k", Annotated[list[int], Field(max_length=2)]), pieces, stamp, shared=False)


def test_a_problem_says_where_it_is() -> None:
    with pytest.raises(MisfitError) as caught:
        reread(dict[str, list[int]], {"a": [1, 2]}, dict[str, list[float]])

    problem = caught.value.problems().found[0]
    assert problem.text("k") == "k.a[0] should be kept as it was stored, not taken for 1.0, got 1 (int)"


# --- stamps -------------------------------------------------------------------------------------------------


def test_a_stamp_is_the_text_of_the_type_and_sixteen_digits() -> None:
    assert re.fullmatch(r"int [0-9a-f]{16}", stamp_of(StoreKey("k", int)))
    assert re.fullmatch(r"list\[Old\] [0-9a-f]{16}", stamp_of(StoreKey("k", list[Old])))


def test_equal_types_have_equal_stamps_whatever_else_the_keys_are() -> None:
    keys: list[StoreKey[Any]] = [
        StoreKey("a", int),
        StoreKey[int]("b", default=3, doc="b"),
        StoreKey("c", int, strict=False),
    ]

    assert len({stamp_of(key) for key in keys}) == 1


def test_a_stamp_does_not_depend_on_which_of_two_equal_types_was_used_first() -> None:
    class One(BaseModel):
        x: int

    class Other(BaseModel):
        y: int

    alone = stamp_of(StoreKey("k", list[One | Other]))
    keys: list[StoreKey[Any]] = [StoreKey("first", list[Other | One]), StoreKey("k", list[One | Other])]

    first, again = map(stamp_of, keys)

    assert again == alone
    assert first.rpartition(" ")[2] != again.rpartition(" ")[2]


def test_a_type_is_described_once_however_many_keys_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class One(BaseModel):
        x: int

    described: list[object] = []

    def counted(node: Any, definitions: Any) -> str:
        described.append(node)
        return describe(node, definitions)

    monkeypatch.setattr("keyrack.keys.schema.describe", counted)
    keys = [StoreKey(f"k{number}", One) for number in range(5)]

    assert len(set(map(stamp_of, keys))) == 1
    assert len(described) == 1


def test_the_stamp_of_a_secret_says_so_and_is_of_the_same_type() -> None:
    plain, secret = StoreKey("k", list[int]), StoreKey("k", list[int], secret=True)

    assert stamp_of(secret) == stamp_of(plain) + "-secret"
    assert is_secret(stamp_of(secret))
    assert not is_secret(stamp_of(plain))
    assert type_text(stamp_of(secret)) == "list[int]"
    for writer, reader in ((plain, secret), (secret, plain)):
        assert decode(reader, [encode(writer, [1])], stamp_of(writer), shared=False) == [1]


def test_types_of_one_text_have_different_stamps() -> None:
    def make(form: Any) -> Any:
        class Same(BaseModel):
            x: form  # pyright: ignore[reportInvalidTypeForm]  # known at run time only

        return Same

    class Color(enum.Enum):
        BLUE = 1

    forms: list[Any] = [make(int), make(str), make(int | None), make(Annotated[int, Field(gt=0)])]
    rules: list[Any] = [int, Annotated[int, Field(gt=0)], Annotated[int, Field(gt=1)], Annotated[int, Field(ge=1)]]

    assert len({stamp_of(StoreKey("k", form)) for form in forms}) == len(forms)
    assert len({stamp_of(StoreKey("k", form)) for form in rules}) == len(rules)
    assert len({type_text(stamp_of(StoreKey("k", form))) for form in rules}) == 1
    assert stamp_of(StoreKey("k", Color)) != stamp_of(StoreKey("k", globals()["Color"]))


def test_every_type_of_the_catalogue_has_a_stamp_without_an_address() -> None:
    for sample in SAMPLES:
        key: StoreKey[Any] = StoreKey("k", sample.form)
        try:
            description = key.schema.description()
        except TypeError:
            continue
        assert " at 0x" not in description
        assert not re.search(r":\d{9,}", description), sample.name


def test_the_type_is_read_although_its_description_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(Schema, "description", fail)
    key = StoreKey("k", list[Decimal])

    assert re.fullmatch(r"list\[Decimal\] [0-9a-f]{16}", stamp_of(key))
    assert decode(key, [encode(key, [Decimal(1)])], stamp_of(key), shared=False) == [Decimal(1)]


_SCRIPT = """
import sys
from tests.catalogue.everything import SAMPLES
from keyrack import StoreKey
from keyrack.keys.codec import stamp_of
for sample in SAMPLES:
    print(stamp_of(StoreKey("k", sample.form)))
"""


def test_stamps_are_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, (*sys.path, ".")))},
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(SAMPLES)

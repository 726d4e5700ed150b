"""Values to bytes and back: what comes back is what was put, in every part, or it is refused."""

import collections
import dataclasses
import enum
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Network
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer, field_validator
from tests.catalogue.everything import SAMPLES
from tests.catalogue.sample import Sample, by_name
from tests.places import folder
from typing_extensions import TypedDict

from keyrack import SQLiteStore, StoreKey, TypeMismatchError
from keyrack.keys.codec import RefusedError, decode, encode, facts_of, stamp_of
from keyrack.keys.identical import difference, identical
from keyrack.keys.json_codec import MAX_DEPTH, MAX_DIGITS


class Color(enum.Enum):
    RED = 1
    BLUE = "blue"


class Shade(enum.Enum):
    DARK = (0, 1)
    LIGHT = 1.5


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Bits(enum.Flag):
    ONE = 1
    TWO = 2


class Pair(NamedTuple):
    left: int
    right: str = "x"


class Wide(NamedTuple):
    x: float
    more: list[float | None]


class Movie(TypedDict):
    title: str
    year: int | None


@dataclasses.dataclass
class Spot:
    x: float
    tags: list[str] = dataclasses.field(default_factory=list[str])
    made: int = dataclasses.field(init=False, default=3)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: int
    raw: bytes


class Plain(BaseModel):
    number: int
    name: str = "x"
    ratio: float = 0.5


class Rich(BaseModel):
    raw: bytes
    moment: datetime
    amount: Decimal
    level: Level
    nested: list[Plain] = []
    either: Plain | int | None = None


class Aliased(BaseModel):
    model_config = ConfigDict(ser_json_bytes="utf8", extra="ignore", alias_generator=str.upper)
    shown: bytes = Field(alias="other")
    hidden: int = Field(exclude=True)
    count: int = Field(default=1, serialization_alias="n", validation_alias="m")

    @field_serializer("count")
    def _as_text(self, count: int) -> str:
        return str(count)

    @field_validator("hidden", mode="before")
    @classmethod
    def _counted(cls, value: Any) -> Any:
        return value + 1


class Open(BaseModel, extra="allow"):
    x: int


class Tree(BaseModel):
    below: "list[Tree]" = []


def round_trip(key: StoreKey[Any], value: Any, *, shared: bool = False) -> Any:
    """Give what comes back."""
    return decode(key, [encode(key, value)], stamp_of(key), shared=shared)


# --- every type of the catalogue -----------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_a_value_of_the_catalogue_comes_back_identical_or_is_refused_with_a_reason(sample: Sample) -> None:
    key: StoreKey[Any] = StoreKey("k", sample.form)

    for value in sample.fits():
        piece = _written(key, value)
        if isinstance(piece, RefusedError):
            assert str(piece).startswith("k")
            assert str(piece).endswith(piece.reason)
            continue

        found = difference(value, decode(key, [piece], stamp_of(key), shared=False))
        assert found is None, found.path


def _written(key: StoreKey[Any], value: Any) -> tuple[bytes, bytes | memoryview] | RefusedError:
    try:
        return encode(key, value)
    except RefusedError as error:
        return error


def test_most_types_of_the_catalogue_can_be_stored() -> None:
    stored = sum(1 for sample in SAMPLES if _can_be_stored(sample))

    assert stored >= 125


def _can_be_stored(sample: Sample) -> bool:
    return not isinstance(_written(StoreKey("k", sample.form), sample.fits()[-1]), RefusedError)


# --- any value of a type -------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
ZONES = (
    st.none()
    | st.just(UTC)
    | st.timezones()
    | st.builds(timezone, st.timedeltas(timedelta(-1), timedelta(1)).filter(lambda t: abs(t) < timedelta(1)))
)
MOMENTS = st.datetimes(timezones=ZONES)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
PLAIN = st.builds(Plain, number=st.integers(), name=TEXT, ratio=FLOATS) | st.builds(Plain, number=st.integers())
RICH = st.builds(
    Rich,
    raw=st.binary(max_size=9),
    moment=st.datetimes(timezones=st.none() | st.just(UTC)),
    amount=DECIMALS,
    level=st.sampled_from(Level),
    nested=st.lists(PLAIN, max_size=3),
    either=PLAIN | st.integers() | st.none(),
)
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.builds(Tree), lambda below: st.builds(Tree, below=st.lists(below, max_size=3)), max_leaves=6
)
NESTED: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)

TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "int": (int, st.integers()),
    "bool": (bool, st.booleans()),
    "float": (float, FLOATS),
    "str": (str, st.text()),
    "bytes": (bytes, st.binary()),
    "bytearray": (bytearray, st.binary().map(bytearray)),
    "memoryview": (memoryview, st.binary().map(memoryview)),
    "None": (None, st.none()),
    "complex": (complex, st.complex_numbers(allow_nan=False)),
    "Decimal": (Decimal, DECIMALS),
    "Fraction": (Fraction, st.fractions()),
    "date": (date, st.dates()),
    "time": (time, st.times()),
    "datetime": (datetime, MOMENTS),
    "timedelta": (timedelta, st.timedeltas()),
    "UUID": (UUID, st.uuids()),
    "IPv4Address": (IPv4Address, st.ip_addresses(v=4)),
    "IPv6Address": (IPv6Address, st.ip_addresses(v=6)),
    "IPv4Interface": (IPv4Interface, st.ip_addresses(v=4).map(IPv4Interface)),
    "IPv6Network": (IPv6Network, st.ip_addresses(v=6).map(IPv6Network)),
    "Path": (Path, TEXT.filter(lambda text: "\0" not in text).map(Path)),
    "PurePosixPath": (PurePosixPath, TEXT.map(PurePosixPath)),
    "Pattern": (re.Pattern[str], TEXT.map(lambda text: re.compile(re.escape(text), re.IGNORECASE))),
    "Enum": (Color, st.sampled_from(Color)),
    "Enum of odd values": (Shade, st.sampled_from(Shade)),
    "IntEnum": (Level, st.sampled_from(Level)),
    "Flag": (Bits, st.sampled_from([Bits.ONE, Bits.TWO])),
    "Literal": (Literal["a", 1] | None, st.sampled_from(["a", 1, None])),
    "Literal of enums": (Literal[Color.RED, "x"], st.sampled_from([Color.RED, "x"])),
    "Literal of bytes": (Literal[b"a", b"b"], st.sampled_from([b"a", b"b"])),
    "int with a rule": (Annotated[int, Field(ge=0)], st.integers(min_value=0)),
    "int | None": (int | None, st.integers() | st.none()),
    "int | str": (int | str, st.integers() | TEXT),
    "int | float": (int | float, st.integers() | FLOATS),
    "bool | int": (bool | int, st.booleans() | st.integers()),
    "date | datetime": (date | datetime, st.dates() | st.datetimes()),
    "list[int]": (list[int], st.lists(st.integers())),
    "list[float]": (list[float], st.lists(FLOATS)),
    "list[bytes]": (list[bytes], st.lists(st.binary())),
    "list[list[str]]": (list[list[str]], st.lists(st.lists(TEXT))),
    "set[int]": (set[int], st.sets(st.integers())),
    "set[str]": (set[str], st.sets(TEXT)),
    "frozenset[date]": (frozenset[date], st.frozensets(st.dates())),
    "tuple[int, str]": (tuple[int, str], st.tuples(st.integers(), TEXT)),
    "tuple[Decimal, ...]": (tuple[Decimal, ...], st.lists(DECIMALS).map(tuple)),
    "dict[str, int]": (dict[str, int], st.dictionaries(TEXT, st.integers())),
    "dict[int, str]": (dict[int, str], st.dictionaries(st.integers(), TEXT)),
    "dict[bool, int]": (dict[bool, int], st.dictionaries(st.booleans(), st.integers())),
    "dict[UUID, float]": (dict[UUID, float], st.dictionaries(st.uuids(), FLOATS)),
    "dict[date, bytes]": (dict[date, bytes], st.dictionaries(st.dates(), st.binary())),
    "dict[bytes, int]": (dict[bytes, int], st.dictionaries(st.binary(), st.integers())),
    "dict[Level, int]": (dict[Level, int], st.dictionaries(st.sampled_from(Level), st.integers())),
    "dict[datetime, int]": (dict[datetime, int], st.dictionaries(st.datetimes(), st.integers())),
    "OrderedDict": (
        collections.OrderedDict[str, int],
        st.dictionaries(TEXT, st.integers()).map(collections.OrderedDict[str, int]),
    ),
    "Counter": (collections.Counter[str], st.lists(TEXT).map(collections.Counter[str])),
    "deque": (collections.deque[int], st.lists(st.integers()).map(collections.deque[int])),
    "Any": (Any, NESTED),
    "NamedTuple": (Pair, st.builds(Pair, st.integers(), TEXT)),
    "list of NamedTuple": (list[Pair], st.lists(st.builds(Pair, st.integers(), TEXT))),
    "TypedDict": (Movie, st.builds(dict, title=TEXT, year=st.none() | st.integers())),
    "dataclass": (Spot, st.builds(Spot, FLOATS, st.lists(TEXT))),
    "frozen dataclass": (Frozen, st.builds(Frozen, st.integers(), st.binary())),
    "dict of dataclasses": (dict[str, Frozen], st.dictionaries(TEXT, st.builds(Frozen, st.integers(), st.binary()))),
    "model": (Plain, PLAIN),
    "rich model": (Rich, RICH),
    "list of models": (list[Plain], st.lists(PLAIN)),
    "model | dataclass": (Plain | Spot, PLAIN | st.builds(Spot, FLOATS)),
    "open model": (Open, st.builds(Open, x=st.integers(), more=NESTED)),
    "tree": (Tree, TREES),
    "array": (np.ndarray, npst.arrays(npst.scalar_dtypes(), npst.array_shapes(min_dims=0, min_side=0, max_side=4))),
    "structured array": (
        np.ndarray,
        npst.arrays(np.dtype([("a", "<i4"), ("b", ">f8", (2,)), ("c", "S3")]), npst.array_shapes()),
    ),
}
KEYS: dict[str, StoreKey[Any]] = {name: StoreKey("k", form) for name, (form, _) in TYPES.items()}


def test_the_types_are_as_many_as_is_claimed() -> None:
    assert len(TYPES) >= 60


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_of_a_type_comes_back_identical(name: str, data: st.DataObject) -> None:
    value = data.draw(TYPES[name][1])
    key = KEYS[name]
    piece = _written(key, value)
    if isinstance(piece, RefusedError):
        assert _is_known_loss(value), piece.reason
        return

    found = difference(value, decode(key, [piece], stamp_of(key), shared=False))
    assert found is None, (found.path, found.one, found.other)


@pytest.fixture(scope="module")
def store() -> Iterator[SQLiteStore]:
    with SQLiteStore(folder() / "types.db", durability="process") as store:
        yield store


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_of_a_type_comes_back_identical_from_a_file(
    store: SQLiteStore, name: str, data: st.DataObject
) -> None:
    value = data.draw(TYPES[name][1])
    key = StoreKey(name, TYPES[name][0])
    if _is_known_loss(value):
        with suppress(TypeMismatchError):
            store.put(key, value)
            assert difference(value, store.get(key)) is None
        return
    store.put(key, value)

    for got in (store.get(key), store.get_shared(key)):
        found = difference(value, got)
        assert found is None, (found.path, found.one, found.other)


def _is_known_loss(value: Any) -> bool:
    """Say whether JSON has no way to hold *value*: a time that its zone skips or repeats, or that has odd seconds."""
    return isinstance(value, datetime) and value.tzinfo is not None


# --- what others lose in silence ------------------------------------------------------------------------


class Base(BaseModel):
    x: int


class Derived(Base):
    y: int = 1


class Private(BaseModel):
    x: int
    _seen: list[int] = []


class Text(str):
    __slots__ = ()


class Keyed(BaseModel):
    counts: dict[str, dict[str, int]]


def _touched() -> Private:
    value = Private(x=1)
    value._seen.append(3)  # pyright: ignore[reportPrivateUsage]  # the model is of this file
    return value


LOSSES: dict[str, tuple[Any, Callable[[], Any], str]] = {
    "tuple under Any": (Any, lambda: {"a": [(1, 2)]}, r"k\.a\[0\] would come back as list, not tuple"),
    "set under Any": (Any, lambda: {1}, "list, not set"),
    "date under Any": (Any, lambda: [date(2024, 1, 1)], r"k\[0\] would come back as str, not date"),
    "int key under Any": (Any, lambda: {1: 2}, "would not come back as it is"),
    "bytes under Any": (Any, lambda: [b"a"], "str, not bytes"),
    "Decimal under Any": (Any, lambda: [Decimal(1)], "str, not Decimal"),
    "enum under Any": (Any, lambda: [Color.RED], "int, not Color"),
    "str of a class under Any": (Any, lambda: [Text("a")], "str, not Text"),
    "model under Any": (Any, lambda: Base(x=1), "dict, not Base"),
    "subclass of a model": (Base, lambda: Derived(x=1), "Base, not Derived"),
    "subclass in a list": (list[Base], lambda: [Base(x=1), Derived(x=1)], r"k\[1\] would come back as Base"),
    "subclass of int": (list[int], lambda: [1, Level.LOW], r"k\[1\] would come back as int, not Level"),
    "bool for int": (list[int], lambda: [1, True], r"k\[1\] would"),
    "subclass of list": (list[int], lambda: _OwnList([1]), "list, not _OwnList"),
    "private attributes": (Private, _touched, r"k\._seen"),
    "attribute beside the fields": (Base, lambda: _noted(Base(x=1)), r"k\.note would be lost"),
    "secret text": (SecretStr, lambda: SecretStr("a"), "would not come back"),
    "limit of a deque": (collections.deque[int], lambda: collections.deque([1], maxlen=3), "would not come back"),
    "named offset": (datetime, lambda: datetime(2024, 1, 1, tzinfo=timezone(timedelta(0), "X")), "would not come back"),
    "factory of a defaultdict": (
        collections.defaultdict[str, int],
        lambda: collections.defaultdict(lambda: 3, a=1),
        "would not come back",
    ),
    "half of a surrogate pair": (list[str], lambda: ["\ud800"], "surrogates not allowed"),
    "half of a surrogate pair in a key": (dict[str, int], lambda: {"\ud800": 1}, "would not come back as it is"),
    "keys that are written alike": (dict[str, int], lambda: {"\ud800": 1, "\ufffd" * 3: 2}, "would not come back"),
    "half of a surrogate pair deep in a model": (
        list[Keyed],
        lambda: [Keyed(counts={"a": {"\udfff": 1}})],
        r"k\[0\]\.counts\.a would not come back as it is",
    ),
    "huge integer": (int, lambda: 10**MAX_DIGITS, "out of range"),
    "huge integer in a list": (list[int], lambda: [1, -(10**MAX_DIGITS)], "out of range"),
    "tuple as the key of a dict": (dict[tuple[int, int], int], lambda: {(1, 2): 3}, "valid tuple"),
    "function": (Callable[[], int], lambda: int, "cannot be written as JSON"),
    "numpy scalar": (Any, lambda: [np.float64(1.5)], "."),
    "class of a number": (np.float64, lambda: np.float64(1), "would not be read again: it cannot be made of JSON"),
    "array in a list": (list[np.ndarray[Any, Any]], lambda: [np.zeros(2)], "cannot be written as JSON"),
    "array of objects": (np.ndarray, lambda: np.array([{}]), "array of objects"),
    "subclass of an array": (np.ndarray, lambda: np.ma.masked_array([1]), "not a MaskedArray"),
    "items of a memoryview": (memoryview, lambda: memoryview(b"12345678").cast("q"), "other items than bytes"),
}


class _OwnList(list[int]):
    pass


def _noted(value: Any) -> Any:
    object.__setattr__(value, "__dict__", {**value.__dict__, "note": 1})
    return value


@pytest.mark.parametrize("name", LOSSES)
def test_what_would_come_back_as_something_else_is_refused_and_the_reason_says_where(name: str) -> None:
    form, make, reason = LOSSES[name]

    with pytest.raises(RefusedError, match=reason):
        encode(StoreKey("k", form), make())


KEPT: dict[str, tuple[Any, Any]] = {
    "minus zero": (float, -0.0),
    "NaN in a model": (Plain, Plain(number=1, ratio=math.nan)),
    "exponent of a Decimal": (Decimal, Decimal("1.50")),
    "naive time": (datetime, datetime(2024, 1, 1)),  # noqa: DTZ001  # that it is naive is kept
    "time in UTC": (datetime, datetime(2024, 1, 1, tzinfo=UTC)),
    "time with an offset": (datetime, datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2)))),
    "time of a zone": (datetime, datetime(2024, 2, 29, 12, tzinfo=ZoneInfo("Europe/Paris"))),
    "second hour of a night": (datetime, datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1)),
    "first hour of a night": (datetime, datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))),
    "fold of a time of day": (time, time(1, 30, fold=1)),
    "fold of a naive time": (datetime, datetime(2024, 1, 1, 1, 30, fold=1)),  # noqa: DTZ001  # the same
    "flags of a pattern": (re.Pattern[str], re.compile("a", re.DOTALL)),
    "pattern of bytes": (re.Pattern[bytes], re.compile(b"\xff")),
    "order of a dict": (dict[str, int], {"b": 1, "a": 2}),
    "an integer of as many digits as may be": (int, 10 ** (MAX_DIGITS - 1)),
    "digits in text": (list[str], ["1" * 5000]),
    "halves of surrogate pairs": (str, "\ud800a\udfff"),
    "a pair of halves": (str, "\ud83d\ude00"),
    "what stands for what cannot be read": (dict[str, str], {"\ufffd": "\ufffd"}),
    "aliases and left out fields": (Aliased, Aliased.model_construct(shown=b"\xff", hidden=1, count=5)),
    "an int for a float in a dataclass": (list[Spot], [Spot(1), Spot(1.0)]),
    "an int for a float in a named tuple": (Wide, Wide(1, [2, 2.0])),
    "values of an enum that JSON cannot tell": (Literal[Color.BLUE, "blue"], "blue"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_others_lose_is_kept(name: str) -> None:
    form, value = KEPT[name]

    assert identical(value, round_trip(StoreKey("k", form), value))


def test_a_model_still_knows_which_fields_it_was_given() -> None:
    key = StoreKey("k", list[Plain])
    values = [Plain(number=1), Plain(number=2, name="x"), Plain(number=3)]

    got = round_trip(key, values)

    assert [value.model_fields_set for value in got] == [{"number"}, {"number", "name"}, {"number"}]


def test_validators_that_convert_on_the_way_in_do_not_convert_again() -> None:
    value = Aliased.model_validate({"other": b"a", "HIDDEN": 1, "m": 2}, by_name=False, by_alias=True)

    assert value.hidden == 2
    assert round_trip(StoreKey("k", Aliased), value).hidden == 2


def test_a_secret_value_does_not_show_in_the_reason() -> None:
    key: StoreKey[Any] = StoreKey("k", Any, secret=True)

    with pytest.raises(RefusedError) as caught:
        encode(key, {"hunter2": ("hunter2",)})

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


# --- lists in pieces -------------------------------------------------------------------------------------


def test_pieces_of_a_list_are_joined_in_order() -> None:
    key = StoreKey("k", list[Plain])
    parts = [[Plain(number=1, name="a", ratio=1.0)], [], [Plain(number=2)], [Plain(number=3), Plain(number=4)]]

    got = decode(key, [encode(key, part) for part in parts], stamp_of(key), shared=False)

    assert identical([item for part in parts for item in part], got)


def test_pieces_without_items_are_an_empty_list() -> None:
    key = StoreKey("k", list[int])

    assert decode(key, [encode(key, []), encode(key, [])], stamp_of(key), shared=False) == []


# --- arrays and views --------------------------------------------------------------------------------------

ARRAYS = {
    "C order": np.arange(6.0).reshape(2, 3),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big-endian": np.arange(3, dtype=">i8"),
    "gaps": np.arange(10)[::2],
    "no dimension": np.array(3),
    "empty": np.zeros((0, 3)),
    "read-only": np.frombuffer(b"12345678", "<u4"),
    "times": np.array(["2024-01-01"], "datetime64[D]"),
    "texts": np.array(["a", "bc"]),
    "no bytes": np.zeros(3, "S0"),
    "fields": np.zeros(2, [("a", "i4"), ("b", "f8", (2,))]),
    "fields with gaps": np.zeros(2, np.dtype({"names": ["a"], "formats": ["i1"], "offsets": [3], "itemsize": 8})),
    "nested fields": np.zeros(2, [("a", [("b", "i2"), ("c", "U3")])]),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("shared", [False, True])
def test_an_array_keeps_dtype_shape_and_order(name: str, shared: bool) -> None:
    value = ARRAYS[name]

    got = round_trip(StoreKey("k", np.ndarray), value, shared=shared)

    assert identical(value, got)
    assert value.flags.f_contiguous == got.flags.f_contiguous or name == "gaps"
    assert got.flags.writeable is not shared


def test_a_contiguous_array_is_not_copied_to_be_written() -> None:
    value = np.arange(1000)

    _, body = encode(StoreKey("k", np.ndarray), value)

    assert np.shares_memory(value, np.frombuffer(body, np.uint8))


def test_a_shared_array_lies_on_the_bytes_that_were_read_and_an_owned_one_does_not() -> None:
    key, value = StoreKey("k", np.ndarray), np.arange(1000)
    head, body = encode(key, value)
    stored = bytes(body)

    shared = decode(key, [(head, stored)], stamp_of(key), shared=True)
    owned = decode(key, [(head, stored)], stamp_of(key), shared=False)

    assert np.shares_memory(shared, np.frombuffer(stored, np.uint8))
    assert owned.flags.owndata
    assert owned.flags.writeable


def test_a_shared_memoryview_lies_on_the_bytes_that_were_read() -> None:
    key, stored = StoreKey("k", memoryview), b"abc"
    head, _ = encode(key, memoryview(stored))

    assert decode(key, [(head, memoryview(stored))], stamp_of(key), shared=True).obj is stored
    assert decode(key, [(head, memoryview(stored))], stamp_of(key), shared=False).obj is not stored


def test_a_memoryview_is_copied_by_its_schema() -> None:
    stored = bytearray(b"abc")
    copied: memoryview = StoreKey("k", memoryview).schema.own(memoryview(stored))

    stored[0] = 0

    assert copied.tobytes() == b"abc"
    assert copied.readonly


# --- limits -------------------------------------------------------------------------------------------------


def _deep(depth: int) -> Any:
    value: Any = [0]
    for _ in range(depth - 1):
        value = [value]
    return value


def test_json_is_as_deep_as_the_limit_and_no_deeper() -> None:
    key: StoreKey[Any] = StoreKey("k", Any)

    assert identical(_deep(MAX_DEPTH), round_trip(key, _deep(MAX_DEPTH)))
    for depth in (MAX_DEPTH + 1, MAX_DEPTH + 100, 5000):
        with pytest.raises(RefusedError, match=r"recursion|depth"):
            encode(key, _deep(depth))


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(RefusedError, match="cannot be written as JSON"):
        encode(StoreKey("k", Any), value)


# --- facts ---------------------------------------------------------------------------------------------------


def test_a_head_tells_codec_time_and_size() -> None:
    before = datetime.now(UTC)

    facts = facts_of(encode(StoreKey("k", str), "abcd")[0])

    assert (facts.codec, facts.size) == ("text", 4)
    assert before - timedelta(milliseconds=1) <= facts.written <= datetime.now(UTC)


class Timed(BaseModel):
    timeout: float = 30
    least: float | None = 1


@pytest.mark.parametrize("value", [Timed(), Timed(timeout=45), Timed(timeout=1.5, least=None)], ids=repr)
def test_an_int_that_is_the_default_of_a_float_stays_one(value: Timed) -> None:
    key = StoreKey("k", Timed)

    got = decode(key, [encode(key, value)], stamp_of(key), shared=False)

    assert identical(got, value)
    assert got.model_fields_set == value.model_fields_set


class Given(BaseModel, frozen=True):
    name: str
    count: int = 0


def test_models_in_a_set_that_were_given_different_fields_are_refused_in_every_process() -> None:
    key = StoreKey("k", frozenset[Given])
    alike, mixed = frozenset({Given(name="a"), Given(name="b")}), frozenset({Given(name="a"), Given(name="b", count=0)})

    got = decode(key, [encode(key, alike)], stamp_of(key), shared=False)

    assert {(one.name, *one.model_fields_set) for one in got} == {("a", "name"), ("b", "name")}
    with pytest.raises(RefusedError, match="a set of models that were given different fields"):
        encode(key, mixed)

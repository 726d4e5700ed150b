"""Families: one key a parameter; different parameters never share a key."""

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import Field
from tests.catalogue.sample import numbered

from keyrack import KeyDefinitionError, KeyFamily, MemoryStore, StoreKey

SCORES = KeyFamily[int, float]("score", default=0.0, doc="How good it was.")
ONE_ID = UUID("12345678-1234-5678-1234-567812345678")


class Color(Enum):
    RED = 1
    BLUE = 2
    CRIMSON = 1  # noqa: PIE796  # an alias


class Level(IntEnum):
    LOW = 1


class Mode(StrEnum):
    READ = "read"


class Access(Flag):
    READ = 1
    WRITE = 2


class Bits(IntFlag):
    ONE = 1


class Text(str):
    __slots__ = ()


def family(form: Any) -> KeyFamily[Any, int]:
    """Give a family whose parameter is of type *form*."""
    made: KeyFamily[Any, int] = KeyFamily[form, int]("f")
    return made


# --- names ------------------------------------------------------------------------------------------

NAMES: list[tuple[Any, Any, str]] = [
    (int, 3, "f[3]"),
    (int, -3, "f[-3]"),
    (int, 10**100, f"f[{10**100}]"),
    (bool, True, "f[true]"),
    (str, "a", 'f["a"]'),
    (str, "", 'f[""]'),
    (str, "é😀 b", 'f["é😀 b"]'),
    (str, 'say "x"\\', r'f["say \"x\"\\"]'),
    (Color, Color.RED, "f[Color.RED]"),
    (Color, Color.CRIMSON, "f[Color.RED]"),
    (Level, Level.LOW, "f[Level.LOW]"),
    (Mode, Mode.READ, "f[Mode.READ]"),
    (Access, Access.READ | Access.WRITE, "f[Access.READ|WRITE]"),
    (UUID, ONE_ID, f"f[{ONE_ID}]"),
    (date, date(2024, 2, 29), "f[2024-02-29]"),
    (tuple[int, str], (3, "a"), 'f[3,"a"]'),
    (tuple[tuple[int, int], str], ((1, 2), "a"), 'f[(1,2),"a"]'),
    (Literal["a", "b"], "a", 'f["a"]'),
    (int | str, 3, "f[3]"),
    (int | str, "3", 'f["3"]'),
    (Annotated[int, Field(ge=0)], 3, "f[3]"),
]


@pytest.mark.parametrize(("form", "parameter", "name"), NAMES, ids=numbered(NAMES))
def test_a_key_is_named_after_its_parameter(form: Any, parameter: Any, name: str) -> None:
    key = family(form)[parameter]

    assert name == key.name
    assert key == StoreKey(name, int)


@pytest.mark.parametrize("text", ["\n", "\0", "\x7f", "\x85", "\ud800", "\u2028", "😀\n", "\ud83d\ude00\n", "a\\n"])
def test_any_text_makes_a_name_that_a_store_takes(text: str) -> None:
    key, store = family(str)[text], MemoryStore()

    store.put(key, 1)

    assert store.keys() == [key.name]
    assert key.name.isprintable()


PARAMETERS = st.one_of(
    st.integers(),
    st.booleans(),
    st.text(st.characters(), max_size=20),
    st.sampled_from(
        [*Color, *Level, *Mode, *Access, Access(0), Access(3), Bits(0), Bits(1), Bits(8), Bits(9), Bits(16)]
    ),
    st.uuids(),
    st.dates(),
)
NESTED = st.recursive(PARAMETERS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)
ANY_FAMILY = family(Any)


def distinct(parameter: Any) -> Any:
    """Give what two parameters differ in if they are different ones: True is not 1, and a member not its value."""
    if isinstance(parameter, tuple):
        return tuple(map(distinct, parameter))  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    return type(parameter), parameter


@given(NESTED, NESTED)
def test_different_parameters_make_different_names(one: Any, other: Any) -> None:
    assume(distinct(one) != distinct(other))

    assert ANY_FAMILY[one].name != ANY_FAMILY[other].name


@given(NESTED)
def test_the_same_parameter_makes_the_same_key(parameter: Any) -> None:
    one, other = family(Any), family(Any)

    assert one[parameter] == other[parameter]
    assert one[parameter] == one[copy.deepcopy(parameter)]
    assert one[parameter].name.isprintable()


@given(st.text(st.characters(), max_size=5), st.text(st.characters(), max_size=5))
def test_texts_of_all_characters_are_told_apart(one: str, other: str) -> None:
    assume(one != other)

    assert ANY_FAMILY[one].name != ANY_FAMILY[other].name


NEAR: list[tuple[Any, Any]] = [
    (1, True),
    (1, "1"),
    (1, (1,)),
    ((1,), ((1,),)),
    ((), ((),)),
    ((1, 2), ((1, 2),)),
    ((1, (2,)), ((1, 2),)),
    ("1,2", (1, 2)),
    ('a","b', ("a", "b")),
    ("Color.RED", Color.RED),
    (True, "true"),
    (0, Access(0)),
    (Bits(8), Bits(16)),
    ("😀\n", "\ud83d\ude00\n"),
    ("\\{a}", "\n"),
    ("\\", "\\\\"),
    (str(ONE_ID), ONE_ID),
    ("2024-02-29", date(2024, 2, 29)),
    (-1, "-1"),
]


@pytest.mark.parametrize(("one", "other"), NEAR, ids=numbered(NEAR))
def test_parameters_that_look_alike_are_told_apart(one: Any, other: Any) -> None:
    assert ANY_FAMILY[one] != ANY_FAMILY[other]
    assert ANY_FAMILY[one].name != ANY_FAMILY[other].name
    assert ANY_FAMILY[other].name != ANY_FAMILY[one].name


def test_a_member_of_an_int_enum_is_the_int_where_an_int_is_declared() -> None:
    assert family(int)[Level.LOW] == family(int)[1]
    assert family(str)[Mode.READ] == family(str)["read"]
    assert family(str)[Text("a")] == family(str)["a"]


# --- what a parameter has to be ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "parameter", "said"),
    [
        (int, "3", "f[...] takes int, got '3' (str)"),
        (int, True, "f[...] takes int, got True (bool)"),
        (int, 3.0, "f[...] takes int, got 3.0 (float)"),
        (int, None, "f[...] takes int, got None (None)"),
        (int, [1], "f[...] takes int, got [1] (list)"),
        (int, int, "f[...] takes int, got <class 'int'> (type)"),
        (bool, 1, "f[...] takes bool, got 1 (int)"),
        (str, 3, "f[...] takes str, got 3 (int)"),
        (str, b"a", "f[...] takes str, got b'a' (bytes)"),
        (Color, 1, "f[...] takes Color, got 1 (int)"),
        (Color, "RED", "f[...] takes Color, got 'RED' (str)"),
        (UUID, str(ONE_ID), "f[...] takes UUID, got '12345678-1234-5678-1234-567812345678' (str)"),
        (
            date,
            datetime(2024, 1, 1, tzinfo=UTC),
            "f[...] takes date, got datetime.datetime(2024, 1, 1, 0, 0, tzi… (datetime)",
        ),
        (date, "2024-02-29", "f[...] takes date, got '2024-02-29' (str)"),
        (tuple[int, str], (1, 2), "f[...] takes tuple[int, str], got (1, 2) (tuple)"),
        (tuple[int, str], [1, "a"], "f[...] takes tuple[int, str], got [1, 'a'] (list)"),
        (tuple[int, str], (1,), "f[...] takes tuple[int, str], got (1,) (tuple)"),
        (Annotated[int, Field(ge=0)], -1, "f[...] takes int, got -1 (int)"),
        (Literal["a"], "b", "f[...] takes Literal['a'], got 'b' (str)"),
    ],
    ids=str,
)
def test_a_parameter_of_another_type_is_refused(form: Any, parameter: Any, said: str) -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        family(form)[parameter]

    assert said == caught.value.reason
    assert caught.value.file == __file__


ZONE = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "parameter",
    [1.5, None, b"a", frozenset({1}), datetime(2024, 1, 1, tzinfo=ZONE), 1j, (1, 2.5), ((None,),), [1], {}],
    ids=str,
)
def test_what_names_could_not_tell_apart_is_no_parameter(parameter: Any) -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        family(Any)[parameter]

    assert caught.value.reason.startswith("the keys of 'f' cannot be told apart by ")


@pytest.mark.parametrize("parameter", ["a" * 600, "\n" * 200, "é" * 300])
def test_a_parameter_that_makes_too_long_a_name_is_refused(parameter: str) -> None:
    with pytest.raises(KeyDefinitionError, match="the most is 511"):
        family(str)[parameter]


@pytest.mark.parametrize("parameter", [10**600, 10**5_000, -(10**1_000_000)], ids=["600", "5000", "million"])
def test_a_number_of_too_many_digits_is_refused(parameter: int) -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        family(int)[parameter]

    assert len(str(caught.value)) < 400


# --- the keys of a family ---------------------------------------------------------------------------


def test_a_key_of_a_family_has_what_the_family_was_declared_with() -> None:
    key = SCORES[3]

    assert key.name == "score[3]"
    assert key.form is float
    assert key.doc == SCORES.doc == "How good it was."
    assert MemoryStore().get(key) == 0.0
    assert repr(key) == "StoreKey('score[3]', float)"


def test_options_hold_for_every_key_of_a_family() -> None:
    secret = KeyFamily[str, list[int]]("secret", secret=True, strict=False, default_factory=list)
    key, store = secret["a"], MemoryStore()

    store.put(key, ("1", 2))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    assert key.secret
    assert store.get(key) == [1, 2]
    assert store.get(secret["b"]) == []


def test_the_default_of_a_family_is_each_keys_own() -> None:
    lists = KeyFamily[int, list[int]]("lists", default=[1])
    store = MemoryStore()

    store.get(lists[1]).append(2)
    store.append(lists[2], 3)

    assert store.get(lists[1]) == [1]
    assert store.get(lists[2]) == [1, 3]
    assert store.get(lists[3]) == [1]


def test_a_family_gives_the_same_key_again_and_does_not_keep_all_of_them() -> None:
    many = KeyFamily[int, int]("many")
    first = many[0]

    assert first is many[0]
    for parameter in range(5_000):
        assert many[parameter].name == f"many[{parameter}]"
    assert first == many[0]


def test_keys_of_a_family_share_the_schema_of_its_type() -> None:
    lists = KeyFamily[int, list[int]]("lists")

    assert lists[1].schema is lists[2].schema is StoreKey("k", list[int]).schema


def test_a_family_knows_the_names_of_its_keys() -> None:
    assert SCORES.covers("score[3]")
    assert not SCORES.covers("score")
    assert not SCORES.covers("scores[3]")
    assert not SCORES.covers("score[3]x")
    assert not SCORES.covers("other[3]")
    assert SCORES.member("score[3]") == SCORES[3]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("parameter", [3, -1])
def test_a_key_of_a_family_comes_back_from_a_pickle(parameter: int, protocol: int) -> None:
    key: StoreKey[float] = pickle.loads(pickle.dumps(SCORES[parameter], protocol))

    assert SCORES[parameter] == key
    assert key.doc == "How good it was."
    assert key.make_default() == 0.0


def test_a_family_comes_back_from_a_pickle() -> None:
    got: KeyFamily[int, float] = pickle.loads(pickle.dumps(SCORES))

    assert repr(SCORES) == repr(got) == "KeyFamily('score', int, float)"
    assert got[3] == SCORES[3]
    with pytest.raises(KeyDefinitionError):
        got["3"]  # type: ignore[index]  # pyright: ignore[reportArgumentType]


def test_a_copy_of_a_family_is_the_family() -> None:
    assert copy.copy(SCORES) is SCORES
    assert copy.deepcopy([SCORES])[0] is SCORES


def test_the_types_of_a_family_may_come_later() -> None:
    untyped: Any = KeyFamily
    later: KeyFamily[Any, Any] = untyped["ParameterType", "list[ValueType]"]("later")

    class ParameterType(Enum):
        A = 1

    class ValueType: ...

    globals().update(ParameterType=ParameterType, ValueType=ValueType)

    assert later[ParameterType.A].form == list[ValueType]
    with pytest.raises(KeyDefinitionError, match=r"later\[...\] takes ParameterType, got 1 \(int\)"):
        later[1]

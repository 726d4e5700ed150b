"""Keys: how they are declared, what they tell, and that nobody changes them."""

import copy
import pickle
import sys
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from tests.catalogue.models import User
from tests.catalogue.scalars import Color

from keyrack import KeyDefinitionError, MemoryStore, StoreKey

UntypedKey: Any = StoreKey
"""The class for those who run no type checker."""

COUNT = StoreKey("count", int)
SEEN = StoreKey[list[int]]("seen", default_factory=list, doc="What was seen.")
OWNER = StoreKey[User]("owner", default=User(name="Ada"), secret=True, strict=False)


def here() -> int:
    """Give the line of the caller."""
    return sys._getframe(1).f_lineno  # pyright: ignore[reportPrivateUsage]


# --- the ways to declare ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [int, int | None, Literal["a"], Annotated[int, Field(gt=0)], list[User], None, Any, "list[int]", Color],
    ids=str,
)
def test_both_ways_to_write_a_key_give_the_same_key(form: Any) -> None:
    one: StoreKey[Any] = StoreKey("k", form)
    other: StoreKey[Any] = StoreKey[form]("k")

    assert one == other
    assert hash(one) == hash(other)
    assert one.form == other.form
    assert repr(one) == repr(other)
    assert one.type_text == other.type_text


def test_a_key_tells_what_it_was_declared_with() -> None:
    assert COUNT.name == "count"
    assert COUNT.form is int
    assert COUNT.type_text == "int"
    assert COUNT.doc == ""
    assert COUNT.strict
    assert not COUNT.secret
    assert not COUNT.has_default
    assert repr(COUNT) == "StoreKey('count', int)"
    assert SEEN.doc == "What was seen."
    assert SEEN.has_default
    assert OWNER.secret
    assert not OWNER.strict


def test_none_is_a_type() -> None:
    assert StoreKey("k", None).form is type(None)
    assert StoreKey[None]("k").type_text == "None"


def test_a_type_in_a_string_is_looked_up_where_the_key_is_declared() -> None:
    class Local: ...

    key: StoreKey[Any] = StoreKey("k", "list[Local]")

    assert key.form == list[Local]


def test_a_type_in_a_string_may_come_after_the_key() -> None:
    key: StoreKey[Any] = StoreKey("k", "dict[str, Later]")
    store = MemoryStore()

    store.put(key, {"a": Later()})

    assert key.form == dict[str, Later]


class Later: ...


def test_a_type_that_is_nowhere_is_an_error_on_first_use_that_names_key_and_line() -> None:
    key, line = StoreKey[Any]("k", default=1), here()
    lost: StoreKey[Any] = UntypedKey("lost", "list[Nowhere]")

    with pytest.raises(KeyDefinitionError) as caught:
        MemoryStore().put(lost, [])

    assert str(caught.value) == (
        "the type of key 'lost' (list[Nowhere]) cannot be resolved: name 'Nowhere' is not defined; import or define "
        f"the name, outside TYPE_CHECKING, before the key is first used ({__file__}:{line + 1})"
    )
    assert MemoryStore().get(key) == 1
    with pytest.raises(KeyDefinitionError):
        MemoryStore().put(lost, [])


@pytest.mark.parametrize("text", ["list[", "3 +", "int[str]", "sys.nothing"])
def test_a_type_in_a_string_that_is_none_is_an_error_that_names_the_key(text: str) -> None:
    with pytest.raises(KeyDefinitionError, match="'broken'"):
        MemoryStore().put(UntypedKey("broken", text), 1)


def test_as_an_attribute_of_any_class_a_key_is_itself() -> None:
    class Holder:
        key = COUNT

    assert Holder.key is COUNT
    assert Holder().key is COUNT


# --- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a", "é" * 255, "a b", "a.b/c:d", "😀", "[0]", "'quoted\"", "\u2028", "None", " ", "a" * 511]
)
def test_any_other_text_is_a_name(name: str) -> None:
    store = MemoryStore()

    store.put(StoreKey(name, int), 3)

    assert store.keys() == [name]
    assert store.get(StoreKey(name, int)) == 3


@given(st.text(st.characters()))
def test_a_name_is_taken_as_it_is_or_refused(name: str) -> None:
    try:
        key = StoreKey(name, int)
    except KeyDefinitionError as error:
        assert str(error).isprintable()  # noqa: PT017  # both answers are right
    else:
        assert name == key.name
        assert name.encode()


class Name(str, Enum):  # noqa: UP042  # StrEnum has the right str()
    """A str whose ``str()`` is another one."""

    A = "a"


class Shouting(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "A\n"

    def encode(self, encoding: str = "", errors: str = "") -> bytes:
        return b""


@pytest.mark.parametrize("name", [Name.A, Shouting("a")], ids=["enum", "subclass"])
def test_a_name_of_a_class_of_its_own_is_read_as_the_text_it_is(name: str) -> None:
    key = StoreKey(name, int)

    assert type(key.name) is str
    assert key.name == "a"


# --- equality, copies, pickles ----------------------------------------------------------------------


def test_keys_are_equal_when_name_and_type_are() -> None:
    assert StoreKey("k", int) == StoreKey("k", int)
    assert StoreKey("k", int | str) == StoreKey("k", str | int)
    assert StoreKey("k", Optional[int]) == StoreKey("k", int | None)  # noqa: UP045
    assert StoreKey("k", int) == StoreKey[int]("k", default=3, doc="doc", secret=True, strict=False)


def test_keys_are_equal_whose_rules_are_written_twice() -> None:
    one = StoreKey("k", Annotated[list[int], Field(max_length=3, description="few")])
    other = StoreKey("k", Annotated[list[int], Field(max_length=3, description="few")])

    assert one == other
    assert one == pickle.loads(pickle.dumps(other))
    assert one != StoreKey("k", Annotated[list[int], Field(max_length=4, description="few")])


@pytest.mark.parametrize(
    "other",
    [
        *(
            StoreKey("other", Literal[1]),
            StoreKey("k", int),
            StoreKey("k", Literal[True]),
            StoreKey("k", Literal[1, 2]),
        ),
        *("k", 1, None, Literal[1]),
    ],
    ids=repr,
)
def test_keys_of_another_name_or_type_are_not_equal(other: object) -> None:
    assert StoreKey("k", Literal[1]) != other


def test_keys_can_stand_in_sets_and_dicts() -> None:
    assert {COUNT, StoreKey("count", int), StoreKey("count", str)} == {COUNT, StoreKey("count", str)}
    assert {COUNT: 1}[StoreKey("count", int)] == 1
    assert hash(StoreKey("k", Annotated[int, []])) == hash(StoreKey("k", Annotated[int, []]))


@pytest.mark.parametrize("key", [COUNT, SEEN, OWNER], ids=repr)
def test_a_copy_of_a_key_is_the_key(key: StoreKey[Any]) -> None:
    assert copy.copy(key) is key
    assert copy.deepcopy(key) is key
    assert copy.deepcopy({"k": [key]})["k"][0] is key


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("key", [COUNT, SEEN, OWNER, StoreKey("k", Annotated[list[int], "doc"])], ids=repr)
def test_a_key_comes_back_from_a_pickle_with_all_it_was_declared_with(key: StoreKey[Any], protocol: int) -> None:
    got: StoreKey[Any] = pickle.loads(pickle.dumps(key, protocol))

    assert key == got
    assert (key.doc, key.secret, key.strict, key.has_default) == (got.doc, got.secret, got.strict, got.has_default)
    if key.has_default:
        assert key.make_default() == got.make_default()


def test_a_key_does_not_change() -> None:
    key: Any = StoreKey("k", int)

    for attribute in ("name", "form", "doc", "exact", "anything"):
        with pytest.raises(AttributeError, match=r"StoreKey\('k', int\) cannot be changed; declare another key"):
            setattr(key, attribute, "x")
        with pytest.raises(AttributeError, match="cannot be changed"):
            delattr(key, attribute)
    assert key.name == "k"


# --- a key is no slot -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verb", ["get", "get_shared", "put", "put_shared", "append", "extend", "update", "remove", "exists"]
)
def test_a_key_used_as_if_it_held_a_value_says_where_the_verbs_are(verb: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(COUNT, verb)

    assert str(caught.value).startswith(
        "StoreKey('count', int) is a key and holds no value: pass it to a verb of the store"
    )
    assert not hasattr(COUNT, verb)


def test_a_value_on_its_way_shows_itself_unless_it_is_a_secret() -> None:
    assert repr(COUNT.to(3)) == "StoreKey('count', int).to(3)"
    assert repr(OWNER.to(User(name="Ada"))) == "StoreKey('owner', User).to(a secret)"

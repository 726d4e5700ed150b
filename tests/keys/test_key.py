"""Keys: how they are declared, what they tell, and that nobody changes them."""

import copy
import pickle
import sys
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, SecretStr
from tests.catalogue.models import User
from tests.catalogue.sample import numbered
from tests.catalogue.scalars import Color

from keyrack import KeyDefinitionError, KeyNotFoundError, MemoryStore, StoreKey

COUNT = StoreKey("count", int)
SEEN = StoreKey[list[int]]("seen", default_factory=list, doc="What was seen.")
OWNER = StoreKey[User]("owner", default=User(name="Ada"), secret=True, strict=False)

Unusable = Any
"""Stands where a type checker would refuse what these tests are about."""


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
    lost: StoreKey[Any] = StoreKey("lost", "list[Nowhere]")

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
        MemoryStore().put(StoreKey("broken", text), 1)


def test_as_an_attribute_of_any_class_a_key_is_itself() -> None:
    class Holder:
        key = COUNT

    assert Holder.key is COUNT
    assert Holder().key is COUNT


# --- declarations that can never work ---------------------------------------------------------------


def _fail() -> Any:
    raise RuntimeError("no default today")


WRONG: list[tuple[str, Callable[[], object]]] = [
    ("a name must not be empty", lambda: StoreKey("", int)),
    ("a name is a str, got 3 (int)", lambda: StoreKey(Unusable(3), int)),  # type: ignore[operator]
    ("a name is a str, got b'a' (bytes)", lambda: StoreKey(b"a", int)),  # type: ignore[call-overload]
    ("the name 'a\\nb' holds a control character", lambda: StoreKey("a\nb", int)),
]


def declare(*args: Any, **options: Any) -> StoreKey[Any]:
    """Declare a key as nobody who runs a type checker would."""
    make: Any = StoreKey
    key: StoreKey[Any] = make(*args, **options)
    return key


def typed(form: Any) -> Any:
    make: Any = StoreKey
    return make[form]


DECLARATIONS: list[tuple[Callable[[], object], str]] = [
    (lambda: declare("", int), "a name must not be empty"),
    (lambda: declare(3, int), "a name is a str, got 3 (int)"),
    (lambda: declare(b"a", int), "a name is a str, got b'a' (bytes)"),
    (lambda: declare(["a"], int), "a name is a str, got ['a'] (list)"),
    (lambda: declare("a\nb", int), r"the name 'a\nb' holds a control character"),
    (lambda: declare("\0", int), r"the name '\x00' holds a control character"),
    (lambda: declare("a\x7f", int), r"the name 'a\x7f' holds a control character"),
    (lambda: declare("a\x85b", int), r"the name 'a\x85b' holds a control character"),
    (lambda: declare("a\ud800", int), r"the name 'a\ud800' holds half of a surrogate pair"),
    (lambda: declare("é" * 256, int), "the name '" + "é" * 38 + "… has 512 bytes of UTF-8; the most is 511"),
    (lambda: declare("k"), "key 'k' has no type; write StoreKey('k', int), or StoreKey[int]('k')"),
    (lambda: declare("k", 3), "key 'k' has no type: 3 is none"),
    (lambda: declare("k", [int]), "key 'k' has no type: [<class 'int'>] is none"),
    (lambda: declare("k", (int, str)), "key 'k' has no type: (<class 'int'>, <class 'str'>) is none"),
    (lambda: declare("k", sys), "key 'k' has no type: <module 'sys' (built-in)> is none"),
    (lambda: declare(), "a key has no name; write StoreKey('name', int)"),
    (lambda: declare(None, int), "a key has no name; write StoreKey('name', int)"),
    (lambda: typed(int)(), "a key has no name; write StoreKey('name', int)"),
    (lambda: typed((int, str)), "StoreKey takes one type, got 2"),
    (lambda: typed(int)("k", default="x"), "the default of key 'k' (int) does not fit: it should be a valid integer, got 'x' (str)"),
    (lambda: typed(list[int])("k", default=[1, "x"]), "the default of key 'k' (list[int]) does not fit: it[1] should be a valid integer, got 'x' (str)"),
    (lambda: typed(int)("k", default_factory=str), "the default of key 'k' (int) does not fit: it should be a valid integer, got '' (str)"),
    (lambda: typed(Annotated[list[int], Field(min_length=1)])("k", default_factory=list), "the default of key 'k' (list[int]) does not fit: it should have at least 1 item after validation, not 0, got [] (list)"),
    (lambda: typed(User)("k", default={"name": "A"}), "the default of key 'k' (User) does not fit: it should be an instance of User, got {'name': 'A'} (dict)"),
    (lambda: typed(int)("k", default=1, default_factory=int), "a key has a default or a default_factory, not both"),
    (lambda: COUNT.with_default(Unusable.__class__), "the default of key 'count' (int) does not fit: it should be a valid integer, got <class 'typing._AnyMeta'> (type)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), DECLARATIONS, ids=numbered(DECLARATIONS))
def test_a_declaration_that_can_never_work_is_refused_with_its_line(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        make()

    assert reason == caught.value.reason
    assert __file__ == caught.value.file
    assert str(caught.value) == f"{reason} ({__file__}:{caught.value.line})"
    lines = {here_of(make), here_of(declare), here_of(typed)}
    assert any(0 <= (caught.value.line or 0) - line <= 3 for line in lines)


def here_of(function: Callable[..., object]) -> int:
    return function.__code__.co_firstlineno  # type: ignore[attr-defined,no-any-return]  # pyright: ignore


def test_a_key_in_any_class_body_needs_its_type_when_it_is_used() -> None:
    class Holder:
        key: StoreKey[Any] = StoreKey("k")

    with pytest.raises(KeyDefinitionError, match="key 'k' has no type"):
        MemoryStore().put(Holder.key, 1)


def test_a_default_that_cannot_be_made_says_for_which_key() -> None:
    with pytest.raises(RuntimeError, match="no default today") as caught:
        StoreKey[int]("k", default_factory=_fail)

    assert "while making the default of key 'k'" in caught.value.__notes__[0]


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


class Name(str, Enum):
    """A str whose ``str()`` is another one."""

    A = "a"


class Shouting(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "A\n"

    def encode(self, *args: Any) -> bytes:
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
@pytest.mark.parametrize(
    "key", [COUNT, SEEN, OWNER, StoreKey("k", Annotated[list[int], Field(max_length=3)])], ids=repr
)
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


# --- defaults ---------------------------------------------------------------------------------------


def test_a_default_is_given_where_nothing_is_stored() -> None:
    key = StoreKey[int | None]("k", default=None)
    store = MemoryStore()

    assert store.get(key) is None
    store.put(key, 3)
    assert store.get(key) == 3
    store.remove(key)
    assert store.get(key) is None
    assert not store.contains_key(key)


def test_a_default_is_copied_when_it_is_declared_and_when_it_is_given() -> None:
    given: list[int] = [1]
    key = StoreKey[list[int]]("k", default=given)
    store = MemoryStore()

    given.append(2)
    store.get(key).append(3)

    assert store.get(key) == [1]
    assert key.make_default() == [1]
    assert store.get_shared(key) == [1]


def test_a_factory_makes_a_default_each_time_and_each_is_checked() -> None:
    made: list[list[Any]] = [[0], [1], [2], ["x"]]
    key = StoreKey[list[int]]("k", default_factory=lambda: made.pop(0))
    store = MemoryStore()

    assert store.get(key) == [1]
    assert store.get(key) == [2]
    with pytest.raises(
        KeyDefinitionError, match=r"the default of key 'k' \(list\[int\]\) does not fit: it\[0\] should be"
    ):
        store.get(key)


def test_what_a_factory_holds_on_to_is_not_what_is_given() -> None:
    kept: list[int] = [1]
    key = StoreKey[list[int]]("k", default_factory=lambda: kept)

    MemoryStore().get(key).append(2)

    assert kept == [1]


def test_a_factory_of_empty_containers_needs_no_validation_when_it_is_declared() -> None:
    script = (
        "import sys; from keyrack import StoreKey;"
        "StoreKey[list[int]]('a', default_factory=list); StoreKey[int]('b', default=3); StoreKey('c', dict[str, int]);"
        "sys.exit('pydantic' in sys.modules)"
    )

    assert run_python(script) == 0


def run_python(script: str) -> int:
    import subprocess

    return subprocess.run([sys.executable, "-c", script], check=False).returncode


def test_a_key_with_a_default_is_another_key_with_the_same_options() -> None:
    key = StoreKey[list[int]]("k", doc="doc", secret=True, strict=False)

    other = key.with_default([1])

    assert other == key
    assert other.make_default() == [1]
    assert not key.has_default
    assert (other.doc, other.secret, other.strict) == ("doc", True, False)


def test_a_default_replaces_a_factory() -> None:
    assert SEEN.with_default([7]).make_default() == [7]


def test_a_key_without_a_default_says_so() -> None:
    with pytest.raises(KeyDefinitionError, match="key 'count' has no default"):
        COUNT.make_default()
    with pytest.raises(KeyNotFoundError):
        MemoryStore().get(COUNT)


def test_a_default_whose_type_comes_later_is_checked_when_it_is_first_given() -> None:
    right: StoreKey[Any] = StoreKey["list[ComesLater]"]("right", default=[])
    wrong: StoreKey[Any] = StoreKey["list[ComesLater]"]("wrong", default=Unusable_default)

    with pytest.raises(KeyDefinitionError, match="cannot be resolved"):
        MemoryStore().get(right)

    class ComesLater: ...

    globals()["ComesLater"] = ComesLater
    assert MemoryStore().get(right) == []
    with pytest.raises(KeyDefinitionError, match=r"the default of key 'wrong' \(list\[ComesLater\]\) does not fit"):
        MemoryStore().get(wrong)


Unusable_default: Any = 3


def test_a_default_of_a_secret_key_is_not_shown() -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        StoreKey[SecretStr]("k", secret=True, default=Unusable_default)

    assert caught.value.reason == "the default of key 'k' (SecretStr) does not fit"


def test_a_default_goes_through_the_validators_once() -> None:
    key = StoreKey[Annotated[int, AfterValidator(lambda value: value + 1)]]("k", default=1)

    assert key.make_default() == 2
    assert MemoryStore().get(key) == 2

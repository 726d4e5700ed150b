"""Declarations of keys that can never work: refused where they stand, with file and line."""

import sys
from types import FunctionType
from typing import Annotated, Any

import pytest
from pydantic import Field
from tests.catalogue.models import User
from tests.catalogue.sample import numbered

from keyrack import KeyDefinitionError, KeyFamily, MemoryStore, StoreKey

# The classes for those who run no type checker.
Key: Any = StoreKey
Family: Any = KeyFamily
SHORT = Annotated[list[int], Field(min_length=1)]

NO_NAME = "a key has no name; write StoreKey('name', int)"
NO_FAMILY_NAME = "a key family has no name; write KeyFamily[int, str]('name')"
TWO_TYPES = "KeyFamily takes two types: that of the parameter and that of the values"
NO_INT = "does not fit: it should be a valid integer, got 'x' (str)"

NAMES: list[tuple[Any, str]] = [
    (lambda: Key("", int), "a name must not be empty"),
    (lambda: Key(3, int), "a name is a str, got 3 (int)"),
    (lambda: Key(b"a", int), "a name is a str, got b'a' (bytes)"),
    (lambda: Key(["a"], int), "a name is a str, got ['a'] (list)"),
    (lambda: Key("a\nb", int), r"the name 'a\nb' holds a control character"),
    (lambda: Key("\0", int), r"the name '\x00' holds a control character"),
    (lambda: Key("a\x7f", int), r"the name 'a\x7f' holds a control character"),
    (lambda: Key("a\x85b", int), r"the name 'a\x85b' holds a control character"),
    (lambda: Key("a\ud800", int), r"the name 'a\ud800' holds half of a surrogate pair"),
    (lambda: Key("é" * 256, int), f"the name '{'é' * 38}… has 512 bytes of UTF-8; the most is 511"),
    (lambda: Key(None, int), NO_NAME),
    (lambda: Key(), NO_NAME),  # noqa: PLW0108  # the line counts
    (lambda: Key[int](), NO_NAME),  # noqa: PLW0108
    (lambda: Family[int, str](), NO_FAMILY_NAME),  # noqa: PLW0108
    (lambda: Family[int, str](""), "a name must not be empty"),
]

TYPES: list[tuple[Any, str]] = [
    (lambda: Key("k"), "key 'k' has no type; write StoreKey('k', int), or StoreKey[int]('k')"),
    (lambda: Key("k", 3), "key 'k' has no type: 3 is no type"),
    (lambda: Key("k", [int]), "key 'k' has no type: [<class 'int'>] is no type"),
    (lambda: Key("k", (int, str)), "key 'k' has no type: (<class 'int'>, <class 'str'>) is no type"),
    (lambda: Key("k", sys), "key 'k' has no type: <module 'sys' (built-in)> is no type"),
    (lambda: Key("k", ...), "key 'k' has no type: Ellipsis is no type"),
    (lambda: Key[int, str], "StoreKey takes one type, got 2"),
    (lambda: Key[()], "StoreKey takes one type, got 0"),
    (lambda: Family("f"), "a key family has no types; write KeyFamily[int, str]('name')"),
    (lambda: Family[int], TWO_TYPES),
    (lambda: Family[int, str, str], TWO_TYPES),
]

DEFAULTS: list[tuple[Any, str]] = [
    (lambda: Key[int]("k", default="x"), f"the default of key 'k' (int) {NO_INT}"),
    (lambda: Key[int]("k", default_factory=lambda: "x"), f"the default of key 'k' (int) {NO_INT}"),
    (lambda: Key("k", int).with_default("x"), f"the default of key 'k' (int) {NO_INT}"),
    (lambda: Key[int]("k", secret=True, default="x"), "the default of key 'k' (int) does not fit"),
    (
        lambda: Key[list[int]]("k", default=[1, "x"]),
        "the default of key 'k' (list[int]) does not fit: it[1] should be a valid integer, got 'x' (str)",
    ),
    (
        lambda: Key[SHORT]("k", default_factory=list),
        (
            "the default of key 'k' (list[int]) does not fit: "
            "it should have at least 1 item after validation, not 0, got [] (list)"
        ),
    ),
    (
        lambda: Key[User]("k", default={"name": "A"}),
        "the default of key 'k' (User) does not fit: it should be an instance of User, got {'name': 'A'} (dict)",
    ),
    (
        lambda: Key[Any]("k", default=(part for part in "abc")),
        "the default of key 'k' (Any) cannot be copied; use default_factory",
    ),
    (lambda: Key[int]("k", default=1, default_factory=int), "a key has a default or a default_factory, not both"),
    (lambda: Family[int, int]("f", default="x"), f"the default of key 'f' (int) {NO_INT}"),
]

CASES = [*NAMES, *TYPES, *DEFAULTS]


@pytest.mark.parametrize(("declare", "reason"), CASES, ids=numbered(CASES))
def test_a_declaration_that_can_never_work_is_refused_with_its_line(declare: FunctionType, reason: str) -> None:
    with pytest.raises(KeyDefinitionError) as caught:
        declare()

    line = declare.__code__.co_firstlineno
    assert reason == caught.value.reason
    assert (caught.value.file, caught.value.line) == (__file__, line)
    assert str(caught.value) == f"{reason} ({__file__}:{line})"


def test_the_line_is_that_of_the_statement_in_whatever_function_it_stands() -> None:
    def declare_keys() -> None:
        StoreKey("fine", int)
        StoreKey("", int)

    with pytest.raises(KeyDefinitionError) as caught:
        declare_keys()

    assert caught.value.line == declare_keys.__code__.co_firstlineno + 2


def test_a_key_in_any_class_body_needs_its_type_when_it_is_used() -> None:
    class Holder:
        key: StoreKey[Any] = StoreKey("k")

    with pytest.raises(KeyDefinitionError, match="key 'k' has no type"):
        MemoryStore().put(Holder.key, 1)


@pytest.mark.parametrize("option", ["defualt", "coding", "version"])
def test_an_option_that_does_not_exist_is_a_plain_type_error(option: str) -> None:
    with pytest.raises(TypeError, match=option):
        Key("k", int, **{option: 3})

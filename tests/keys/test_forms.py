"""Type forms taken apart and put together: the shortcut's class, items of lists, forward references."""

import sys
from collections import deque
from collections.abc import Callable, Collection, Container, Reversible
from enum import Enum
from typing import (  # noqa: UP035  # List is the older form
    Annotated,
    Any,
    ClassVar,
    Concatenate,
    Final,
    ForwardRef,
    List,
    Literal,
    LiteralString,
    NewType,
    NotRequired,
    Optional,
    Required,
    TypeGuard,
    TypeVar,
    Union,
    cast,
)

import pytest
from pydantic import Field
from tests.catalogue.sample import numbered
from tests.catalogue.scalars import Access, Bits, Color, Level, Mode
from typing_extensions import ReadOnly, TypeAliasType, TypeForm, TypeIs

from keyrack import AppendTypeMismatchError, KeyDefinitionError, MemoryStore, StoreKey, TypeMismatchError
from keyrack.keys.forms import NoClass, Scope, exact_class, forward_names, is_list, item_form, rewrite

T = TypeVar("T")
Numbers = TypeAliasType("Numbers", list[int])
Small = TypeAliasType("Small", int)
Items = TypeAliasType("Items", list[T], type_params=(T,))
Row = NewType("Row", list[int])
Rows = NewType("Rows", Row)


class OwnRules(Enum):
    A = 1

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(source)


@pytest.mark.parametrize(
    "form", [int, str, float, bool, bytes, complex, type(None), Color, Level, Mode, Access, Bits], ids=str
)
def test_instances_of_these_classes_fit_by_their_class(form: Any) -> None:
    assert form is exact_class(form)


@pytest.mark.parametrize(
    "form",
    [
        *(list, object, type, OwnRules, int | None, Literal[1], Annotated[int, "doc"], list[int], Any, "int"),
        *(NewType("N", int), Small, Optional[int], bytearray),  # noqa: UP045
    ],
    ids=str,
)
def test_for_other_forms_there_is_no_such_class(form: Any) -> None:
    assert exact_class(form) is NoClass


LISTS: list[tuple[Any, Any]] = [
    (list[int], int),
    (list, Any),
    (List[str], str),  # noqa: UP006  # the older form
    (Annotated[list[int], Field(max_length=3)], int),
    (Annotated[Annotated[list[int], "a"], "b"], int),
    (Numbers, int),
    (Row, int),
    (Rows, int),
    (list[list[str]], list[str]),
]


@pytest.mark.parametrize(("form", "item"), LISTS, ids=numbered(LISTS))
def test_a_list_by_any_name_is_a_list(form: Any, item: Any) -> None:
    assert is_list(form)
    assert item == item_form(form)


@pytest.mark.parametrize(
    "form", [int, tuple[int, ...], set[int], deque[int], list[int] | None, Any, Literal["list"], None]
)
def test_everything_else_is_no_list(form: Any) -> None:
    store = MemoryStore()

    assert not is_list(form)
    with pytest.raises(AppendTypeMismatchError, match="k is not declared as a list; nothing was written"):
        store.append(StoreKey("k", form), 1)
    assert store.is_empty()


@pytest.mark.parametrize("form", [list[int], list, Numbers, Items[int], Row, Annotated[list[int], "doc"]], ids=str)
def test_a_list_by_any_name_can_be_appended_to(form: Any) -> None:
    key: StoreKey[list[Any]] = StoreKey("k", form)
    store = MemoryStore()

    store.append(key, 1)
    store.append(key, 2)

    assert store.get(key) == [1, 2]
    if form is not list:
        with pytest.raises(AppendTypeMismatchError):
            store.append(key, "3")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement is new in 3.12")
def test_a_list_named_by_a_type_statement_can_be_appended_to() -> None:
    space: dict[str, Any] = {}
    exec("type Plain = list[int]\ntype Made[T] = list[T]", space)  # noqa: S102
    store = MemoryStore()

    for name, form in (("plain", space["Plain"]), ("made", space["Made"][int])):
        key: StoreKey[list[Any]] = StoreKey(name, form)
        store.append(key, 1)

        assert is_list(form)
        assert store.get(key) == [1]
        with pytest.raises(AppendTypeMismatchError):
            store.append(key, "2")


# --- rewriting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        *(
            ClassVar[int],
            ClassVar,
            Final[int],
            Required[int],
            NotRequired[int],
            ReadOnly[int],
            Union,
            Optional,
            Literal,
        ),
        *(TypeGuard[int], TypeIs[int], TypeForm[int], Concatenate[int, ...], list[TypeGuard[int]], int | TypeIs[int]),
    ],
    ids=str,
)
def test_what_says_nothing_of_a_value_is_no_type_of_a_key(form: Any) -> None:
    with pytest.raises(KeyDefinitionError, match=r"key 'k' cannot be of type .*: \w+ is no type that a value can have"):
        StoreKey("k", form)


def test_what_a_function_takes_and_gives_may_be_anything() -> None:
    form: Any = Callable[[Any], TypeGuard[int]]

    MemoryStore().put_shared(StoreKey("k", form), callable)


@pytest.mark.parametrize("form", [Collection[int], Container[int], list[Reversible[str]]], ids=str)
def test_items_that_cannot_be_reached_cannot_be_declared(form: Any) -> None:
    with pytest.raises(KeyDefinitionError, match="cannot be validated; use a list, a Sequence, a Set or a Mapping"):
        StoreKey("k", form)


@pytest.mark.parametrize("form", [Collection, Collection[Any], Container[object]], ids=str)
def test_a_collection_of_anything_fits_by_its_class(form: Any) -> None:
    key, store = StoreKey("k", form), MemoryStore()

    store.put(key, ["x"])

    assert store.get(key) == ["x"]


def test_a_literal_string_is_a_str() -> None:
    text, texts, store = StoreKey("k", LiteralString), StoreKey("l", list[LiteralString]), MemoryStore()

    store.put(text, "select")
    store.put(texts, ["select"])

    assert store.get(StoreKey("k", str)) == store.get(texts)[0] == "select"
    with pytest.raises(TypeMismatchError, match="k should be a valid string"):
        store.put(text, cast("Any", {"not": "a string"}))
    with pytest.raises(TypeMismatchError, match=r"l\[0\] should be a valid string"):
        store.put(texts, cast("Any", [3]))


def _text_for_int(form: Any) -> Any:
    return str if form is int else form


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (int, str),
        (list[int], list[str]),
        (dict[str, list[int]], dict[str, list[str]]),
        (int | None, str | None),
        (Optional[int], Optional[str]),  # noqa: UP045  # the older form
        (Union[int, bytes], Union[str, bytes]),  # noqa: UP007  # the older form
        (Annotated[list[int], "doc"], Annotated[list[str], "doc"]),
        (tuple[int, ...], tuple[str, ...]),
    ],
    ids=str,
)
def test_a_part_is_replaced_wherever_it_stands(form: Any, expected: Any) -> None:
    assert expected == rewrite(form, _text_for_int)


@pytest.mark.parametrize("form", [str, list[str], str | None, Annotated[str, []], Literal[1], Any, Row, None], ids=str)
def test_a_form_without_the_part_stays_the_very_same(form: Any) -> None:
    assert form is rewrite(form, lambda part: bytes if part is float else part)


# --- forward references -----------------------------------------------------------------------------


def of(name: str) -> Any:
    """Give a generic type whose parameters no type checker reads."""
    return {"list": list, "dict": dict, "Optional": Optional}[name]


NAMED: list[tuple[Any, set[str]]] = [
    (int, set[str]()),
    ("User", {"User"}),
    ("list[User] | None", {"list", "User"}),
    (of("list")["User"], {"User"}),
    (ForwardRef("User"), {"User"}),
    (of("Optional")["User"], {"User"}),
    (Literal["User"], set[str]()),
    (of("dict")[str, "models.User"], {"models", "User"}),
]


@pytest.mark.parametrize(("form", "names"), NAMED, ids=numbered(NAMED))
def test_the_names_that_are_still_to_be_looked_up_are_known(form: Any, names: set[str]) -> None:
    assert names == forward_names(form)


def test_names_are_looked_up_in_the_function_that_declares_first() -> None:
    class Local: ...

    scope = Scope(sys._getframe(), forward_names("list[Local]"))  # pyright: ignore[reportPrivateUsage]

    assert scope.resolve("list[Local]") == list[Local]
    assert scope.resolve("Numbers") is Numbers


def test_a_scope_keeps_only_what_is_named() -> None:
    class Local: ...

    big = bytearray(10)
    scope = Scope(sys._getframe(), {"Local"})  # pyright: ignore[reportPrivateUsage]

    assert scope.locals == {"Local": Local}
    assert big not in scope.locals.values()


def test_a_name_that_does_not_exist_is_a_name_error() -> None:
    scope = Scope(sys._getframe(), set[str]())  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(NameError, match="Nowhere"):
        scope.resolve("list[Nowhere]")

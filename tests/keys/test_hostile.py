"""Values that do what values should not do: change while they are copied, contain themselves, have no end."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare container leaves unknown is unknown.

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from tests.catalogue.containers import Json, Nest
from tests.catalogue.models import Node
from tests.catalogue.picture import picture

from keyrack import KeyrackError, MemoryStore, StoreKey, TypeMismatchError, ValueCopyError

OLD = StoreKey("old", int)


def refuse(form: Any, value: object) -> KeyrackError:
    """Put *value*, which is refused, where another value lies; give the error."""
    key, store = StoreKey("k", form), MemoryStore()
    store.put(OLD, 1)
    with pytest.raises(KeyrackError) as caught:
        store.put(key, value)
    assert store.keys() == ["old"]
    assert str(caught.value).endswith("nothing was written") or isinstance(caught.value, ValueCopyError)
    assert "\n" not in str(caught.value)
    return caught.value


# --- values that change while they are looked at ----------------------------------------------------


class Meddler:
    """Changes a list when it is copied."""

    def __init__(self) -> None:
        self.victim: list[Any] = []

    def __deepcopy__(self, memo: object) -> "Meddler":
        self.victim.append("not a number")
        return Meddler()


class MeddlerFirst(BaseModel, arbitrary_types_allowed=True):
    meddler: Meddler
    numbers: list[int]


class MeddlerLast(BaseModel, arbitrary_types_allowed=True):
    numbers: list[int]
    meddler: Meddler


@dataclass
class MeddlerInside:
    meddler: Meddler
    numbers: dict[str, list[int]]


def with_victim(value: Any, victim: list[Any]) -> Any:
    value.meddler.victim = victim
    return value


def test_a_part_that_is_changed_before_it_is_copied_is_refused_as_it_is_then() -> None:
    first = MeddlerFirst(meddler=Meddler(), numbers=[1])
    inside = MeddlerInside(Meddler(), {"a": [1]})

    error = refuse(MeddlerFirst, with_victim(first, first.numbers))
    error_inside = refuse(list[MeddlerInside], [with_victim(inside, inside.numbers["a"])])

    assert "k.numbers[1] should be a valid integer, got 'not a number' (str)" in str(error)
    assert "k[0].numbers.a[1] should be a valid integer, got 'not a number' (str)" in str(error_inside)


def test_a_part_that_is_changed_after_it_was_copied_is_kept_as_it_was() -> None:
    key, store = StoreKey("k", MeddlerLast), MemoryStore()
    last = MeddlerLast(numbers=[1], meddler=Meddler())

    store.put(key, with_victim(last, last.numbers))

    assert store.get(key).numbers == [1]
    assert last.numbers == [1, "not a number"]


class GrowingDict(dict[str, Any]):
    """Grows whenever somebody looks."""

    def items(self) -> Any:
        self["more"] = "not a number"
        return super().items()

    def __iter__(self) -> Any:
        self["more"] = "not a number"
        return super().__iter__()

    def copy(self) -> Any:
        raise RuntimeError("copied")


class LyingList(list[int]):
    """Shows other items than it holds."""

    def __iter__(self) -> Any:
        return iter(["not a number"])

    def __len__(self) -> int:
        return 10**9

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("looked at")


class LyingInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __index__(self) -> int:
        raise RuntimeError("asked")

    def __int__(self) -> int:
        return 999


class LyingText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "a lie"


@pytest.mark.parametrize(
    ("form", "value", "kept"),
    [
        (list[int], LyingList([1, 2]), [1, 2]),
        (list[list[int]], [LyingList([1])], [[1]]),
        (int, LyingInt(3), 3),
        (list[int], [LyingInt(3)], [3]),
        (dict[str, int], {LyingText("a"): LyingInt(1)}, {"a": 1}),
        (str, LyingText("true"), "true"),
    ],
    ids=repr,
)
def test_a_subclass_that_lies_about_what_it_holds_is_read_as_what_it_is(form: Any, value: Any, kept: Any) -> None:
    key, store = StoreKey("k", form), MemoryStore()

    store.put(key, value)

    assert picture(kept) == picture(store.get(key))


def test_a_dict_that_grows_while_it_is_read_is_kept_as_it_was_checked() -> None:
    key, store = StoreKey("k", dict[str, int]), MemoryStore()
    value = GrowingDict(a=1)

    try:
        store.put(key, value)
    except TypeMismatchError as error:
        assert "k.more should be a valid integer" in str(error)  # noqa: PT017  # both answers are right
    else:
        assert store.get(key) == {"a": 1}


class NoCopy:
    def __deepcopy__(self, memo: object) -> Any:
        raise RuntimeError("there is one of me")


class CopiesToSomethingElse:
    def __deepcopy__(self, memo: object) -> Any:
        return "something else"


class Interrupts:
    def __deepcopy__(self, memo: object) -> Any:
        raise KeyboardInterrupt


def test_a_value_that_cannot_be_copied_is_refused_with_the_way_out() -> None:
    error = refuse(list[NoCopy], [NoCopy()])

    assert str(error) == (
        "cannot put 'k' in MemoryStore: a value of type list cannot be copied (RuntimeError: there is one of me); "
        "nothing was written; put_shared takes the object itself, without a copy"
    )
    assert isinstance(error.__cause__, RuntimeError)


def test_a_value_that_cannot_be_copied_can_be_shared() -> None:
    key, store = StoreKey("k", NoCopy), MemoryStore()
    value = NoCopy()

    store.put_shared(key, value)

    assert value is store.get_shared(key)
    with pytest.raises(ValueCopyError, match=r"cannot get 'k' from MemoryStore.*get_shared gives the object itself"):
        store.get(key)


def test_a_value_that_does_not_fit_is_told_so_even_if_it_cannot_be_copied_either() -> None:
    @dataclass
    class Holder:
        thing: NoCopy
        number: int

    error = refuse(Holder, Holder(NoCopy(), "x"))  # type: ignore[arg-type]

    assert "k.number should be a valid integer, got 'x' (str)" in str(error)


def test_a_copy_of_another_class_is_refused() -> None:
    error = refuse(CopiesToSomethingElse, CopiesToSomethingElse())

    assert "k should be an instance of CopiesToSomethingElse, got 'something else' (str)" in str(error)


def test_an_interrupt_while_copying_goes_to_the_caller() -> None:
    store = MemoryStore()

    with pytest.raises(KeyboardInterrupt):
        store.put(StoreKey("k", Interrupts), Interrupts())

    assert store.is_empty()


# --- values without an end --------------------------------------------------------------------------


def own_list() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def chain(length: int) -> Node | None:
    node = None
    for _ in range(length):
        node = Node.model_construct(value=1, next=node, children=[])
    return node


def test_a_list_that_contains_itself_is_refused_where_the_type_is_known() -> None:
    error = refuse(Nest, own_list())

    assert "k[0] is refused: Recursion error - cyclic reference detected, got [[[[...]]]] (list)" in str(error)


def test_a_list_that_contains_itself_keeps_its_form_where_anything_goes() -> None:
    key, store = StoreKey[Any]("k"), MemoryStore()

    store.put(key, own_list())
    got = store.get(key)

    assert got[0] is got
    assert got is not store.get_shared(key)


def test_a_model_that_contains_itself_is_refused() -> None:
    node = Node(value=1)
    node.next = node

    error = refuse(Node, node)

    assert "k.next is refused: Recursion error - cyclic reference detected" in str(error)


@pytest.mark.parametrize("depth", [1_000, 10_000, 100_000])
@pytest.mark.parametrize("form", [Nest, Json, list, list[Any], Any, object, int, list[int]], ids=str)
def test_endless_nesting_is_refused(form: Any, depth: int) -> None:
    error = refuse(form, nested(depth))

    assert len(str(error)) < 400


@pytest.mark.parametrize("length", [1_000, 10_000])
@pytest.mark.parametrize("form", [Node, list[Node], Node | None, Any], ids=str)
def test_a_chain_of_ten_thousand_models_is_refused(form: Any, length: int) -> None:
    value = [chain(length)] if form == list[Node] else chain(length)

    error = refuse(form, value)

    assert len(str(error)) < 400


def test_a_nest_of_moderate_depth_is_kept() -> None:
    key, store = StoreKey("k", Nest), MemoryStore()

    store.put(key, nested(200))

    assert store.get(key) == nested(200)

"""Arrays in type forms: class, dtype and shape are checked where the form states them, wherever it stands."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypeVar

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict
from tests.catalogue.sample import numbered
from typing_extensions import TypeAliasType, TypedDict

from keyrack import MemoryStore, StoreKey, TypeMismatchError
from keyrack.keys.arrays import ArrayRule, is_array_class

T = TypeVar("T")
S = TypeVar("S", bound=np.generic)

Floats = npt.NDArray[np.float64]
Alias = TypeAliasType("Alias", Floats)
AliasOfAlias = TypeAliasType("AliasOfAlias", Alias)
Generic_ = TypeAliasType("Generic_", npt.NDArray[S], type_params=(S,))
Named = NewType("Named", npt.NDArray[np.float64])
Rows = NewType("Rows", int)

ONES, INTS = np.ones(2), np.array([1, 2])


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    data: Floats


class OptionalModel(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    data: dict[str, list[Floats]] | Alias | None = None


class Child(Model):
    more: int = 0


class GenericModel(BaseModel, Generic[T]):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    data: T


@dataclass
class Plain:
    data: Floats


@dataclass
class GenericPlain(Generic[T]):
    data: T


@dataclass
class Nested:
    inner: Plain
    models: list[Model]


class Tuple(NamedTuple):
    data: Floats


class Dict(TypedDict):
    data: Floats


class RecursiveModel(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    data: Floats
    next: "RecursiveModel | None" = None


class Place:
    """A form in which an array stands, and a maker of values around an array."""

    def __init__(self, name: str, form: Any, holding: Callable[[Any], Any]) -> None:
        self.name = name
        self.form = form
        self.holding = holding


def recursive(data: Any) -> RecursiveModel:
    return RecursiveModel.model_construct(data=ONES, next=RecursiveModel.model_construct(data=data, next=None))


PLACES = [
    Place("alone", Floats, lambda data: data),
    Place("list", list[Floats], lambda data: [ONES, data]),
    Place("dict", dict[str, Floats], lambda data: {"a": data}),
    Place("tuple", tuple[int, Floats], lambda data: (1, data)),
    Place("endless tuple", tuple[Floats, ...], lambda data: (ONES, data)),
    Place("optional", Floats | None, lambda data: data),
    Place("union", int | Floats | str, lambda data: data),
    Place("annotated", Annotated[Floats, "what it is"], lambda data: data),
    Place("validated", Annotated[Floats, AfterValidator(lambda data: data)], lambda data: data),
    Place("alias", Alias, lambda data: data),
    Place("alias of an alias", list[AliasOfAlias], lambda data: [data]),
    Place("generic alias", Generic_[np.float64], lambda data: data),
    Place("new type", Named, lambda data: data),
    Place("model", Model, lambda data: Model.model_construct(data=data)),
    Place("child of a model", Child, lambda data: Child.model_construct(data=data, more=1)),
    Place("child for its base", Model, lambda data: Child.model_construct(data=data, more=1)),
    Place("nest in a model", OptionalModel, lambda data: OptionalModel.model_construct(data={"a": [data]})),
    Place("alias in a model", OptionalModel, lambda data: OptionalModel.model_construct(data=data)),
    Place("generic model", GenericModel[Floats], lambda data: GenericModel[Floats].model_construct(data=data)),
    Place("recursive model", RecursiveModel, recursive),
    Place("dataclass", Plain, Plain),
    Place("generic dataclass", GenericPlain[Floats], GenericPlain),
    Place("nest of both", Nested, lambda data: Nested(Plain(ONES), [Model.model_construct(data=data)])),
    Place("dataclass in a dataclass", list[Nested], lambda data: [Nested(Plain(data), [])]),
    Place("named tuple", Tuple, Tuple),
    Place("typed dict", Dict, lambda data: {"data": data}),
    Place("list of models", list[Model], lambda data: [Model.model_construct(data=data)]),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_the_dtype_is_checked_wherever_an_array_stands(place: Place) -> None:
    key, store = StoreKey("k", place.form), MemoryStore()
    store.put(key, place.holding(ONES))

    for wrong in (INTS, np.ones(2, np.float32), [1.0], b"x"):
        for put in (store.put, store.put_shared):
            with pytest.raises(TypeMismatchError):
                put(key, place.holding(wrong))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement is new in 3.12")
def test_the_dtype_is_checked_behind_a_type_statement() -> None:
    space: dict[str, Any] = {"NDArray": npt.NDArray, "np": np}
    exec("type Plain = NDArray[np.float64]\ntype Made[T] = list[NDArray[T]]", space)  # noqa: S102
    store = MemoryStore()

    with pytest.raises(TypeMismatchError):
        store.put(StoreKey("k", space["Plain"]), INTS)
    with pytest.raises(TypeMismatchError):
        store.put(StoreKey("k", space["Made"][np.float64]), [INTS])


SHAPES: list[tuple[Any, tuple[int, ...], bool]] = [
    (np.ndarray[Any, np.dtype[np.float64]], (1, 2, 3), True),
    (np.ndarray[tuple[int, ...], np.dtype[np.float64]], (1, 2, 3), True),
    (np.ndarray[tuple[Any, ...], np.dtype[np.float64]], (), True),
    (np.ndarray[tuple[()], np.dtype[np.float64]], (), True),
    (np.ndarray[tuple[()], np.dtype[np.float64]], (1,), False),
    (np.ndarray[tuple[int], np.dtype[np.float64]], (3,), True),
    (np.ndarray[tuple[int], np.dtype[np.float64]], (), False),
    (np.ndarray[tuple[int], np.dtype[np.float64]], (3, 1), False),
    (np.ndarray[tuple[int, int], np.dtype[np.float64]], (0, 0), True),
    (np.ndarray[tuple[Literal[2], int], np.dtype[np.float64]], (2, 9), True),
    (np.ndarray[tuple[Literal[2], int], np.dtype[np.float64]], (9, 2), False),
    (np.ndarray[tuple[int, Literal[2, 3]], np.dtype[np.float64]], (1, 3), True),
    (np.ndarray[tuple[int, Literal[2, 3]], np.dtype[np.float64]], (1, 4), False),
    (np.ndarray[tuple[Rows, int], np.dtype[np.float64]], (1, 4), True),
    (np.ndarray[tuple[Rows, int], np.dtype[np.float64]], (1,), False),
]


@pytest.mark.parametrize(("form", "shape", "fits"), SHAPES, ids=numbered(SHAPES))
def test_a_shape_that_is_stated_is_checked(form: Any, shape: tuple[int, ...], fits: bool) -> None:
    rule = ArrayRule(form)

    broken = rule.broken_by(np.zeros(shape))

    assert fits is (broken is None)
    assert fits or (broken is not None and broken[0] == "shape")


DTYPES: list[tuple[Any, Any, bool]] = [
    (Any, np.int8, True),
    (np.generic, np.int8, True),
    (np.number[Any], np.int8, True),
    (np.floating[Any], np.float16, True),
    (np.floating[Any], np.int8, False),
    (np.integer[Any], np.uint8, True),
    (np.float32 | np.float64, np.float64, True),
    (np.float32 | np.float64, np.float16, False),
    (np.bool_, np.int8, False),
    (np.str_, "U3", True),
    (np.str_, "S3", False),
    (np.datetime64, "M8[s]", True),
    (np.object_, object, True),
    (np.void, [("x", "f8")], True),
    (np.float64, ">f8", True),
]


@pytest.mark.parametrize(("stated", "dtype", "fits"), DTYPES, ids=numbered(DTYPES))
def test_a_dtype_that_is_stated_is_checked(stated: Any, dtype: Any, fits: bool) -> None:
    form = np.ndarray[tuple[int, ...], np.dtype[stated]]

    broken = ArrayRule(form).broken_by(np.zeros(2, dtype))

    assert fits is (broken is None)
    assert fits or (broken is not None and broken[0] == "dtype")


def test_an_error_about_a_dtype_says_what_is_wanted_and_what_is() -> None:
    key, store = StoreKey("k", npt.NDArray[np.float32 | np.float64]), MemoryStore()

    with pytest.raises(TypeMismatchError, match=r"k should have dtype float32 or float64, not int64; nothing"):
        store.put(key, INTS)


def test_only_arrays_are_array_classes() -> None:
    class Own(np.ndarray[Any, Any]): ...

    assert is_array_class(np.ndarray)
    assert is_array_class(Own)
    assert not is_array_class(np.float64)
    assert not is_array_class(list)
    assert not is_array_class("ndarray")
    assert not is_array_class(None)

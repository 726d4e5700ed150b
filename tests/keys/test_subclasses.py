"""Instances of subclasses, under keys of a base of theirs."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import pytest
from pydantic import BaseModel, field_validator, model_validator

from keyrack import MemoryStore, StoreKey, TypeMismatchError

M = TypeVar("M", bound=BaseModel)


class Leaf(BaseModel):
    items: list[int] = []


class Holder(BaseModel):
    held: BaseModel


class Box(BaseModel, Generic[M]):
    held: M


def put(form: Any, value: Any) -> Any:
    """Put a value, and give what comes back."""
    key: StoreKey[Any] = StoreKey("k", form)
    store = MemoryStore()
    store.put(key, value)
    return store.get(key)


# --- BaseModel itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (BaseModel, Leaf(items=[1])),
        (list[BaseModel], [Leaf(items=[1]), Holder(held=Leaf())]),
        (BaseModel | None, Leaf(items=[1])),
        (Holder, Holder(held=Leaf(items=[1]))),
        (Box, Box(held=Leaf(items=[1]))),
    ],
    ids=str,
)
def test_any_model_fits_where_the_type_is_base_model(form: Any, value: Any) -> None:
    kept = put(form, value)

    assert kept == value
    assert kept is not value


def test_a_dict_is_no_model_where_the_type_is_base_model_either() -> None:
    with pytest.raises(TypeMismatchError, match=r"k should be an instance of BaseModel, got \{\} \(dict\)"):
        put(BaseModel, {})


# --- what only a subclass can do --------------------------------------------------------------------


class Animal(BaseModel, ABC):
    name: str = "it"

    @abstractmethod
    def sound(self) -> str: ...


class Cat(Animal):
    lives: list[int] = [9]

    def sound(self) -> str:
        return "miaow"


@dataclass
class Worker(ABC):
    id: int

    @abstractmethod
    def work(self) -> None: ...


@dataclass
class Smith(Worker):
    tools: list[str]

    def work(self) -> None: ...


@dataclass(slots=True)
class SlottedWorker(ABC):
    id: int

    @abstractmethod
    def work(self) -> None: ...


@dataclass(slots=True)
class SlottedSmith(SlottedWorker):
    tools: list[str]

    def work(self) -> None: ...


class Unmade(BaseModel):
    x: int

    def __new__(cls, *_args: object, **_fields: object) -> Self:
        if cls is Unmade:
            raise TypeError("only subclasses of it")
        return super().__new__(cls)


class Made(Unmade): ...


class Zoo(BaseModel):
    animal: Animal
    others: dict[str, Animal] = {}


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Animal, Cat()),
        (list[Animal], [Cat(), Cat(name="Tom")]),
        (Animal | int, Cat()),
        (Animal | None, Cat()),
        (Zoo, Zoo(animal=Cat(), others={"a": Cat(name="Tom")})),
        (Worker, Smith(1, ["hammer"])),
        (list[Worker], [Smith(1, ["hammer"])]),
        (SlottedWorker, SlottedSmith(1, ["hammer"])),
        (Unmade, Made(x=1)),
    ],
    ids=str,
)
def test_an_instance_fits_a_base_of_which_there_are_no_instances(form: Any, value: Any) -> None:
    kept = put(form, value)

    assert kept == value
    assert type(kept) is type(value)


class Shape(BaseModel):
    def area(self) -> int:
        raise NotImplementedError

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.area() <= 0:
            raise ValueError("no area")
        return self


class Square(Shape):
    side: int

    def area(self) -> int:
        return self.side**2


class Small(BaseModel):
    number: int
    limit: ClassVar[int] = 1

    @field_validator("number")
    @classmethod
    def _within(cls, value: int) -> int:
        if value > cls.limit:
            raise ValueError(f"over {cls.limit}")
        return value

    @model_validator(mode="after")
    def _within_too(self) -> Self:
        if self.number > self.limit:
            raise ValueError(f"over {self.limit}")
        return self


class Large(Small):
    limit: ClassVar[int] = 10


class Free(Small):
    @field_validator("number")
    @classmethod
    def _within(cls, value: int) -> int:
        return value

    @model_validator(mode="after")
    def _within_too(self) -> Self:
        return self


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Shape, Square(side=3)),
        (Small, Large(number=5)),
        (list[Small], [Small(number=1), Large(number=5)]),
        (Small, Free(number=99)),
    ],
    ids=str,
)
def test_an_instance_of_a_subclass_is_validated_by_its_own_validators(form: Any, value: Any) -> None:
    assert put(form, value) == value


def test_an_item_is_validated_by_the_validators_of_its_own_class() -> None:
    key, store = StoreKey("k", list[Small]), MemoryStore()

    store.append(key, Large(number=5))

    assert store.get(key) == [Large(number=5)]


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        (Animal, Cat.model_construct(lives="nine"), r"k.lives should be a valid list, got 'nine' \(str\)"),
        (list[Animal], [Cat(), Cat.model_construct(lives=["x"])], r"k\[1\].lives\[0\] should be a valid integer"),
        (Worker, Smith(1, cast("list[str]", [2])), r"k.tools\[0\] should be a valid string, got 2 \(int\)"),
        (Small, Large.model_construct(number=11), r"k.number is refused: over 10, got 11"),
        (Shape, Square.model_construct(side=0), r"k is refused: no area, got "),
        (Animal, 3, r"k should be an instance of Animal, got 3 \(int\)"),
    ],
    ids=str,
)
def test_an_instance_of_a_subclass_has_to_fit_its_own_class(form: Any, value: Any, said: str) -> None:
    with pytest.raises(TypeMismatchError, match=said):
        put(form, value)


class Text(Leaf):
    items: str = ""  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


def test_a_field_that_a_subclass_declares_anew_has_to_fit_the_base_as_well() -> None:
    with pytest.raises(TypeMismatchError, match=r"k.items should be a valid list, got 'abc'"):
        put(Leaf, Text(items="abc"))


class Plain(Smith):
    """A subclass that is no dataclass of its own."""


def test_a_subclass_that_says_nothing_of_its_fields_has_to_fit_its_base() -> None:
    with pytest.raises(TypeMismatchError, match=r"k.tools should be a valid list, got 'hammer'"):
        put(Smith, Plain(1, cast("list[str]", "hammer")))


def test_an_instance_of_a_generic_model_has_to_fit_the_parameters_of_the_key() -> None:
    with pytest.raises(TypeMismatchError, match=r"k.held should be an instance of Leaf"):
        put(Box[Leaf], Box(held=Holder(held=Leaf())))

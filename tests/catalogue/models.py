"""Models of pydantic, in all the ways they can be declared."""

from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AnyUrl,
    Base64Bytes,
    BaseModel,
    Discriminator,
    Field,
    Json,
    PrivateAttr,
    RootModel,
    SecretStr,
    Tag,
    ValidatorFunctionWrapHandler,
    computed_field,
    field_validator,
    model_validator,
)
from tests.catalogue.records import Movie, Point
from tests.catalogue.scalars import Color

T = TypeVar("T")


class User(BaseModel):
    name: str
    age: int = Field(default=0, ge=0)
    tags: list[str] = []


class Admin(User):
    rights: set[str] = set()


class Team(BaseModel):
    lead: User
    members: list[User]
    by_role: dict[str, list[User]] = {}


class Frozen(BaseModel, frozen=True):
    x: int
    name: str = ""


class FrozenWithList(Frozen, frozen=True):
    items: list[int] = []


class Aliased(BaseModel):
    user_name: str = Field(alias="userName")
    tags: list[str] = Field(default=[], validation_alias="TAGS")


class Private(BaseModel):
    x: int
    _seen: list[int] = PrivateAttr(default_factory=list[int])
    _note: str = "none"

    def note(self, number: int, text: str) -> None:
        self._seen.append(number)
        self._note = text


class Open(BaseModel, extra="allow"):
    x: int


class OpenInts(BaseModel, extra="allow"):
    __pydantic_extra__: dict[str, list[int]] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]
    x: int


class Closed(BaseModel, extra="forbid"):
    x: int

    @cached_property
    def parts(self) -> list[int]:
        return [self.x]


class Ruled(BaseModel):
    """Has validators of every kind; building it twice would give something else."""

    before: int
    after: list[int]
    wrapped: str

    @field_validator("before", mode="before")
    @classmethod
    def _from_text(cls, value: object) -> int:
        if not isinstance(value, str):
            raise ValueError("should be written as text")  # what pydantic asks for
        return int(value)

    @field_validator("after")
    @classmethod
    def _sorted(cls, value: list[int]) -> list[int]:
        return sorted(value)

    @field_validator("wrapped", mode="wrap")
    @classmethod
    def _greeted(cls, value: object, handler: ValidatorFunctionWrapHandler) -> str:
        return f"hello {handler(value)}"


class Ordered(BaseModel):
    low: int
    high: int
    seen: list[int] = []

    @model_validator(mode="after")
    def _in_order(self) -> "Ordered":
        if self.low > self.high:
            raise ValueError("low is above high")
        return self

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        return {"low": value["pair"][0], "high": value["pair"][1]} if "pair" in value else value

    def model_post_init(self, context: object, /) -> None:
        self.seen.append(self.low)


class Computed(BaseModel):
    parts: list[int]

    @computed_field  # type: ignore[prop-decorator]  # mypy does not know decorated properties
    @property
    def total(self) -> int:
        return sum(self.parts)


class Numbers(RootModel[list[int]]): ...


class FrozenNumber(RootModel[int], frozen=True): ...


class Box(BaseModel, Generic[T]):
    item: T


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: list[int] = [9]


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: list[str] = []


def _kind(value: Any) -> str:
    return str(value.kind)


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
CalledPet = Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(_kind)]


class Node(BaseModel):
    value: int
    next: "Node | None" = None
    children: list["Node"] = []


class Mixed(BaseModel):
    point: Point
    movie: Movie
    pet: Pet | None = None
    anything: Any = None


class Careful(BaseModel):
    """Holds what pydantic describes in ways of its own."""

    secret: SecretStr
    url: AnyUrl
    color: Color
    tags: list[str] = []


class EnumValues(BaseModel, use_enum_values=True):
    color: Color
    tags: list[str] = []


class Decoded(BaseModel):
    """Holds what was decoded when the instance was made."""

    numbers: Json[list[int]]
    data: Base64Bytes


class Slotted(BaseModel):
    __slots__ = ("cache",)
    x: int

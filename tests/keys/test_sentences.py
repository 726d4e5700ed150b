"""What an error says of a value that does not fit: the path to the place, what should be there, what is."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import AfterValidator, BaseModel, Field
from tests.catalogue.containers import Json
from tests.catalogue.models import Cat, Ordered, Pet, Team, User
from tests.catalogue.records import Built, Movie, Point, Slotted
from tests.catalogue.sample import broken, numbered, without
from tests.catalogue.scalars import Color

from keyrack import MemoryStore, StoreKey, TypeMismatchError


@dataclass
class Shelf:
    users: dict[str, list[User]]
    size: int = field(default=0)


class Pair(NamedTuple):
    left: int
    right: list[int]


class Grid(BaseModel, arbitrary_types_allowed=True):
    cells: np.ndarray[tuple[Literal[2], int], np.dtype[np.float64]]


def even(value: int) -> int:
    if value % 2:
        raise ValueError("an odd number")
    return value


def breaking(value: object) -> object:
    raise RuntimeError(f"no idea of {value}")


def user(**changed: Any) -> User:
    values: dict[str, Any] = {"name": "Ada", "age": 36, "tags": list[str]()}
    return User.model_construct(**values | changed)


ADA = User(name="Ada")
BROKEN = broken(Ordered(low=1, high=2), low=3)
TOO_LONG = "should have at most 1 item after validation, not 2"


def team(*members: User) -> Team:
    return Team(lead=ADA, members=list(members))


SENTENCES: list[tuple[Any, object, str]] = [
    (int, "1", "k should be a valid integer, got '1' (str)"),
    (int, True, "k should be a valid integer, got True (bool)"),
    (str, b"a", "k should be a valid string, got b'a' (bytes)"),
    (bool, 1, "k should be a valid boolean, got 1 (int)"),
    (None, 0, "k should be None, got 0 (int)"),
    (Color, 1, "k should be an instance of Color, got 1 (int)"),
    (list[int], (1,), "k should be a valid list, got (1,) (tuple)"),
    (list[int], [1, "x"], "k[1] should be a valid integer, got 'x' (str)"),
    (list[int], [True, "x"], "k[0] should be a valid integer, got True (bool); and 1 more"),
    (dict[str, int], {"a b": "x"}, "k['a b'] should be a valid integer, got 'x' (str)"),
    (dict[str, int], {"a": "x"}, "k.a should be a valid integer, got 'x' (str)"),
    (dict[str, int], {1: 1}, "k has a key that should be a valid string, got 1 (int)"),
    (tuple[int, str], (1,), "k[1] is missing"),
    (Annotated[int, Field(gt=0)], 0, "k should be greater than 0, got 0 (int)"),
    (Annotated[list[int], Field(max_length=1)], [1, 2], f"k {TOO_LONG}, got [1, 2] (list)"),
    (Annotated[int, AfterValidator(even)], 3, "k is refused: an odd number, got 3 (int)"),
    (Annotated[int, AfterValidator(breaking)], 3, "k cannot be validated (RuntimeError: no idea of 3), got 3 (int)"),
    (Literal["a", "b"], "c", "k should be 'a' or 'b', got 'c' (str)"),
    (int | str, 1.5, "k should be a valid integer or a valid string, got 1.5 (float)"),
    (int | None, "1", "k should be a valid integer, got '1' (str)"),
    (list[int] | dict[str, int], [1, "x"], "k[1] should be a valid integer, got 'x' (str)"),
    (Json, {"a": [b"x"]}, "k.a[0] should be a valid dictionary or a valid list or a valid string"),
    (User, {"name": "Ada"}, "k should be an instance of User, got {'name': 'Ada'} (dict)"),
    (list[User], [ADA, {"name": "Bob"}], "k[1] should be an instance of User, got {'name': 'Bob'} (dict)"),
    (list[User], [ADA, user(age="36")], "k[1].age should be a valid integer, got '36' (str)"),
    (User, User.model_construct(), "k.name is missing"),
    (User, without(User(name="Ada"), "tags"), "k.tags is missing"),
    (User, user(age=-1), "k.age should be greater than or equal to 0, got -1 (int)"),
    (Team, team(user(tags=[1])), "k.members[0].tags[0] should be a valid string, got 1 (int)"),
    (Shelf, Shelf({"all": [ADA, user(name=3)]}), "k.users.all[1].name should be a valid string, got 3 (int)"),
    (Point, broken(Point(1), x="1"), "k.x should be a valid integer, got '1' (str)"),
    (Point, without(Point(1), "x"), "k.x is missing"),
    (Slotted, without(Slotted(1, []), "x"), "k.x is missing"),
    (Built, without(Built(1), "product"), "k.product is missing"),
    (list[Point], [Point(1), without(Point(1), "labels")], "k[1].labels is missing"),
    (Pair, (1, [2]), "k should be an instance of Pair, got (1, [2]) (tuple)"),
    (Pair, Pair(1, ["x"]), "k.right[0] should be a valid integer, got 'x' (str)"),  # type: ignore[list-item]
    (Movie, {"title": "M"}, "k.years is missing"),
    (Movie, {"title": "M", "years": [], "more": 1}, "k.more is not a known field, got 1 (int)"),
    (Pet, broken(Cat(), lives=["x"]), "k.lives[0] should be a valid integer, got 'x' (str)"),
    (Ordered, BROKEN, "k is refused: low is above high, got Ordered(low=3, high=2, seen=[1]) (Ordered)"),
    (npt.NDArray[np.float64], np.array([1]), "k should have dtype float64, not int64"),
    (np.ndarray[tuple[int], np.dtype[np.int64]], np.array([[1]]), "k should have shape (int), not (1, 1)"),
    (Grid, Grid.model_construct(cells=np.ones((3, 2))), "k.cells should have shape (Literal[2], int), not (3, 2)"),
    (list[npt.NDArray[np.float64]], [np.ones(1), [1.0]], "k[1] should be an instance of ndarray, got [1.0] (list)"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "value", "sentence"), SENTENCES, ids=numbered(SENTENCES))
def test_a_refusal_says_where_what_should_be_and_what_is(form: Any, value: object, sentence: str) -> None:
    key, store = StoreKey("k", form), MemoryStore()

    with pytest.raises(TypeMismatchError) as caught:
        store.put(key, value)

    assert f"cannot put 'k' ({key.type_text}) in MemoryStore: {sentence}" == _without_end(str(caught.value), sentence)


def _without_end(text: str, sentence: str) -> str:
    """Leave out the state, and what else a value of an open union could have been."""
    assert text.endswith("; nothing was written")
    return (
        text.removesuffix("; nothing was written")
        if "or a valid string" not in sentence
        else _cut_after(text, sentence)
    )


def _cut_after(text: str, sentence: str) -> str:
    return text[: text.index(sentence) + len(sentence)] if sentence in text else text

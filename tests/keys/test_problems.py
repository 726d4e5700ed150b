"""From the findings of a validator to sentences: paths without labels of unions, one problem a place."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from tests.catalogue.models import Cat, Dog, Pet
from tests.catalogue.sample import numbered

from keyrack.errors import Problem
from keyrack.keys.problems import UNION_LABEL, crash, problems
from keyrack.keys.schema import MisfitError, schema_of


def found(*loc: str | int, says: str = "Input should be a valid integer", kind: str = "int_type") -> dict[str, Any]:
    """Give a finding as pydantic gives it."""
    return {"loc": loc, "msg": says, "type": kind, "input": "x"}


def told(*findings: dict[str, Any]) -> list[str]:
    """Give the sentences about some findings."""
    return [problem.text("k") for problem in problems(findings).found]


ONE = f"{UNION_LABEL}0"
TWO = f"{UNION_LABEL}1"

SENTENCES: list[tuple[dict[str, Any], str]] = [
    (found(), "k should be a valid integer, got 'x' (str)"),
    (found("a", 0), "k.a[0] should be a valid integer, got 'x' (str)"),
    (found("a", says="Field required", kind="missing"), "k.a is missing"),
    (found("a", says="Extra inputs", kind="extra_forbidden"), "k.a is not a known field, got 'x' (str)"),
    (found(says="Value error, no good"), "k is refused: no good, got 'x' (str)"),
    (found(says="Value error, should be even"), "k should be even, got 'x' (str)"),
    (found(says="Assertion failed, no good"), "k is refused: no good, got 'x' (str)"),
    (found(says="String should match pattern 'a'"), "k should match pattern 'a', got 'x' (str)"),
    (found(says="one should not do this"), "k should not do this, got 'x' (str)"),
    (found(says="a thing that should not be"), "k is refused: a thing that should not be, got 'x' (str)"),
    (found("a", "[key]"), "k has a key that should be a valid integer, got 'x' (str)"),
    (found("a", "b", "[key]"), "k.a has a key that should be a valid integer, got 'x' (str)"),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "sentence"), SENTENCES, ids=numbered(SENTENCES))
def test_a_finding_becomes_a_sentence(finding: dict[str, Any], sentence: str) -> None:
    assert [sentence] == told(finding)


def test_what_the_members_of_a_union_say_of_one_place_is_one_problem() -> None:
    text = found(TWO, says="Input should be a valid string", kind="string_type")

    assert told(found(ONE), text) == ["k should be a valid integer or a valid string, got 'x' (str)"]
    assert told(found(ONE), found(TWO)) == ["k should be a valid integer, got 'x' (str)"]
    assert told(found("a", ONE), found("a", ONE, says="Value error, odd")) == [
        "k.a should be a valid integer or is refused: odd, got 'x' (str)"
    ]


def test_the_member_that_got_further_into_the_value_is_the_one_that_was_meant() -> None:
    list_inside = found(TWO, 1)

    assert told(found(ONE), list_inside) == ["k[1] should be a valid integer, got 'x' (str)"]
    assert told(found(0, ONE), found(0, TWO, "a"), found(1)) == [
        "k[0].a should be a valid integer, got 'x' (str)",
        "k[1] should be a valid integer, got 'x' (str)",
    ]


def test_several_places_are_several_problems() -> None:
    assert told(found(0), found(1), found("a", 0)) == [
        "k[0] should be a valid integer, got 'x' (str)",
        "k[1] should be a valid integer, got 'x' (str)",
        "k.a[0] should be a valid integer, got 'x' (str)",
    ]


def test_the_first_hundred_problems_are_described_and_the_others_counted() -> None:
    described = problems([found(number) for number in range(1_000)])

    assert len(described.found) == 100
    assert described.left_out == 900
    assert problems([found(0)]).left_out == 0


@dataclass
class Part:
    x: int


@dataclass
class Whole:
    parts: dict[str, list[Part]]


def test_an_attribute_that_is_missing_deep_inside_is_found() -> None:
    lost = Part(1)
    del lost.x
    error = AttributeError("no x", name="x", obj=lost)

    [problem] = crash(error, Whole({"a": [Part(1), lost]})).found

    assert problem == Problem(("parts", "a", 1, "x"), "is missing", None)


def test_an_attribute_of_something_else_is_an_error_like_any_other() -> None:
    [problem] = crash(AttributeError("no y", name="y", obj=Part(1)), 3).found

    assert problem.text("k") == "k cannot be validated (AttributeError: no y), got 3 (int)"


def test_an_error_of_many_lines_is_cut_to_one() -> None:
    [problem] = crash(RuntimeError("first\n" + "second " * 1_000), 3).found

    assert problem.text("k").startswith("k cannot be validated (RuntimeError: first second")
    assert len(problem.text("k")) < 200


# --- through a schema -------------------------------------------------------------------------------


class Wrapped(BaseModel):
    value: int | list[int] | dict[str, int]
    pet: Pet | None = None


CASES: list[tuple[Any, object, list[str]]] = [
    (int | str, 1.5, ["k should be a valid integer or a valid string, got 1.5 (float)"]),
    (int | list[int], ["x"], ["k[0] should be a valid integer, got 'x' (str)"]),
    (list[int | str], [1, b"x", 2.5], [
        "k[1] should be a valid integer or a valid string, got b'x' (bytes)",
        "k[2] should be a valid integer or a valid string, got 2.5 (float)",
    ]),
    (int | None, "x", ["k should be a valid integer, got 'x' (str)"]),
    (Literal["a"] | int, "b", ["k should be 'a' or a valid integer, got 'b' (str)"]),
    (Annotated[int, Field(gt=0)] | Annotated[str, Field(min_length=1)], "", [
        "k should be a valid integer or should have at least 1 character, got '' (str)"
    ]),
    (Cat | Dog, Part(1), ["k should be an instance of Cat or an instance of Dog, got Part(x=1) (Part)"]),
    (Pet, Part(1), ["k should be an instance of Cat or an instance of Dog, got Part(x=1) (Part)"]),
    (Wrapped, Wrapped.model_construct(value=[1, "x"]), ["k.value[1] should be a valid integer, got 'x' (str)"]),
    (Wrapped, Wrapped.model_construct(value={"a": "x"}, pet=3), [
        "k.value.a should be a valid integer, got 'x' (str)",
        "k.pet should be an instance of Cat or an instance of Dog, got 3 (int)",
    ]),
    (dict[str, int] | list[int], {"a": "x", "b": "y"}, [
        "k.a should be a valid integer, got 'x' (str)",
        "k.b should be a valid integer, got 'y' (str)",
    ]),
    (dict[int, list[str]], {1: [2], "a": []}, [
        "k[1][0] should be a valid string, got 2 (int)",
        "k has a key that should be a valid integer, got 'a' (str)",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("form", "value", "sentences"), CASES, ids=numbered(CASES))
def test_a_schema_says_of_each_place_what_should_be_there(form: Any, value: object, sentences: list[str]) -> None:
    with pytest.raises(MisfitError) as caught:
        schema_of(form).own(value)

    assert sentences == [problem.text("k") for problem in caught.value.problems().found]

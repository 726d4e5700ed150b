"""Validators that a type carries: when they run, and what becomes of what they do."""

from threading import Lock
from typing import Annotated, Any

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from keyrack import MemoryStore, StoreKey, TypeMismatchError


def kept(form: Any, value: object, **options: Any) -> Any:
    """Give what a store keeps of *value*."""
    key: StoreKey[Any] = StoreKey[form]("k", **options)
    store = MemoryStore()
    store.put(key, value)
    return store.get(key)


def refused(form: Any, value: object, **options: Any) -> str:
    """Give what is said of *value*, which does not fit."""
    key: StoreKey[Any] = StoreKey[form]("k", **options)
    store = MemoryStore()
    with pytest.raises(TypeMismatchError) as caught:
        store.put(key, value)
    assert store.is_empty()
    return caught.value.problems[0].text("k")


def half(value: Any) -> Any:
    """Convert in a way that does something else the second time."""
    return value // 2


def wrapped_half(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return handler(value) // 2


def with_end(value: list[Any]) -> list[Any]:
    """Change what is given, in place."""
    value.append(0)
    return value


def with_wrong_end(value: list[Any]) -> list[Any]:
    value.append("x")
    return value


def fail(value: object) -> object:
    raise ValueError(f"no {value} here")


def assert_small(value: Any) -> Any:
    if value >= 10:
        raise AssertionError("too big")
    return value


def ramble(_value: object) -> object:
    raise ValueError("first line\nsecond line " + "and so on " * 10_000)


def crash(_value: object) -> object:
    raise OSError("the disk is gone")


def leave(_value: object) -> object:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "form",
    [
        Annotated[int, AfterValidator(half)],
        Annotated[int, WrapValidator(wrapped_half)],
        Annotated[int, PlainValidator(half)],
        Annotated[int, BeforeValidator(half)],
    ],
    ids=["after", "wrap", "plain", "before"],
)
def test_a_validator_that_converts_runs_once_on_the_way_in(form: Any) -> None:
    assert kept(form, 20) == 10
    assert kept(list[form], [20, 8]) == [10, 4]


def test_what_was_converted_is_not_converted_again_by_get() -> None:
    key: StoreKey[list[int]] = StoreKey("k", list[Annotated[int, AfterValidator(half)]])
    store = MemoryStore()
    store.put(key, [20])

    store.get_shared(key)

    assert store.get(key) == [10]
    assert store.get(key) == [10]


def test_a_validator_before_lets_in_what_it_makes_fit() -> None:
    assert kept(Annotated[int, BeforeValidator(int)], "3") == 3
    assert kept(dict[str, Annotated[list[int], BeforeValidator(list)]], {"a": (1, 2)}) == {"a": [1, 2]}


@pytest.mark.parametrize(
    "form",
    [
        Annotated[int, AfterValidator(str)],
        Annotated[int, BeforeValidator(str)],
        Annotated[int, PlainValidator(str)],
        Annotated[int, WrapValidator(lambda value, handler: str(handler(value)))],
    ],
    ids=["after", "before", "plain", "wrap"],
)
def test_a_validator_that_gives_another_type_is_refused(form: Any) -> None:
    assert refused(form, 3) == "k should be a valid integer, got '3' (str)"
    assert refused(list[form], [3]) == "k[0] should be a valid integer, got '3' (str)"


@pytest.mark.parametrize("kind", [AfterValidator, BeforeValidator, PlainValidator])
def test_what_a_validator_says_is_passed_on(kind: Any) -> None:
    assert refused(Annotated[int, kind(fail)], 3) == "k is refused: no 3 here, got 3 (int)"
    assert refused(Annotated[int, kind(assert_small)], 30) == "k is refused: too big, got 30 (int)"
    assert refused(Annotated[int, kind(crash)], 3) == "k cannot be validated (OSError: the disk is gone), got 3 (int)"


def test_what_a_validator_says_at_length_is_cut_to_one_line() -> None:
    said = refused(Annotated[int, AfterValidator(ramble)], 3)

    assert said.startswith("k is refused: first line second line and so on")
    assert said.endswith("…, got 3 (int)")
    assert len(said) < 400


def test_what_a_validator_crashed_with_is_the_cause() -> None:
    key, store = StoreKey("k", Annotated[int, AfterValidator(crash)]), MemoryStore()

    with pytest.raises(TypeMismatchError) as caught:
        store.put(key, 3)

    assert isinstance(caught.value.__cause__, OSError)


def test_an_interrupt_in_a_validator_goes_to_the_caller() -> None:
    store = MemoryStore()

    with pytest.raises(KeyboardInterrupt):
        store.put(StoreKey("k", Annotated[int, AfterValidator(leave)]), 3)

    assert store.is_empty()


def test_a_validator_that_changes_its_input_changes_the_copy() -> None:
    value = [1]

    assert kept(Annotated[list[int], AfterValidator(with_end)], value) == [1, 0]
    assert value == [1]


@pytest.mark.parametrize("kind", [AfterValidator, BeforeValidator])
def test_a_validator_that_breaks_its_input_is_refused(kind: Any) -> None:
    assert refused(Annotated[list[int], kind(with_wrong_end)], [1]) == "k[1] should be a valid integer, got 'x' (str)"


# --- inside of models -------------------------------------------------------------------------------


class Counted(BaseModel):
    """Its validators have run when an instance is there; each says so in what it gives."""

    number: int
    text: str
    plain: int
    steps: list[str] = []

    @field_validator("number")
    @classmethod
    def _half(cls, value: int) -> int:
        return value // 2

    @field_validator("text", mode="wrap")
    @classmethod
    def _louder(cls, value: object, handler: ValidatorFunctionWrapHandler) -> str:
        return f"{handler(value)}!"

    @field_validator("plain", mode="plain")
    @classmethod
    def _from_text(cls, value: Any) -> int:
        return int(value) + 1

    @model_validator(mode="wrap")
    @classmethod
    def _wrapped(cls, value: Any, handler: Any) -> "Counted":
        made: Counted = handler({**value, "text": f"{value['text']}?"})
        return made

    @model_validator(mode="after")
    def _noted(self) -> "Counted":
        self.steps.append("validated")
        return self

    def model_post_init(self, context: object, /) -> None:
        self.steps.append("initialised")


def test_an_instance_is_kept_as_it_is_whatever_its_validators_would_make_of_it_now() -> None:
    value = Counted(number=20, text="hello", plain=3)
    before = value.model_dump()

    got = kept(Counted, value)

    assert before == {"number": 10, "text": "hello?!", "plain": 4, "steps": ["initialised", "validated"]}
    assert before == got.model_dump() == value.model_dump()
    assert before == kept(list[Counted], [value])[0].model_dump()


def test_what_was_shared_is_checked_without_being_made_again() -> None:
    key, store = StoreKey("k", Counted), MemoryStore()
    store.put(key, Counted(number=20, text="hello", plain=3))
    shared = store.get_shared(key)

    got = store.get(key)

    assert shared == got
    assert got.steps == ["initialised", "validated"]


class GivesText(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def _as_text(cls, value: int) -> Any:
        return str(value)


def test_an_instance_whose_validator_gave_another_type_is_refused() -> None:
    assert refused(GivesText, GivesText(number=3)) == "k.number should be a valid integer, got '3' (str)"


class Even(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("an odd number")
        return value


def test_a_rule_of_a_field_holds_for_what_was_assigned_later() -> None:
    value = Even(number=2)
    value.number = 3

    assert refused(list[Even], [value]) == "k[0].number is refused: an odd number, got 3 (int)"


class Counting(BaseModel):
    """Its validator reads what is no field."""

    number: int
    _seen: dict[str, int] = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        self._seen = {"number": self.number}

    @model_validator(mode="after")
    def _is_seen(self) -> "Counting":
        if self._seen["number"] != self.number:
            raise ValueError("not seen")
        self._seen["again"] = self._seen.get("again", 0) + 1
        return self

    @property
    def seen(self) -> dict[str, int]:
        return self._seen


class Counters(BaseModel):
    one: Counting
    more: list[Counting] = []

    @model_validator(mode="after")
    def _are_seen(self) -> "Counters":
        if any(counting.seen["number"] != counting.number for counting in (self.one, *self.more)):
            raise ValueError("not seen")
        return self


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Counting, Counting(number=3)),
        (Annotated[Counting, AfterValidator(lambda one: one if one.seen["number"] else fail(one))], Counting(number=3)),
        (Counters, Counters(one=Counting(number=3), more=[Counting(number=4)])),
    ],
    ids=["itself", "under a validator", "in a model"],
)
def test_a_validator_of_a_model_sees_what_is_no_field(form: Any, value: Any) -> None:
    assert kept(form, value) == value


def test_a_validator_of_a_model_changes_nothing_that_is_kept() -> None:
    assert kept(Counting, Counting(number=3)).seen == {"number": 3, "again": 1}


def test_a_model_that_its_validator_refuses_is_refused() -> None:
    value = Counting(number=3)
    value.number = 4

    assert refused(list[Counting], [value]).startswith("k[0] is refused: not seen, got ")


class Halved(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def _half(cls, value: int) -> int:
        return value // 2

    @model_validator(mode="after")
    def _is_large(self) -> "Halved":
        if self.number < 10:
            raise ValueError("too small")
        return self


def test_a_validator_of_a_model_sees_the_fields_as_they_are() -> None:
    assert kept(Halved, Halved(number=30)) == Halved(number=30)


class Locked(BaseModel, arbitrary_types_allowed=True):
    lock: Any
    _seen: int = PrivateAttr(default=1)

    @model_validator(mode="after")
    def _is_seen(self) -> "Locked":
        assert self._seen == 1
        return self


def test_a_model_with_validators_that_cannot_be_copied_can_be_shared() -> None:
    key, store, value = StoreKey("k", Locked), MemoryStore(), Locked(lock=Lock())

    store.put_shared(key, value)

    assert store.get_shared(key) is value


class Short(BaseModel, str_max_length=3):
    text: str


def test_a_rule_of_a_whole_class_holds_for_what_was_assigned_later() -> None:
    value = Short(text="abc")
    value.text = "abcd"

    assert refused(Short, value) == "k.text should have at most 3 characters, got 'abcd' (str)"


# --- strict=False -----------------------------------------------------------------------------------


class Item(BaseModel):
    size: int
    tags: list[str] = Field(default=[], max_length=2)


def test_a_key_that_is_not_strict_converts_on_the_way_in() -> None:
    assert kept(int, "3", strict=False) == 3
    assert kept(list[int], ("1", 2.0, True), strict=False) == [1, 2, 1]
    assert kept(dict[str, float], {"a": "1.5"}, strict=False) == {"a": 1.5}
    assert kept(Item, {"size": "3"}, strict=False) == Item(size=3)
    assert kept(list[Item], ({"size": 1, "tags": ("a",)},), strict=False) == [Item(size=1, tags=["a"])]


def test_what_is_kept_under_a_key_that_is_not_strict_fits_strictly() -> None:
    assert type(kept(int, "3", strict=False)) is int
    assert type(kept(int, True, strict=False)) is int
    assert refused(int, "three", strict=False).startswith("k should be a valid integer, unable to parse string")
    assert refused(Item, {"size": 1, "tags": "abc"}, strict=False) == "k.tags should be a valid list, got 'abc' (str)"


def test_an_instance_under_a_key_that_is_not_strict_is_checked_all_the_same() -> None:
    wrong = Item.model_construct(size="3", tags=[])

    assert refused(Item, wrong, strict=False) == "k.size should be a valid integer, got '3' (str)"
    assert refused(list[Item], [wrong], strict=False) == "k[0].size should be a valid integer, got '3' (str)"


def test_what_was_changed_while_shared_is_not_converted_by_get() -> None:
    key: StoreKey[list[int]] = StoreKey[list[int]]("k", strict=False)
    store = MemoryStore()
    store.put(key, [1])
    shared: list[Any] = store.get_shared(key)
    shared.append("2")

    with pytest.raises(TypeMismatchError) as caught:
        store.get(key)

    assert str(caught.value) == (
        "cannot get 'k' (list[int]) from MemoryStore: k[1] should be a valid integer, got '2' (str); "
        "it was changed while it was shared; put a value that fits"
    )


def test_appended_items_are_converted_too() -> None:
    key: StoreKey[list[int]] = StoreKey[list[int]]("k", strict=False)
    store = MemoryStore()

    store.append(key, "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    store.extend(key, ["2", 3.0])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]

    assert store.get(key) == [1, 2, 3]


def test_a_default_of_a_key_that_is_not_strict_is_converted_once() -> None:
    untyped: Any = StoreKey
    key: StoreKey[list[int]] = untyped[list[int]]("k", default=("1", "2"), strict=False)

    assert key.make_default() == [1, 2]
    assert MemoryStore().get(key) == [1, 2]


def test_the_shortcut_by_exact_class_is_not_for_keys_that_convert() -> None:
    key = StoreKey[int]("k", strict=False)
    store = MemoryStore()

    store.put(key, 3)

    assert key.exact is not int
    assert store.get(key) == 3
    assert store.get(StoreKey("k", int)) == 3

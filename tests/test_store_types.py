"""One name under two types, and things that are no keys at all, on stores of every kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

import pytest
from pydantic import BaseModel, SecretStr
from tests.kinds import COUNT, User

from keyrack import KeyFamily, KeyRegistry, StoreKey
from keyrack.errors import AppendTypeMismatchError, KeyDefinitionError, TypeMismatchError

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

INTS = StoreKey("values", list[int])
STRS = StoreKey("values", list[str])
ANYS = StoreKey("values", list[Any])
MIXED = StoreKey("values", list[int | str])
NUMBER = StoreKey("values", int)


class Login(BaseModel):
    password: SecretStr
    names: list[re.Pattern[str]]


@dataclass
class Spot:
    x: float


# --- one name under two types ---------------------------------------------------------------------


@pytest.mark.parametrize("form", [re.Pattern, re.Pattern[str], SecretStr], ids=["pattern", "pattern of str", "secret"])
@pytest.mark.parametrize("verb", ["get", "get_shared"])
def test_a_text_is_not_given_for_what_pydantic_would_make_of_it(store: KeyValueStore, verb: str, form: Any) -> None:
    store.put(StoreKey("values", str), "x")
    key: StoreKey[Any] = StoreKey("values", form)

    with pytest.raises(TypeMismatchError, match="it was put as str"):
        getattr(store, verb)(key)


def test_a_field_that_was_assigned_a_text_for_a_secret_does_not_fit(store: KeyValueStore) -> None:
    login = Login(password=SecretStr("hunter2"), names=[re.compile("a")])
    spoilt, other = login.model_copy(update={"password": "hunter2"}), login.model_copy(update={"names": ["a"]})

    for wrong, where in (spoilt, "login.password"), (other, r"login.names\[0\]"):
        with pytest.raises(TypeMismatchError, match=f"{where} should be"):
            store.put(StoreKey("login", Login), wrong)


@pytest.mark.parametrize("verb", ["get", "get_shared", "get_many"])
def test_a_value_put_under_another_type_is_refused_by_a_read_that_names_both(store: KeyValueStore, verb: str) -> None:
    store.put(INTS, [1, 2])

    with pytest.raises(TypeMismatchError) as caught:
        getattr(store, verb)(STRS)

    error = caught.value
    assert (error.expected, error.stored) == ("list[str]", "list[int]")
    shown = "get_shared" if verb == "get_shared" else "get"
    assert str(error) == (
        f"cannot {shown} 'values' (list[str]) from {store.label}: values[0] should be a valid string, got 1 (int); "
        "and 1 more; it was put as list[int]"
        + ("" if error.written is None else f" on {error.written:%Y-%m-%d at %H:%M:%S} UTC")
    )
    assert store.get(INTS) == [1, 2]


@pytest.mark.parametrize("scalar", [int, bool, str, float, bytes, None], ids=str)
def test_a_scalar_put_under_another_type_is_refused_by_name(store: KeyValueStore, scalar: Any) -> None:
    store.put(StoreKey("values", scalar), scalar and scalar())

    for read in (store.get, store.get_shared):
        with pytest.raises(TypeMismatchError) as caught:
            read(INTS)
        assert caught.value.stored == ("None" if scalar is None else scalar.__name__)
    with pytest.raises(TypeMismatchError, match=r"; it was put as "):
        store.get(INTS, [])


def test_a_bool_is_no_int_on_the_way_out_either(store: KeyValueStore) -> None:
    store.put(StoreKey("count", bool), True)

    with pytest.raises(TypeMismatchError, match="it was put as bool"):
        store.get(COUNT)
    with pytest.raises(TypeMismatchError, match="it was put as bool"):
        store.get_shared(COUNT)


FLOAT, FLOATS = StoreKey("values", float), StoreKey("values", list[float])
READS = ["get", "get_shared", "get_many"]


@pytest.mark.parametrize("verb", READS)
@pytest.mark.parametrize(
    ("stored", "value", "asked"),
    [(NUMBER, 3, FLOAT), (INTS, [3], FLOATS), (StoreKey("values", Any), 3, FLOAT), (ANYS, [3], FLOATS)],
    ids=["int", "list[int]", "Any", "list[Any]"],
)
def test_an_int_is_no_float_on_the_way_out(
    store: KeyValueStore, stored: StoreKey[Any], value: Any, asked: StoreKey[Any], verb: str
) -> None:
    store.put(stored, value)

    with pytest.raises(TypeMismatchError, match=f"it was put as {re.escape(stored.type_text)}"):
        getattr(store, verb)(asked)


def test_an_update_of_an_int_as_a_float_is_refused_before_the_function_runs(store: KeyValueStore) -> None:
    store.put(NUMBER, 3)

    with pytest.raises(TypeMismatchError):
        store.update(FLOAT, lambda number: pytest.fail(f"it ran on {number}"))


def test_a_list_of_ints_cannot_be_shared_as_one_of_floats(store: KeyValueStore) -> None:
    with pytest.raises(TypeMismatchError):
        store.put_shared(FLOATS, [1])

    assert store.is_empty()


def test_an_int_in_an_instance_stays_as_it_is_where_a_float_is_declared(store: KeyValueStore) -> None:
    key = StoreKey("values", Spot)

    store.put(key, Spot(1))

    assert repr(store.get(key)) == "Spot(x=1)"


def test_a_value_that_fits_both_types_is_given_under_both(store: KeyValueStore) -> None:
    store.put(INTS, [1])

    keys: list[StoreKey[Any]] = [MIXED, ANYS, INTS]
    for key in keys:
        found = store.get(key)
        assert found == [1]
        found.append("not in the store")
    assert store.get_shared(MIXED) == store.get_shared(ANYS) == store.get_shared(INTS)


@pytest.mark.objects
def test_what_is_shared_under_one_type_is_looked_at_again_under_the_other(store: KeyValueStore) -> None:
    store.put(INTS, [1])
    held: Any = store.get_shared(ANYS)

    held.append("x")

    with pytest.raises(TypeMismatchError, match=r"values\[1\] should be a valid integer, got 'x' \(str\)") as caught:
        store.get(INTS)
    assert caught.value.stored is None
    assert store.get(ANYS) == [1, "x"]


def test_equal_types_are_one_type(store: KeyValueStore) -> None:
    again = StoreKey("values", list[int])
    maybe, optional = StoreKey("maybe", int | None), StoreKey("maybe", Optional[int])  # noqa: UP045  # two spellings
    store.put(INTS, [1])
    store.put(maybe, 3)

    assert store.get(again) == [1]
    store.append(again, 2)
    assert store.get(INTS) == [1, 2]
    assert store.get(optional) == 3
    assert store.compare_and_set(optional, 3, None)
    assert store.get(maybe) is None


ADD: dict[str, Callable[[KeyValueStore, StoreKey[Any], Any], None]] = {
    "append": lambda store, key, item: store.append(key, item),
    "extend": lambda store, key, item: store.extend(key, [item]),
}


@pytest.mark.parametrize("add", ADD.values(), ids=ADD)
def test_an_append_to_a_list_of_another_type_looks_at_the_whole_list(
    store: KeyValueStore, add: Callable[[KeyValueStore, StoreKey[Any], Any], None]
) -> None:
    store.put(INTS, [1])

    add(store, MIXED, "two")
    assert store.get(MIXED) == [1, "two"]

    with pytest.raises(AppendTypeMismatchError) as caught:
        add(store, INTS, 3)
    assert "values[1] should be a valid integer, got 'two' (str)" in str(caught.value)
    assert str(caught.value).endswith("; nothing was written")
    assert caught.value.stored == "list[int | str]"
    assert store.get(MIXED) == [1, "two"]


def test_an_append_where_no_list_is_stored_is_refused(store: KeyValueStore) -> None:
    store.put(NUMBER, 3)

    with pytest.raises(AppendTypeMismatchError) as caught:
        store.append(INTS, 1)

    assert str(caught.value) == (
        f"cannot append to 'values' (list[int]) in {store.label}: values should be a valid list, got 3 (int); "
        "nothing was written"
    )
    assert store.get(NUMBER) == 3


def test_an_update_of_a_value_of_another_type_is_refused_before_the_function_runs(store: KeyValueStore) -> None:
    store.put(STRS, ["one"])

    def never(_: list[int]) -> list[int]:
        raise AssertionError

    with pytest.raises(TypeMismatchError, match=r"values\[0\] should be a valid integer, got 'one' \(str\)") as caught:
        store.update(INTS, never)

    assert caught.value.action == "update"
    assert (caught.value.expected, caught.value.stored) == ("list[int]", "list[str]")
    assert store.get(STRS) == ["one"]


def test_compare_and_set_compares_values_whatever_type_they_were_put_under(store: KeyValueStore) -> None:
    store.put(STRS, ["one"])

    assert not store.compare_and_set(INTS, [1], [2])
    assert not store.compare_and_set(NUMBER, 1, 2)
    assert store.get(STRS) == ["one"]
    assert store.compare_and_set(MIXED, ["one"], [2])
    assert store.get(INTS) == [2]


def test_a_put_changes_the_type(store: KeyValueStore) -> None:
    store.put(INTS, [1])

    store.put(STRS, ["one"])

    assert store.get(STRS) == ["one"]
    assert store.get(StoreKey("values", list[Any])) == ["one"]
    store.put(NUMBER, 1)
    assert store.get(NUMBER) == 1


def test_a_snapshot_remembers_the_types(store: KeyValueStore) -> None:
    store.put(INTS, [1])
    store.put(COUNT, 1)
    snapshot = store.snapshot()
    store.put(STRS, [])

    store.restore(snapshot)

    assert store.get(INTS) == [1]
    assert store.get(COUNT) == 1
    with pytest.raises(TypeMismatchError, match=r"it was put as list\[int\]"):
        store.get(STRS)


# --- no keys --------------------------------------------------------------------------------------


class Keys(KeyRegistry, prefix="app"):
    count: StoreKey[int]
    result: KeyFamily[int, User]


class Column:
    """Something else that has a name."""

    def __init__(self, name: object) -> None:
        self.name = name


NO_KEYS: dict[str, Any] = {
    "a name": "count",
    "None": None,
    "a list": ["count"],
    "a registry": Keys,
    "a family": Keys.result,
    "the class of keys": StoreKey,
    "another class with a name": Column("count"),
    "a name that cannot be looked up": Column(["count"]),
    "a put": COUNT.to(1),
}
VERBS_OF_A_KEY: dict[str, Callable[[KeyValueStore, Any], object]] = {
    "get": lambda store, key: store.get(key),
    "get with a default": lambda store, key: store.get(key, 1),
    "get_shared": lambda store, key: store.get_shared(key),
    "get_many": lambda store, key: store.get_many(COUNT, key),
    "put": lambda store, key: store.put(key, 1),
    "put_shared": lambda store, key: store.put_shared(key, 1),
    "append": lambda store, key: store.append(key, 1),
    "extend": lambda store, key: store.extend(key, [1]),
    "update": lambda store, key: store.update(key, lambda value: value),
    "compare_and_set": lambda store, key: store.compare_and_set(key, 1, 2),
    "remove": lambda store, key: store.remove(key),
    "contains_key": lambda store, key: store.contains_key(key),
    "in": lambda store, key: key in store,
    "at": lambda store, key: store.at(key),
}


@pytest.mark.parametrize("verb", VERBS_OF_A_KEY)
def test_what_is_no_key_is_refused_with_advice(store: KeyValueStore, verb: str) -> None:
    store.put(COUNT, 1)
    name = {"in": "contains_key", "get with a default": "get"}.get(verb, verb)
    sentence = rf"{name} takes a StoreKey, got .+; (name one of its keys: .+|declare it once: .+)"

    for kind, key in NO_KEYS.items():
        with pytest.raises(KeyDefinitionError) as caught:
            VERBS_OF_A_KEY[verb](store, key)
        assert re.fullmatch(sentence, str(caught.value)), kind
        assert "\n" not in str(caught.value), kind

    assert store.keys() == ["count"]
    assert store.get(COUNT) == 1

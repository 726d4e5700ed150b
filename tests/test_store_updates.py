"""Update and compare_and_set, on stores of every kind: what is written, and what a failure leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.kinds import (
    ARRAY,
    COUNT,
    FEW,
    LIMIT,
    MAYBE,
    NUMBERS,
    SAMPLES,
    SEEN,
    TITLE,
    USER,
    Sample,
    User,
    contents,
    same,
)

from keyrack.errors import KeyNotFoundError, KeyrackError, TypeMismatchError
from keyrack.keys.key import ABSENT, StoreKey

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)

# --- update ---------------------------------------------------------------------------------------


@each_sample
def test_an_update_replaces_the_value_by_what_the_function_makes_of_it(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())
    given: list[Any] = []

    def replace(value: Any) -> Any:
        given.append(value)
        return sample.other()

    new = store.update(sample.key, replace)

    assert len(given) == 1
    assert same(given[0], sample.value())
    assert same(new, sample.other())
    assert same(store.get(sample.key), sample.other())


def test_an_update_starts_from_the_default_of_the_key(store: KeyValueStore) -> None:
    assert store.update(SEEN, lambda seen: [*seen, 1]) == [0, 1]
    assert store.get(SEEN) == [0, 1]


def test_an_update_of_nothing_is_a_miss(store: KeyValueStore) -> None:
    def never(_: int) -> int:
        raise AssertionError

    with pytest.raises(KeyNotFoundError, match="no value for key 'count'"):
        store.update(COUNT, never)

    assert store.is_empty()


@pytest.mark.parametrize(("key", "first", "wrong"), [(COUNT, 1, "2"), (LIMIT, 1, 0), (FEW, [1], [1, 2, 3, 4])])
def test_an_update_to_what_does_not_fit_writes_nothing(
    store: KeyValueStore, key: StoreKey[Any], first: Any, wrong: Any
) -> None:
    store.put(key, first)

    with pytest.raises(TypeMismatchError) as caught:
        store.update(key, lambda _: wrong)

    assert caught.value.action == "update"
    assert str(caught.value).startswith(f"cannot update {key.name!r} ({key.type_text}) in {store.label}: {key.name} ")
    assert str(caught.value).endswith("; nothing was written")
    assert store.get(key) == first


@pytest.mark.parametrize("error", [LookupError("no"), KeyError("no"), AttributeError("no")], ids=repr)
def test_what_an_update_function_raises_goes_to_the_caller_with_a_note(store: KeyValueStore, error: Exception) -> None:
    store.put(NUMBERS, [1])

    def fail(numbers: list[int]) -> list[int]:
        numbers.append(2)
        raise error

    with pytest.raises(type(error)) as caught:
        store.update(NUMBERS, fail)

    assert caught.value is error
    assert caught.value.__notes__ == [f"while updating 'numbers' in {store.label}; nothing was written"]
    assert store.get(NUMBERS) == [1]
    del error.__notes__


@pytest.mark.parametrize("verb", ["update", "transact"])
def test_a_coroutine_function_is_refused_and_not_left_unawaited(store: KeyValueStore, verb: str) -> None:
    store.put(COUNT, 1)

    async def later(_: object) -> int:
        raise AssertionError

    given: Any = later
    with pytest.raises(
        TypeError, match=r"takes a plain function, and .*later is a coroutine function; nothing was written"
    ):
        store.update(COUNT, given) if verb == "update" else store.transact(given)

    assert store.get(COUNT) == 1


@pytest.mark.parametrize("verb", ["update", "transact"])
def test_a_generator_function_is_refused(store: KeyValueStore, verb: str) -> None:
    store.put(COUNT, 1)

    def steps(_: object) -> Iterator[int]:
        yield 2

    given: Any = steps
    with pytest.raises(TypeError, match=r"takes a plain function, and .*steps is a generator function; nothing was"):
        store.update(COUNT, given) if verb == "update" else store.transact(given)

    assert store.get(COUNT) == 1


def test_a_transaction_may_give_a_generator(store: KeyValueStore) -> None:
    store.put(NUMBERS, [1, 2])

    assert list(store.transact(lambda inside: (2 * number for number in inside.get(NUMBERS)))) == [2, 4]


def test_an_update_inside_an_update_of_another_key_is_kept(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), LIMIT.to(10))

    store.update(COUNT, lambda count: count + store.update(LIMIT, lambda limit: limit + 1))

    assert contents(store) == {"count": 12, "limit": 11}


def test_an_update_that_writes_its_own_key_ends_with_an_error_that_says_so(store: KeyValueStore) -> None:
    store.put(COUNT, 1)

    with pytest.raises(KeyrackError, match="'count'"):
        store.update(COUNT, lambda count: count + store.update(COUNT, lambda inner: inner + 1))


def test_an_append_inside_an_update_of_the_same_list_is_not_lost_in_silence(store: KeyValueStore) -> None:
    store.put(NUMBERS, [0])

    def change(numbers: list[int]) -> list[int]:
        store.append(NUMBERS, 5)
        return [*numbers, 6]

    with pytest.raises(KeyrackError, match="'numbers'"):
        store.update(NUMBERS, change)


def test_an_update_function_that_removes_its_own_key_once_runs_again(store: KeyValueStore) -> None:
    store.put(SEEN, [1])
    tries: list[list[int]] = []

    def change(seen: list[int]) -> list[int]:
        tries.append(seen)
        if len(tries) == 1:
            store.remove(SEEN)
        return [*seen, 2]

    assert store.update(SEEN, change) == [0, 2]
    assert tries == [[1], [0]]


# --- compare_and_set ------------------------------------------------------------------------------


@each_sample
def test_a_value_is_set_where_what_is_stored_equals_what_is_expected(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())

    assert store.compare_and_set(sample.key, sample.value(), sample.other())

    assert same(store.get(sample.key), sample.other())


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.key.name != "nothing"], ids=str)
@pytest.mark.parametrize("stored", [True, False], ids=["something else", "nothing"])
def test_a_value_is_not_set_where_something_else_is_stored(
    store: KeyValueStore, sample: Sample, *, stored: bool
) -> None:
    if stored:
        store.put(sample.key, sample.value())

    assert not store.compare_and_set(sample.key, sample.other(), sample.other())

    assert store.contains_key(sample.key) is stored
    assert same(store.get(sample.key, None), sample.value() if stored else None)


@each_sample
def test_a_value_is_set_where_nothing_is_expected_and_nothing_is_stored(store: KeyValueStore, sample: Sample) -> None:
    assert store.compare_and_set(sample.key, ABSENT, sample.value())
    assert not store.compare_and_set(sample.key, ABSENT, sample.other())

    assert same(store.get(sample.key), sample.value())


def test_a_default_of_the_key_is_not_stored(store: KeyValueStore) -> None:
    assert not store.compare_and_set(SEEN, [0], [1])
    assert store.compare_and_set(SEEN, ABSENT, [1])


def test_none_is_not_absent(store: KeyValueStore) -> None:
    assert not store.compare_and_set(MAYBE, None, 1)

    store.put(MAYBE, None)

    assert not store.compare_and_set(MAYBE, ABSENT, 1)
    assert store.compare_and_set(MAYBE, None, 1)


@pytest.mark.parametrize(("expected", "new"), [("1", 2), (1, "2"), (ABSENT, "2"), (True, 2)], ids=repr)
def test_what_is_expected_and_what_is_new_have_to_fit(store: KeyValueStore, expected: Any, new: Any) -> None:
    store.put(COUNT, 1)

    with pytest.raises(TypeMismatchError) as caught:
        store.compare_and_set(COUNT, expected, new)

    assert caught.value.action == "compare_and_set"
    assert str(caught.value).endswith("; nothing was written")
    assert store.get(COUNT) == 1


def test_a_new_value_that_does_not_fit_is_refused_even_where_it_would_not_be_set(store: KeyValueStore) -> None:
    wrong: Any = "2"

    with pytest.raises(TypeMismatchError):
        store.compare_and_set(COUNT, 5, wrong)

    assert store.is_empty()


def test_a_value_that_is_not_equal_to_itself_can_be_compared(store: KeyValueStore) -> None:
    ratio, ratios = StoreKey("ratio", float), StoreKey("ratios", list[float])
    store.put(ratio, math.nan)
    store.put(ratios, [math.nan])

    assert store.compare_and_set(ratio, math.nan, 1.0)
    assert store.compare_and_set(ratios, store.get(ratios), [])


@pytest.mark.parametrize(
    ("stored", "expected", "is_set"),
    [
        ([0, 1], [0, 1], True),
        ([0, 1], [0, 2], False),
        ([0, 1], [0, 1, 2], False),
        ([0, 1], [[0, 1]], False),
        ([], [], True),
        ([1, 1], [1], False),
    ],
)
def test_arrays_are_equal_where_shapes_and_all_items_are(
    store: KeyValueStore, stored: Any, expected: Any, *, is_set: bool
) -> None:
    store.put(ARRAY, np.array(stored, np.int64))

    assert store.compare_and_set(ARRAY, np.array(expected, np.int64), np.zeros(1, np.int64)) is is_set


@pytest.mark.objects
def test_arrays_inside_a_value_are_compared_too(store: KeyValueStore) -> None:
    arrays = StoreKey("arrays", list[np.ndarray[Any, Any]])
    store.put(arrays, [np.arange(2), np.arange(3)])

    assert not store.compare_and_set(arrays, [np.arange(2), np.ones(3)], [])
    assert not store.compare_and_set(arrays, [np.arange(2)], [])
    assert store.compare_and_set(arrays, [np.arange(2), np.arange(3)], [])


@pytest.mark.objects
def test_an_equality_that_raises_goes_to_the_caller_and_writes_nothing(store: KeyValueStore) -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise LookupError("not comparable")

        __hash__ = None  # type: ignore[assignment]

    odd = StoreKey("odd", Odd)
    store.put(odd, Odd())
    store.put(TITLE, "one")

    with pytest.raises(LookupError, match="not comparable"):
        store.compare_and_set(odd, Odd(), Odd())

    assert store.compare_and_set(TITLE, "one", "two")


@pytest.mark.objects
def test_an_append_in_the_middle_of_a_comparison_is_not_lost(store: KeyValueStore) -> None:
    class Odd:
        times = 0

        def __eq__(self, other: object) -> bool:
            Odd.times += 1
            if Odd.times == 1:
                store.append(odds, Odd())
            return True

        __hash__ = None  # type: ignore[assignment]

    odds = StoreKey("odds", list[Odd])
    store.put(odds, [Odd()])

    is_set = store.compare_and_set(odds, [Odd()], [])

    assert len(store.get(odds)) == (0 if is_set else 2)
    assert not is_set


def test_models_are_compared_by_value(store: KeyValueStore) -> None:
    store.put(USER, User(name="Ada", age=36))

    assert not store.compare_and_set(USER, User(name="Ada", age=37), User(name="Alan", age=41))
    assert store.compare_and_set(USER, User(name="Ada", age=36), User(name="Alan", age=41))

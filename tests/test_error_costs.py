"""Errors are cheap to raise: what costs something is gathered when somebody reads it."""

from typing import Any

import pytest
from tests.test_errors import AGE, mismatch

from keyrack import KeyNotFoundError, MemoryStore, StoreKey, TypeMismatchError
from keyrack.errors import Problems


class Counted:
    """Counts how often it is asked."""

    def __init__(self, gives: Any) -> None:
        self.gives = gives
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.gives


def test_names_are_listed_when_the_message_is_read_and_only_once() -> None:
    known = Counted(["users"])
    error = KeyNotFoundError(key="usres", store="MemoryStore", known=known)

    assert known.calls == 0
    assert "users" in str(error)
    assert error.known == ("users",)
    assert repr(error)
    assert known.calls == 1


def test_problems_are_described_when_they_are_read_and_only_once() -> None:
    problems = Counted(Problems((AGE,), 0))
    error = mismatch(problems=problems)

    assert problems.calls == 0
    assert "age" in str(error)
    assert error.problems == (AGE,)
    assert problems.calls == 1


def test_a_store_lists_its_names_when_somebody_reads_about_the_miss() -> None:
    store = MemoryStore()
    with pytest.raises(KeyNotFoundError) as caught:
        store.get(StoreKey("usres", int))

    store.put(StoreKey("users", int), 1)

    assert caught.value.known == ("users",)
    assert str(caught.value).endswith("did you mean 'users'?")


def test_a_misfit_that_nobody_reads_is_not_shown() -> None:
    class Loud:
        shown = 0

        def __repr__(self) -> str:
            Loud.shown += 1
            return "Loud"

    with pytest.raises(TypeMismatchError) as caught:
        MemoryStore().put(StoreKey("k", list[int]), [Loud()])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]

    assert Loud.shown == 0
    assert "got Loud (Loud)" in str(caught.value)
    assert Loud.shown == 1
    assert str(caught.value)
    assert Loud.shown == 1


def test_a_miss_that_is_read_after_the_store_was_closed_is_still_a_miss() -> None:
    store = MemoryStore()
    with pytest.raises(KeyNotFoundError) as caught:
        store.get(StoreKey("usres", int))
    store.close()

    assert str(caught.value) == "no value for key 'usres' in MemoryStore"


def test_a_suggestion_among_many_names_is_made_when_it_is_read() -> None:
    store = MemoryStore()
    for number in range(2_000):
        store.put(StoreKey(f"key {number}", int), number)

    with pytest.raises(KeyNotFoundError) as caught:
        store.get(StoreKey("kee 1999", int))

    assert str(caught.value).endswith("did you mean 'key 1999'?")

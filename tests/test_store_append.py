"""Append and extend, on stores of every kind: what fits, where a list starts, and who sees it grow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from pydantic import Field
from tests.kinds import COUNT, FEW, NUMBERS, SEEN, USERS, User, contents

from keyrack.backends.memory import MemoryBackend
from keyrack.errors import AppendTypeMismatchError
from keyrack.keys.key import StoreKey
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore, NamespacedStore

if TYPE_CHECKING:
    from keyrack.backends.spi import Entry

ADA = User(name="Ada", age=36)
OVER_MEMORY: dict[str, Callable[[], KeyValueStore]] = {
    "memory": MemoryStore,
    "the common way": lambda: KeyValueStore(MemoryBackend()),
    "nested namespaces": lambda: NamespacedStore(NamespacedStore(MemoryStore(), "a"), "b"),
}


def append(store: KeyValueStore, key: StoreKey[Any], *items: Any) -> None:
    for item in items:
        store.append(key, item)


def extend(store: KeyValueStore, key: StoreKey[Any], *items: Any) -> None:
    store.extend(key, items)


class Numbers(list[int]):
    """A list of a class of its own."""


each_way = pytest.mark.parametrize("add", [append, extend], ids=["append", "extend"])
Add = Callable[..., None]

# --- what is added --------------------------------------------------------------------------------


@each_way
def test_items_are_added_to_the_end_in_order(store: KeyValueStore, add: Add) -> None:
    add(store, NUMBERS, 1, 2)
    add(store, NUMBERS, 3)

    assert store.get(NUMBERS) == [1, 2, 3]
    assert store.get_shared(NUMBERS) == [1, 2, 3]


@each_way
def test_a_list_starts_from_the_default_of_the_key(store: KeyValueStore, add: Add) -> None:
    add(store, SEEN, 1, 2)

    assert store.get(SEEN) == [0, 1, 2]
    store.remove(SEEN)
    assert store.get(SEEN) == [0]


@each_way
def test_a_default_does_not_come_back_once_a_list_is_stored(store: KeyValueStore, add: Add) -> None:
    store.put(SEEN, [])

    add(store, SEEN, 1)

    assert store.get(SEEN) == [1]


def test_an_extend_by_nothing_makes_an_empty_list(store: KeyValueStore) -> None:
    store.extend(NUMBERS, [])
    store.extend(SEEN, [])

    assert contents(store) == {"numbers": [], "seen": [0]}


def test_an_extend_takes_items_from_any_iterable(store: KeyValueStore) -> None:
    store.extend(NUMBERS, (number * number for number in range(3)))
    store.extend(NUMBERS, {7: "seven"})

    assert store.get(NUMBERS) == [0, 1, 4, 7]


@each_way
def test_an_item_goes_on_being_the_callers_own(store: KeyValueStore, add: Add) -> None:
    user = ADA.model_copy()

    add(store, USERS, user, user)
    user.age = 1
    store.get(USERS)[0].age = 2

    assert [one.age for one in store.get(USERS)] == [36, 36]


# --- what is refused ------------------------------------------------------------------------------


@each_way
def test_an_append_that_does_not_fit_leaves_the_list_as_it_was(store: KeyValueStore, add: Add) -> None:
    store.put(NUMBERS, [1])

    with pytest.raises(AppendTypeMismatchError) as caught:
        add(store, NUMBERS, "2")

    error = caught.value
    assert (error.action, error.key, error.expected, error.store) == ("append", "numbers", "list[int]", store.label)
    assert "should be a valid integer, got '2' (str)" in str(error)
    assert str(error).startswith(f"cannot append to 'numbers' (list[int]) in {store.label}: ")
    assert str(error).endswith("; nothing was written")
    assert store.get(NUMBERS) == [1]


@each_way
def test_an_append_that_does_not_fit_makes_no_list(store: KeyValueStore, add: Add) -> None:
    with pytest.raises(AppendTypeMismatchError):
        add(store, NUMBERS, None)
    with pytest.raises(AppendTypeMismatchError):
        add(store, SEEN, True)

    assert store.is_empty()


def test_an_extend_with_one_wrong_item_adds_none(store: KeyValueStore) -> None:
    store.put(NUMBERS, [0])

    with pytest.raises(AppendTypeMismatchError, match="should be a valid integer, got '3' "):
        store.extend(NUMBERS, [1, 2, *["3"]])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]

    assert store.get(NUMBERS) == [0]


def test_an_extend_whose_items_end_in_an_error_adds_none(store: KeyValueStore) -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        store.extend(NUMBERS, numbers())

    assert store.is_empty()


@each_way
def test_a_rule_about_the_whole_list_is_kept(store: KeyValueStore, add: Add) -> None:
    add(store, FEW, 1, 2, 3)

    with pytest.raises(AppendTypeMismatchError, match=r"few should have at most 3 items .*; nothing was written"):
        add(store, FEW, 4)

    assert store.get(FEW) == [1, 2, 3]


@each_way
def test_a_rule_about_items_is_kept(store: KeyValueStore, add: Add) -> None:
    small = StoreKey("small", list[Annotated[int, Field(lt=10)]])
    add(store, small, 9)

    with pytest.raises(AppendTypeMismatchError, match="should be less than 10, got 10"):
        add(store, small, 10)

    assert store.get(small) == [9]


@each_way
@pytest.mark.parametrize("key", [COUNT, StoreKey[Any]("any"), StoreKey("maybe", list[int] | None)], ids=repr)
def test_a_key_that_is_not_declared_as_a_list_takes_no_items(
    store: KeyValueStore, add: Add, key: StoreKey[Any]
) -> None:
    with pytest.raises(AppendTypeMismatchError) as caught:
        add(store, key, 1)

    assert str(caught.value) == (
        f"cannot append to {key.name!r} ({key.type_text}) in {store.label}: "
        f"{key.name} is not declared as a list; nothing was written"
    )
    assert store.is_empty()


@each_way
def test_a_list_of_another_name_for_the_type_takes_items(store: KeyValueStore, add: Add) -> None:
    bare = StoreKey[list[Any]]("numbers", default_factory=list)

    add(store, NUMBERS, 1)
    add(store, bare, "two")

    assert store.get(bare) == [1, "two"]


# --- who holds it ---------------------------------------------------------------------------------


@each_way
def test_a_shared_list_never_grows_under_its_holder(store: KeyValueStore, add: Add) -> None:
    for key in (NUMBERS, SEEN, FEW):
        store.put(key, [1])
        held = store.get_shared(key)

        add(store, key, 2)
        later = store.get_shared(key)
        add(store, key, 3)

        assert held == [1]
        assert later == [1, 2]
        assert store.get(key) == [1, 2, 3]


@each_way
def test_a_list_that_was_put_shared_does_not_grow_in_the_callers_hands(store: KeyValueStore, add: Add) -> None:
    mine = [1]
    store.put_shared(NUMBERS, mine)

    add(store, NUMBERS, 2)

    assert mine == [1]
    assert store.get(NUMBERS) == [1, 2]


@each_way
def test_an_iterator_over_a_shared_list_holds_it(store: KeyValueStore, add: Add) -> None:
    store.put(NUMBERS, [1, 2])
    shared = store.get_shared(NUMBERS)
    numbers = iter(shared)
    del shared

    add(store, NUMBERS, 3)

    assert list(numbers) == [1, 2]


@pytest.mark.objects
@each_way
@pytest.mark.parametrize("make", [Numbers, list], ids=["of a class of its own", "plain"])
def test_a_list_given_back_by_restore_does_not_grow_under_its_holder(
    store: KeyValueStore, add: Add, make: Callable[[list[int]], list[int]]
) -> None:
    store.put_shared(NUMBERS, make([1]))
    store.restore(store.snapshot())
    held = store.get_shared(NUMBERS)

    add(store, NUMBERS, 2)

    assert list(held) == [1]
    assert store.get(NUMBERS) == [1, 2]


@each_way
@pytest.mark.parametrize("make", OVER_MEMORY.values(), ids=OVER_MEMORY)
def test_a_list_that_nobody_holds_any_more_grows_in_place(make: Callable[[], KeyValueStore], add: Add) -> None:
    store = make()
    add(store, NUMBERS, 0)
    first = id(store.get_shared(NUMBERS))

    for number in range(1, 100):
        add(store, NUMBERS, number)
        assert id(store.get_shared(NUMBERS)) == first  # handed out, and dropped

    assert store.get(NUMBERS) == list(range(100))


@each_way
@pytest.mark.parametrize("make", OVER_MEMORY.values(), ids=OVER_MEMORY)
def test_a_list_is_copied_once_for_one_holder(make: Callable[[], KeyValueStore], add: Add) -> None:
    store = make()
    add(store, NUMBERS, 0)
    held = store.get_shared(NUMBERS)
    add(store, NUMBERS, 1)
    second = id(store.get_shared(NUMBERS))

    add(store, NUMBERS, 2, 3)

    assert second != id(held)
    assert id(store.get_shared(NUMBERS)) == second
    assert held == [0]


@each_way
def test_a_list_held_by_another_thread_does_not_grow(shared_store: KeyValueStore, add: Add) -> None:
    shared_store.put(NUMBERS, [1])
    taken, let_go = threading.Event(), threading.Event()
    seen: list[list[int]] = []

    def hold() -> None:
        held = shared_store.get_shared(NUMBERS)
        taken.set()
        let_go.wait(10)
        seen.append(list(held))

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    assert taken.wait(10)
    add(shared_store, NUMBERS, 2)
    let_go.set()
    holder.join()

    assert seen == [[1]]
    assert shared_store.get(NUMBERS) == [1, 2]


# --- with others in between -----------------------------------------------------------------------


class Remover(MemoryBackend):
    """A backend on which another writer is always faster."""

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        self.data.pop(name, None)
        return super().append(name, start, items)


@each_way
def test_a_list_removed_while_it_is_appended_to_starts_from_the_default(add: Add) -> None:
    store = KeyValueStore(Remover())
    store.put(SEEN, [7])

    add(store, SEEN, 1)

    assert store.get(SEEN) == [0, 1]

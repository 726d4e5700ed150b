"""Stores over a backend of bytes: what is refused on the way in, and what is looked at on the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import BaseModel

from keyrack import MemoryStore, NamespacedStore, SQLiteStore, StoreKey
from keyrack.backends.spi import Encoded, Entry, Piece
from keyrack.errors import AppendTypeMismatchError, CorruptValueError, KeyNotFoundError, TypeMismatchError
from keyrack.keys.codec import DamagedError

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

NUMBERS = StoreKey("numbers", list[int])
COUNT = StoreKey("count", int)
ANYTHING = StoreKey("anything", object)
ARRAY = StoreKey("array", npt.NDArray[np.int64])


class User(BaseModel):
    name: str
    age: int


class Named(BaseModel):
    """What `User` was before it had an age."""

    name: str


@pytest.fixture
def store() -> Iterator[KeyValueStore]:
    with SQLiteStore(":memory:") as store:
        yield store


def pieces(store: KeyValueStore, key: StoreKey[Any]) -> tuple[Piece, ...]:
    (entry,) = store.backend.read([key.name])
    assert entry is not None
    assert isinstance(entry.payload, Encoded)
    return entry.payload.pieces


# --- on the way in --------------------------------------------------------------------------------

WRITES: dict[str, Callable[[KeyValueStore, object], object]] = {
    "put": lambda store, value: store.put(ANYTHING, value),
    "put_shared": lambda store, value: store.put_shared(ANYTHING, value),
    "put_many": lambda store, value: store.put_many(COUNT.to(2), ANYTHING.to(value)),
    "update": lambda store, value: store.update(ANYTHING, lambda _: value),
    "compare_and_set": lambda store, value: store.compare_and_set(ANYTHING, 1, value),
    "transact": lambda store, value: store.transact(lambda inside: inside.put(ANYTHING, value)),
}


@pytest.mark.parametrize("verb", WRITES)
@pytest.mark.parametrize("value", [(1,), {1: 2}, {1}, object()], ids=["a tuple", "a dict", "a set", "an object"])
def test_what_would_not_come_back_as_it_is_is_refused_and_nothing_is_written(
    store: KeyValueStore, verb: str, value: object
) -> None:
    store.put(ANYTHING, 1)

    with pytest.raises(TypeMismatchError, match=r"'anything' \(object\) in SQLiteStore.*; nothing was written"):
        WRITES[verb](store, value)

    assert store.get(ANYTHING) == 1
    assert not store.contains_key(COUNT)


def test_a_refusal_says_which_part_of_the_value_it_is_about(store: KeyValueStore) -> None:
    with pytest.raises(TypeMismatchError) as caught:
        store.put(ANYTHING, {"a": [1, (2,)]})

    assert caught.value.problems[0].path == ("a", 1)
    assert "anything.a[1] cannot be stored: it would come back as list, not tuple" in str(caught.value)


def test_an_item_that_would_not_come_back_is_refused_by_append(store: KeyValueStore) -> None:
    items = StoreKey[list[object]]("items")
    store.append(items, 1)

    with pytest.raises(AppendTypeMismatchError, match="nothing was written"):
        store.append(items, (1,))

    assert store.get(items) == [1]


def test_a_refusal_of_a_secret_does_not_show_it(store: KeyValueStore) -> None:
    key = StoreKey("key", dict[str, object], secret=True)

    with pytest.raises(TypeMismatchError) as caught:
        store.put(key, {"hunter2": ("hunter3",)})

    assert "hunter" not in str(caught.value)


def test_an_append_adds_a_piece_and_leaves_those_that_are_there(store: KeyValueStore) -> None:
    store.put(NUMBERS, [1, 2])
    (first,) = pieces(store, NUMBERS)

    store.append(NUMBERS, 3)
    store.extend(NUMBERS, [4, 5])

    assert pieces(store, NUMBERS)[0] == first
    assert len(pieces(store, NUMBERS)) == 3
    assert store.get(NUMBERS) == [1, 2, 3, 4, 5]


# --- on the way out -------------------------------------------------------------------------------


def test_a_value_that_fits_another_type_too_is_given_under_it(store: KeyValueStore) -> None:
    store.put(StoreKey("user", Named), Named(name="Ada"))
    store.put(COUNT, 1)

    assert store.get(StoreKey("user", Named | None)) == Named(name="Ada")
    assert store.get(StoreKey("count", int | None)) == 1


@pytest.mark.parametrize("verb", ["get", "get_shared"])
def test_a_value_that_does_not_is_refused_with_both_types_and_when_it_was_written(
    store: KeyValueStore, verb: str
) -> None:
    store.put(StoreKey("user", Named), Named(name="Ada"))
    key = StoreKey("user", User)

    with pytest.raises(TypeMismatchError, match=r"\(User\) from .*user.age .*; it was put as Named on 20..-") as caught:
        getattr(store, verb)(key)

    assert caught.value.stored == "Named"
    assert caught.value.written is not None
    assert abs(caught.value.written - datetime.now(UTC)) < timedelta(minutes=10)


@pytest.mark.parametrize(
    ("written", "value", "read"),
    [(int, 1, float), (float, 1.0, int), (bool, True, int), (int, 1, bool), (str, "1", int), (str, "YQ==", bytes)],
)
def test_nothing_is_converted_on_the_way(store: KeyValueStore, written: Any, value: object, read: Any) -> None:
    store.put(StoreKey("value", written), value)
    store.put(StoreKey("values", list[written]), [value])

    with pytest.raises(TypeMismatchError):
        store.get(StoreKey("value", read))
    if read is not bytes:  # JSON has no bytes: in a list, they are text
        with pytest.raises(TypeMismatchError):
            store.get(StoreKey("values", list[read]))


def test_a_value_of_another_type_is_not_what_is_expected(store: KeyValueStore) -> None:
    store.put(StoreKey("count", str), "many")

    assert not store.compare_and_set(COUNT, 1, 2)

    assert store.get(StoreKey("count", str)) == "many"


def test_what_a_secret_is_put_as_is_not_shown_by_a_key_that_is_none(store: KeyValueStore) -> None:
    store.put(StoreKey("token", list[str], secret=True), ["hunter2"])

    with pytest.raises(TypeMismatchError) as caught:
        store.get(StoreKey("token", list[int]))

    assert "hunter2" not in str(caught.value)


def test_an_append_to_a_list_of_another_type_makes_it_one_of_this_type_if_it_fits(store: KeyValueStore) -> None:
    store.put(StoreKey("numbers", list[int | str]), [1])

    store.append(NUMBERS, 2)

    assert store.get(NUMBERS) == [1, 2]

    store.put(StoreKey("numbers", list[int | str]), ["one"])
    with pytest.raises(AppendTypeMismatchError, match="nothing was written"):
        store.append(NUMBERS, 2)


@pytest.mark.parametrize("verb", ["get", "get_shared"])
def test_damage_is_an_error_that_names_the_key_and_says_what_it_is(store: KeyValueStore, verb: str) -> None:
    store.put(NUMBERS, [1, 2])
    ((head, body),) = pieces(store, NUMBERS)
    (entry,) = store.backend.read(["numbers"])
    assert entry is not None
    store.backend.write("numbers", Entry(Encoded(Piece(head[:-1] + bytes([head[-1] ^ 1]), body)), entry.stamp))

    with pytest.raises(CorruptValueError, match=r"the value of 'numbers' in SQLiteStore.* is damaged: ") as caught:
        getattr(store, verb)(NUMBERS)

    assert (caught.value.key, caught.value.store) == ("numbers", store.label)
    store.put(NUMBERS, [3])
    assert store.get(NUMBERS) == [3]


def test_a_value_under_another_name_is_damage(store: KeyValueStore) -> None:
    other = StoreKey("other", list[int])
    store.put(NUMBERS, [1])
    (entry,) = store.backend.read(["numbers"])
    assert entry is not None

    store.backend.write("other", Entry(entry.payload, entry.stamp))

    with pytest.raises(CorruptValueError):
        store.get(other)


def test_an_array_that_is_got_is_the_callers_and_one_that_is_shared_is_read_only(store: KeyValueStore) -> None:
    store.put(ARRAY, np.arange(3))

    mine, shared = store.get(ARRAY), store.get_shared(ARRAY)
    mine[0] = 9

    assert not shared.flags.writeable
    assert shared.tolist() == store.get(ARRAY).tolist() == [0, 1, 2]


# --- snapshots ------------------------------------------------------------------------------------


def test_a_snapshot_goes_from_a_store_of_bytes_to_one_of_objects_and_back(store: KeyValueStore) -> None:
    memory = MemoryStore()
    store.put(NUMBERS, [1])
    store.append(NUMBERS, 2)
    store.put(COUNT, 3)

    memory.restore(store.snapshot())
    memory.append(NUMBERS, 4)
    memory.update(COUNT, lambda count: count + 1)
    read = memory.get(NUMBERS), memory.get_shared(COUNT), memory.get_many(NUMBERS, COUNT)
    store.restore(memory.snapshot())

    assert read == ([1, 2, 4], 4, ([1, 2, 4], 4))
    assert (store.get(NUMBERS), store.get(COUNT)) == ([1, 2, 4], 4)


def test_a_snapshot_with_what_cannot_be_kept_as_bytes_is_refused_whole(store: KeyValueStore) -> None:
    memory = MemoryStore()
    memory.put(COUNT, 1)
    memory.put(ANYTHING, (1,))
    store.put(COUNT, 5)

    with pytest.raises(TypeMismatchError, match=r"'anything'.*nothing was written"):
        store.restore(memory.snapshot())

    assert store.keys() == ["count"]
    assert store.get(COUNT) == 5


def test_a_snapshot_of_one_namespace_is_restored_in_another(store: KeyValueStore) -> None:
    one, two = NamespacedStore(store, "one"), NamespacedStore(store, "two")
    one.put(NUMBERS, [1])

    two.restore(one.snapshot())

    assert two.get(NUMBERS) == [1]
    with pytest.raises(KeyNotFoundError):
        store.get(NUMBERS)


def test_a_snapshot_of_a_secret_stays_one(store: KeyValueStore) -> None:
    memory = MemoryStore()
    memory.put(StoreKey("token", str, secret=True), "hunter2")

    store.restore(memory.snapshot())

    with pytest.raises(TypeMismatchError) as caught:
        store.get(StoreKey("token", int))
    assert "hunter2" not in str(caught.value)


# --- codecs of a key's own ------------------------------------------------------------------------


class Reversed:
    """Stores text backwards, and may be told to read something else."""

    name: str = "reversed"

    def __init__(self) -> None:
        self.gives: object = None

    def encode(self, value: str, /) -> tuple[bytes, bytes]:
        return b"", value[::-1].encode()

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        if isinstance(self.gives, Exception):
            raise self.gives
        return bytes(body).decode()[::-1] if self.gives is None else self.gives


def test_a_codec_that_gives_a_value_of_another_type_is_not_believed(store: KeyValueStore) -> None:
    codec = Reversed()
    key = StoreKey("text", str, codec=codec)
    store.put(key, "abc")
    read = store.get(key)
    codec.gives = b"abc"

    with pytest.raises(TypeMismatchError, match="should be a valid string"):
        store.get(key)
    assert read == "abc"


@pytest.mark.parametrize("failure", [ValueError("hunter2"), DamagedError("hunter2")], ids=["any", "damaged"])
def test_what_a_codec_says_of_a_secret_reaches_nobody(store: KeyValueStore, failure: Exception) -> None:
    codec = Reversed()
    key = StoreKey("token", str, secret=True, codec=codec)
    store.put(key, "hunter2")
    codec.gives = failure

    with pytest.raises(CorruptValueError) as caught:
        store.get(key)

    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in str(error)
        error = error.__cause__ or error.__context__


def test_a_snapshot_of_objects_is_restored_by_the_codec_of_each_key(store: KeyValueStore) -> None:
    memory, key = MemoryStore(), StoreKey("text", str, codec=Reversed())
    memory.put(key, "abc")

    store.restore(memory.snapshot())

    assert bytes(pieces(store, key)[0].body) == b"cba"
    assert store.get(key) == "abc"


def test_an_item_that_is_refused_is_named_as_one(store: KeyValueStore) -> None:
    items = StoreKey[list[object]]("items", default=[1])

    with pytest.raises(
        AppendTypeMismatchError, match=r": item\.a cannot be stored: it would come back as list"
    ) as caught:
        store.append(items, {"a": (1,)})
    with pytest.raises(AppendTypeMismatchError, match=r": items\[1\] cannot be stored"):
        store.extend(items, [1, (1,)])

    assert caught.value.problems[0].path == ("a",)


def test_an_array_of_a_dtype_that_cannot_be_described_is_refused(store: KeyValueStore) -> None:
    array = np.zeros(3, [("a", "i4"), ("b", "f8")])[["b", "a"]]

    with pytest.raises(TypeMismatchError, match=r"has a dtype that would not come back as it is.*nothing was written"):
        store.put(StoreKey("array", np.ndarray), array)

"""Duties that show in a store: typed values go in and come back, alone and together, each in its own namespace."""

# ruff: noqa: D102, PLR2004, S101
# The name of a duty is its sentence, its numbers are its point, and a suite asserts.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from ...errors import (
    AppendTypeMismatchError,
    KeyNotFoundError,
    TypeMismatchError,
)
from ...keys.key import ABSENT, StoreKey
from ...store import KeyValueStore
from ...stores import NamespacedStore
from .duties import Duties, Opener, skip_unless
from .reopening import NOT_PERSISTENT

if TYPE_CHECKING:
    from ...backends.spi import Backend


@dataclass
class Record:
    """Something with a structure."""

    name: str
    scores: list[int] = field(default_factory=list[int])


COUNT = StoreKey("count", int)
TITLE = StoreKey("title", str)
BLOB = StoreKey("blob", bytes)
RECORD = StoreKey("record", Record)
TABLE = StoreKey("table", dict[str, list[int]])
NUMBERS = StoreKey("numbers", list[int])
RECORDS = StoreKey("records", list[Record])
SEEN = StoreKey[list[int]]("seen", default=[0])
TOTAL = StoreKey[int]("total", default=0)
PIN = StoreKey("pin", str, secret=True)

VALUES: list[tuple[StoreKey[Any], Any]] = [
    *((COUNT, number) for number in (0, -1, 2**63, -(10**40))),
    *((TITLE, text) for text in ("", "a\x00b", "Größe 🎈")),
    *((BLOB, data) for data in (b"", bytes(range(256)))),
    *((RECORD, record) for record in (Record("Ada"), Record("", [1, 2]))),
    *((TABLE, table) for table in (dict[str, list[int]](), {"": list[int](), "a": [1]})),
    *((NUMBERS, numbers) for numbers in (list[int](), [1])),
    (RECORDS, [Record("Ada", [1]), Record("Alan")]),
]
LARGE: list[tuple[StoreKey[Any], Any]] = [
    (TITLE, "ä" * 100_000),
    (BLOB, b"\x00" * 100_000),
    (NUMBERS, list(range(20_000))),
]
ENOUGH = 1 << 20
"""Backends that take this many bytes are given what is large, too."""


class GivenUpError(Exception):
    """Raised by what shall leave nothing."""


class Stores(Duties):
    """Duties that show in a store on the backend."""

    @pytest.fixture
    def store(self, backend: Backend) -> Iterator[KeyValueStore]:
        """Give a store on the backend of the test."""
        with KeyValueStore(backend) as store:
            yield store

    def test_values_come_back_equal_and_of_the_same_type(self, store: KeyValueStore) -> None:
        limit = store.backend.max_value_bytes
        for key, value in [*VALUES, *(LARGE if limit is None or limit >= ENOUGH else [])]:
            store.put(key, value)

            assert store.get(key) == store.get_shared(key) == value
            assert type(store.get(key)) is type(value)

    def test_what_get_gives_is_the_callers_own(self, store: KeyValueStore) -> None:
        record = Record("Ada", [1])
        store.put(RECORD, record)
        record.scores.append(2)
        store.get(RECORD).scores.append(3)
        store.get(RECORD).name = "Alan"

        assert store.get(RECORD) == Record("Ada", [1])

    def test_what_get_shared_gives_does_not_change(self, store: KeyValueStore) -> None:
        store.put(NUMBERS, [1])
        held = store.get_shared(NUMBERS)
        store.append(NUMBERS, 2)
        held_longer = store.get_shared(NUMBERS)
        store.put(NUMBERS, [3])

        assert (held, held_longer, store.get_shared(NUMBERS)) == ([1], [1, 2], [3])

    def test_what_was_put_shared_comes_back(self, store: KeyValueStore) -> None:
        store.put_shared(NUMBERS, [1])
        store.append(NUMBERS, 2)
        store.put_shared(RECORD, Record("Ada", [3]))

        assert (store.get(NUMBERS), store.get(RECORD)) == ([1, 2], Record("Ada", [3]))

    def test_what_is_not_there_is_missed_or_has_a_default(self, store: KeyValueStore) -> None:
        with pytest.raises(KeyNotFoundError):
            store.get(COUNT)
        with pytest.raises(KeyNotFoundError):
            store.get_many(TOTAL, COUNT)

        assert store.get(COUNT, None) is None
        assert (store.get(TOTAL), store.get(SEEN)) == (0, [0])
        assert COUNT not in store
        assert store.is_empty()

    def test_what_does_not_fit_is_refused_and_nothing_is_written(self, store: KeyValueStore) -> None:
        wrong: Any = "1"
        store.put(COUNT, 1)
        store.put(NUMBERS, [1])

        with pytest.raises(TypeMismatchError):
            store.put(COUNT, wrong)
        with pytest.raises(TypeMismatchError):
            store.put_many(COUNT.to(2), TITLE.to("x"), NUMBERS.to(wrong))
        with pytest.raises(AppendTypeMismatchError):
            store.extend(NUMBERS, [2, wrong])
        with pytest.raises(TypeMismatchError):
            store.update(COUNT, lambda _: wrong)

        assert store.get_many(COUNT, NUMBERS) == (1, [1])
        assert store.keys() == ["count", "numbers"]

    def test_a_value_of_another_type_is_refused_on_the_way_out_and_by_append(self, store: KeyValueStore) -> None:
        store.put(COUNT, 1)
        store.put(NUMBERS, [1])

        with pytest.raises(TypeMismatchError):
            store.get(StoreKey("count", str))
        with pytest.raises(AppendTypeMismatchError):
            store.append(StoreKey("numbers", list[str]), "x")

        assert store.get_many(COUNT, NUMBERS) == (1, [1])
        assert store.get(StoreKey("count", int | None)) == 1

    def test_a_secret_is_in_no_message(self, store: KeyValueStore) -> None:
        wrong: Any = 87654321
        store.put(PIN, "12345678")

        with pytest.raises(TypeMismatchError) as refused:
            store.put(PIN, wrong)
        with pytest.raises(TypeMismatchError) as misread:
            store.get(StoreKey("pin", int, secret=True))

        assert "87654321" not in str(refused.value)
        assert "12345678" not in str(misread.value)
        assert store.get(PIN) == "12345678"

    def test_append_and_extend_add_to_the_end(self, store: KeyValueStore) -> None:
        store.append(NUMBERS, 1)
        store.extend(NUMBERS, [2, 3])
        store.extend(NUMBERS, [])
        store.append(SEEN, 1)
        store.append(RECORDS, Record("Ada", [1]))
        store.append(RECORDS, Record("Alan"))

        assert store.get_many(NUMBERS, SEEN) == ([1, 2, 3], [0, 1])
        assert store.get(RECORDS) == [Record("Ada", [1]), Record("Alan")]

    def test_update_replaces_the_value_by_what_the_function_makes_of_it(self, store: KeyValueStore) -> None:
        assert store.update(TOTAL, lambda total: total + 1) == 1
        assert store.update(TOTAL, lambda total: total + 1) == 2

        with pytest.raises(KeyNotFoundError):
            store.update(COUNT, lambda count: count)

        assert store.get(TOTAL) == 2

    def test_an_update_that_raises_leaves_the_value_as_it_was(self, store: KeyValueStore) -> None:
        store.put(NUMBERS, [1])

        def spoil(numbers: list[int]) -> list[int]:
            numbers.append(2)
            raise GivenUpError

        with pytest.raises(GivenUpError):
            store.update(NUMBERS, spoil)

        assert store.get(NUMBERS) == [1]

    def test_compare_and_set_puts_where_the_value_is_as_expected(self, store: KeyValueStore) -> None:
        assert not store.compare_and_set(NUMBERS, [1], [2])
        assert store.compare_and_set(NUMBERS, ABSENT, [1])
        assert not store.compare_and_set(NUMBERS, ABSENT, [2])
        store.append(NUMBERS, 2)
        assert not store.compare_and_set(NUMBERS, [1], [3])
        assert store.compare_and_set(NUMBERS, [1, 2], [3])

        assert store.get(NUMBERS) == [3]

    def test_several_values_are_put_and_read_and_removed(self, store: KeyValueStore) -> None:
        store.put_many(COUNT.to(1), TITLE.to("one"), COUNT.to(2))
        assert store.get_many(COUNT, TITLE, TOTAL) == (2, "one", 0)
        assert (store.keys(), len(store)) == (["count", "title"], 2)

        store.remove(COUNT)
        store.remove(COUNT)
        assert store.keys() == ["title"]

        store.clear()
        assert store.is_empty()

    def test_a_transaction_is_kept_whole(self, store: KeyValueStore) -> None:
        store.put_many(COUNT.to(1), NUMBERS.to([1]), TITLE.to("gone"))

        def work(tx: KeyValueStore) -> int:
            tx.put(COUNT, tx.get(COUNT) + 1)
            tx.append(NUMBERS, tx.get(COUNT))
            tx.append(NUMBERS, 3)
            tx.append(RECORDS, Record("Ada"))
            tx.remove(TITLE)
            assert store.get(COUNT) == 1
            return len(tx.get(NUMBERS))

        assert store.transact(work) == 3

        assert store.get_many(COUNT, NUMBERS) == (2, [1, 2, 3])
        assert store.get(RECORDS) == [Record("Ada")]
        assert store.keys() == ["count", "numbers", "records"]

    def test_a_transaction_that_raises_leaves_nothing(self, store: KeyValueStore) -> None:
        store.put_many(COUNT.to(1), NUMBERS.to([1]))

        def work(tx: KeyValueStore) -> None:
            tx.put(COUNT, 2)
            tx.append(NUMBERS, 2)
            tx.put(TITLE, "new")
            raise GivenUpError

        with pytest.raises(GivenUpError):
            store.transact(work)

        assert store.get_many(COUNT, NUMBERS) == (1, [1])
        assert store.keys() == ["count", "numbers"]

    def test_a_transaction_runs_again_or_waits_where_another_writer_comes_in_between(
        self, store: KeyValueStore
    ) -> None:
        store.put(COUNT, 1)
        others = [10, 20]

        def work(tx: KeyValueStore) -> int:
            seen = tx.get(COUNT)
            if others:
                store.put(COUNT, others.pop(0))
            tx.put(COUNT, seen + 1)
            return seen

        assert store.transact(work) == 20

        assert store.get(COUNT) == 21

    def test_a_snapshot_is_given_back_whole_and_as_often_as_wanted(self, store: KeyValueStore) -> None:
        store.put_many(COUNT.to(1), NUMBERS.to([1]), RECORD.to(Record("Ada", [1])))
        store.append(NUMBERS, 2)
        taken = store.snapshot()

        for _ in range(2):
            store.put(COUNT, 2)
            store.append(NUMBERS, 3)
            store.put(TITLE, "new")
            store.remove(RECORD)
            store.restore(taken)

            assert taken.names() == store.keys() == ["count", "numbers", "record"]
            assert store.get_many(COUNT, NUMBERS, RECORD) == (1, [1, 2], Record("Ada", [1]))

    def test_namespaces_never_meet(self, store: KeyValueStore) -> None:
        names = ["a", "ab", "a::", "::b", "b", "%", "_", "*", "a\u0308", "ä", "A"]
        spaces: list[KeyValueStore] = [store, *(NamespacedStore(store, name) for name in names)]
        spaces += [NamespacedStore(space, name) for space in spaces[1:] for name in ("a", "b", "b::", "%")]
        for number, space in enumerate(spaces):
            space.put(COUNT, number)
            space.append(NUMBERS, number)

        assert [space.get(COUNT) for space in spaces] == list(range(len(spaces)))
        assert [space.get(NUMBERS) for space in spaces] == [[number] for number in range(len(spaces))]
        assert all(space.keys() == ["count", "numbers"] for space in spaces)

        spaces[1].clear()  # what is nested in it stays

        assert [space.get(COUNT, None) for space in spaces] == [0, None, *range(2, len(spaces))]

    def test_a_transaction_in_a_namespace_stays_in_it(self, store: KeyValueStore) -> None:
        inner = NamespacedStore(store, "a")
        store.put(COUNT, 1)

        inner.transact(lambda tx: (tx.put(COUNT, 2), tx.append(NUMBERS, 3)))

        assert (store.get(COUNT), inner.get_many(COUNT, NUMBERS)) == (1, (2, [3]))
        assert store.keys() == ["count"]

    def test_values_are_there_when_the_store_is_opened_again(self, opener: Opener) -> None:
        first = opener()
        skip_unless(first.persistent, first, NOT_PERSISTENT)
        with KeyValueStore(first) as store:
            for key, value in VALUES:
                store.put(key, value)
            store.append(RECORDS, Record("new"))
            NamespacedStore(store, "a").put(COUNT, 1)

        again = KeyValueStore(opener())

        last = {key.name: (key, value) for key, value in VALUES} | {
            "records": (RECORDS, [Record("Ada", [1]), Record("Alan"), Record("new")])
        }
        assert again.keys() == sorted(last)
        assert all(again.get(key) == value for key, value in last.values())
        assert NamespacedStore(again, "a").get(COUNT) == 1

"""Snapshot and restore, on stores of every kind: what a snapshot holds, and that nothing reaches it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.kinds import COUNT, KINDS, MUTABLE, NUMBERS, SAMPLES, TITLE, Array, Sample, contents, equal_contents, same

from keyrack.errors import KeyrackError, ValueCopyError
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore, NamespacedStore, SQLiteStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

each_mutable = pytest.mark.parametrize("sample", MUTABLE, ids=str)
ALL = {sample.key.name: sample.value() for sample in SAMPLES}


def filled(store: KeyValueStore) -> KeyValueStore:
    for sample in SAMPLES:
        store.put(sample.key, sample.value())
    return store


def test_a_snapshot_says_what_it_holds(store: KeyValueStore) -> None:
    empty = store.snapshot()
    store.put_many(TITLE.to("one"), COUNT.to(1))

    snapshot = store.snapshot()

    assert snapshot.names() == ["count", "title"]
    assert len(snapshot) == 2
    assert repr(snapshot) == f"<snapshot of {store.label}: 2 keys>"
    assert (empty.names(), len(empty), repr(empty)) == ([], 0, f"<snapshot of {store.label}: 0 keys>")


def test_restore_brings_back_what_was_stored_and_removes_the_rest(store: KeyValueStore) -> None:
    snapshot = filled(store).snapshot()
    for sample in SAMPLES[::2]:
        store.put(sample.key, sample.other())
    for sample in SAMPLES[1::4]:
        store.remove(sample.key)
    store.put(StoreKey("new", int), 1)

    store.restore(snapshot)

    assert equal_contents(contents(store), ALL)


def test_a_snapshot_can_be_restored_any_number_of_times(store: KeyValueStore) -> None:
    snapshot = filled(store).snapshot()

    for _ in range(3):
        store.clear()
        store.restore(snapshot)
        store.restore(snapshot)
        assert equal_contents(contents(store), ALL)
        store.append(NUMBERS, 5)


def test_a_snapshot_of_nothing_empties_the_store(store: KeyValueStore) -> None:
    nothing = store.snapshot()

    filled(store).restore(nothing)

    assert store.is_empty()


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_snapshot_can_be_restored_in_another_store(store: KeyValueStore, make: Callable[[], KeyValueStore]) -> None:
    snapshot = filled(store).snapshot()
    other = make()
    other.put(StoreKey("new", int), 1)

    other.restore(snapshot)
    other.append(NUMBERS, 5)
    store.append(NUMBERS, 6)

    assert other.get(NUMBERS) == [1, 5]
    assert store.get(NUMBERS) == [1, 6]
    assert equal_contents(contents(other) | {"numbers": [1]}, ALL)


def test_a_snapshot_holds_one_namespace_and_can_be_restored_in_another(store: KeyValueStore) -> None:
    old, new = NamespacedStore(store, "old"), NamespacedStore(store, "new")
    store.put(TITLE, "outside")
    filled(old)
    new.put(StoreKey("more", int), 1)

    new.restore(old.snapshot())
    old.restore(MemoryStore().snapshot())

    assert old.is_empty()
    assert equal_contents(contents(new), ALL)
    assert contents(store) == {"title": "outside"}


def test_a_snapshot_of_a_store_leaves_namespaces_out(store: KeyValueStore) -> None:
    inner = NamespacedStore(store, "inner")
    inner.put(COUNT, 1)
    store.put(COUNT, 2)
    snapshot = store.snapshot()
    inner.put(COUNT, 3)
    store.put(COUNT, 4)

    store.restore(snapshot)

    assert snapshot.names() == ["count"]
    assert (store.get(COUNT), inner.get(COUNT)) == (2, 3)


def test_a_restore_in_a_transaction_is_part_of_it(store: KeyValueStore) -> None:
    snapshot = filled(store).snapshot()
    store.clear()

    def work(inside: KeyValueStore) -> None:
        inside.restore(snapshot)
        assert equal_contents(contents(inside), ALL)
        raise LookupError

    with pytest.raises(LookupError):
        store.transact(work)
    assert store.is_empty()


def test_a_snapshot_of_large_values_on_disk_can_be_pickled(tmp_path: Path) -> None:
    large = StoreKey("large", Array)
    with SQLiteStore(tmp_path / "x.db", durability="process") as store:
        store.put(large, np.arange(30_000))
        snapshot = pickle.loads(pickle.dumps(store.snapshot()))

    with MemoryStore() as other:
        other.restore(snapshot)
        assert other.get(large).sum() == np.arange(30_000).sum()


# --- isolation ------------------------------------------------------------------------------------


def change_shared(store: KeyValueStore, sample: Sample) -> None:
    """Break the promise of a shared read, as far as the value lets itself be changed."""
    value: Any = store.get_shared(sample.key)
    assert sample.change is not None
    if sample.key.name == "array":
        try:
            value.flags.writeable = True
        except ValueError:  # it lies on bytes: nobody can
            return
    sample.change(value)


WRITES: dict[str, Callable[[KeyValueStore, Sample], object]] = {
    "put": lambda store, sample: store.put(sample.key, sample.other()),
    "update": lambda store, sample: store.update(sample.key, lambda _: sample.other()),
    "remove": lambda store, sample: store.remove(sample.key),
    "clear": lambda store, sample: store.clear(),
    "changing a shared read": change_shared,
}
HOW: dict[str, Callable[[KeyValueStore, Sample], object]] = {
    "put": lambda store, sample: store.put(sample.key, sample.value()),
    "put shared": lambda store, sample: store.put_shared(sample.key, sample.value()),
    "put and shared": lambda store, sample: [store.put(sample.key, sample.value()), store.get_shared(sample.key)],
}


@each_mutable
@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_what_happens_in_the_store_does_not_reach_a_snapshot(
    store: KeyValueStore, sample: Sample, how: Callable[..., object]
) -> None:
    for name, write in WRITES.items():
        how(store, sample)
        snapshot = store.snapshot()

        write(store, sample)
        store.restore(snapshot)

        assert same(store.get(sample.key), sample.value()), name


@each_mutable
def test_what_happens_after_a_restore_does_not_reach_the_snapshot(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())
    snapshot = store.snapshot()
    store.clear()

    for name, write in WRITES.items():
        store.restore(snapshot)
        assert same(store.get(sample.key), sample.value()), f"before {name}"
        write(store, sample)
    store.restore(snapshot)
    assert same(store.get(sample.key), sample.value())


@each_mutable
def test_what_happens_in_one_store_does_not_reach_another_with_the_same_snapshot(
    store: KeyValueStore, sample: Sample
) -> None:
    other = MemoryStore()
    store.put(sample.key, sample.value())
    other.restore(store.snapshot())

    change_shared(other, sample)

    assert same(store.get(sample.key), sample.value())


@each_mutable
def test_an_object_shared_before_a_snapshot_does_not_reach_it(store: KeyValueStore, sample: Sample) -> None:
    mine = sample.value()
    store.put_shared(sample.key, mine)
    snapshot = store.snapshot()

    if sample.key.name == "array":
        mine.flags.writeable = True
    assert sample.change is not None
    sample.change(mine)
    store.restore(snapshot)

    assert same(store.get(sample.key), sample.value())


def test_a_list_does_not_grow_in_a_snapshot(store: KeyValueStore) -> None:
    store.append(NUMBERS, 1)
    first = store.snapshot()
    store.append(NUMBERS, 2)
    second = store.snapshot()
    store.extend(NUMBERS, [3])

    store.restore(second)
    store.append(NUMBERS, 4)
    assert store.get(NUMBERS) == [1, 2, 4]
    store.restore(first)
    assert store.get(NUMBERS) == [1]
    store.restore(second)
    assert store.get(NUMBERS) == [1, 2]


@pytest.mark.objects
@each_mutable
def test_a_snapshot_lets_a_shared_read_be_the_same_each_time(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())
    store.snapshot()

    held = store.get_shared(sample.key)

    assert held is store.get_shared(sample.key)
    store.snapshot()
    assert same(held, store.get_shared(sample.key))


@pytest.mark.objects
def test_a_shared_value_that_cannot_be_copied_is_kept_as_it_is(store: KeyValueStore) -> None:
    class Handle:
        def __deepcopy__(self, memo: object) -> Handle:
            raise RuntimeError("an open handle")

    key, handle = StoreKey("handle", Handle), Handle()
    store.put_shared(key, handle)

    snapshot = store.snapshot()
    store.clear()
    store.restore(snapshot)

    assert store.get_shared(key) is handle
    with pytest.raises(ValueCopyError):
        store.get(key)


@pytest.mark.parametrize("wrong", [None, "snapshot", {"count": 1}], ids=repr)
def test_a_restore_of_something_else_is_refused(store: KeyValueStore, wrong: Any) -> None:
    store.put(COUNT, 1)

    with pytest.raises((KeyrackError, TypeError), match="restore takes a Snapshot"):
        store.restore(wrong)

    assert contents(store) == {"count": 1}

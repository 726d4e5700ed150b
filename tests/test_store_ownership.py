"""Who owns a value: what goes in and comes out as a copy, what is shared, and what is looked at again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.kinds import ARRAY, COUNT, MUTABLE, NUMBERS, SAMPLES, TABLE, USERS, Sample, User, same

from keyrack.errors import TypeMismatchError, ValueCopyError
from keyrack.keys.key import StoreKey

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)
each_mutable = pytest.mark.parametrize("sample", MUTABLE, ids=str)

# --- copies ---------------------------------------------------------------------------------------


def change(sample: Sample, value: Any) -> None:
    assert sample.change is not None
    sample.change(value)


@each_mutable
def test_changing_what_was_put_does_not_reach_the_store(store: KeyValueStore, sample: Sample) -> None:
    value = sample.value()

    store.put(sample.key, value)
    change(sample, value)

    assert same(store.get(sample.key), sample.value())


@each_mutable
@pytest.mark.parametrize("after_sharing", [False, True], ids=["", "after sharing"])
def test_changing_what_was_got_does_not_reach_the_store(
    store: KeyValueStore, sample: Sample, *, after_sharing: bool
) -> None:
    store.put(sample.key, sample.value())
    if after_sharing:
        store.get_shared(sample.key)

    change(sample, store.get(sample.key))
    change(sample, store.get_many(sample.key)[0])
    change(sample, store.get(sample.key, "nothing"))

    assert same(store.get(sample.key), sample.value())


@each_mutable
def test_changing_what_an_update_was_given_or_gave_does_not_reach_the_store(
    store: KeyValueStore, sample: Sample
) -> None:
    store.put(sample.key, sample.value())
    kept: list[Any] = []

    def keep(value: Any) -> Any:
        kept.extend([value, copy.deepcopy(value)])
        return kept[1]

    kept.append(store.update(sample.key, keep))
    for value in kept:
        change(sample, value)

    assert same(store.get(sample.key), sample.value())


@each_mutable
def test_changing_what_was_compared_and_set_does_not_reach_the_store(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())
    expected, new = sample.value(), sample.value()

    swapped = store.compare_and_set(sample.key, expected, new)
    change(sample, expected)
    change(sample, new)

    assert swapped
    assert same(store.get(sample.key), sample.value())


@pytest.mark.objects
def test_an_instance_of_a_subclass_keeps_its_class(store: KeyValueStore) -> None:
    class Admin(User):
        rights: list[str]

    admin = Admin(name="Ada", age=36, rights=["all"])
    store.put(USERS, [admin])
    admin.rights.append("more")

    (found,) = store.get(USERS)
    assert type(found) is Admin
    assert found.rights == ["all"]


# --- sharing --------------------------------------------------------------------------------------


@pytest.mark.objects
@each_sample
def test_a_shared_read_gives_the_stored_object_each_time(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())

    assert store.get_shared(sample.key) is store.get_shared(sample.key)


@pytest.mark.objects
@each_mutable
def test_put_shared_keeps_the_object_itself(store: KeyValueStore, sample: Sample) -> None:
    value = sample.value()

    store.put_shared(sample.key, value)

    assert store.get_shared(sample.key) is value
    assert same(store.get(sample.key), sample.value())


@each_mutable
def test_get_gives_a_copy_of_what_was_put_shared(store: KeyValueStore, sample: Sample) -> None:
    value = sample.value()
    store.put_shared(sample.key, value)

    change(sample, store.get(sample.key))

    assert same(value, sample.value())


NONSENSE: list[tuple[StoreKey[Any], Callable[[], Any], Callable[[Any], object], str]] = [
    (NUMBERS, lambda: [1], lambda value: value.append("x"), r"numbers\[1\] should be a valid integer, got 'x' \(str\)"),
    (
        TABLE,
        lambda: {"a": [1]},
        lambda value: value.update(b=3),
        r"table\.b should be a valid list, got 3 \(int\)",
    ),
    (
        USERS,
        lambda: [User(name="Ada", age=36)],
        lambda value: setattr(value[0], "age", "old"),
        r"users\[0\]\.age should be a valid integer, got 'old' \(str\)",
    ),
]
each_nonsense = pytest.mark.parametrize(
    ("key", "make", "spoil", "problem"), NONSENSE, ids=[one[0].name for one in NONSENSE]
)


@pytest.mark.objects
@each_nonsense
@pytest.mark.parametrize("verb", ["get", "get_many"])
@pytest.mark.parametrize("how", ["put_shared", "get_shared"])
def test_a_value_changed_into_nonsense_while_shared_is_not_given_out(
    store: KeyValueStore,
    key: StoreKey[Any],
    make: Callable[[], Any],
    spoil: Callable[[Any], object],
    problem: str,
    verb: str,
    how: str,
) -> None:
    value = make()
    if how == "put_shared":
        store.put_shared(key, value)
    else:
        store.put(key, value)
        value = store.get_shared(key)
    spoil(value)

    with pytest.raises(TypeMismatchError, match=problem) as caught:
        getattr(store, verb)(key)

    assert caught.value.stored is None
    assert str(caught.value).startswith(f"cannot get {key.name!r} ({key.type_text}) from {store.label}: ")
    assert str(caught.value).endswith("; it was changed while it was shared; put a value that fits")


@pytest.mark.objects
@each_nonsense
def test_an_update_of_nonsense_writes_nothing(
    store: KeyValueStore, key: StoreKey[Any], make: Callable[[], Any], spoil: Callable[[Any], object], problem: str
) -> None:
    value = make()
    store.put_shared(key, value)
    spoil(value)

    with pytest.raises(TypeMismatchError, match=problem):
        store.update(key, lambda found: found)

    assert store.get_shared(key) is value


@pytest.mark.objects
@each_nonsense
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_snapshot_does_not_make_nonsense_of_a_shared_value_good(
    store: KeyValueStore,
    key: StoreKey[Any],
    make: Callable[[], Any],
    spoil: Callable[[Any], object],
    problem: str,
    when: str,
) -> None:
    value = make()
    store.put_shared(key, value)
    if when == "before":
        spoil(value)
    snapshot = store.snapshot()
    spoil(value)
    store.restore(snapshot)

    if when == "before":
        with pytest.raises(TypeMismatchError, match=problem):
            store.get(key)
    else:
        assert same(store.get(key), make())


@each_mutable
def test_what_is_put_after_sharing_is_not_shared(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())
    held = store.get_shared(sample.key)

    store.put(sample.key, sample.value())
    if sample.key is not ARRAY:
        change(sample, held)

    assert store.get_shared(sample.key) is not held
    assert same(store.get(sample.key), sample.value())


WRITES: dict[str, Callable[[KeyValueStore, StoreKey[Any], Any], object]] = {
    "put": lambda store, key, value: store.put(key, value),
    "put_many": lambda store, key, value: store.put_many(key.to(value)),
    "update": lambda store, key, value: store.update(key, lambda _: value),
    "compare_and_set": lambda store, key, value: store.compare_and_set(key, store.get(key), value),
    "transact": lambda store, key, value: store.transact(lambda inside: inside.put(key, value)),
    "put_shared": lambda store, key, value: store.put_shared(key, value),
    "remove": lambda store, key, value: store.remove(key),
    "clear": lambda store, key, value: store.clear(),
}


@each_mutable
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_was_handed_out_shared_stays_as_it_was(
    store: KeyValueStore, sample: Sample, write: Callable[[KeyValueStore, StoreKey[Any], Any], object]
) -> None:
    store.put(sample.key, sample.value())
    held = store.get_shared(sample.key)

    write(store, sample.key, sample.other())

    assert same(held, sample.value())


# --- what cannot be copied ------------------------------------------------------------------------


class Handle:
    """Something open, which cannot be copied."""

    def __deepcopy__(self, memo: object) -> Handle:
        raise RuntimeError("an open handle")


HANDLE = StoreKey("handle", Handle)


def test_a_value_that_cannot_be_copied_is_refused_with_the_way_around(store: KeyValueStore) -> None:
    with pytest.raises(ValueCopyError) as caught:
        store.put(HANDLE, Handle())

    assert str(caught.value) == (
        f"cannot put 'handle' in {store.label}: a value of type Handle cannot be copied "
        "(RuntimeError: an open handle); nothing was written; put_shared takes the object itself, without a copy"
    )
    assert store.is_empty()


@pytest.mark.objects
def test_a_value_that_cannot_be_copied_can_be_shared(store: KeyValueStore) -> None:
    handle = Handle()

    store.put_shared(HANDLE, handle)

    assert store.get_shared(HANDLE) is handle
    with pytest.raises(ValueCopyError) as caught:
        store.get(HANDLE)
    assert str(caught.value) == (
        f"cannot get 'handle' from {store.label}: a value of type Handle cannot be copied "
        "(RuntimeError: an open handle); get_shared gives the object itself, without a copy"
    )


class Brittle:
    """Something that can be copied a number of times."""

    left = 0

    def __deepcopy__(self, memo: object) -> Brittle:
        if Brittle.left == 0:
            raise KeyError("worn out")
        Brittle.left -= 1
        return Brittle()


BRITTLE = StoreKey("brittle", Brittle)


@pytest.mark.objects
def test_a_copy_that_fails_on_the_way_out_is_no_miss_and_no_bare_error(store: KeyValueStore) -> None:
    Brittle.left = 1
    store.put(BRITTLE, Brittle())

    for read in (store.get, store.get_many):
        with pytest.raises(ValueCopyError, match="KeyError: 'worn out'"):
            read(BRITTLE)
    with pytest.raises(ValueCopyError, match="KeyError: 'worn out'"):
        store.get(BRITTLE, None)


@pytest.mark.objects
@pytest.mark.parametrize("copies", range(4))
def test_an_update_that_cannot_copy_writes_nothing(store: KeyValueStore, copies: int) -> None:
    first = Brittle()
    store.put_shared(BRITTLE, first)
    Brittle.left = copies

    try:
        store.update(BRITTLE, lambda value: value)
    except ValueCopyError as error:
        assert str(error).startswith(f"cannot update 'brittle' in {store.label}: ")  # noqa: PT017  # or it fits
        assert store.get_shared(BRITTLE) is first
    else:
        assert copies == 3
        assert store.get_shared(BRITTLE) is not first


@pytest.mark.objects
def test_a_counted_value_needs_no_copy(store: KeyValueStore) -> None:
    big = 10**30

    store.put(COUNT, big)

    assert store.get(COUNT) is store.get_shared(COUNT) is big

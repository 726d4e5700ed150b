"""Who owns a value: what was put and what was got is the caller's, what lies in the store is the store's."""

from typing import Any

import pytest
from tests.catalogue.everything import CHANGEABLE, SAMPLES
from tests.catalogue.picture import picture
from tests.catalogue.sample import Sample, by_name

from keyrack import MemoryStore, StoreKey, TypeMismatchError

CHANGES = [
    pytest.param(sample, change, id=f"{sample.name}-{index}")
    for sample in CHANGEABLE
    for index, change in enumerate(sample.changes)
]
every = pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
every_change = pytest.mark.parametrize(("sample", "change"), CHANGES)


def key_of(sample: Sample) -> StoreKey[Any]:
    return StoreKey("k", sample.form)


def test_the_catalogue_is_as_wide_as_its_tests_claim() -> None:
    names = [sample.name for sample in SAMPLES]

    assert len(set(names)) == len(names)
    assert len(names) >= 75
    assert len(CHANGEABLE) >= 60


@every
def test_a_value_comes_back_as_it_was_put(sample: Sample) -> None:
    key, store = key_of(sample), MemoryStore()

    for value in sample.fits():
        before = picture(value)
        store.put(key, value)

        assert before == picture(store.get(key))
        assert before == picture(store.get_shared(key))
        assert before == picture(store.get(key))
        assert before == picture(value)


@every_change
def test_changing_what_was_put_does_not_reach_the_store(sample: Sample, change: Any) -> None:
    key, store = key_of(sample), MemoryStore()
    value = sample.value()
    store.put(key, value)

    change(value)

    expected = picture(sample.value())
    assert expected != picture(value)
    assert expected == picture(store.get(key))


@every_change
def test_changing_what_was_got_does_not_reach_the_store(sample: Sample, change: Any) -> None:
    key, store = key_of(sample), MemoryStore()
    store.put(key, sample.value())

    change(store.get(key))

    expected = picture(sample.value())
    assert expected == picture(store.get(key))
    assert expected == picture(store.get_shared(key))


@every_change
def test_changing_what_was_got_after_sharing_does_not_reach_the_store(sample: Sample, change: Any) -> None:
    key, store = key_of(sample), MemoryStore()
    store.put(key, sample.value())
    shared = store.get_shared(key)

    change(store.get(key))

    assert picture(sample.value()) == picture(shared)


@every_change
def test_a_default_is_the_same_again_after_somebody_changed_it(sample: Sample, change: Any) -> None:
    given = sample.value()
    key = key_of(sample).with_default(given)
    store = MemoryStore()

    change(given)
    change(store.get(key))

    assert picture(sample.value()) == picture(store.get(key))


@every
def test_sharing_gives_the_stored_object_itself(sample: Sample) -> None:
    key, store = key_of(sample), MemoryStore()
    store.put(key, sample.value())

    first = store.get_shared(key)

    assert first is store.get_shared(key)
    store.get(key)
    assert first is store.get_shared(key)


@pytest.mark.parametrize("sample", CHANGEABLE, ids=by_name)
def test_a_value_put_to_be_shared_is_kept_itself(sample: Sample) -> None:
    key, store = key_of(sample), MemoryStore()
    value = sample.value()

    store.put_shared(key, value)

    assert value is store.get_shared(key)
    assert value is not store.get(key)
    assert picture(sample.value()) == picture(store.get(key)) == picture(value)


@every_change
def test_what_was_changed_while_shared_is_seen_or_refused_by_the_next_get(sample: Sample, change: Any) -> None:
    key, store = key_of(sample), MemoryStore()
    store.put(key, sample.value())
    shared = store.get_shared(key)
    change(shared)

    try:
        got = store.get(key)
    except TypeMismatchError:
        with pytest.raises(TypeMismatchError):
            MemoryStore().put(key, shared)
    else:
        assert picture(shared) == picture(got)
        MemoryStore().put(key, shared)


LISTS = [sample for sample in SAMPLES if sample.name.startswith("list[") and "|" not in sample.name]


@pytest.mark.parametrize("sample", LISTS, ids=by_name)
def test_a_shared_list_does_not_grow_under_its_holder(sample: Sample) -> None:
    key, store = key_of(sample), MemoryStore()
    store.put(key, sample.value())
    held = store.get_shared(key)
    before = picture(held)

    for item in sample.value():
        store.append(key, item)

    assert before == picture(held)
    assert picture([*sample.value(), *sample.value()]) == picture(store.get(key))


@pytest.mark.parametrize("sample", LISTS, ids=by_name)
def test_an_appended_item_is_the_stores_own(sample: Sample) -> None:
    key, store = key_of(sample), MemoryStore()
    store.put(key, [])
    for item in (items := sample.value()):
        store.append(key, item)

    sample.changes[0](items)

    assert picture(sample.value()) == picture(store.get(key))

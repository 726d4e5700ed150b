"""The verbs of a store that read and write what is under a key, on stores of every kind."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.kinds import (
    COUNT,
    MAYBE,
    NUMBERS,
    SAMPLES,
    SEEN,
    TABLE,
    TITLE,
    USERS,
    Sample,
    User,
    contents,
    equal_contents,
    same,
)

import keyrack.store
from keyrack.errors import KeyDefinitionError, KeyNotFoundError, TypeMismatchError
from keyrack.keys.key import Put, StoreKey
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)

# --- get and put ----------------------------------------------------------------------------------


@each_sample
def test_a_value_that_was_put_is_given_back(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())

    assert same(store.get(sample.key), sample.value())
    assert same(store.get_shared(sample.key), sample.value())
    assert store.contains_key(sample.key)


@each_sample
def test_a_put_replaces_what_was_there(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())
    store.put(sample.key, sample.other())

    assert same(store.get(sample.key), sample.other())
    assert store.keys() == [sample.key.name]


@each_sample
@pytest.mark.parametrize("verb", ["put", "put_shared"])
@pytest.mark.parametrize("before", [True, False], ids=["over a value", "over nothing"])
def test_a_value_that_does_not_fit_is_refused_and_changes_nothing(
    store: KeyValueStore, sample: Sample, verb: str, *, before: bool
) -> None:
    if before:
        store.put(sample.key, sample.value())
    was = contents(store)

    with pytest.raises(TypeMismatchError) as caught:
        getattr(store, verb)(sample.key, sample.wrong)

    error = caught.value
    assert (error.action, error.key, error.store) == (verb, sample.key.name, store.label)
    assert error.expected == sample.key.type_text
    assert error.problems
    assert str(error).endswith("; nothing was written")
    assert equal_contents(was, contents(store))


def test_the_first_of_several_problems_is_named_and_the_others_are_counted(store: KeyValueStore) -> None:
    users: Any = [User(name="Ada", age=36), User.model_construct(name=1, age="abc")]

    with pytest.raises(TypeMismatchError) as caught:
        store.put(USERS, users)

    assert str(caught.value) == (
        f"cannot put 'users' (list[User]) in {store.label}: users[1].name should be a valid string, got 1 (int); "
        "and 1 more; nothing was written"
    )


# --- nothing there --------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["get", "get_shared", "get_many"])
def test_a_miss_names_the_key_the_store_and_what_is_near(store: KeyValueStore, verb: str) -> None:
    store.put(StoreKey("users", int), 1)
    store.put(TITLE, "one")

    with pytest.raises(KeyNotFoundError) as caught:
        getattr(store, verb)(StoreKey("usres", int))

    error = caught.value
    assert isinstance(error, KeyError)
    assert (error.key, error.store, error.known) == ("usres", store.label, ("title", "users"))
    assert str(error) == f"no value for key 'usres' in {store.label}; did you mean 'users'?"


@pytest.mark.parametrize("key", [COUNT, SEEN, USERS], ids=lambda key: str(key.name))
def test_a_default_is_given_as_it_is_and_goes_before_the_one_of_the_key(
    store: KeyValueStore, key: StoreKey[Any]
) -> None:
    mine = object()

    assert store.get(key, mine) is mine
    assert store.get(key, default=mine) is mine
    assert store.get(key, None) is None
    assert store.is_empty()


@each_sample
def test_what_is_stored_goes_before_a_default(store: KeyValueStore, sample: Sample) -> None:
    store.put(sample.key, sample.value())

    assert same(store.get(sample.key, default="nothing"), sample.value())


def test_a_stored_none_is_a_value(store: KeyValueStore) -> None:
    store.put(MAYBE, None)

    assert store.get(MAYBE, 3) is None
    assert store.contains_key(MAYBE)


def test_the_default_of_a_key_is_given_as_a_copy_and_does_not_count_as_stored(store: KeyValueStore) -> None:
    store.get(SEEN).append(1)
    store.get_shared(SEEN).append(2)
    store.get_many(SEEN)[0].append(3)

    assert store.get(SEEN) == [0]
    assert store.get_shared(SEEN) == [0]
    assert store.get_many(SEEN) == ([0],)
    assert SEEN not in store
    assert store.is_empty()


# --- what is there --------------------------------------------------------------------------------


def test_an_empty_store_is_empty_and_true(store: KeyValueStore) -> None:
    assert store.is_empty()
    assert len(store) == 0
    assert store.keys() == []
    assert bool(store)


def test_keys_are_the_sorted_names_of_what_is_stored(store: KeyValueStore) -> None:
    for name in ["b", "a.z", "ä", "a", "B"]:
        store.put(StoreKey[int](name), 1)

    assert store.keys() == ["B", "a", "a.z", "b", "ä"]
    assert len(store) == 5
    assert not store.is_empty()


def test_contains_key_and_in_say_the_same(store: KeyValueStore) -> None:
    store.put(COUNT, 1)

    assert COUNT in store
    assert store.contains_key(COUNT)
    assert TITLE not in store
    assert not store.contains_key(TITLE)


@each_sample
def test_a_removed_value_is_gone_and_removing_again_is_silent(store: KeyValueStore, sample: Sample) -> None:
    store.put(TITLE, "stays")
    store.put(sample.key, sample.value())

    store.remove(sample.key)
    store.remove(sample.key)

    assert sample.key not in store
    assert store.get(sample.key, "nothing") == "nothing"
    assert store.keys() == ([] if sample.key.name == "title" else ["title"])


def test_clear_removes_every_value(store: KeyValueStore) -> None:
    for sample in SAMPLES:
        store.put(sample.key, sample.value())

    store.clear()
    store.clear()

    assert store.is_empty()


def test_the_repr_of_a_store_is_its_label(store: KeyValueStore) -> None:
    assert repr(store) == f"<{store.label}>"
    assert "Store" in store.label


# --- several keys ---------------------------------------------------------------------------------


def test_get_many_gives_a_copy_of_each_value_in_the_order_asked_for(store: KeyValueStore) -> None:
    store.put_many(*[sample.key.to(sample.value()) for sample in SAMPLES])

    values = store.get_many(*[sample.key for sample in SAMPLES])
    for sample, value in zip(SAMPLES, values, strict=True):
        if sample.change:
            sample.change(value)

    assert store.get_many(COUNT, TITLE, COUNT) == (1, "one", 1)
    assert store.get_many() == ()
    for sample, value in zip(SAMPLES, store.get_many(*[sample.key for sample in SAMPLES]), strict=True):
        assert same(value, sample.value())


def test_get_many_gives_defaults_of_keys_and_misses_without_one(store: KeyValueStore) -> None:
    store.put(COUNT, 1)

    assert store.get_many(SEEN, COUNT) == ([0], 1)
    with pytest.raises(KeyNotFoundError, match="no value for key 'title'"):
        store.get_many(COUNT, TITLE)


def test_put_many_keeps_copies_of_all_values(store: KeyValueStore) -> None:
    values = [(sample, sample.value()) for sample in SAMPLES]

    store.put_many(*[sample.key.to(value) for sample, value in values])
    for sample, value in values:
        if sample.change:
            sample.change(value)

    assert equal_contents(contents(store), {sample.key.name: sample.value() for sample in SAMPLES})


@pytest.mark.parametrize("position", range(3))
def test_put_many_with_one_wrong_value_writes_none(store: KeyValueStore, position: int) -> None:
    store.put(COUNT, 1)
    wrong: Any = 3
    puts: list[Put] = [COUNT.to(2), TABLE.to({})]
    puts.insert(position, TITLE.to(wrong))

    with pytest.raises(TypeMismatchError, match=r"cannot put 'title' \(str\) in .*; nothing was written"):
        store.put_many(*puts)

    assert contents(store) == {"count": 1}


def test_put_many_to_one_key_keeps_the_last(store: KeyValueStore) -> None:
    store.put_many(COUNT.to(1), COUNT.to(2))
    store.put_many()

    assert contents(store) == {"count": 2}


@pytest.mark.parametrize("wrong", [COUNT, ("count", 1), "count", None], ids=repr)
def test_put_many_of_something_else_than_a_put_is_refused(store: KeyValueStore, wrong: Any) -> None:
    with pytest.raises(KeyDefinitionError, match=r"put_many takes key\.to\(value\), got .*; nothing was written"):
        store.put_many(TITLE.to("one"), wrong)

    assert store.is_empty()


# --- a slot ---------------------------------------------------------------------------------------


def test_a_slot_has_the_verbs_of_the_store_for_one_key(store: KeyValueStore) -> None:
    slot = store.at(NUMBERS)

    missing = slot.exists(), slot.get(None)
    slot.put([1])
    slot.append(2)
    slot.extend([3])
    updated = slot.update(lambda numbers: [*numbers, 4])
    swapped = slot.compare_and_set([1, 2, 3, 4], [5])
    shared = [6]
    slot.put_shared(shared)

    assert missing == (False, None)
    assert updated == [1, 2, 3, 4]
    assert swapped
    assert slot.get_shared() == shared
    assert slot.get() == store.get(NUMBERS) == [6]
    assert slot.exists()
    slot.remove()
    assert store.is_empty()
    assert (slot.store, slot.key) == (store, NUMBERS)


# --- words ----------------------------------------------------------------------------------------


def _docstrings(nodes: list[ast.stmt]) -> dict[str, str | None]:
    return {node.name: ast.get_docstring(node) for node in nodes if isinstance(node, ast.FunctionDef)}


@pytest.mark.source
def test_what_editors_show_of_a_verb_is_what_help_shows() -> None:
    tree = ast.parse(Path(keyrack.store.__file__).read_text(encoding="utf-8"))
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and _docstrings(node.body)
    ]

    for block in blocks:
        assert _docstrings(block.body) == _docstrings(block.orelse)
        assert all(_docstrings(block.body).values())
    assert {name for block in blocks for name in _docstrings(block.body)} >= {"put", "compare_and_set"}


VERBS: list[Callable[..., Any]] = [
    value for name, value in vars(KeyValueStore).items() if callable(value) and not name.startswith("_")
]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.__name__))
def test_each_verb_says_what_it_does(verb: Callable[..., Any]) -> None:
    assert verb.__doc__
    assert verb.__doc__.splitlines()[0].endswith(".")


def test_a_store_is_not_copied_by_accident() -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(MemoryStore())

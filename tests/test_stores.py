"""The stores by name: a shorter way inside and never another behaviour; namespaces that never meet."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kinds import COUNT, FEW, KINDS, NUMBERS, SAMPLES, SEEN, TITLE, USER, USERS, User, contents

from keyrack.errors import KeyDefinitionError, KeyrackError, TypeMismatchError
from keyrack.keys.key import ABSENT, Put, StoreKey
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore, NamespacedStore

# --- one behaviour --------------------------------------------------------------------------------

SECRET = StoreKey("password", str, secret=True)
LAX = StoreKey("lax", list[int], strict=False)
TEXT: Any = "x"
SEVEN: Any = 7
NOBODY: Any = None
SCALAR: Any = COUNT


def nonsense(store: KeyValueStore) -> KeyValueStore:
    """Change a value into nonsense while it is shared."""
    value: list[Any] = [1]
    store.put_shared(NUMBERS, value)
    value.append("x")
    return store


def raising(error: Exception) -> Callable[[Any], Any]:
    def fail(_: Any) -> Any:
        raise error

    return fail


FAILURES: dict[str, Callable[[KeyValueStore], object]] = {
    "a miss": lambda store: store.get(StoreKey("titel", str)),
    "a shared miss": lambda store: store.get_shared(StoreKey("cuont", int)),
    "a miss of several": lambda store: store.get_many(TITLE, StoreKey("nothing near", int)),
    "a wrong scalar": lambda store: store.put(COUNT, TEXT),
    "a wrong item": lambda store: store.put(USERS, [TEXT, NOBODY]),
    "a huge list with one wrong item": lambda store: store.put(NUMBERS, [*range(10_000), TEXT]),
    "a secret": lambda store: store.put(SECRET, SEVEN),
    "a shared wrong value": lambda store: store.put_shared(USER, TEXT),
    "a wrong one of many": lambda store: store.put_many(COUNT.to(2), TITLE.to(SEVEN)),
    "no put": lambda store: store.put_many(TEXT),
    "a put to no key": lambda store: store.put_many(Put(TEXT, 1)),
    "a wrong append": lambda store: store.append(NUMBERS, TEXT),
    "a wrong append to a default": lambda store: store.append(SEEN, TEXT),
    "a wrong extend": lambda store: store.extend(NUMBERS, [1, TEXT]),
    "one too many": lambda store: store.extend(FEW, [1, 2, 3, 4]),
    "an append to a scalar": lambda store: store.append(SCALAR, 1),
    "an append to another list": lambda store: store.append(StoreKey("numbers", list[str]), "x"),
    "an append to no list": lambda store: store.append(StoreKey("count", list[int]), 1),
    "a wrong append to a lax list": lambda store: store.append(LAX, TEXT),
    "another type": lambda store: store.get(StoreKey("count", str)),
    "another shared type": lambda store: store.get_shared(StoreKey("numbers", list[str])),
    "another type of many": lambda store: store.get_many(COUNT, StoreKey("title", int)),
    "nonsense": lambda store: nonsense(store).get(NUMBERS),
    "an update of nonsense": lambda store: nonsense(store).update(NUMBERS, list[int]),
    "an update of nothing": lambda store: store.update(USER, lambda user: user),
    "a wrong update": lambda store: store.update(COUNT, lambda _: TEXT),
    "a failing update": lambda store: store.update(COUNT, raising(LookupError("no"))),
    "a failing transaction": lambda store: store.transact(raising(LookupError("no"))),
    "a wrong put in a transaction": lambda store: store.transact(lambda inside: inside.put(COUNT, TEXT)),
    "a miss in a transaction": lambda store: store.transact(lambda inside: inside.get(StoreKey("titel", str))),
    "a wrong expectation": lambda store: store.compare_and_set(COUNT, TEXT, 2),
    "a wrong exchange": lambda store: store.compare_and_set(COUNT, ABSENT, TEXT),
    "no key": lambda store: store.get(TEXT),
    "no key to append to": lambda store: store.append(TEXT, 1),
    "no key to put to": lambda store: store.put(TEXT, 1),
    "no items": lambda store: store.extend(NUMBERS, SEVEN),
    "no function": lambda store: store.update(COUNT, TEXT),
    "no snapshot": lambda store: store.restore(TEXT),
}


def outcome(store: KeyValueStore, attempt: Callable[[KeyValueStore], object]) -> tuple[str, str, Any, Any]:
    """Give what an attempt ends in, in words from which nobody can tell which store it was."""
    store.put_many(COUNT.to(1), TITLE.to("one"), NUMBERS.to([1]))
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which one is the question
        attempt(store)
    error = caught.value
    if isinstance(error, KeyrackError):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
    notes = [note.replace(store.label, "STORE") for note in getattr(error, "__notes__", [])]
    error.__notes__ = []
    sentence = str(error).replace(store.label, "STORE")
    if isinstance(error, TypeMismatchError) and error.written is not None:
        sentence = sentence.replace(f" on {error.written:%Y-%m-%d at %H:%M:%S} UTC", "")
    return type(error).__name__, sentence, notes, store.keys()


OF_OBJECTS = ("nonsense", "an update of nonsense")
"""Failures that only a store of objects has."""


@pytest.mark.parametrize(
    "failure", [pytest.param(one, marks=[pytest.mark.objects] if one in OF_OBJECTS else []) for one in FAILURES]
)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "memory"])
def test_every_kind_of_store_fails_in_the_same_words(failure: str, kind: str) -> None:
    attempt = FAILURES[failure]

    assert outcome(KINDS[kind](), attempt) == outcome(MemoryStore(), attempt)


@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_changes_what_is_stored(failure: str) -> None:
    store = MemoryStore()
    store.put_many(COUNT.to(1), TITLE.to("one"), NUMBERS.to([1]))
    was = contents(store)

    with pytest.raises(Exception):  # noqa: B017, PT011  # the words are another test's
        FAILURES[failure](store)

    if "nonsense" in failure:  # put there on purpose
        store.put(NUMBERS, [1])
    assert contents(store) == was


def test_the_words_of_a_failure_are_keyracks_own() -> None:
    bare = {"a failing update", "a failing transaction", "no items", "no function"}

    for name, attempt in FAILURES.items():
        store = MemoryStore()
        store.put_many(COUNT.to(1), TITLE.to("one"), NUMBERS.to([1]))
        with pytest.raises(Exception) as caught:  # noqa: PT011  # which one is the question
            attempt(store)
        assert isinstance(caught.value, KeyrackError) or name in bare, name


def test_a_subclass_of_int_is_stored_as_pydantic_gives_it_and_read_without_surprise() -> None:
    class Id(int):
        pass

    for make in KINDS.values():
        store = make()
        store.put(COUNT, Id(3))
        assert store.get(COUNT) == 3
        assert store.compare_and_set(COUNT, 3, 4)


# --- namespaces -----------------------------------------------------------------------------------

#: Names that a careless way of joining them would mix up.
PARTS = [
    "a",
    "b",
    ":",
    "::",
    ".",
    "/",
    "\\",
    "|",
    "[",
    "]",
    "*",
    "?",
    "%",
    "_",
    " ",
    "\u00a0",
    "\u200b",
    "\u2028",
    "ä",
    "a\u0308",
    "0",
]
hostile_names = st.one_of(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("".join),
    st.sampled_from(["x" * 511, "x" * 510 + "y", "\u200b", "\ufeff", " ", "  ", "🎈" * 127]),
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20),
)
places = st.tuples(st.lists(hostile_names, max_size=3).map(tuple), hostile_names)


def at_path(store: KeyValueStore, path: tuple[str, ...]) -> KeyValueStore:
    for name in path:
        store = NamespacedStore(store, name)
    return store


@given(st.sets(places, min_size=1, max_size=12), st.sampled_from(sorted(KINDS)))
def test_no_choice_of_names_makes_two_places_meet(chosen: set[tuple[tuple[str, ...], str]], kind: str) -> None:
    root = KINDS[kind]()
    order = sorted(chosen)
    for number, (path, name) in enumerate(order):
        at_path(root, path).put(StoreKey(name, int), number)

    for number, (path, name) in enumerate(order):
        assert at_path(root, path).get(StoreKey(name, int)) == number
        assert at_path(root, path).keys() == sorted(key for where, key in chosen if where == path)
        assert len(at_path(root, path)) == sum(where == path for where, _ in chosen)


@given(st.sets(places, min_size=1, max_size=12), st.data())
def test_clear_and_restore_stay_in_their_own_namespace(
    chosen: set[tuple[tuple[str, ...], str]], data: st.DataObject
) -> None:
    root = MemoryStore()
    for path, name in chosen:
        at_path(root, path).put(StoreKey(name, str), "kept")
    place, _ = data.draw(st.sampled_from(sorted(chosen)))

    snapshot = at_path(root, place).snapshot()
    at_path(root, place).clear()

    for path, name in chosen:
        assert at_path(root, path).contains_key(StoreKey(name, str)) is (path != place)
    at_path(root, place).restore(snapshot)
    for path, name in chosen:
        assert at_path(root, path).get(StoreKey(name, str)) == "kept"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "::b"), ("a::", "b")),
        (("a::b",), ("a", "b")),
        (("a", "b"), ("a.b",)),
        (("a", "b"), ("a/b",)),
        (("a", "a"), ("a",)),
        (("users",), ("users:archive",)),
    ],
)
def test_namespaces_that_look_alike_are_different_places(
    store: KeyValueStore, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    at_path(store, one).put(COUNT, 1)

    assert at_path(store, other).is_empty()
    at_path(store, other).clear()
    assert at_path(store, one).get(COUNT) == 1
    assert store.is_empty()


def test_the_same_namespace_twice_is_one_place(store: KeyValueStore) -> None:
    NamespacedStore(store, "a").put(COUNT, 1)

    assert NamespacedStore(store, "a").get(COUNT) == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "a name must not be empty"),
        ("a\x1fb", "holds a control character"),
        ("\x1f", "holds a control character"),
        ("\n", "holds a control character"),
        ("\x85", "holds a control character"),
        ("\ud800", "holds half of a surrogate pair"),
        ("x" * 512, "has 512 bytes of UTF-8; the most is 511"),
        ("ä" * 256, "has 512 bytes of UTF-8; the most is 511"),
        (3, r"a name is a str, got 3 \(int\)"),
        (None, r"a name is a str, got None \(None\)"),
    ],
    ids=repr,
)
def test_a_namespace_that_cannot_be_named_so_is_refused(store: KeyValueStore, name: Any, reason: str) -> None:
    with pytest.raises(KeyDefinitionError, match=f"a namespace cannot be named so: .*{reason}"):
        NamespacedStore(store, name)


@pytest.mark.parametrize("wrong", [None, "a", {}, KeyValueStore], ids=str)
def test_a_namespace_of_something_else_than_a_store_is_refused(wrong: Any) -> None:
    with pytest.raises(KeyDefinitionError, match=r"takes a store, got"):
        NamespacedStore(wrong, "a")


def test_a_namespace_names_itself_and_the_store_below(store: KeyValueStore) -> None:
    inner = NamespacedStore(NamespacedStore(store, "a"), "b")

    assert inner.label == f"NamespacedStore('b') of NamespacedStore('a') of {store.label}"
    assert inner.inner.inner is store
    assert repr(inner) == f"<{inner.label}>"


def test_a_namespace_can_do_what_the_backend_below_can() -> None:
    below = MemoryStore().backend

    inner = NamespacedStore(KeyValueStore(below), "a").backend

    for name in ("persistent", "shared_between_processes", "blocking", "holds_objects", "max_value_bytes"):
        assert getattr(inner, name) is getattr(below, name)


def test_namespaces_share_what_is_stored_and_own_it_as_ever(store: KeyValueStore) -> None:
    inner = NamespacedStore(store, "a")
    for sample in SAMPLES:
        inner.put(sample.key, sample.value())
        store.put(sample.key, sample.other())

    assert inner.keys() == store.keys() == sorted(sample.key.name for sample in SAMPLES)
    inner.clear()
    assert inner.is_empty()
    assert len(store) == len(SAMPLES)
    assert np.array_equal(store.get(SAMPLES[-1].key), SAMPLES[-1].other())
    assert store.get(USERS) == list[User]()

"""The makers of cloners, each on its own."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# The values here are of any type: what a narrowing to a bare container leaves unknown is unknown.

import copy
import functools
from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.catalogue.models import FrozenWithList, User
from tests.catalogue.picture import picture
from tests.catalogue.records import Point

from keyrack import MemoryStore, StoreKey
from keyrack.keys import clone
from keyrack.keys.schema import schema_of

ATOM = clone.atom


def key_of(form: Any) -> StoreKey[Any]:
    return StoreKey("k", form)


def parts(value: Any) -> list[Any]:
    """Give every object inside of *value* that can be changed."""
    found: dict[int, Any] = {}

    def note(part: Any) -> Any:
        found[id(part)] = part
        return part

    _walk(value, note, set())
    return list(found.values())


def _walk(value: Any, note: Any, seen: set[int]) -> None:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, list | dict | set | deque | bytearray | np.ndarray) or hasattr(value, "__dict__"):
        note(value)
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset | deque):
        for part in value:
            _walk(part, note, seen)
    elif isinstance(getattr(value, "__dict__", None), dict) and not isinstance(value, type):
        _walk(list(value.__dict__.values()), note, seen)


class Pair(NamedTuple):
    left: int
    right: list[int]


def test_a_container_of_atoms_is_an_atom_where_its_class_is_immutable() -> None:
    assert clone.frozenset_of(ATOM) is ATOM
    assert clone.tuple_of([ATOM, ATOM]) is ATOM
    assert clone.tuple_of_any_length(ATOM) is ATOM


@pytest.mark.parametrize(
    ("cloner", "odd"),
    [
        (clone.list_of(ATOM), ("tuple",)),
        (clone.list_of(clone.list_of(ATOM)), {"a": []}),
        (clone.set_of(ATOM), ["list"]),
        (clone.dict_of(ATOM, ATOM), ["list"]),
        (clone.dict_of(ATOM, clone.list_of(ATOM)), ["list"]),
        (clone.frozenset_of(clone.tuple_of([clone.list_of(ATOM)])), {"a": []}),
        (clone.tuple_of([ATOM, clone.list_of(ATOM)]), (1, [], "too long")),
        (clone.tuple_of([ATOM, clone.list_of(ATOM)], Pair), (1, [])),
        (clone.tuple_of_any_length(clone.list_of(ATOM)), [[]]),
        (clone.fields_of({"a": clone.list_of(ATOM)}), ["list"]),
        (clone.record(Point, {"x": ATOM, "labels": clone.list_of(ATOM)}), ["list"]),
        (clone.array, ["list"]),
    ],
)
def test_a_cloner_copies_what_it_was_not_made_for_in_depth(cloner: Any, odd: Any) -> None:
    copied = cloner(odd)

    assert picture(odd) == picture(copied)
    assert isinstance(odd, tuple) or odd is not copied


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_anything_copies_as_deepcopy_does(value: Any) -> None:
    copied = clone.anything(value)

    assert picture(copy.deepcopy(value)) == picture(copied)
    assert not ({id(part) for part in parts(value)} & {id(part) for part in parts(copied)})


def test_a_cloner_is_made_once_for_equal_types() -> None:
    one, other = StoreKey("one", dict[str, list[User]]), StoreKey("other", dict[str, list[User]])

    assert one.schema is other.schema
    assert one.schema.clone is other.schema.clone


def test_a_dataclass_on_top_of_a_built_in_class_is_copied_whole() -> None:
    @dataclass
    class Labelled(dict[str, list[int]]):
        label: list[str]

    value = Labelled(["a"])
    value["x"] = [1]
    key, store = key_of(Labelled), MemoryStore()
    store.put(key, value)

    value["x"].append(2)
    value.label.append("b")

    got: Any = store.get(key)
    assert dict(got) == {"x": [1]}
    assert got.label == ["a"]


def test_a_frozen_model_with_a_list_is_copied() -> None:
    value = FrozenWithList(x=1, items=[1])

    copied = schema_of(FrozenWithList).clone(value)
    copied.items.append(2)

    assert value.items == [1]


def test_a_partial_is_a_value_like_any_other() -> None:
    key, store = key_of(functools.partial), MemoryStore()
    items = [1]
    store.put(key, functools.partial(len, items))

    items.append(2)

    assert store.get(key)() == 1

"""Random courses of events, through the verbs of a store, against a dict."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ...errors import KeyNotFoundError, TypeMismatchError
from ...keys.key import ABSENT, StoreKey
from ...store import KeyValueStore
from .course import Places, run_courses
from .duties import Duties
from .stores import COUNT, NUMBERS, RECORDS, SEEN, TABLE, TITLE, GivenUpError, Record

if TYPE_CHECKING:
    from ...snapshot import Snapshot

_some_integers = st.integers(-(2**70), 2**70)
_some_text = st.text(max_size=3)
_some_numbers = st.lists(_some_integers, max_size=3)
_some_records = st.builds(Record, _some_text, _some_numbers)

FITTING: dict[StoreKey[Any], st.SearchStrategy[Any]] = {
    COUNT: _some_integers,
    TITLE: _some_text,
    TABLE: st.dictionaries(_some_text, _some_numbers, max_size=2),
    NUMBERS: _some_numbers,
    SEEN: _some_numbers,
    RECORDS: st.lists(_some_records, max_size=2),
}
ITEMS: dict[StoreKey[Any], st.SearchStrategy[Any]] = {
    NUMBERS: _some_integers,
    SEEN: _some_integers,
    RECORDS: _some_records,
}
_a_key = st.sampled_from(list(FITTING))
_a_list = st.sampled_from(list(ITEMS))


class StoreCourse(Duties):
    """The verbs of a store on the backend in any order."""

    def test_a_store_agrees_with_a_dict_whatever_happens_in_whatever_order(self, place: Path) -> None:
        run_courses(self, lambda: StoreMachine(Places(self.make_backend, place)))


class StoreMachine(RuleBasedStateMachine):
    """Does things to a store and to a dict of copies.

    Args:
        places: makes the backend.
    """

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.places = places
        self.store: KeyValueStore = KeyValueStore(places.new())
        self.model: dict[str, Any] = {}
        self.snapshots: list[tuple[Snapshot, dict[str, Any]]] = []
        self.held: list[tuple[Any, Any]] = []

    # --- each verb, on a store and the dict that it should agree with -----------------------------

    def expected(self, key: StoreKey[Any], model: dict[str, Any]) -> Any:
        """Give what a read should give; ABSENT where it should miss."""
        return deepcopy(model[key.name]) if key.name in model else key.make_default() if key.has_default else ABSENT

    def put(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_key)
        value = data.draw(FITTING[key])
        model[key.name] = deepcopy(value)
        (store.put_shared if data.draw(st.booleans()) else store.put)(key, value)

    def put_wrong(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        wrong: Any = object()
        with pytest.raises(TypeMismatchError):
            store.put_many(COUNT.to(1), data.draw(_a_key).to(wrong))

    def put_many(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        values = [(key, data.draw(FITTING[key])) for key in data.draw(st.lists(_a_key, max_size=3))]
        model.update({key.name: deepcopy(value) for key, value in values})
        store.put_many(*(key.to(value) for key, value in values))

    def append(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_list)
        items = data.draw(st.lists(ITEMS[key], max_size=3))
        old = self.expected(key, model)
        model[key.name] = [*([] if old is ABSENT else old), *deepcopy(items)]
        if len(items) == 1:
            store.append(key, items[0])
        else:
            store.extend(key, items)

    def update(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_key)
        value, old = data.draw(FITTING[key]), self.expected(key, model)

        def replace(found: Any) -> Any:
            assert found == old
            return value

        if old is ABSENT:
            with pytest.raises(KeyNotFoundError):
                store.update(key, replace)
        else:
            assert store.update(key, replace) == value
            model[key.name] = deepcopy(value)

    def compare_and_set(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_key)
        stored = model.get(key.name, ABSENT)
        expected = deepcopy(data.draw(st.just(stored) | st.just(ABSENT) | FITTING[key]))
        new = data.draw(FITTING[key])
        is_equal = bool(expected == stored)
        assert store.compare_and_set(key, expected, new) is is_equal
        if is_equal:
            model[key.name] = deepcopy(new)

    def remove(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_key)
        model.pop(key.name, None)
        store.remove(key)

    def hold(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_key)
        if key.name in model:
            self.held.append((store.get_shared(key), deepcopy(model[key.name])))

    def change_what_get_gave(self, store: KeyValueStore, model: dict[str, Any], data: st.DataObject) -> None:
        key = data.draw(_a_list)
        store.get(key, list[Any]()).append("changed")

    # --- the rules ------------------------------------------------------------------------------------

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        self.a_move(data)(self.store, self.model, data)

    @rule(data=st.data(), gives_up=st.booleans(), count=st.integers(0, 4))
    def transact(self, data: st.DataObject, gives_up: bool, count: int) -> None:
        model = deepcopy(self.model)

        def work(tx: KeyValueStore) -> None:
            for _ in range(count):
                self.a_move(data)(tx, model, data)
                self.agree(tx, model)
            if gives_up:
                raise GivenUpError

        if gives_up:
            with pytest.raises(GivenUpError):
                self.store.transact(work)
        else:
            self.store.transact(work)
            self.model = model

    @rule()
    def take_a_snapshot(self) -> None:
        self.snapshots.append((self.store.snapshot(), deepcopy(self.model)))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if self.snapshots:
            taken, model = data.draw(st.sampled_from(self.snapshots))
            self.store.restore(taken)
            self.model = deepcopy(model)

    @rule()
    def clear(self) -> None:
        self.store.clear()
        self.model.clear()

    @rule()
    def open_again(self) -> None:
        if self.store.backend.persistent:
            self.store.close()
            self.store = KeyValueStore(self.places.again())

    @invariant()
    def the_store_agrees_with_the_dict(self) -> None:
        self.agree(self.store, self.model)
        assert all(found == copied for found, copied in self.held)

    def teardown(self) -> None:
        self.store.close()

    def a_move(self, data: st.DataObject) -> Callable[[KeyValueStore, dict[str, Any], st.DataObject], None]:
        moves: dict[str, Callable[[KeyValueStore, dict[str, Any], st.DataObject], None]] = {
            "put": self.put,
            "put_wrong": self.put_wrong,
            "put_many": self.put_many,
            "append": self.append,
            "update": self.update,
            "compare_and_set": self.compare_and_set,
            "remove": self.remove,
            "hold": self.hold,
            "change_what_get_gave": self.change_what_get_gave,
        }
        return moves[data.draw(st.sampled_from(list(moves)))]

    def agree(self, store: KeyValueStore, model: dict[str, Any]) -> None:
        assert store.keys() == sorted(model)
        assert {key.name: store.get(key, ABSENT) for key in FITTING} == {
            key.name: model.get(key.name, ABSENT) for key in FITTING
        }

"""The moves of the state machine: each does one thing to a store and the same to a dict of deep copies."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import pytest
from hypothesis import strategies as st
from tests.kinds import (
    Array,
    User,
    same,
)

from keyrack.errors import AppendTypeMismatchError, KeyNotFoundError, TypeMismatchError
from keyrack.keys.key import ABSENT, StoreKey

if TYPE_CHECKING:
    from tests.values import Kind

    from keyrack.snapshot import Snapshot
    from keyrack.store import KeyValueStore

T = TypeVar("T")


class Draw(Protocol):
    """How a move chooses."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T: ...


class World:
    """A store, what it should hold, and what others hold of it."""

    def __init__(self, store: KeyValueStore, kinds: list[Kind], model: dict[str, Any], depth: int = 0) -> None:
        self.store = store
        self.kinds = kinds
        self.model = model
        self.depth = depth
        self.held: list[tuple[object, object]] = []
        self.snapshots: list[tuple[Snapshot, dict[str, Any]]] = []

    def kind(self, draw: Draw) -> Kind:
        kind: Kind = draw(st.sampled_from(self.kinds))
        return kind

    def lists(self) -> list[Kind]:
        return [kind for kind in self.kinds if kind.items is not None]

    def verbs(self, draw: Draw) -> Any:
        """The verbs of the store, or the same by way of slots."""
        return draw(st.sampled_from([self.store, BySlot(self.store)]))

    def expected(self, key: StoreKey[Any]) -> Any:
        """What a read should give; ABSENT where it should miss."""
        if key.name in self.model:
            return self.model[key.name]
        return key.make_default() if key.has_default else ABSENT

    def check(self) -> None:
        assert self.store.keys() == sorted(self.model)
        for kind in self.kinds:
            found = self.store.get(kind.key, ABSENT)
            assert same(found, self.model.get(kind.key.name, ABSENT))
        for held, copied in self.held:
            assert same(held, copied)


class BySlot:
    """The verbs of a store that take a key, each by way of a slot."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        verb = {"contains_key": "exists"}.get(verb, verb)

        def of_slot(key: StoreKey[Any], *arguments: Any) -> Any:
            return getattr(self._store.at(key), verb)(*arguments)

        return of_slot


def change(value: object) -> None:
    """Change a value that was put or got, as deep as it goes."""
    if type(value) in CHANGES:
        CHANGES[type(value)](value)


def _change_list(items: list[object]) -> None:
    for item in items:
        change(item)
    items.append("changed")


def _change_dict(entries: dict[object, object]) -> None:
    for item in entries.values():
        change(item)
    entries["changed"] = 1


def _change_user(user: User) -> None:
    user.age = -1
    change(user.tags)


def _change_array(array: Array) -> None:
    array.fill(-1)


CHANGES: dict[type, Callable[[Any], None]] = {
    list: _change_list,
    dict: _change_dict,
    User: _change_user,
    np.ndarray: _change_array,
}


# --- reading --------------------------------------------------------------------------------------


def get(world: World, draw: Draw) -> None:
    key = world.kind(draw).key
    expected = world.expected(key)
    if expected is ABSENT:
        with pytest.raises(KeyNotFoundError):
            world.verbs(draw).get(key)
    else:
        found = world.verbs(draw).get(key)
        assert same(found, expected)
        change(found)


def get_with_a_default(world: World, draw: Draw) -> None:
    key, default = world.kind(draw).key, object()
    found = world.verbs(draw).get(key, default)
    assert found is default if key.name not in world.model else same(found, world.model[key.name])
    change(found)


def get_shared(world: World, draw: Draw) -> None:
    key = world.kind(draw).key
    if key.name in world.model:
        found = world.verbs(draw).get_shared(key)
        assert same(found, world.model[key.name])
        assert not world.store.backend.holds_objects or world.store.get_shared(key) is found
        world.held.append((found, copy.deepcopy(found)))
    elif not key.has_default:
        with pytest.raises(KeyNotFoundError):
            world.verbs(draw).get_shared(key)


def let_go(world: World, draw: Draw) -> None:
    if world.held:
        del world.held[draw(st.integers(0, len(world.held) - 1))]


def get_many(world: World, draw: Draw) -> None:
    keys = [kind.key for kind in draw(st.lists(st.sampled_from(world.kinds), max_size=4))]
    expected = [world.expected(key) for key in keys]
    if any(one is ABSENT for one in expected):
        with pytest.raises(KeyNotFoundError):
            world.store.get_many(*keys)
        return
    found = world.store.get_many(*keys)
    for one, other in zip(found, expected, strict=True):
        assert same(one, other)
        change(one)


def contains_key(world: World, draw: Draw) -> None:
    key = world.kind(draw).key
    assert world.verbs(draw).contains_key(key) is (key.name in world.model)
    assert (key in world.store) is (key.name in world.model)


def look(world: World, _: Draw) -> None:
    assert len(world.store) == len(world.model)
    assert world.store.is_empty() is (not world.model)


# --- writing --------------------------------------------------------------------------------------


def put(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    value = draw(kind.values)
    world.model[kind.key.name] = copy.deepcopy(value)
    world.verbs(draw).put(kind.key, value)
    change(value)


def put_shared(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    value = draw(kind.values)
    world.model[kind.key.name] = copy.deepcopy(value)
    world.verbs(draw).put_shared(kind.key, value)
    world.held.append((value, copy.deepcopy(value)))


def put_wrong(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    verb = draw(st.sampled_from(["put", "put_shared"]))
    with pytest.raises(TypeMismatchError):
        getattr(world.verbs(draw), verb)(kind.key, draw(kind.wrong))


def put_many(world: World, draw: Draw) -> None:
    kinds = draw(st.lists(st.sampled_from(world.kinds), max_size=3))
    values = [(kind.key, draw(kind.values)) for kind in kinds]
    world.model.update({key.name: copy.deepcopy(value) for key, value in values})
    world.store.put_many(*[key.to(value) for key, value in values])
    for _, value in values:
        change(value)


def put_many_wrong(world: World, draw: Draw) -> None:
    kinds = draw(st.lists(st.sampled_from(world.kinds), min_size=1, max_size=3))
    wrong = draw(st.integers(0, len(kinds) - 1))
    values = [draw(kind.wrong if number == wrong else kind.values) for number, kind in enumerate(kinds)]
    with pytest.raises(TypeMismatchError):
        world.store.put_many(*[kind.key.to(value) for kind, value in zip(kinds, values, strict=True)])


def append(world: World, draw: Draw) -> None:
    kind = draw(st.sampled_from([*world.lists(), *world.kinds]))
    if kind.items is None:
        with pytest.raises(AppendTypeMismatchError):
            world.verbs(draw).append(kind.key, 1)
        return
    verb = draw(st.sampled_from(["append", "extend"]))
    items = draw(st.lists(kind.items, min_size=verb == "append", max_size=1 if verb == "append" else 3))
    longer = [*copy.deepcopy(world.model.get(kind.key.name, kind.key.make_default() if kind.key.has_default else []))]
    longer += copy.deepcopy(items)
    add = getattr(world.verbs(draw), verb)
    given = items[0] if verb == "append" else items
    if len(longer) > kind.longest:
        with pytest.raises(AppendTypeMismatchError):
            add(kind.key, given)
        return
    add(kind.key, given)
    world.model[kind.key.name] = longer
    for item in items:
        change(item)


def append_wrong(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    if kind.items is not None:
        with pytest.raises(AppendTypeMismatchError):
            world.verbs(draw).extend(kind.key, [draw(kind.items), None])


def update(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    expected, value = world.expected(kind.key), draw(kind.values)
    if expected is ABSENT:
        with pytest.raises(KeyNotFoundError):
            world.verbs(draw).update(kind.key, change)
        return
    world.model[kind.key.name] = copy.deepcopy(value)

    def replace(old: Any) -> Any:
        assert same(old, expected)
        change(old)
        return value

    new = world.verbs(draw).update(kind.key, replace)
    assert same(new, value)
    change(new)
    change(value)


def update_and_fail(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    wrong: Any = draw(kind.wrong)

    def spoil(old: Any) -> Any:
        change(old)
        return wrong

    with pytest.raises((TypeMismatchError, KeyNotFoundError)):
        world.verbs(draw).update(kind.key, spoil)


def compare_and_set(world: World, draw: Draw) -> None:
    kind = world.kind(draw)
    stored = world.model.get(kind.key.name, ABSENT)
    expected = copy.deepcopy(draw(st.just(stored) | st.just(ABSENT) | kind.values))
    new = draw(kind.values)
    is_equal = same(expected, stored)
    if is_equal:
        world.model[kind.key.name] = copy.deepcopy(new)
    assert world.verbs(draw).compare_and_set(kind.key, expected, new) is is_equal
    change(expected)
    change(new)


def remove(world: World, draw: Draw) -> None:
    key = world.kind(draw).key
    world.model.pop(key.name, None)
    world.verbs(draw).remove(key)


def clear(world: World, _: Draw) -> None:
    world.model.clear()
    world.store.clear()


# --- several steps as one -------------------------------------------------------------------------


class GiveUpError(Exception):
    """What a transaction raises that shall leave nothing."""


def transact(world: World, draw: Draw) -> None:
    if world.depth == 2:
        return
    gives_up = draw(st.booleans())
    inner = World(world.store, world.kinds, copy.deepcopy(world.model), world.depth + 1)
    inner.held, inner.snapshots = world.held, world.snapshots

    def work(store: KeyValueStore) -> str:
        inner.store = store
        for move in draw(st.lists(st.sampled_from(MOVES), max_size=5)):
            move(inner, draw)
            inner.check()
        if gives_up:
            raise GiveUpError
        return "done"

    if gives_up:
        with pytest.raises(GiveUpError):
            world.store.transact(work)
    else:
        assert world.store.transact(work) == "done"
        world.model = inner.model


def snapshot(world: World, _: Draw) -> None:
    world.snapshots.append((world.store.snapshot(), copy.deepcopy(world.model)))
    assert world.snapshots[-1][0].names() == sorted(world.model)


def restore(world: World, draw: Draw) -> None:
    if world.snapshots:
        taken, model = draw(st.sampled_from(world.snapshots))
        world.model = copy.deepcopy(model)
        world.store.restore(taken)


MOVES: list[Callable[[World, Draw], None]] = [
    *(get, get_with_a_default, get_shared, let_go, get_many, contains_key, look),
    *(put, put_shared, put_wrong, put_many, put_many_wrong, append, append_wrong, update, update_and_fail),
    *(compare_and_set, remove, clear, transact, snapshot, restore),
]

"""A watched store: the same store, of the same class, that tells of its verbs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.places import folder

from keyrack.backends.memory import MemoryBackend
from keyrack.errors import KeyDefinitionError, KeyNotFoundError, TypeMismatchError
from keyrack.keys.key import ABSENT, StoreKey
from keyrack.registry import KeyRegistry
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore, NamespacedStore, SQLiteStore
from keyrack.watching import Use, UsedKey, Watch, watched

COUNT = StoreKey("count", int)
SEEN = StoreKey[list[int]]("seen")
TEXT = StoreKey("text", str)
BLOB = StoreKey("blob", bytes)
TOKEN = StoreKey("token", str, secret=True)
GRID = StoreKey[NDArray[np.float64]]("grid")


class Keys(KeyRegistry, prefix="survey"):
    total: StoreKey[int]


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def watching(store: KeyValueStore) -> tuple[Any, list[Use]]:
    uses: list[Use] = []
    return watched(store, Watch(Clock(), uses.append)), uses


def short(uses: list[Use]) -> list[tuple[str, tuple[str, ...], bool]]:
    return [(use.verb, tuple(key.name for key in use.keys), use.writes) for use in uses]


STEPS: dict[str, tuple[Callable[[Any], object], tuple[str, tuple[str, ...], bool]]] = {
    "get": (lambda store: store.get(COUNT), ("get", ("count",), False)),
    "get with a default": (lambda store: store.get(TEXT, "x"), ("get", ("text",), False)),
    "get_shared": (lambda store: store.get_shared(SEEN), ("get_shared", ("seen",), False)),
    "get_many": (lambda store: store.get_many(COUNT, SEEN), ("get_many", ("count", "seen"), False)),
    "contains_key": (lambda store: store.contains_key(COUNT), ("contains_key", ("count",), False)),
    "in": (lambda store: COUNT in store, ("contains_key", ("count",), False)),
    "keys": (lambda store: store.keys(), ("keys", (), False)),
    "put": (lambda store: store.put(COUNT, 2), ("put", ("count",), True)),
    "put by name": (lambda store: store.put(COUNT, value=2), ("put", ("count",), True)),
    "put_shared": (lambda store: store.put_shared(SEEN, [1]), ("put_shared", ("seen",), True)),
    "put_many": (lambda store: store.put_many(COUNT.to(1), TEXT.to("x")), ("put_many", ("count", "text"), True)),
    "append": (lambda store: store.append(SEEN, 2), ("append", ("seen",), True)),
    "extend": (lambda store: store.extend(SEEN, [2, 3]), ("extend", ("seen",), True)),
    "update": (lambda store: store.update(COUNT, abs), ("update", ("count",), True)),
    "remove": (lambda store: store.remove(COUNT), ("remove", ("count",), True)),
    "compare_and_set": (lambda store: store.compare_and_set(COUNT, 1, 2), ("compare_and_set", ("count",), True)),
    "one that is not what was expected": (
        lambda store: store.compare_and_set(COUNT, ABSENT, 2),
        ("compare_and_set", ("count",), False),
    ),
    "clear": (lambda store: store.clear(), ("clear", (), True)),
    "snapshot": (lambda store: store.snapshot(), ("snapshot", (), False)),
    "restore": (lambda store: store.restore(MemoryStore().snapshot()), ("restore", (), True)),
    "a slot": (lambda store: store.at(COUNT).put(3), ("put", ("count",), True)),
    "a bound registry": (lambda store: Keys(store).total.put(3), ("put", ("survey.total",), True)),
    "a namespace": (lambda store: NamespacedStore(store, "v2").put(COUNT, 1), ("put", ("v2/count",), True)),
    "a namespace in one": (
        lambda store: NamespacedStore(NamespacedStore(store, "a"), "b").remove(COUNT),
        ("remove", ("a/b/count",), True),
    ),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_each_verb_is_told_once_and_does_what_it_does(name: str, kind: str) -> None:
    step, expected = STEPS[name]
    stores = [MemoryStore() if kind == "memory" else SQLiteStore(folder() / "store.db") for _ in range(2)]
    for store in stores:
        store.put_many(COUNT.to(1), SEEN.to([1]))
    observed, uses = watching(stores[0])

    given, plain = step(observed), step(stores[1])

    assert short(uses) == [expected]
    assert (uses[0].began, uses[0].ended, uses[0].error) == (1.0, 2.0, None)
    assert uses[0].store.endswith(stores[0].label)
    assert type(given) is type(plain)
    assert stores[0].backend.names("") == stores[1].backend.names("")


def test_it_is_the_same_store_of_the_same_class() -> None:
    store = MemoryStore()
    observed, _ = watching(store)

    observed.put(COUNT, 1)
    store.put(TEXT, "x")

    assert isinstance(observed, MemoryStore)
    assert store.get(COUNT) == 1
    assert observed.get(TEXT) == "x"
    assert repr(observed) == repr(store)


def test_one_that_is_watched_twice_tells_both() -> None:
    def twice(store: KeyValueStore) -> None:
        store.put(COUNT, 2)

    observed, first = watching(MemoryStore())
    again, second = watching(NamespacedStore(observed, "v2"))

    again.put(COUNT, 1)
    again.transact(twice)

    assert short(second) == [("put", ("count",), True)] * 2 + [("transact", (), False)]
    assert short(first) == [("put", ("v2/count",), True)] * 2 + [("transact", (), False)]


def test_it_is_closed_with_the_store() -> None:
    store = MemoryStore()
    observed, uses = watching(store)
    store.close()

    with pytest.raises(Exception, match="is closed") as caught:
        observed.get(COUNT)
    assert uses[0].error is caught.value


def test_what_a_verb_raises_is_told_and_raised() -> None:
    observed, uses = watching(MemoryStore())

    with pytest.raises(KeyNotFoundError) as missing:
        observed.get(COUNT)
    with pytest.raises(TypeMismatchError) as misfit:
        observed.put(COUNT, "x")

    assert [use.error for use in uses] == [missing.value, misfit.value]
    assert short(uses) == [("get", ("count",), False), ("put", ("count",), True)]


@pytest.mark.parametrize("key", ["count", None, Keys], ids=["text", "None", "a registry"])
def test_what_is_no_key_is_refused_as_ever_and_told_without_a_key(key: Any) -> None:
    observed, uses = watching(MemoryStore())

    with pytest.raises(KeyDefinitionError, match="put takes a StoreKey"):
        observed.put(key, 1)
    assert short(uses) == [("put", (), True)]


def test_sizes_are_those_that_are_plain_to_see() -> None:
    observed, uses = watching(MemoryStore())

    observed.put(TEXT, "héllo")
    observed.put(BLOB, b"abc")
    observed.put(SEEN, [1, 2])
    observed.put(GRID, np.zeros((2, 3)))
    observed.get(GRID)
    observed.put(COUNT, 1)

    assert [use.keys[0][1:] for use in uses] == [
        ("str", None, 5),
        ("bytes", 3, 3),
        ("list[int]", None, 2),
        (GRID.type_text, 48, 2),
        (GRID.type_text, 48, 2),
        ("int", None, None),
    ]


def test_nothing_is_said_of_the_size_of_a_secret() -> None:
    observed, uses = watching(MemoryStore())

    observed.put(TOKEN, "hunter2")
    observed.get(TOKEN)

    assert [use.keys for use in uses] == [(UsedKey("token", "str", None, None),)] * 2


def test_of_a_transaction_the_verbs_of_the_try_that_is_kept_are_told() -> None:
    store = MemoryStore()
    observed, uses = watching(store)
    tries: list[int] = []

    def twice(inner: KeyValueStore) -> None:
        tries.append(inner.get(COUNT, 0))
        if len(tries) == 1:
            store.put(COUNT, 7)
        inner.put(TEXT, "x")

    observed.transact(twice)

    assert tries == [0, 7]
    assert short(uses) == [("get", ("count",), False), ("put", ("text",), True), ("transact", (), False)]
    assert {(use.store, use.backend) for use in uses} == {("MemoryStore", "MemoryBackend")}


def test_of_a_transaction_that_fails_nothing_inside_is_told() -> None:
    observed, uses = watching(MemoryStore())

    def failing(inner: KeyValueStore) -> None:
        inner.put(COUNT, 1)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        observed.transact(failing)
    assert [(use.verb, type(use.error)) for use in uses] == [("transact", OSError)]


def test_the_keys_of_a_transaction_in_a_namespace_have_its_name() -> None:
    observed, uses = watching(MemoryStore())

    NamespacedStore(observed, "v2").transact(lambda inner: inner.put(COUNT, 1))

    assert short(uses) == [("put", ("v2/count",), True), ("transact", (), False)]


def test_another_process_gets_the_plain_store() -> None:
    store = SQLiteStore(folder() / "store.db")
    observed, uses = watching(NamespacedStore(store, "v2"))
    observed.put(COUNT, 1)
    uses.clear()

    came = pickle.loads(pickle.dumps(observed))

    assert came.get(COUNT) == 1
    assert type(came) is NamespacedStore
    assert uses == []


def test_a_store_in_memory_is_refused_to_other_processes_as_ever() -> None:
    observed, _ = watching(MemoryStore())

    with pytest.raises(TypeError, match="is one place and is not copied"):
        copy.copy(observed)


def test_a_subclass_with_arguments_of_its_own_is_watched_too() -> None:
    class Tenant(NamespacedStore[KeyValueStore]):
        def __init__(self, inner: KeyValueStore, tenant: int, *, region: str) -> None:
            super().__init__(inner, f"{region}-{tenant}")

    observed, uses = watching(MemoryStore())

    Tenant(observed, 3, region="eu").put(COUNT, 1)
    plain = Tenant(MemoryStore(), 3, region="eu")
    plain.put(COUNT, 1)

    assert plain.keys() == ["count"]
    assert [use.verb for use in uses] == ["put"]


def test_a_namespace_names_the_backend_at_the_bottom() -> None:
    observed, uses = watching(NamespacedStore(KeyValueStore(MemoryBackend()), "v2"))

    observed.put(COUNT, 1)

    assert uses[0].backend == "MemoryBackend"


# --- classes of strangers -------------------------------------------------------------------------


def test_its_class_makes_plain_stores() -> None:
    observed, uses = watching(MemoryStore())
    space = NamespacedStore(observed, "v2")
    uses.clear()

    other = type(observed)()
    again = type(space)(observed, "v3")
    other.put(COUNT, 1)
    again.put(COUNT, 2)

    assert type(other) is MemoryStore
    assert short(uses) == [("put", ("v3/count",), True)]


def test_it_is_equal_to_the_store_and_found_in_its_place() -> None:
    from weakref import WeakKeyDictionary

    store = MemoryStore()
    observed, _ = watching(store)
    other, _ = watching(MemoryStore())
    known = WeakKeyDictionary({store: "mine"})

    assert observed == store
    assert store == observed
    assert observed != other
    assert known[observed] == "mine"


def test_the_end_of_a_watched_store_is_not_that_of_the_store() -> None:
    class Closing(MemoryStore):
        def __del__(self) -> None:
            self.close()

    store = Closing()
    watching(store)[0].put(COUNT, 1)

    assert store.get(COUNT) == 1


def test_attributes_are_shared_wherever_they_lie() -> None:
    class Slotted(MemoryStore):
        __slots__ = ("region",)

        def __init__(self) -> None:
            super().__init__()
            self.region = "eu"
            self.tenant = 1

    store = Slotted()
    observed, _ = watching(store)
    observed.region = "us"
    observed.tenant = 2

    assert (store.region, store.tenant, observed.region) == ("us", 2, "us")


def test_classes_with_ways_of_their_own_can_be_watched() -> None:
    class Frozen(MemoryStore):
        _is_made = False

        def __init__(self) -> None:
            super().__init__()
            self._is_made = True

        def __setattr__(self, name: str, value: object) -> None:
            if self._is_made:
                raise AttributeError(name)
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> object:
            return f"whatever {name} is"

    class Asking(MemoryStore):
        def __init_subclass__(cls, *, region: str) -> None:
            super().__init_subclass__()

    class Nameless(MemoryStore):
        @property
        def label(self) -> str:
            raise LookupError

    for kind in Frozen, Asking, Nameless:
        store = kind()
        observed, _ = watching(store)
        observed.put(COUNT, 1)
        assert observed.get(COUNT) == 1


def test_a_verb_that_a_subclass_has_of_its_own_is_told_once() -> None:
    class Doubling(MemoryStore):
        if not TYPE_CHECKING:

            def put(self, key: Any, value: Any) -> None:
                super().put(key, 2 * value)

        def add(self) -> None:
            self.put(COUNT, self.get(COUNT, 0) + 1)

    observed, uses = watching(Doubling())
    observed.add()

    assert observed.get(COUNT) == 2
    assert [use.verb for use in uses] == ["get", "put", "get"]


@pytest.mark.parametrize(
    ("verb", "named"),
    [
        ("put", {"key": TEXT, "value": "abc"}),
        ("put", {"value": "abc", "key": TEXT}),
        ("compare_and_set", {"expected": ABSENT, "new": "abc", "key": TEXT}),
        ("compare_and_set", {"new": "abc", "key": TEXT, "expected": ABSENT}),
    ],
)
def test_keys_and_values_that_are_given_by_name_are_told(verb: str, named: dict[str, Any]) -> None:
    observed, uses = watching(MemoryStore())
    getattr(observed, verb)(**named)

    assert observed.get(key=TEXT) == "abc"
    assert [use.keys for use in uses] == [(UsedKey("text", "str", None, 3),)] * 2

"""The contract of backends, duty by duty, on each of them and on a third party's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.backends.dict_backend import DictBackend

from keyrack.backends.memory import MemoryBackend
from keyrack.backends.overlay import OverlayBackend
from keyrack.backends.prefix import PrefixBackend
from keyrack.backends.spi import SEPARATOR, Backend, Entry
from keyrack.errors import StoreClosedError

BACKENDS: dict[str, Callable[[], Backend]] = {
    "memory": MemoryBackend,
    "prefix": lambda: PrefixBackend(PrefixBackend(MemoryBackend(), "a"), "b"),
    "overlay": lambda: OverlayBackend(MemoryBackend()),
    "overlay of an overlay": lambda: OverlayBackend(OverlayBackend(MemoryBackend())),
    "a prefix in an overlay": lambda: PrefixBackend(OverlayBackend(MemoryBackend()), "a"),
    "a third party's": DictBackend,
}
STAMP, OTHER_STAMP = object(), object()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    return BACKENDS[request.param]()


def entry(payload: object, stamp: object = STAMP) -> Entry:
    return Entry(payload, stamp)


def payloads(backend: Backend, *names: str) -> list[Any]:
    return [None if found is None else found.payload for found in backend.read(names)]


def test_read_gives_the_very_entry_that_was_written(backend: Backend) -> None:
    one, two = entry(1), entry(2)

    backend.write("one", one)
    backend.write("two", two)
    backend.write("one", two)

    assert backend.read(["one"]) == [two]
    assert backend.read(["two", "nothing", "one", "one"]) == [two, None, two, two]
    assert backend.read([]) == []


@pytest.mark.parametrize("payload", [None, 0, "", [], float("nan")], ids=repr)
def test_a_payload_may_be_anything(backend: Backend, payload: object) -> None:
    backend.write("one", entry(payload))

    (found,) = backend.read(["one"])
    assert found is not None
    assert found.payload is payload
    assert found.stamp is STAMP


def test_append_keeps_the_start_where_nothing_lies(backend: Backend) -> None:
    start = entry(["default", 1])

    assert backend.append("list", start, [1])

    assert backend.read(["list"]) == [start]
    assert payloads(backend, "list") == [["default", 1]]


def test_append_adds_items_in_order_to_a_list_of_the_same_stamp(backend: Backend) -> None:
    backend.write("list", entry([0]))

    assert backend.append("list", entry([1, 2]), [1, 2])
    assert backend.append("list", entry([3]), [3])
    assert backend.append("list", entry([]), [])

    assert payloads(backend, "list") == [[0, 1, 2, 3]]


def test_append_changes_nothing_where_the_stamp_is_another(backend: Backend) -> None:
    there = entry([0], OTHER_STAMP)
    backend.write("list", there)

    assert not backend.append("list", entry([1]), [1])

    assert backend.read(["list"]) == [there]
    assert there.payload == [0]


def test_append_does_not_change_a_list_that_somebody_holds(backend: Backend) -> None:
    held = [0]
    backend.write("list", Entry(held, STAMP, held=True, shared=True))

    assert backend.append("list", entry([1]), [1])

    assert held == [0]
    (found,) = backend.read(["list"])
    assert found is not None
    assert found.payload == [0, 1]
    assert found.shared  # the items in it may still be somebody else's
    assert found.stamp is STAMP


def test_commit_makes_all_changes_where_everything_is_as_expected(backend: Backend) -> None:
    one, two = entry(1), entry(2)
    backend.write("one", one)
    backend.write("gone", two)

    assert backend.commit({"one": one, "nothing": None}, {"one": two, "new": one, "gone": None, "nothing": None})

    assert backend.read(["one", "new", "gone", "nothing"]) == [two, one, None, None]


@pytest.mark.parametrize("unexpected", ["one", "two", "nothing"])
@pytest.mark.parametrize("changed", [True, False], ids=["changed", "only compared"])
def test_commit_changes_nothing_where_one_thing_is_not_as_expected(
    backend: Backend, unexpected: str, *, changed: bool
) -> None:
    one, two, other = entry(1), entry(2), entry(1)
    backend.write("one", one)
    backend.write("two", two)
    expected: dict[str, Entry | None] = {"one": one, "two": two, "nothing": None, unexpected: other}
    changes: dict[str, Entry | None] = {"one": other, "two": None, "new": other, unexpected: other}
    if not changed:
        del changes[unexpected]

    assert not backend.commit(expected, changes)

    assert backend.read(["one", "two", "nothing", "new"]) == [one, two, None, None]


def test_commit_without_conditions_always_succeeds(backend: Backend) -> None:
    assert backend.commit({}, {})
    assert backend.commit({}, {"one": None})
    assert backend.commit({}, {"one": entry(1)})
    assert backend.commit({}, {"one": entry(2)})

    assert payloads(backend, "one") == [2]


def test_names_are_those_that_start_with_a_prefix_sorted_by_code_point(backend: Backend) -> None:
    for name in ["b", "a.z", "a", "ä", "B", "a*", "\U0001f388", "\uffff"]:
        backend.write(name, entry(1))
    backend.commit({}, {"b": None})

    assert backend.names("") == ["B", "a", "a*", "a.z", "ä", "\uffff", "\U0001f388"]
    assert backend.names("a") == ["a", "a*", "a.z"]
    assert backend.names("a*") == ["a*"]
    assert backend.names("nothing") == []


def test_a_name_may_hold_the_separator(backend: Backend) -> None:
    backend.write(f"space{SEPARATOR}name", entry(1))

    assert backend.names("") == [f"space{SEPARATOR}name"]
    assert payloads(backend, f"space{SEPARATOR}name", "name") == [1, None]


def test_exclusively_gives_what_the_function_gives_and_lets_the_same_thread_in_again(backend: Backend) -> None:
    def outer() -> str:
        backend.write("one", entry(1))
        return backend.exclusively(lambda: f"{payloads(backend, 'one')}")

    assert backend.exclusively(outer) == "[1]"


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit])
def test_exclusively_lets_others_in_after_an_error(backend: Backend, error: type[BaseException]) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(error):
        backend.exclusively(fail)
    other = threading.Thread(target=lambda: backend.commit({}, {"one": entry(1)}), daemon=True)
    other.start()
    other.join(10)

    assert payloads(backend, "one") == [1]


def test_exclusively_keeps_other_writers_waiting() -> None:
    for make in (MemoryBackend, DictBackend, lambda: PrefixBackend(MemoryBackend(), "a")):
        backend: Backend = make()
        order: list[str] = []

        def write(backend: Backend = backend, order: list[str] = order) -> None:
            backend.commit({}, {"one": entry(1)})
            order.append("other")

        other = threading.Thread(target=write, daemon=True)

        def work(other: threading.Thread = other, order: list[str] = order) -> None:
            other.start()
            other.join(0.01)
            order.append("mine")

        backend.exclusively(work)
        other.join(10)

        assert order == ["mine", "other"]


VERBS: dict[str, Callable[[Backend], object]] = {
    "read": lambda backend: backend.read(["one"]),
    "read of nothing there": lambda backend: backend.read(["nothing"]),
    "read of several": lambda backend: backend.read(["one", "nothing"]),
    "read of none": lambda backend: backend.read([]),
    "write": lambda backend: backend.write("one", entry(1)),
    "append": lambda backend: backend.append("list", entry([1]), [1]),
    "append to nothing": lambda backend: backend.append("new", entry([1]), [1]),
    "commit": lambda backend: backend.commit({}, {"one": entry(1)}),
    "commit of none": lambda backend: backend.commit({}, {}),
    "commit on a condition": lambda backend: backend.commit({"nothing": None}, {}),
    "names": lambda backend: backend.names(""),
    "exclusively": lambda backend: backend.exclusively(lambda: None),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", ["memory", "overlay", "overlay of an overlay", "a third party's"])
def test_every_verb_of_a_closed_backend_is_refused(kind: str, verb: str) -> None:
    backend = BACKENDS[kind]()
    backend.write("one", entry(1))
    backend.write("list", entry([1]))
    backend.close()
    backend.close()

    with pytest.raises(StoreClosedError):
        VERBS[verb](backend)


def test_a_backend_says_what_it_can_do(backend: Backend) -> None:
    assert backend.label
    assert (backend.persistent, backend.shared_between_processes, backend.blocking) == (False, False, False)
    assert backend.holds_objects
    assert backend.max_value_bytes is None

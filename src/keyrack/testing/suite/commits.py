"""Duties of `commit`: all or nothing, and only where everything is still what was read."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import pytest

from ...backends.spi import Backend, Entry, pinned
from .duties import Duties, skip_unless
from .payloads import entry, items, look, there


def _write(backend: Backend, name: str, number: int) -> None:
    backend.write(name, entry(backend, number))


def _remove(backend: Backend, name: str) -> None:
    backend.commit({}, {name: None})


def _append(backend: Backend, name: str, number: int) -> None:
    backend.append(name, entry(backend, number), items(backend, number))


SPOILERS: dict[str, list[Callable[[Backend, str], object]]] = {
    "written": [partial(_write, number=9)],
    "written with what was there": [partial(_write, number=1)],
    "committed with what was there": [lambda backend, name: backend.commit({}, {name: entry(backend, 1)})],
    "written twice, at last with what was there": [partial(_write, number=9), partial(_write, number=1)],
    "appended to": [partial(_append, number=9)],
    "removed": [_remove],
    "removed and written again": [_remove, partial(_write, number=1)],
    "removed and appended to nothing": [_remove, partial(_append, number=1)],
}
"""What makes an entry another one, even where it has the same content in the end."""


class Commits(Duties):
    """Duties of committing."""

    def test_commit_makes_all_changes_where_everything_is_as_expected(self, backend: Backend) -> None:
        for name in ["one", "two", "gone"]:
            backend.write(name, entry(backend, 1))
        one, gone = backend.read(["one", "gone"])

        assert backend.commit(
            {"one": one, "gone": gone, "nothing": None},
            {"one": entry(backend, 2), "two": entry(backend, 3), "new": entry(backend, 4), "gone": None, "never": None},
        )

        assert look(backend, "one", "two", "new", "gone", "never") == [there(2), there(3), there(4), None, None]
        assert backend.names("") == ["new", "one", "two"]

    @pytest.mark.parametrize("how", SPOILERS)
    @pytest.mark.parametrize("changed", [True, False], ids=["it is changed", "it is only compared"])
    def test_commit_changes_nothing_where_an_entry_was(self, backend: Backend, how: str, *, changed: bool) -> None:
        for name in ["one", "two"]:
            backend.write(name, entry(backend, 1))
        one, two = backend.exclusively(lambda: pinned(backend, ["one", "two"]))
        for step in SPOILERS[how]:
            step(backend, "two")
        before = look(backend, "one", "two")
        changes: dict[str, Entry | None] = {"one": entry(backend, 5), "new": entry(backend, 6)}
        if changed:
            changes["two"] = entry(backend, 7)

        assert not backend.commit({"one": one, "two": two}, changes)

        assert look(backend, "one", "two") == before
        assert "new" not in backend.names("")
        assert backend.commit({"one": one}, {})  # it is still the same entry

    def test_commit_changes_nothing_where_something_lies_that_was_not_expected(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))

        assert not backend.commit({"one": None}, {"one": entry(backend, 2)})
        assert not backend.commit({"one": None}, {"two": entry(backend, 2)})
        assert not backend.commit({"one": None, "two": None}, {"one": None})

        assert look(backend, "one", "two") == [there(1), None]

    def test_commit_changes_nothing_where_what_is_expected_lies_under_another_name(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        backend.write("two", entry(backend, 1))
        one, two = backend.read(["one", "two"])

        assert not backend.commit({"one": two}, {"one": entry(backend, 3)})
        assert not backend.commit({"two": one}, {"two": entry(backend, 3)})

        assert look(backend, "one", "two") == [there(1), there(1)]

    def test_what_read_gave_is_expected_as_long_as_nothing_was_written_there(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        (first,) = backend.read(["one"])
        backend.write("two", entry(backend, 2))
        backend.append("three", entry(backend, 3), items(backend, 3))
        (second,) = backend.read(["one"])

        assert backend.commit({"one": second}, {})
        assert backend.commit({"one": first}, {"two": None})
        assert backend.commit({"one": first}, {"one": entry(backend, 4)})

        assert look(backend, "one", "two", "three") == [there(4), None, there(3)]

    def test_a_commit_makes_what_was_read_before_another_one(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        (before,) = backend.read(["one"])
        assert backend.commit({"one": before}, {"one": entry(backend, 2)})

        assert not backend.commit({"one": before}, {"one": entry(backend, 3)})

        assert look(backend, "one") == [there(2)]

    def test_a_commit_that_failed_leaves_entries_what_they_were(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        (one,) = backend.read(["one"])
        assert not backend.commit({"one": one, "two": one}, {"one": entry(backend, 2)})

        assert backend.commit({"one": one}, {"one": entry(backend, 3)})

        assert look(backend, "one") == [there(3)]

    def test_commit_without_conditions_always_succeeds(self, backend: Backend) -> None:
        assert backend.commit({}, {})
        assert backend.commit({}, {"one": None})
        assert backend.commit({}, {"one": entry(backend, 1)})
        assert backend.commit({}, {"one": entry(backend, 2)})

        assert look(backend, "one") == [there(2)]

    def test_commit_takes_any_mapping_and_does_not_keep_it(self, backend: Backend) -> None:
        changes: dict[str, Entry | None] = {"one": entry(backend, 1)}
        assert backend.commit(MappingProxyType({"one": None}), MappingProxyType(changes))

        changes["one"] = None

        assert look(backend, "one") == [there(1)]

    def test_what_read_gave_can_be_written_elsewhere(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects: both names would have the same list")
        backend.write("one", entry(backend, 1, 2))
        (one,) = backend.read(["one"])
        assert one is not None

        assert backend.commit({"one": one}, {"two": one})
        assert backend.append("two", entry(backend, 3), items(backend, 3))

        assert look(backend, "one", "two") == [there(1, 2), there(1, 2, 3)]

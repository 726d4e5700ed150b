"""Duties of `append`: a list grows at its end, under its own stamp, and never in somebody's hands."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

from ...backends.spi import Backend, Entry, pinned
from .duties import Duties, skip_unless
from .payloads import LIST, OTHER, entry, items, look, there, told


class Appends(Duties):
    """Duties of appending."""

    def test_append_keeps_the_start_where_nothing_lies(self, backend: Backend) -> None:
        assert backend.append("list", entry(backend, 7, 8, 1), items(backend, 1))

        assert look(backend, "list") == [there(7, 8, 1)]

    def test_append_keeps_the_start_after_a_removal(self, backend: Backend) -> None:
        backend.write("list", entry(backend, 1))
        backend.append("list", entry(backend, 2), items(backend, 2))
        backend.commit({}, {"list": None})

        assert backend.append("list", entry(backend, 3), items(backend, 3))

        assert look(backend, "list") == [there(3)]

    def test_append_adds_items_in_order_after_those_that_are_there(self, backend: Backend) -> None:
        backend.write("list", entry(backend, 1, 2))

        assert backend.append("list", entry(backend, 9, 3), items(backend, 3))
        assert backend.append("list", entry(backend, 9, 5, 4), items(backend, 5, 4, 5))
        assert backend.append("list", entry(backend, 9), items(backend, 3))

        assert look(backend, "list") == [there(1, 2, 3, 5, 4, 5, 3)]

    def test_append_of_no_items_leaves_the_list_as_it_was(self, backend: Backend) -> None:
        backend.write("list", entry(backend, 1))

        assert backend.append("list", entry(backend, 9), [])

        assert look(backend, "list") == [there(1)]

    def test_append_to_one_list_leaves_others_alone(self, backend: Backend) -> None:
        for name in ["list", "list2", "lis", "LIST"]:
            backend.write(name, entry(backend, 1))

        backend.append("list", entry(backend, 2), items(backend, 2))

        assert look(backend, "list", "list2", "lis", "LIST") == [there(1, 2), there(1), there(1), there(1)]

    def test_append_to_another_stamp_is_refused_and_changes_nothing(self, backend: Backend) -> None:
        backend.write("list", entry(backend, 1, stamp=OTHER))
        before = backend.read(["list"])[0]

        assert not backend.append("list", entry(backend, 2), items(backend, 2))

        assert look(backend, "list") == [there(1, stamp=OTHER)]
        assert backend.commit({"list": before}, {"list": entry(backend, 3)})

    def test_a_list_that_was_written_over_has_no_old_items(self, backend: Backend) -> None:
        backend.append("list", entry(backend, 1), items(backend, 1))
        backend.append("list", entry(backend, 2), items(backend, 2))

        backend.write("list", entry(backend, 3))
        backend.append("list", entry(backend, 4), items(backend, 4))

        assert look(backend, "list") == [there(3, 4)]

    def test_append_does_not_change_a_list_that_somebody_holds(self, backend: Backend) -> None:
        backend.write("list", entry(backend, 1))
        for number in range(2, 6):
            (held,) = backend.exclusively(lambda: pinned(backend, ["list"]))

            assert backend.append("list", entry(backend, number), items(backend, number))

            assert told(held) == there(*range(1, number))
            assert look(backend, "list") == [there(*range(1, number + 1))]

    def test_append_does_not_change_an_object_that_was_handed_in_to_be_shared(self, backend: Backend) -> None:
        skip_unless(backend.holds_objects, backend, "holds bytes")
        held = [1]
        backend.write("list", Entry(held, LIST, held=True, shared=True))

        assert backend.append("list", entry(backend, 2), [2])

        (found,) = backend.read(["list"])
        assert held == [1]
        assert found is not None
        assert found.payload == [1, 2]
        assert found.shared  # the items in it may still be somebody else's
        assert found.stamp is LIST

    def test_append_does_not_keep_the_sequence_of_items(self, backend: Backend) -> None:
        backend.write("list", entry(backend, 1))
        given = list(items(backend, 2))
        backend.append("list", entry(backend, 2), given)

        given.extend(items(backend, 3))

        assert look(backend, "list") == [there(1, 2)]

"""Duties of `read` and `write`: what was written is what is read, and nothing else is."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

import pytest

from ...backends.spi import Backend, Encoded, Entry, Piece, pinned
from .duties import Duties, skip_unless
from .payloads import LIST, OTHER, entry, items, look, pieces_of, there, told

MORE_NAMES_THAN_FIT_IN_A_STATEMENT = 40_000


class Entries(Duties):
    """Duties of reading and writing."""

    def test_it_says_what_it_is_and_what_it_can_do(self, backend: Backend) -> None:
        assert backend.label
        assert backend.label.isprintable()
        assert {type(backend.persistent), type(backend.shared_between_processes)} == {bool}
        assert {type(backend.blocking), type(backend.holds_objects)} == {bool}
        assert backend.max_value_bytes is None or backend.max_value_bytes > 0

    def test_objects_are_held_in_one_process_and_not_longer(self, backend: Backend) -> None:
        skip_unless(backend.holds_objects, backend, "holds bytes")

        assert not backend.shared_between_processes
        assert not backend.persistent

    def test_a_new_place_is_empty(self, backend: Backend) -> None:
        assert look(backend, "one") == [None]
        assert backend.names("") == []

    def test_read_gives_what_was_written_last(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        backend.write("two", entry(backend, 2, 2))
        assert look(backend, "one") == [there(1)]

        backend.write("one", entry(backend, 3, 4, 5, stamp=OTHER))

        assert look(backend, "one") == [there(3, 4, 5, stamp=OTHER)]
        assert look(backend, "two") == [there(2, 2)]

    def test_read_gives_entries_in_the_order_of_the_names_and_as_often(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        backend.write("two", entry(backend, 2))

        assert look(backend, "two", "nothing", "one", "one") == [there(2), None, there(1), there(1)]
        assert backend.read(()) == []

    def test_read_takes_more_names_than_fit_in_a_statement(self, backend: Backend) -> None:
        backend.write("name 39999", entry(backend, 1))

        found = backend.read([f"name {number}" for number in range(MORE_NAMES_THAN_FIT_IN_A_STATEMENT)])

        assert [told(one) for one in found] == [None] * (MORE_NAMES_THAN_FIT_IN_A_STATEMENT - 1) + [there(1)]

    def test_an_entry_may_be_written_under_two_names_that_stay_apart(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects: both names would have the same list")
        both = entry(backend, 1)
        backend.write("one", both)
        backend.write("two", both)

        assert backend.append("one", entry(backend, 2), items(backend, 2))
        assert backend.commit({"two": backend.read(["two"])[0]}, {"two": entry(backend, 3)})

        assert look(backend, "one", "two") == [there(1, 2), there(3)]

    def test_what_read_gave_does_not_change_whatever_is_written_later(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        backend.write("two", entry(backend, 2))
        held = backend.exclusively(lambda: pinned(backend, ["one", "two"]))

        backend.append("one", entry(backend, 3), items(backend, 3))
        backend.write("two", entry(backend, 4))
        backend.commit({}, {"one": None})

        assert [told(found) for found in held] == [there(1), there(2)]

    def test_read_gives_the_very_entry_that_was_written(self, backend: Backend) -> None:
        skip_unless(backend.holds_objects, backend, "holds bytes")
        one, two = entry(backend, 1), entry(backend, 2)
        backend.write("one", one)
        assert backend.commit({}, {"two": two})

        assert [found is wanted for found, wanted in zip(backend.read(["one", "two"]), [one, two], strict=True)] == [
            True,
            True,
        ]

    @pytest.mark.parametrize("payload", [None, 0, "", (), float("nan"), print], ids=repr)
    def test_an_object_may_be_anything(self, backend: Backend, payload: object) -> None:
        skip_unless(backend.holds_objects, backend, "holds bytes")
        backend.write("one", Entry(payload, LIST))

        (found,) = backend.read(["one"])

        assert found is not None
        assert found.payload is payload
        assert found.stamp is LIST

    def test_pieces_come_back_byte_by_byte(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects")
        every = bytes(range(256))
        written = [Piece(every, every[::-1]), Piece(b"", b""), Piece(b"\x00", b"\r\n\x1a\x00"), Piece(b"head", b"")]
        backend.write("one", Entry(Encoded(*written), LIST))

        assert pieces_of(backend.read(["one"])[0]) == written

    def test_a_body_may_be_a_view(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects")
        whole, part, none = memoryview(bytearray(b"whole")), memoryview(b"a part of it")[2:6], memoryview(b"")
        backend.write("one", Entry(Encoded(Piece(b"head", whole)), LIST))
        assert backend.append("one", Entry(Encoded(Piece(b"head", part)), LIST), [Piece(b"head", part)])
        assert backend.commit({}, {"two": Entry(Encoded(Piece(b"head", none)), LIST)})

        assert pieces_of(backend.read(["one"])[0]) == [(b"head", b"whole"), (b"head", b"part")]
        assert pieces_of(backend.read(["two"])[0]) == [(b"head", b"")]

    @pytest.mark.parametrize(
        "stamp", ["x", "Größe 🎈 'it''s' %s \\ 0f", "list[" * 2_000 + " 0f"], ids=["x", "odd", "long"]
    )
    def test_a_stamp_comes_back_equal(self, backend: Backend, stamp: str) -> None:
        backend.write("one", entry(backend, 1, stamp=stamp))

        assert look(backend, "one") == [there(1, stamp=stamp)]
        assert backend.append("one", entry(backend, 2, stamp=stamp), items(backend, 2))
        assert not backend.append("one", entry(backend, 3, stamp=f"{stamp} "), items(backend, 3))

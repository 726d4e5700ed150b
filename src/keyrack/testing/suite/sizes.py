"""Duties about sizes: bodies of any length, lists of many pieces, and the limit that a backend says it has."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

from collections.abc import Callable

import pytest

from ...backends.spi import Backend, Encoded, Entry, Piece
from ...errors import BackendFullError
from .duties import Duties, skip_unless
from .payloads import LIST, entry, items, look, pieces_of, there

LONGEST_TRIED = 64 << 20
"""The highest limit that a test goes up to, in bytes."""


def _body(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def _of_size(size: int) -> Entry:
    return Entry(Encoded(Piece(b"head", _body(size - 4))), LIST)


TOO_LARGE: dict[str, Callable[[Backend, int], object]] = {
    "write": lambda backend, limit: backend.write("one", _of_size(limit + 1)),
    "append": lambda backend, limit: backend.append("one", _of_size(limit), [Piece(b"head", _body(limit - 4))]),
    "append to nothing": lambda backend, limit: backend.append("two", _of_size(limit + 1), [Piece(b"head", b"")]),
    "commit": lambda backend, limit: backend.commit(
        {}, {"one": _of_size(6), "two": _of_size(limit + 1), "three": _of_size(7)}
    ),
}


class Sizes(Duties):
    """Duties about sizes."""

    @pytest.mark.parametrize("size", [1, 4_096, 65_535, 65_536, 65_537, 1_048_577, 40_000_003])
    def test_a_body_of_any_size_comes_back(self, backend: Backend, size: int) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects")
        _skip_unless_it_takes(backend, size + 4)
        whole, item = _body(size), _body(size)[::-1]

        backend.write("one", Entry(Encoded(Piece(b"head", whole)), LIST))
        assert backend.append("two", Entry(Encoded(Piece(b"head", memoryview(whole))), LIST), [])
        assert backend.commit({}, {"three": Entry(Encoded(Piece(b"head", memoryview(item))), LIST)})

        assert pieces_of(backend.read(["one"])[0]) == [(b"head", whole)]
        assert pieces_of(backend.read(["two"])[0]) == [(b"head", whole)]
        assert pieces_of(backend.read(["three"])[0]) == [(b"head", item)]

    def test_large_and_small_bodies_replace_each_other(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects")
        limit = backend.max_value_bytes
        sizes = [size for size in (10, 70_000, 0, 1_100_000, 69_999, 1) if limit is None or size < limit]

        for size in sizes:
            backend.write("one", Entry(Encoded(Piece(b"", _body(size))), LIST))

            assert pieces_of(backend.read(["one"])[0]) == [(b"", _body(size))]

    def test_a_large_body_that_was_read_stays_what_it_was(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects")
        _skip_unless_it_takes(backend, 250_000)
        for name in ["written over", "removed"]:
            backend.write(name, Entry(Encoded(Piece(b"head", _body(200_000))), LIST))
        held = backend.read(["written over", "removed"])

        backend.write("written over", Entry(Encoded(Piece(b"head", _body(200_000)[::-1])), LIST))
        backend.commit({}, {"removed": None})
        backend.write("removed", Entry(Encoded(Piece(b"head", _body(199_999)[::-1])), LIST))

        assert [pieces_of(one) for one in held] == [[(b"head", _body(200_000))]] * 2

    def test_large_and_small_pieces_stay_in_order(self, backend: Backend) -> None:
        skip_unless(not backend.holds_objects, backend, "holds objects")
        _skip_unless_it_takes(backend, 250_000)
        pieces = [Piece(b"%d" % size, _body(size)) for size in (3, 70_000, 0, 1, 100_000, 2)]

        backend.write("one", Entry(Encoded(*pieces[:2]), LIST))
        assert backend.append("one", Entry(Encoded(*pieces[2:5]), LIST), pieces[2:5])
        assert backend.append("one", Entry(Encoded(*pieces[5:]), LIST), pieces[5:])

        assert pieces_of(backend.read(["one"])[0]) == pieces

    def test_a_list_of_many_pieces_keeps_them_all_in_order(self, backend: Backend) -> None:
        _skip_unless_it_takes(backend, 100_000)
        for number in range(300):
            assert backend.append("one", entry(backend, number), items(backend, number))
        assert look(backend, "one") == [there(*range(300))]

        assert backend.append("one", entry(backend, 0), items(backend, *range(300, 2_000)))

        assert look(backend, "one") == [there(*range(2_000))]

    def test_a_value_of_the_largest_size_is_kept(self, backend: Backend) -> None:
        limit = _limit_of(backend)

        backend.write("one", _of_size(limit))
        backend.write("two", _of_size(limit - 10))
        assert backend.append("two", _of_size(10), [Piece(b"head", _body(6))])

        assert pieces_of(backend.read(["one"])[0]) == [(b"head", _body(limit - 4))]
        assert pieces_of(backend.read(["two"])[0]) == [(b"head", _body(limit - 14)), (b"head", _body(6))]

    @pytest.mark.parametrize("verb", TOO_LARGE)
    def test_a_larger_value_is_refused_and_nothing_changes(self, backend: Backend, verb: str) -> None:
        limit = _limit_of(backend)
        backend.write("one", _of_size(5))
        before = backend.read(["one"])[0]

        with pytest.raises(BackendFullError):
            TOO_LARGE[verb](backend, limit)

        assert pieces_of(backend.read(["one"])[0]) == [(b"head", _body(1))]
        assert backend.names("") == ["one"]
        assert backend.commit({"one": before}, {"one": None})


def _skip_unless_it_takes(backend: Backend, size: int) -> None:
    limit = backend.max_value_bytes
    skip_unless(limit is None or size <= limit, backend, f"holds no more than {limit} bytes under a name")


def _limit_of(backend: Backend) -> int:
    limit = backend.max_value_bytes
    if limit is None or backend.holds_objects:
        pytest.skip(f"{backend.label} has no limit")
    skip_unless(limit <= LONGEST_TRIED, backend, f"has a limit above {LONGEST_TRIED} bytes, which is not tried")
    return limit

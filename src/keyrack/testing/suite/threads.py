"""Duties towards threads: writers at once lose nothing, and readers see no half of anything."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

from functools import partial

from ...backends.spi import Backend, Encoded, Entry, Piece, pinned
from .at_once import at_once, while_others_work
from .duties import Duties
from .payloads import LIST, entry, items, look, numbers_of, there

WRITERS = 4
ROUNDS = 25


def increment(backend: Backend, *names: str) -> None:
    """Add 1 to the last number under each name, which has been the same in all of them."""
    while True:
        found = backend.exclusively(lambda: pinned(backend, names))
        numbers = {number for one in found if one is not None for number in numbers_of(one)}
        assert len(numbers) == 1, f"a reader saw a half of a commit: {numbers}"
        new = {name: entry(backend, max(numbers) + 1) for name in names}
        if backend.commit(dict(zip(names, found, strict=True)), new):
            return


class Threads(Duties):
    """Duties towards threads."""

    def test_threads_that_append_at_once_lose_nothing(self, backend: Backend) -> None:
        def append(writer: int) -> None:
            for number in range(writer, WRITERS * ROUNDS, WRITERS):
                assert backend.append("list", entry(backend, number), items(backend, number))

        at_once(*(partial(append, writer) for writer in range(WRITERS)))

        (found,) = look(backend, "list")
        assert found is not None
        assert sorted(found[1]) == list(range(WRITERS * ROUNDS))
        for writer in range(WRITERS):  # each one's items are in the order in which it appended them
            of_one = [number for number in found[1] if number % WRITERS == writer]
            assert of_one == sorted(of_one)

    def test_threads_that_commit_what_they_read_at_once_lose_nothing(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 0))

        def work() -> None:
            for _ in range(ROUNDS):
                increment(backend, "one")

        at_once(*[work] * WRITERS)

        assert look(backend, "one") == [there(WRITERS * ROUNDS)]

    def test_one_of_many_threads_puts_what_is_not_there(self, backend: Backend) -> None:
        won: list[tuple[int, int]] = []

        def put(writer: int) -> None:
            won.extend(
                (number, writer)
                for number in range(ROUNDS)
                if backend.commit({f"{number}": None}, {f"{number}": entry(backend, writer)})
            )

        at_once(*(partial(put, writer) for writer in range(WRITERS)))

        assert look(backend, *(f"{number}" for number in range(ROUNDS))) == [there(writer) for _, writer in sorted(won)]

    def test_no_reader_sees_half_a_commit(self, backend: Backend) -> None:
        names = [f"name {number}" for number in range(10)]
        assert backend.commit({}, {name: entry(backend, 0) for name in names})

        def write() -> None:
            for _ in range(ROUNDS):
                increment(backend, *names)

        def read() -> None:
            found = look(backend, *names)
            assert found.count(found[0]) == len(names), f"a reader saw a half of a commit: {found}"

        while_others_work(read, write, write)

        assert look(backend, *names) == [there(2 * ROUNDS)] * len(names)

    def test_no_reader_sees_a_name_twice_or_half_a_move(self, backend: Backend) -> None:
        backend.write("at a", entry(backend, 1))

        def move() -> None:
            for _ in range(ROUNDS):
                assert backend.commit({}, {"at a": None, "at b": entry(backend, 1)})
                assert backend.commit({}, {"at b": None, "at a": entry(backend, 1)})

        def read() -> None:
            assert len(backend.names("at ")) == 1
            assert look(backend, "at a", "at b").count(None) == 1

        while_others_work(read, move)

    def test_no_reader_sees_a_torn_value(self, backend: Backend) -> None:
        def write(writer: int) -> None:
            for number in range(ROUNDS):
                backend.write("one", _of_one_kind(backend, writer + number % 2))

        def read() -> None:
            (found,) = backend.read(["one"])
            assert found is not None
            if isinstance(found.payload, Encoded):
                (piece,) = found.payload.pieces
                assert set(bytes(piece.body)) == set(piece.head), "a reader saw a torn value"
            else:
                assert len(set(numbers_of(found))) == 1, "a reader saw a torn value"

        backend.write("one", _of_one_kind(backend, 1))
        while_others_work(read, partial(write, 1), partial(write, 2))

    def test_no_reader_sees_a_list_shrink_or_out_of_order(self, backend: Backend) -> None:
        seen = [0]

        def append() -> None:
            for number in range(1, 4 * ROUNDS):
                backend.append("list", entry(backend, number), items(backend, number))

        def read() -> None:
            (found,) = look(backend, "list")
            assert found is not None
            assert found[1] == list(range(len(found[1])))
            assert len(found[1]) >= seen[0]
            seen[0] = len(found[1])

        backend.write("list", entry(backend, 0))
        while_others_work(read, append)


def _of_one_kind(backend: Backend, number: int) -> Entry:
    """Give an entry of a length of its own, every part of which tells the number."""
    size = 1_000 * number if backend.max_value_bytes is None else min(1_000 * number, backend.max_value_bytes - 1)
    if backend.holds_objects:
        return Entry([number] * size, LIST)
    return Entry(Encoded(Piece(bytes([number]), bytes([number]) * size)), LIST)

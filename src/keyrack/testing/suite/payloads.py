"""Entries to write, and what was found: lists of numbers, for backends of either kind.

Where payloads are objects, a number is an item of a list; where they are encoded, it is a piece made by hand, of which
head and body tell the number. So a duty can be written once.
"""

# ruff: noqa: S101
# A suite asserts.

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from ...backends.spi import Backend, Encoded, Entry, Piece

LIST, OTHER = "list[int] 5d1f0c8a2b3e4f60", "list[str] 90ab12cd34ef5678"
"""The stamps of two types."""

Found: TypeAlias = tuple[str, list[int]] | None
"""What lies under a name: the stamp and the numbers; None where nothing does."""


def stamp_of(backend: Backend, text: str) -> str:
    """Give a stamp: identical each time where payloads are objects, and only equal where they are encoded."""
    return text if backend.holds_objects else "".join(list(text))


def piece(number: int) -> Piece:
    """Give the piece that stands for a number; every fifth has an empty body."""
    return Piece(b"head %d" % number, b"\x00body \xff%d" % number * (number % 5))


def items(backend: Backend, *numbers: int) -> Sequence[object]:
    """Give what `append` takes to add numbers."""
    return list(numbers) if backend.holds_objects else [piece(number) for number in numbers]


def entry(backend: Backend, *numbers: int, stamp: str = LIST) -> Entry:
    """Give an entry of numbers; at least one, because what is encoded has at least one piece."""
    payload = list(numbers) if backend.holds_objects else Encoded(*map(piece, numbers))
    return Entry(payload, stamp_of(backend, stamp))


def numbers_of(found: Entry) -> list[int]:
    """Give the numbers in an entry, each piece of which has to be exactly what was written."""
    if not isinstance(found.payload, Encoded):
        return list(cast("list[int]", found.payload))
    numbers = [int(bytes(one.head).split()[-1]) for one in found.payload.pieces]
    assert same_pieces(found.payload.pieces) == same_pieces(map(piece, numbers))
    return numbers


def same_pieces(pieces: object) -> list[tuple[bytes, bytes]]:
    """Give pieces as what can be compared."""
    return [(bytes(one.head), bytes(one.body)) for one in cast("Sequence[Piece]", pieces)]


def pieces_of(found: Entry | None) -> list[tuple[bytes, bytes]]:
    """Give the pieces of an entry of a backend that holds bytes as what can be compared."""
    assert found is not None
    payload = found.payload
    assert type(payload) is Encoded
    assert all(type(one.head) is bytes and isinstance(one.body, bytes | memoryview) for one in payload.pieces)
    return same_pieces(payload.pieces)


def told(found: Entry | None) -> Found:
    """Give an entry as what can be compared."""
    return None if found is None else (cast("str", found.stamp), numbers_of(found))


def look(backend: Backend, *names: str) -> list[Found]:
    """Read names, and give what lies there as what can be compared."""
    return [told(found) for found in backend.read(names)]


def there(*numbers: int, stamp: str = LIST) -> Found:
    """Give what `look` finds where an `entry` of the same arguments lies."""
    return stamp, list(numbers)

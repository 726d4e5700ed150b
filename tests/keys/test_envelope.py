"""The head of a stored piece, byte by byte."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest

from keyrack.keys.envelope import VERSION, DamagedError, check_body, context_sum, read_head, write_head

CONTEXT = context_sum("name", "int 0123456789abcdef")


def _head(body: bytes = b"body", about: bytes = b"about") -> bytes:
    return write_head(b"text", about, body, b"12345678", CONTEXT)


def test_a_head_is_laid_out_as_is_documented() -> None:
    head = _head()

    assert head[:4] == b"KRv" + bytes([VERSION])
    assert head[4:12] == b"12345678"
    assert head[20:28] == (4).to_bytes(8, "little")
    assert head[28:32] == crc32(b"body").to_bytes(4, "little")
    assert head[32:37] == b"\x04\x05\0\0\0"
    assert head[37:46] == b"textabout"
    covered = b"name\0int 0123456789abcdef\0" + head[:46]
    assert head[46:] == crc32(covered).to_bytes(4, "little")


def test_a_head_gives_what_was_written() -> None:
    before = datetime.now(UTC)

    head = read_head(_head(), CONTEXT)

    assert (head.codec, head.about, head.fingerprint, head.size) == ("text", b"about", b"12345678", 4)
    assert before - timedelta(milliseconds=1) <= head.time <= datetime.now(UTC)


def test_a_head_can_be_read_without_name_and_type() -> None:
    assert read_head(_head()).codec == "text"


@pytest.mark.parametrize(
    ("name", "stamp"), [("name", "int 0"), ("nam", "e"), ("other", "int 0123456789abcdef"), ("", "")]
)
def test_a_head_belongs_to_its_name_and_type(name: str, stamp: str) -> None:
    with pytest.raises(DamagedError, match="head, name and type"):
        read_head(_head(), context_sum(name, stamp))


def test_a_body_of_which_only_the_length_is_looked_at_may_be_another() -> None:
    head = read_head(_head())

    check_body(head, b"BODY", deep=False)
    with pytest.raises(DamagedError, match="checksum of its body"):
        check_body(head, b"BODY", deep=True)
    with pytest.raises(DamagedError, match="truncated"):
        check_body(head, b"BOD", deep=False)


def test_a_body_may_be_a_view_of_larger_items() -> None:
    view: Any = memoryview(bytes(16)).cast("d")

    head = read_head(write_head(b"array", b"", view, bytes(8), CONTEXT))

    assert head.size == 16
    check_body(head, view, deep=True)


def test_format_zero_is_damage() -> None:
    head = _head()

    with pytest.raises(DamagedError, match="no format 0"):
        read_head(head[:3] + b"\0" + head[4:])


def test_a_longer_head_is_damage() -> None:
    with pytest.raises(DamagedError, match="too long"):
        read_head(_head() + b"1")

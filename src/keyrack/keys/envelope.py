"""The head of a stored piece: what has to be known of its body to read it, and checksums over both.

How it works. A head is, in this order and without gaps, all numbers little-endian:

=====================  =================================================================================
``KRv``                the magic: how keyrack's heads begin
1 byte                 the format version, `VERSION`
8 bytes                the fingerprint of the type under which the value was written
8 bytes, signed        when it was written: microseconds since 1970, UTC
8 bytes                the length of the body
4 bytes                the CRC-32 of the body
1 byte                 the length of the codec's name
4 bytes                the length of what the codec says of the value
so many bytes          the codec's name, ASCII
so many bytes          what the codec says of the value
4 bytes                the CRC-32 of: the key's name, a zero byte, the stamp, a zero byte, all of the above
=====================  =================================================================================

The last sum covers the name and the stamp, which lie beside the head: a head under another name, or beside another
type, is damage. This module knows no key, no codec and no type.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from time import time_ns
from typing import NamedTuple
from zlib import crc32

VERSION = 1
"""The format version that is written, and the newest that is read."""

MAGIC = b"KRv"
"""How a head begins."""

_FIXED = struct.Struct("<3sB8sqQIBI")
_SUM = struct.Struct("<I")
_LEAST = _FIXED.size + _SUM.size
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_pack = _FIXED.pack
_unpack = _FIXED.unpack_from
_pack_sum = _SUM.pack


class DamagedError(Exception):
    """Bytes are not what was written; the text says why."""

    @property
    def reason(self) -> str:
        """What is wrong with the bytes."""
        return str(self)


class Head(NamedTuple):
    """What a head says."""

    codec: str
    """The name of the codec that made the body."""
    about: bytes
    """What the codec says of the value."""
    fingerprint: bytes
    """The fingerprint of the type under which the value was written."""
    written: int
    """When it was written: microseconds since 1970, UTC."""
    size: int
    """The length of the body."""
    checksum: int
    """The CRC-32 of the body."""

    @property
    def time(self) -> datetime:
        """When it was written, in UTC.

        Raises:
            DamagedError: there is no such time.
        """
        try:
            return _EPOCH + timedelta(microseconds=self.written)
        except OverflowError:
            raise DamagedError(f"it was written at no time: {self.written} microseconds since 1970") from None


def context_sum(name: str, stamp: str) -> int:
    """Give what the sum of a head starts from: that of the key's name and the stamp."""
    return crc32(f"{name}\0{stamp}\0".encode("utf-8", "surrogatepass"))


def write_head(codec: bytes, about: bytes, body: bytes | memoryview, fingerprint: bytes, context: int) -> bytes:
    """Give the head of *body*.

    Args:
        codec: the codec's name, ASCII.
        about: what the codec says of the value.
        body: the value.
        fingerprint: that of the type, 8 bytes.
        context: what `context_sum` gives.
    """
    written = time_ns() // 1000
    fixed = _pack(MAGIC, VERSION, fingerprint, written, _length(body), crc32(body), len(codec), len(about))
    head = fixed + codec + about
    return head + _pack_sum(crc32(head, context))


def read_head(head: bytes, context: int | None = None) -> Head:
    """Take a head apart.

    Args:
        head: the bytes.
        context: what `context_sum` gives; None where name and stamp are not at hand, and the sum is not looked at.

    Raises:
        DamagedError: it is none, is of a newer format, or was changed.
    """
    if len(head) < _LEAST:
        known = head[:3] == MAGIC[: len(head)]
        raise DamagedError(_truncated(len(head), _LEAST) if known else _FOREIGN)
    magic, version, fingerprint, written, size, checksum, name_length, about_length = _unpack(head)
    if magic != MAGIC:
        raise DamagedError(_FOREIGN)
    if version != VERSION:
        newest = f"this keyrack reads formats up to {VERSION}"
        raise DamagedError(f"it is in the newer format {version}; {newest}" if version else "there is no format 0")
    start = _FIXED.size + name_length
    end = start + about_length
    if len(head) != end + _SUM.size:
        wrong = _truncated(len(head), end + _SUM.size) if len(head) < end + _SUM.size else "its head is too long"
        raise DamagedError(wrong)
    if context is not None and crc32(head[:end], context) != _SUM.unpack_from(head, end)[0]:
        raise DamagedError("the checksum of its head, name and type is wrong")
    codec = head[_FIXED.size : start].decode("ascii", "replace")
    return Head(codec, head[start:end], fingerprint, written, size, checksum)


def check_body(head: Head, body: bytes | memoryview, *, deep: bool) -> None:
    """Look whether *body* is the one that *head* was written for.

    Args:
        head: the head.
        body: the body.
        deep: whether to look at every byte, and not only at the length.

    Raises:
        DamagedError: it is another one.
    """
    length = _length(body)
    if length != head.size:
        longer = f"its body has {length:,} bytes instead of {head.size:,}"
        raise DamagedError(longer if length > head.size else _truncated(length, head.size))
    if deep and crc32(body) != head.checksum:
        raise DamagedError("the checksum of its body is wrong")


def _length(body: bytes | memoryview) -> int:
    return len(body) if type(body) is bytes else memoryview(body).nbytes


_FOREIGN = "it was not written by keyrack"


def _truncated(length: int, wanted: int) -> str:
    return f"it is truncated: {length:,} bytes of {wanted:,}"

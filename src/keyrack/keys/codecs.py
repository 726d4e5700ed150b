"""What a codec is, and those that store a value as it lies in memory.

Each of the raw codecs takes values of a few classes exactly; an instance of a subclass is not theirs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from .arrays import is_array_class
from .envelope import DamagedError

if TYPE_CHECKING:
    from collections.abc import Mapping


class RefusedError(Exception):
    """A value cannot be stored so that it comes back as it is.

    Args:
        reason: why, to be read after the place: ``"would come back as a list, not a tuple"``.
        path: where in the value.
        text: the sentence about the key; the reason where the key is not known yet.
    """

    reason: str
    """Why, to be read after the place."""
    path: tuple[str | int, ...]
    """Where in the value: indices, keys and field names from the outside in."""

    def __init__(self, reason: str, path: tuple[str | int, ...] = (), *, text: str | None = None) -> None:
        super().__init__(text or reason)
        self.reason = reason
        self.path = path


class Codec(Protocol):
    """Makes bytes of values and values of bytes.

    What it gives for a value has to give an equal value of the same class again. It is called by any thread, and its
    key is pickled with it.
    """

    @property
    def name(self) -> str:
        """The name by which stored bytes know it.

        1 to 32 ASCII letters, digits, ``-``, ``.`` and ``_``; none of ``json``, ``text``, ``bytes`` and ``array``,
        which are keyrack's own.
        """
        ...

    def encode(self, value: Any, /) -> tuple[bytes, bytes | memoryview]:
        """Give a few bytes on what is to be known of *value*, and its bytes.

        Raises:
            RefusedError: it would not come back as it is.
        """
        ...

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        """Give the value again.

        Args:
            about: what is known of it.
            body: its bytes.
            shared: whether it may be a read-only view on *body*; else it must not depend on it.

        Raises:
            DamagedError: the bytes are not what `encode` gave.
        """
        ...


_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")


def is_codec(codec: object) -> bool:
    """Say whether *codec* can be one."""
    name = getattr(codec, "name", None)
    has_both = callable(getattr(codec, "encode", None)) and callable(getattr(codec, "decode", None))
    return has_both and isinstance(name, str) and _NAME.fullmatch(name) is not None and not isinstance(codec, type)


class _Text:
    """Text as UTF-8; halves of surrogate pairs are kept, each as its three bytes."""

    name = "text"

    def encode(self, value: Any, /) -> tuple[bytes, bytes | memoryview]:
        return b"", value.encode("utf-8", "surrogatepass")

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        try:
            return str(body, "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise DamagedError(f"its body is no UTF-8: {error.reason} at byte {error.start:,}") from None


class _Bytes:
    """Bytes as they are; which class they are of is said beside them."""

    name = "bytes"

    def encode(self, value: Any, /) -> tuple[bytes, bytes | memoryview]:
        if type(value) is bytes:
            return b"", value
        if type(value) is bytearray:
            return b"bytearray", bytes(value)
        if value.format != "B" or value.ndim != 1:
            raise RefusedError("is a memoryview of other items than bytes, or of several dimensions")
        return b"memoryview", value if value.c_contiguous and value.readonly else bytes(value)

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        if about == b"":
            return bytes(body)
        if about == b"bytearray":
            return bytearray(body)
        if about == b"memoryview":
            return (memoryview(body) if shared else memoryview(bytes(body))).toreadonly()
        raise DamagedError("it is of no class of bytes that keyrack knows")


class _Array:
    """Numpy arrays as they lie in memory; dtype, shape and order are said beside them."""

    name = "array"

    def encode(self, value: Any, /) -> tuple[bytes, bytes | memoryview]:
        from .array_codec import encode_array

        return encode_array(value)

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        from .array_codec import decode_array

        return decode_array(about, body, shared=shared)


_TEXT, _BYTES, _ARRAY = _Text(), _Bytes(), _Array()

RAW: Mapping[str, Codec] = {codec.name: codec for codec in (_TEXT, _BYTES, _ARRAY)}
"""The codecs that store a value as it lies in memory, by name."""

TAKEN: frozenset[str] = frozenset({"json", *RAW})
"""The names by which keyrack knows what it has written itself, without any codec of a key."""

_BY_CLASS: dict[type, Codec] = {str: _TEXT, bytes: _BYTES, bytearray: _BYTES, memoryview: _BYTES}


def raw_codec(cls: type) -> Codec | None:
    """Give the codec that stores direct instances of *cls* as they lie in memory; None where there is none."""
    return _BY_CLASS.get(cls) or (_ARRAY if is_array_class(cls) else None)

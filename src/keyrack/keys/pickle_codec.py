"""The codec that nobody gets without asking for it by its name."""

from __future__ import annotations

import pickle
from typing import Any, final

__all__ = ["UnsafePickleCodec"]


@final
class UnsafePickleCodec:
    """Stores any value that can be pickled; **reading such a value runs code**.

    A pickle is a program. Whoever can write to the store can have any code run by whoever reads a key with this codec,
    and the checksums do not stop them: they tell damage, not malice. Use it where nobody else can write, and for types
    that no other codec takes. A key without it never reads what it wrote.

    Example:
        >>> from keyrack import StoreKey
        >>> from keyrack.keys.pickle_codec import UnsafePickleCodec
        >>> RANGE = StoreKey("range", range, codec=UnsafePickleCodec())
    """

    name: str = "unsafe-pickle"
    """The name by which stored bytes know it."""

    __slots__ = ()

    def encode(self, value: Any, /) -> tuple[bytes, bytes]:
        """Pickle *value*."""
        return b"", pickle.dumps(value, protocol=5)

    def decode(self, about: bytes, body: bytes | memoryview, /, *, shared: bool) -> Any:
        """Run the pickle."""
        return pickle.loads(body)  # noqa: S301  # what the class is for, and says

    def __repr__(self) -> str:
        return "UnsafePickleCodec()"

"""Laying large bodies down in sidecar files, before the transaction whose rows name them.

How it works: what is laid belongs to a `Laying` at first, which removes it at its end. Once rows are about to name a
file it belongs to the transaction, which removes it when it is undone. A file that somebody swept away meanwhile,
because the writer had to wait for so long, is written once more; within the transaction nobody sweeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..errors import NOTHING_WRITTEN, BackendFullError
from .sqlite_rows import INLINE, Laid

if TYPE_CHECKING:
    from .sidecar import Sidecars
    from .spi import Piece
    from .sqlite_connection import Connection


class Laying:
    """Lays pieces down, for one verb; a context.

    Args:
        store: what messages call the store.
        sidecars: where large bodies go.
        limit: the most bytes that a piece may have where there are no files; None where there are.
    """

    def __init__(self, store: str, sidecars: Sidecars, limit: int | None) -> None:
        self._store = store
        self._sidecars = sidecars
        self._limit = limit
        self._made: set[str] = set()
        self.at: str | None = None
        """The name that is looked at, where it is one, for errors."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sidecars.drop(self._made)

    def lay(self, pieces: Sequence[Piece]) -> list[Laid]:
        """Write the bodies that are large to files.

        Raises:
            OSError: one cannot be written.
            BackendFullError: one is too large.
        """
        return [self._lay(piece) for piece in pieces]

    def keep(self, connection: Connection, pieces: Sequence[Piece], laid: Sequence[Laid]) -> Sequence[Laid]:
        """Hand over the files of *laid* to the transaction that is open."""
        if not self._made:
            return laid
        return [self._keep(connection, *both) for both in zip(pieces, laid, strict=True)]

    def _lay(self, piece: Piece) -> Laid:
        head, body = piece
        size = len(head) + len(body)
        if self._limit is not None and size > self._limit:
            reason = f"the value has {size:,} bytes, and it keeps up to {self._limit:,}; {NOTHING_WRITTEN}"
            raise BackendFullError(store=self._store, reason=reason)
        if self._limit is not None or len(body) <= INLINE:
            return Laid(head, body, None)
        name = self._sidecars.new_name()
        self._made.add(name)
        self._sidecars.store(name, body)
        return Laid(head, None, name)

    def _keep(self, connection: Connection, piece: Piece, laid: Laid) -> Laid:
        if laid.file is None:
            return laid
        if not self._sidecars.exists(laid.file):
            laid = self._lay(piece)
        connection.fresh.append(str(laid.file))
        self._made.discard(str(laid.file))
        return laid

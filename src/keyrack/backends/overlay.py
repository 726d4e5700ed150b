"""A backend that keeps its changes to itself until they are committed: what a transaction writes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from ..errors import StoreClosedError
from .spi import Backend, Encoded, Entry, Piece, Wrapping, pinned

R = TypeVar("R")


class OverlayBackend(Wrapping):
    """Shows *inner* with changes of its own on top.

    Reads are remembered, so that `settle` can tell whether what they found still holds.

    Args:
        inner: what lies below; it is not written to before `settle`.
    """

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner, inner.label)
        self._seen: dict[str, Entry | None] = {}
        self._changes: dict[str, Entry | None] = {}
        self._open = True

    def settle(self) -> bool:
        """Commit the changes if all that was read still holds; say whether they were."""
        return self._inner.commit(self._seen, self._changes)

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        """Give what lies under each of *names*."""
        self._check_open()
        new = [name for name in names if name not in self._changes and name not in self._seen]
        if new:
            self._seen.update(zip(new, self._inner.exclusively(lambda: pinned(self._inner, new)), strict=True))
        return [self._changes[name] if name in self._changes else self._seen[name] for name in names]

    def write(self, name: str, entry: Entry, /) -> None:
        """Keep *entry* under *name*, for the time being."""
        self._check_open()
        self._changes[name] = entry

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        """Add *items* to the list under *name*, in a list of its own."""
        (entry,) = self.read([name])
        if entry is None:
            self._changes[name] = start
            return True
        if entry.stamp != start.stamp:
            return False
        if isinstance(entry.payload, Encoded):
            longer = Encoded(*entry.payload.pieces, *cast("Sequence[Piece]", items))
            self._changes[name] = Entry(longer, entry.stamp)
            return True
        held = cast("list[object]", entry.payload)
        if name in self._changes and not entry.held:  # a list of its own already
            held.extend(items)
        else:
            self._changes[name] = Entry([*held, *items], entry.stamp, shared=entry.shared)
        return True

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        """Make all *changes*, for the time being, if everything is as *expected*."""
        names = list(expected)
        if any(found is not expected[name] for name, found in zip(names, self.read(names), strict=True)):
            return False
        self._changes.update(changes)
        return True

    def names(self, prefix: str, /) -> list[str]:
        """Give every name that starts with *prefix*."""
        self._check_open()
        names = set(self._inner.names(prefix))
        for name, entry in self._changes.items():
            (names.discard if entry is None else names.add)(name)
        return sorted(name for name in names if name.startswith(prefix))

    def exclusively(self, run: Callable[[], R], /) -> R:
        """Run a function: a transaction has one user."""
        self._check_open()
        return run()

    def close(self) -> None:
        """End the transaction: nothing can be read or written any more."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise StoreClosedError(store=f"the transaction on {self.label}")

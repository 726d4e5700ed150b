"""The contract of a backend: what a place must do so that a store can stand on it.

A backend keeps an `Entry` under a name. It does not look into entries beyond what is written here: what a value means,
whether it fits and who owns it is decided above, by `keyrack.store.KeyValueStore`.

A name is any non-empty string without lone surrogates. Key and namespace names hold no control characters, so
`SEPARATOR` tells a namespace from what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar, final

R = TypeVar("R")

SEPARATOR = "\x1f"
"""Stands between a namespace and a name in it; no name can hold it."""


class Piece(NamedTuple):
    """A value, or a part of a list, as bytes."""

    head: bytes
    """A few bytes: what has to be known of the body to read it, and checksums."""
    body: bytes | memoryview
    """The value; a view where it lies in memory that is not to be copied, as that of an array or of a mapped file."""


@final
class Encoded:
    """A value as bytes. A list that was appended to is in several pieces: what was put, and each append, in order.

    Args:
        pieces: the pieces, at least one.
    """

    __slots__ = ("pieces",)

    pieces: tuple[Piece, ...]
    """The pieces."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces

    def __reduce__(self) -> tuple[object, ...]:
        return Encoded, tuple(Piece(piece.head, bytes(piece.body)) for piece in self.pieces)

    @property
    def size(self) -> int:
        """How many bytes the pieces have, heads and bodies."""
        return sum(len(piece.head) + len(piece.body) for piece in self.pieces)


@final
class Entry:
    """What lies under a name.

    Where a backend holds objects, `read` gives the very entry that was written, and its flags may be set under
    `Backend.exclusively`. Where it holds bytes, an entry is made for each read.
    """

    __slots__ = ("fits", "free", "grows", "payload", "stamp", "twin", "version")

    payload: object
    """The value itself, or an `Encoded`: always the one or always the other, but for snapshots of other stores."""
    stamp: object
    """The type under which the payload was validated; the same type has an identical one, or, where the payload is
    encoded, an equal text."""
    version: object
    """By what a backend that holds bytes knows an entry again that it gave; not there before it sets it."""
    fits: object
    """The stamp again, while nobody but the store can change the payload; None once somebody may have."""
    free: object
    """The stamp again, where the payload can be handed out as it is; None where something is to be done before."""
    grows: object
    """The stamp again, while the payload, a list, may grow in place; None once somebody may hold it as it is."""
    twin: bool
    """Whether another entry may have the same payload, so that it must not be handed out to be shared."""

    def __init__(
        self,
        payload: object,
        stamp: object,
        *,
        shared: bool = False,
        held: bool = False,
        free: bool = False,
        twin: bool = False,
    ) -> None:
        self.payload = payload
        self.stamp = stamp
        self.fits = None if shared else stamp
        self.free = stamp if free else None
        self.grows = None if held else stamp
        self.twin = twin

    def pin(self) -> None:
        """Keep the payload as it is, if it is a list: from now on an append makes a longer one."""
        if isinstance(self.payload, list):
            self.grows = None

    def unpin(self) -> None:
        """Let the list grow in place again; who gets it next has to pin it first."""
        self.grows = self.stamp
        self.free = None

    @property
    def held(self) -> bool:
        """Whether somebody may hold the payload, a list, and count on it not to grow."""
        return self.grows is None

    @property
    def shared(self) -> bool:
        """Whether somebody may have changed a part of the payload, so that it has to be validated."""
        return self.fits is None


class Backend(Protocol):
    """A place where entries live under names.

    Every verb is safe to call from any thread, and takes effect whole or not at all: when it raises, nothing has
    changed. A backend raises `keyrack.errors.BackendError` and its subclasses, `keyrack.errors.LockError` and
    `keyrack.errors.CorruptValueError`, never an error of the library below it; after `close`, each verb but `close`
    raises `keyrack.errors.StoreClosedError`.
    """

    label: str
    """What messages call the store: ``MemoryStore``, ``SQLiteStore('runs.db')``; without passwords."""
    persistent: bool
    """Whether entries outlive the process."""
    shared_between_processes: bool
    """Whether other processes see the same entries."""
    blocking: bool
    """Whether a verb may wait for a disk or a network, so that it should not be called on an event loop."""
    holds_objects: bool
    """Whether payloads are the objects themselves (True) or `Encoded` (False)."""
    max_value_bytes: int | None
    """The largest size of an `Encoded` that can be kept, None where there is no limit; one that is larger is refused
    with `keyrack.errors.BackendFullError`."""

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        """Give what lies under each of *names* at one moment; None where nothing does."""
        ...

    def write(self, name: str, entry: Entry, /) -> None:
        """Keep *entry* under *name*, replacing what was there."""
        ...

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        """Add *items* to the end of the list under *name*, in order; keep *start* where nothing lies there.

        Where payloads are encoded, the items are pieces, and go after those that are there.

        Change nothing and give False where what lies there has another stamp than *start*. A list that somebody holds
        does not change: it is replaced by a longer one.
        """
        ...

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        """Make all *changes* (None removes) if under each name in *expected* lies what is expected there.

        What is expected is an entry that `read` gave: the very one, or, where payloads are encoded, one that was not
        written, appended to or removed since (`Entry.version` tells).

        Change nothing and give False where it does not. No reader sees some of the changes and not the others.
        """
        ...

    def names(self, prefix: str, /) -> list[str]:
        """Give every name that starts with *prefix*, sorted by code point."""
        ...

    def exclusively(self, run: Callable[[], R], /) -> R:
        """Give what *run* gives, and keep other writers waiting meanwhile, as far as the engine can.

        The same thread may do so again inside. A `write` may still come in between; `commit` tells. An engine that
        cannot keep others waiting just calls *run*. What was written inside stays when *run* raises: each verb in it
        has taken effect for itself.
        """
        ...

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""
        ...


def pinned(backend: Backend, names: Sequence[str]) -> list[Entry | None]:
    """Read entries whose payloads do not change any more."""
    entries = backend.read(names)
    for entry in entries:
        if entry is not None:
            entry.pin()
    return entries


class Wrapping:
    """The start of a backend that stands on another one and can do what that one can.

    Args:
        inner: the backend below.
        label: what messages call the store.
    """

    def __init__(self, inner: Backend, label: str) -> None:
        self._inner = inner
        self.label = label
        self.persistent: bool = inner.persistent
        self.shared_between_processes: bool = inner.shared_between_processes
        self.blocking: bool = inner.blocking
        self.holds_objects: bool = inner.holds_objects
        self.max_value_bytes: int | None = inner.max_value_bytes

    @property
    def inner(self) -> Backend:
        """The backend below."""
        return self._inner

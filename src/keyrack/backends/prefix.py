"""A part of a backend: every name with a prefix in front."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from .spi import SEPARATOR, Backend, Entry, Wrapping

R = TypeVar("R")


class PrefixBackend(Wrapping):
    """The entries of *inner* in one namespace.

    No two namespaces meet, because neither their names nor those of keys can hold `SEPARATOR`.

    Args:
        inner: where the entries live.
        namespace: the name of the namespace.
    """

    def __init__(self, inner: Backend, namespace: str) -> None:
        super().__init__(inner, f"NamespacedStore({namespace!r}) of {inner.label}")
        self._prefix = namespace + SEPARATOR

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        """Give what lies under each of *names* at one moment."""
        return self._inner.read([self._prefix + name for name in names])

    def write(self, name: str, entry: Entry, /) -> None:
        """Keep *entry* under *name*."""
        self._inner.write(self._prefix + name, entry)

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        """Add *items* to the list under *name*."""
        return self._inner.append(self._prefix + name, start, items)

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        """Make all *changes* if everything is as *expected*."""
        return self._inner.commit(self._prefixed(expected), self._prefixed(changes))

    def names(self, prefix: str, /) -> list[str]:
        """Give every name in the namespace that starts with *prefix*."""
        return [name.removeprefix(self._prefix) for name in self._inner.names(self._prefix + prefix)]

    def exclusively(self, run: Callable[[], R], /) -> R:
        """Run a function while other writers wait."""
        return self._inner.exclusively(run)

    def close(self) -> None:
        """Do nothing: a namespace is a view, and what it looks at stays open."""

    def _prefixed(self, entries: Mapping[str, Entry | None]) -> dict[str, Entry | None]:
        return {self._prefix + name: entry for name, entry in entries.items()}

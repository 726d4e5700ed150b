"""Snapshots: what a store held at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast, final

from ._text import counted
from .backends.spi import Entry

if TYPE_CHECKING:
    from .keys.schema import Schema


@final
class Snapshot:
    """What a store held at one moment, to be given back by ``restore``; later changes do not reach it.

    Args:
        label: the store.
        entries: what lay under each name; they are isolated here.
    """

    __slots__ = ("_entries", "_label")

    def __init__(self, label: str, entries: Mapping[str, Entry]) -> None:
        self._label = label
        self._entries = {name: _twin(entry) for name, entry in entries.items()}

    def entries(self) -> dict[str, Entry]:
        """Give what lay under each name, isolated from this snapshot."""
        return {name: _twin(entry) for name, entry in self._entries.items()}

    def names(self) -> list[str]:
        """Give the names of the keys that had a value, sorted."""
        return list(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<snapshot of {self._label}: {counted(len(self), 'key')}>"


def isolated(entry: Entry) -> Entry:
    """Give an entry of the same value that neither reaches nor is reached by *entry*.

    What cannot be copied is shared all the same.
    """
    payload = cast("Schema", entry.stamp).keep(entry.payload)
    return Entry(payload, entry.stamp, shared=entry.shared)


def _twin(entry: Entry) -> Entry:
    """Give an entry of the same value; the payload is shared by the two as long as nobody can change it."""
    if entry.shared:
        try:
            return isolated(entry)
        except Exception:  # noqa: BLE001, S110  # a stranger's class: what cannot be copied stays shared
            pass
    entry.twin = True
    return Entry(entry.payload, entry.stamp, shared=entry.shared, held=True, free=_is_free(entry), twin=True)


def _is_free(entry: Entry) -> bool:
    """Say whether a payload can be handed out without more ado because nobody can change it."""
    return entry.free is not None and not entry.shared

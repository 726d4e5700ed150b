"""Snapshots: what a store held at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast, final

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
        self._entries = {name: _isolated(entry) for name, entry in entries.items()}

    def entries(self) -> dict[str, Entry]:
        """Give what lay under each name, isolated from this snapshot."""
        return {name: _isolated(entry) for name, entry in self._entries.items()}

    def names(self) -> list[str]:
        """Give the names of the keys that had a value, sorted."""
        return list(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<snapshot of {self._label}: {counted(len(self), 'key')}>"


def _isolated(entry: Entry) -> Entry:
    """Give an entry of the same value: neither of the two is reached by what happens to the other."""
    payload: Any = entry.payload
    shared = entry.shared
    if shared:
        try:
            payload = cast("Schema", entry.stamp).clone(payload)
            shared = False
        except Exception:  # noqa: BLE001, S110  # whatever a stranger's class raises: what cannot be copied stays shared
            pass
    is_list = isinstance(entry.payload, list)
    entry.held = entry.held or is_list
    return Entry(payload, entry.stamp, shared=shared, held=is_list, free=not entry.shared and entry.free is not None)

"""A catalogue: a registry knows its keys, their types and what they are for."""

from __future__ import annotations  # types may be declared below the keys that use them

from typing import Annotated

from pydantic import BaseModel, Field

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey


class Keys(KeyRegistry, prefix="survey"):
    records: StoreKey[list[Record]] = StoreKey(default_factory=list)
    """What the parser found."""
    limit: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=100)
    """The most records that are read."""
    score: KeyFamily[int, float]
    """The score of each shard."""
    token: StoreKey[str] = StoreKey(secret=True, doc="Opens the source; never shown.")

    class Report(KeyRegistry, prefix="report"):
        title: StoreKey[str]
        """What stands above the report."""


class MoreKeys(Keys):
    checked: StoreKey[bool] = StoreKey(default=False)
    """Whether somebody has looked at the records."""


class Record(BaseModel):
    text: str


for registry in (MoreKeys, Keys.Report):
    print(registry.__qualname__)
    for key in registry:
        print(f"    {key.name:<20} {key.type_text:<14} {key.doc}")

store = MemoryStore()
keys = MoreKeys(store)
keys.records.append(Record(text="to be"))
keys.checked.put(True)
print(store.get(Keys.records), store.keys())

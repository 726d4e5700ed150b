"""Wrong uses: names that are not there."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

import keyrack
from keyrack import MemoryStroe  # E
from keyrack import memory_store  # E
from keyrack.store import KeyValueStroe  # E
from keyrack.keys.key import Key  # E

keyrack.StoreKye  # E
keyrack.MemoryStore.open  # E
keyrack.MemoryStore().putt  # E
keyrack.open  # E

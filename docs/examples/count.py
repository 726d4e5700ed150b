"""A count: one key, one store, and what does not fit."""

from typing import Any

from keyrack import MemoryStore, StoreKey, TypeMismatchError

COUNT = StoreKey("count", int)

store = MemoryStore()
store.put(COUNT, 1)
store.put(COUNT, store.get(COUNT) + 1)
store.update(COUNT, lambda count: count + 1)  # the same in one step: no other writer comes in between
print("count:", store.get(COUNT))

wrong: Any = "four"  # Any hides it from the type checker, not from the store
try:
    store.put(COUNT, wrong)
except TypeMismatchError as error:
    print(error)
print("count:", store.get(COUNT))

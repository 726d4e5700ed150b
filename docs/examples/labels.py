"""Labels appended: a list that grows, and whose copies are the caller's own."""

from typing import Any

from keyrack import AppendTypeMismatchError, MemoryStore, StoreKey

LABELS = StoreKey("labels", list[str])

store = MemoryStore()
store.append(LABELS, "red")  # nothing stored yet: the list starts here
store.append(LABELS, "green")
store.extend(LABELS, ["blue", "white"])
print("labels:", store.get(LABELS))

mine = store.get(LABELS)  # a copy
mine.clear()
print("mine:", mine)
print("labels:", store.get(LABELS))

wrong: Any = 7
try:
    store.append(LABELS, wrong)
except AppendTypeMismatchError as error:
    print(error)
print("labels:", store.get(LABELS))

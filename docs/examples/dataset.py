"""A dataset of 1 MB, read twice without a copy."""

from keyrack import MemoryStore, StoreKey

READINGS = StoreKey("readings", list[float])

readings = [index / 8 for index in range(2**17)]
print(f"{len(readings):,} readings; the references to them alone take {8 * len(readings):,} bytes")

store = MemoryStore()
store.put_shared(READINGS, readings)  # no copy: from now on we only read it
del readings

first = store.get_shared(READINGS)
second = store.get_shared(READINGS)
print("shared: the same object:", first is second)

mine = store.get(READINGS)
print("get: the same object:", mine is first)
print("get: equal:", mine == first)

store.append(READINGS, 0.5)  # a list that was handed out does not grow under its reader
print("first has", len(first), "readings")
print("the store has", len(store.get_shared(READINGS)))

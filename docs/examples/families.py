"""A family of keys: one result for each shard, all of one type."""

from keyrack import KeyDefinitionError, KeyFamily, KeyRegistry, MemoryStore


class Keys(KeyRegistry, prefix="survey"):
    result: KeyFamily[int, float]
    """The mean of each shard."""
    seen: KeyFamily[tuple[str, int], bool] = KeyFamily(default=False)
    """Whether a file was seen in a year."""


store = MemoryStore()
store.put(Keys.result[3], 0.5)
store.put(Keys.result[1], 0.25)
store.put(Keys.seen["a.csv", 2026], True)
print("stored:", store.keys())
print("a.csv in 2025:", store.get(Keys.seen["a.csv", 2025]))

# Bound to a store, a family lists what it has there.
keys = Keys(store)
for slot in keys.result.stored():
    print(slot.key.name, "=", slot.get())

# A name that is read back gives the key again.
print(Keys["survey.result[3]"] == Keys.result[3])

try:
    Keys.result["3"]  # type: ignore[index]  # pyright: ignore[reportArgumentType]
except KeyDefinitionError as error:
    print(error.reason)

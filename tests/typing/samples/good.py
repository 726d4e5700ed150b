"""Right uses: no checker may refuse a line."""

from typing import assert_type

from keyrack import KeyRegistry, MemoryStore, Slot, StoreKey

COUNT = StoreKey("count", int)
MAYBE = StoreKey("maybe", int | None)
RATIOS = StoreKey[list[float]]("ratios", default_factory=list)


class Keys(KeyRegistry, prefix="survey"):
    names: StoreKey[list[str]]


store = MemoryStore()
store.put(COUNT, 1)
store.put(MAYBE, None)
store.put(RATIOS, [1])
store.append(RATIOS, 2)
Keys(store).names.append("Ada")
assert_type(store.get(COUNT), int)
assert_type(store.get(MAYBE, "none"), int | str | None)
assert_type(Keys.names, StoreKey[list[str]])
assert_type(Keys(store).names, Slot[list[str]])

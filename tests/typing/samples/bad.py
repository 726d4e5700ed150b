"""Wrong uses: every checker must refuse the lines that end in `# E`, and only those."""

from keyrack import KeyRegistry, MemoryStore, StoreKey
from keyrack import MemoryStroe  # E

COUNT = StoreKey("count", int)
RATIOS = StoreKey[list[float]]("ratios", default_factory=list)


class Keys(KeyRegistry, prefix="survey"):
    names: StoreKey[list[str]]


store = MemoryStore()
store.put(COUNT, "1")  # E
store.put(COUNT)  # E
store.put(RATIOS, ["x"])  # E
store.append(COUNT, 1)  # E
store.append(RATIOS, "x")  # E
name: str = store.get(COUNT)  # E
wide: StoreKey[int | None] = COUNT  # E
Keys(store).names.append(1)  # E
Keys(store).names = ["Ada"]  # E

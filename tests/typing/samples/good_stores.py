"""Right uses: stores by name and on backends of third parties."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar, assert_type

from keyrack import Backend, Entry, KeyValueStore, MemoryStore, NamespacedStore

from .declared import COUNT, T, store

R = TypeVar("R")


def read_any(store: KeyValueStore) -> int:
    return store.get(COUNT)


read_any(store)
read_any(NamespacedStore(store, "v2"))
read_any(NamespacedStore(NamespacedStore(store, "v2"), "v3"))
store.transact(read_any)
assert_type(NamespacedStore(store, "v2").inner, MemoryStore)
assert_type(NamespacedStore(NamespacedStore(store, "a"), "b").inner, NamespacedStore[MemoryStore])
wide: NamespacedStore[KeyValueStore] = NamespacedStore(store, "v2")
plain: NamespacedStore = NamespacedStore(store, "v2")
with MemoryStore() as opened:
    assert_type(opened, MemoryStore)
    opened.put(COUNT, 1)
with NamespacedStore(store, "v2") as part:
    assert_type(part, NamespacedStore[MemoryStore])


class DictBackend:
    """A backend of a third party."""

    persistent = False
    shared_between_processes = False
    blocking = False
    holds_objects = True
    max_value_bytes: int | None = None

    def __init__(self, label: str) -> None:
        self.label = label
        self._entries: dict[str, Entry] = {}

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return [self._entries.get(name) for name in names]

    def write(self, name: str, entry: Entry, /) -> None:
        self._entries[name] = entry

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return False

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        return True

    def names(self, prefix: str, /) -> list[str]:
        return sorted(self._entries)

    def exclusively(self, run: Callable[[], R], /) -> R:
        return run()

    def close(self) -> None:
        self._entries.clear()


class Derives(Backend):
    """A backend that names the contract."""

    label = "Derives"
    persistent = True
    shared_between_processes = False
    blocking = True
    holds_objects = True
    max_value_bytes = 1024

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return [None for _ in names]

    def write(self, name: str, entry: Entry, /) -> None: ...

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return False

    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        return True

    def names(self, prefix: str, /) -> list[str]:
        return []

    def exclusively(self, run: Callable[[], R], /) -> R:
        return run()

    def close(self) -> None: ...


class Loose:
    """A backend whose parameters are wider, whose results are narrower."""

    def __init__(self, limit: int | None = None) -> None:
        self.label = "Loose"
        self.persistent = self.blocking = self.shared_between_processes = False
        self.holds_objects = True
        self.max_value_bytes = limit

    def read(self, names: Iterable[str]) -> list[Entry | None]:
        return [None for _ in names]

    def write(self, key: str, value: Entry) -> None: ...

    def append(self, name: str, start: Entry, items: Iterable[object]) -> bool:
        return False

    def commit(
        self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], retries: int = 0
    ) -> bool:
        return True

    def names(self, prefix: str = "") -> list[str]:
        return []

    def exclusively(self, run: Callable[[], T]) -> T:
        return run()

    def close(self) -> None: ...


class DictStore(KeyValueStore):
    def __init__(self) -> None:
        super().__init__(DictBackend("DictStore"))


assert_type(KeyValueStore(DictBackend("x")).get(COUNT), int)
KeyValueStore(Derives())
KeyValueStore(Loose())
assert_type(DictStore().get(COUNT), int)
backend: Backend = DictBackend("x")
with DictStore() as own:
    assert_type(own, DictStore)

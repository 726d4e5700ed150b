"""Wrong uses: backends of third parties that do not keep the contract."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from keyrack import Backend, Entry, KeyValueStore, MemoryStore, Snapshot, StoreKey

from .declared import T

R = TypeVar("R")


class CanDo:
    label = "CanDo"
    persistent = False
    shared_between_processes = False
    blocking = False
    holds_objects = True
    max_value_bytes: int | None = None


class Reads:
    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return [None for _ in names]


class Writes:
    def write(self, name: str, entry: Entry, /) -> None: ...


class Appends:
    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return False


class Commits:
    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        return True


class Lists:
    def names(self, prefix: str, /) -> list[str]:
        return []


class Locks:
    def exclusively(self, run: Callable[[], R], /) -> R:
        return run()


class Closes:
    def close(self) -> None: ...


class Sound(CanDo, Reads, Writes, Appends, Commits, Lists, Locks, Closes): ...


KeyValueStore(Sound())


class NoRead(CanDo, Writes, Appends, Commits, Lists, Locks, Closes): ...


class NoWrite(CanDo, Reads, Appends, Commits, Lists, Locks, Closes): ...


class NoAppend(CanDo, Reads, Writes, Commits, Lists, Locks, Closes): ...


class NoCommit(CanDo, Reads, Writes, Appends, Lists, Locks, Closes): ...


class NoNames(CanDo, Reads, Writes, Appends, Commits, Locks, Closes): ...


class NoLock(CanDo, Reads, Writes, Appends, Commits, Lists, Closes): ...


class NoClose(CanDo, Reads, Writes, Appends, Commits, Lists, Locks): ...


class SaysNothing(Reads, Writes, Appends, Commits, Lists, Locks, Closes): ...


KeyValueStore(NoRead())  # E
KeyValueStore(NoWrite())  # E
KeyValueStore(NoAppend())  # E
KeyValueStore(NoCommit())  # E
KeyValueStore(NoNames())  # E
KeyValueStore(NoLock())  # E
KeyValueStore(NoClose())  # E
KeyValueStore(SaysNothing())  # E


class ReadsOne(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, name: str, /) -> Entry | None:
        raise NotImplementedError


class ReadsNumbers(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, names: Sequence[int], /) -> list[Entry | None]:
        raise NotImplementedError


class ReadsList(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, names: list[str], /) -> list[Entry | None]:
        raise NotImplementedError


class ReadsBytes(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, names: Sequence[str], /) -> list[bytes]:
        raise NotImplementedError


class ReadsLazily(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, names: Sequence[str], /) -> Iterator[Entry | None]:
        raise NotImplementedError


class ReadsLater(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    async def read(self, names: Sequence[str], /) -> list[Entry | None]:
        raise NotImplementedError


class ReadsMore(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, names: Sequence[str], prefix: str, /) -> list[Entry | None]:
        raise NotImplementedError


class ReadsByKeyword(CanDo, Writes, Appends, Commits, Lists, Locks, Closes):
    def read(self, *, names: Sequence[str]) -> list[Entry | None]:
        raise NotImplementedError


class WritesBytes(CanDo, Reads, Appends, Commits, Lists, Locks, Closes):
    def write(self, name: str, entry: bytes, /) -> None: ...


class WritesWithoutName(CanDo, Reads, Appends, Commits, Lists, Locks, Closes):
    def write(self, entry: Entry, /) -> None: ...


class WritesSwapped(CanDo, Reads, Appends, Commits, Lists, Locks, Closes):
    def write(self, entry: Entry, name: str, /) -> None: ...


class WritesCounting(CanDo, Reads, Appends, Commits, Lists, Locks, Closes):
    def write(self, name: str, entry: Entry, /) -> int:
        raise NotImplementedError


class AppendsOne(CanDo, Reads, Writes, Commits, Lists, Locks, Closes):
    def append(self, name: str, start: Entry, item: str, /) -> bool:
        raise NotImplementedError


class AppendsBlindly(CanDo, Reads, Writes, Commits, Lists, Locks, Closes):
    def append(self, name: str, start: Entry, items: Sequence[object], /) -> None: ...


class AppendsWithoutStart(CanDo, Reads, Writes, Commits, Lists, Locks, Closes):
    def append(self, name: str, items: Sequence[object], /) -> bool:
        raise NotImplementedError


class CommitsBlindly(CanDo, Reads, Writes, Appends, Lists, Locks, Closes):
    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> None: ...


class CommitsNoRemoval(CanDo, Reads, Writes, Appends, Lists, Locks, Closes):
    def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry], /) -> bool:
        raise NotImplementedError


class CommitsOnly(CanDo, Reads, Writes, Appends, Lists, Locks, Closes):
    def commit(self, changes: Mapping[str, Entry | None], /) -> bool:
        raise NotImplementedError


class CommitsLater(CanDo, Reads, Writes, Appends, Lists, Locks, Closes):
    async def commit(self, expected: Mapping[str, Entry | None], changes: Mapping[str, Entry | None], /) -> bool:
        raise NotImplementedError


class NamesBytes(CanDo, Reads, Writes, Appends, Commits, Locks, Closes):
    def names(self, prefix: str, /) -> list[bytes]:
        raise NotImplementedError


class NamesAll(CanDo, Reads, Writes, Appends, Commits, Locks, Closes):
    def names(self) -> list[str]:
        raise NotImplementedError


class NamesSet(CanDo, Reads, Writes, Appends, Commits, Locks, Closes):
    def names(self, prefix: str, /) -> set[str]:
        raise NotImplementedError


class NamesAttribute(CanDo, Reads, Writes, Appends, Commits, Locks, Closes):
    names: list[str] = []


class LocksForNothing(CanDo, Reads, Writes, Appends, Commits, Lists, Closes):
    def exclusively(self, run: Callable[[], R], /) -> None: ...


class LocksForNumbers(CanDo, Reads, Writes, Appends, Commits, Lists, Closes):
    def exclusively(self, run: Callable[[], int], /) -> int:
        raise NotImplementedError


class LocksForObjects(CanDo, Reads, Writes, Appends, Commits, Lists, Closes):
    def exclusively(self, run: Callable[[], object], /) -> object:
        raise NotImplementedError


class LocksByContext(CanDo, Reads, Writes, Appends, Commits, Lists, Closes):
    def exclusively(self) -> AbstractContextManager[None]:
        raise NotImplementedError


class LocksWithName(CanDo, Reads, Writes, Appends, Commits, Lists, Closes):
    def exclusively(self, run: Callable[[str], R], /) -> R:
        raise NotImplementedError


class ClosesLater(CanDo, Reads, Writes, Appends, Commits, Lists, Locks):
    async def close(self) -> None: ...


class ClosesWith(CanDo, Reads, Writes, Appends, Commits, Lists, Locks):
    def close(self, force: bool) -> None: ...


KeyValueStore(ReadsOne())  # E
KeyValueStore(ReadsNumbers())  # E
KeyValueStore(ReadsList())  # E
KeyValueStore(ReadsBytes())  # E
KeyValueStore(ReadsLazily())  # E
KeyValueStore(ReadsLater())  # E
KeyValueStore(ReadsMore())  # E
KeyValueStore(ReadsByKeyword())  # E
KeyValueStore(WritesBytes())  # E
KeyValueStore(WritesWithoutName())  # E
KeyValueStore(WritesSwapped())  # E
KeyValueStore(WritesCounting())  # E
KeyValueStore(AppendsOne())  # E
KeyValueStore(AppendsBlindly())  # E
KeyValueStore(AppendsWithoutStart())  # E
KeyValueStore(CommitsBlindly())  # E
KeyValueStore(CommitsNoRemoval())  # E
KeyValueStore(CommitsOnly())  # E
KeyValueStore(CommitsLater())  # E
KeyValueStore(NamesBytes())  # E
KeyValueStore(NamesAll())  # E
KeyValueStore(NamesSet())  # E
KeyValueStore(NamesAttribute())  # E
KeyValueStore(LocksForNothing())  # E
KeyValueStore(LocksForNumbers())  # E
KeyValueStore(LocksForObjects())  # E
KeyValueStore(LocksByContext())  # E
KeyValueStore(LocksWithName())  # E
KeyValueStore(ClosesLater())  # E
KeyValueStore(ClosesWith())  # E






class Numbered(Reads, Writes, Appends, Commits, Lists, Locks, Closes):
    label = 1
    persistent = shared_between_processes = blocking = holds_objects = False
    max_value_bytes: int | None = None


class TextForBool(Reads, Writes, Appends, Commits, Lists, Locks, Closes):
    label = "x"
    persistent = "yes"
    shared_between_processes = blocking = holds_objects = False
    max_value_bytes: int | None = None


class AsksForBool(Reads, Writes, Appends, Commits, Lists, Locks, Closes):
    label = "x"
    persistent = shared_between_processes = holds_objects = False
    max_value_bytes: int | None = None

    def blocking(self) -> bool:
        return False


class FractionalLimit(Reads, Writes, Appends, Commits, Lists, Locks, Closes):
    label = "x"
    persistent = shared_between_processes = blocking = holds_objects = False
    max_value_bytes = 0.5


class NoLimit(Reads, Writes, Appends, Commits, Lists, Locks, Closes):
    label = "x"
    persistent = shared_between_processes = blocking = holds_objects = False


KeyValueStore(Numbered())  # E
KeyValueStore(TextForBool())  # E
KeyValueStore(AsksForBool())  # E
KeyValueStore(FractionalLimit())  # E
KeyValueStore(NoLimit())  # E
KeyValueStore(Sound)  # E
KeyValueStore(None)  # E
KeyValueStore("memory://")  # E
KeyValueStore(dict[str, Entry]())  # E
KeyValueStore(backend=Sound())  # E
backend: Backend = NoRead()  # E


class Overrides(KeyValueStore):
    def get_shared(self, key: StoreKey[T]) -> T:  # E
        raise NotImplementedError

    def remove(self, key: StoreKey[Any]) -> None: ...  # E
    def keys(self) -> list[str]:  # E
        return []

    def clear(self) -> None: ...  # E


class OverridesMemory(MemoryStore):
    def snapshot(self) -> Snapshot:  # E
        raise NotImplementedError

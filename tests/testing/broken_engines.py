"""Backends that break their word about commits, locks and errors, each in one way, and by which tests that comes out.

Each is a good backend of a third party but for a few lines. `test_broken_backends.py` runs the suite on them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from tests.backends.byte_backend import FileBackend
from tests.backends.dict_backend import DictBackend
from tests.backends.shared_backend import SharedFileBackend
from tests.testing.broken_suite import BrokenSuite

from keyrack.backends.spi import Encoded, Entry
from keyrack.errors import BackendError, BackendFullError, LockError

R = TypeVar("R")
Entries: TypeAlias = Mapping[str, Entry | None]
LIMIT = 10_000

# --- committing -----------------------------------------------------------------------------------


class ShowsHalfACommit(DictBackend):
    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        if not super().commit(expected, {}):
            return False
        for name, entry in changes.items():
            super().commit({}, {name: entry})
            time.sleep(0.0005)
        return True


class TestShowsHalfACommit(BrokenSuite):
    backend_class = ShowsHalfACommit
    caught_by = ("test_no_reader_sees_half_a_commit", "test_no_reader_sees_a_name_twice_or_half_a_move")


class ReadsOneByOne(DictBackend):
    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        found: list[Entry | None] = []
        for name in names:
            found += super().read([name])
            time.sleep(0.0005)
        return found


class TestReadsOneByOne(BrokenSuite):
    backend_class = ReadsOneByOne
    caught_by = ("test_no_reader_sees_half_a_commit",)


class TakesEqualForTheSame(FileBackend):
    """Knows entries by what is in them: what was written in between and back again goes unnoticed."""

    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        def compare() -> bool:
            found = self.read(list(expected))
            for one, wanted in zip(found, expected.values(), strict=True):
                if (None if one is None else _contents(one)) != (None if wanted is None else _contents(wanted)):
                    return False
            return super(TakesEqualForTheSame, self).commit({}, changes)

        return self.exclusively(compare)


def _contents(entry: Entry) -> tuple[object, object]:
    return entry.stamp, cast("Encoded", entry.payload).pieces


class TestTakesEqualForTheSame(BrokenSuite):
    backend_class = TakesEqualForTheSame
    caught_by = ("test_commit_changes_nothing_where_an_entry_was",)


class ComparesNothing(DictBackend):
    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        time.sleep(0.0005)
        return super().commit({}, changes)


class TestComparesNothing(BrokenSuite):
    backend_class = ComparesNothing
    caught_by = (
        "test_commit_changes_nothing_where_something_lies_that_was_not_expected",
        "test_threads_that_commit_what_they_read_at_once_lose_nothing",
        "test_one_of_many_threads_puts_what_is_not_there",
        "test_a_transaction_runs_again_or_waits_where_another_writer_comes_in_between",
    )


class ComparesOnlyWhatChanges(DictBackend):
    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        return super().commit({name: entry for name, entry in expected.items() if name in changes}, changes)


class TestComparesOnlyWhatChanges(BrokenSuite):
    backend_class = ComparesOnlyWhatChanges
    caught_by = (
        "test_commit_changes_nothing_where_an_entry_was",
        "test_commit_changes_nothing_where_something_lies_that_was_not_expected",
    )


class ChangesWhatItCanInAFailedCommit(DictBackend):
    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        if super().commit(expected, changes):
            return True
        super().commit({}, {name: entry for name, entry in changes.items() if name not in expected})
        return False


class TestChangesWhatItCanInAFailedCommit(BrokenSuite):
    backend_class = ChangesWhatItCanInAFailedCommit
    caught_by = ("test_commit_changes_nothing_where_an_entry_was",)


# --- running exclusively --------------------------------------------------------------------------


class LetsNobodyInTwice(DictBackend):
    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Lock()

    def exclusively(self, run: Callable[[], R], /) -> R:
        if not self._gate.acquire(timeout=0.05):
            raise LockError(store=self.label, waited=0.05)
        try:
            return super().exclusively(run)
        finally:
            self._gate.release()


class TestLetsNobodyInTwice(BrokenSuite):
    backend_class = LetsNobodyInTwice
    caught_by = ("test_the_same_thread_may_run_exclusively_inside", "test_updates_of_threads_are_all_kept")


class StaysLockedAfterAnError(DictBackend):
    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.RLock()

    def exclusively(self, run: Callable[[], R], /) -> R:
        if not self._gate.acquire(timeout=0.05):
            raise LockError(store=self.label, waited=0.05)
        result = super().exclusively(run)
        self._gate.release()
        return result


class TestStaysLockedAfterAnError(BrokenSuite):
    backend_class = StaysLockedAfterAnError
    caught_by = ("test_others_are_let_in_after_an_error",)


class WrapsTheCallersError(DictBackend):
    def exclusively(self, run: Callable[[], R], /) -> R:
        try:
            return super().exclusively(run)
        except LookupError as error:
            raise BackendError(store=self.label, reason=str(error)) from error


class TestWrapsTheCallersError(BrokenSuite):
    backend_class = WrapsTheCallersError
    caught_by = ("test_what_the_function_raises_goes_to_the_caller_as_it_is",)


# --- closing and errors ---------------------------------------------------------------------------


class GoesOnAfterClose(DictBackend):
    def close(self) -> None:
        self._closed = False


class TestGoesOnAfterClose(BrokenSuite):
    backend_class = GoesOnAfterClose
    caught_by = (
        "test_every_verb_is_refused_after_close",
        "test_what_was_to_run_exclusively_does_not_run_after_close",
        "test_a_store_on_it_is_closed_with_it",
    )


class ClosesOnce(DictBackend):
    def close(self) -> None:
        if self._closed:
            raise ValueError("already closed")
        super().close()


class TestClosesOnce(BrokenSuite):
    backend_class = ClosesOnce
    caught_by = ("test_a_second_close_does_nothing",)


class LeaksADriversError(DictBackend):
    def close(self) -> None:
        super().close()
        del self._data

    def exclusively(self, run: Callable[[], R], /) -> R:
        with self._lock:
            return run()


class TestLeaksADriversError(BrokenSuite):
    backend_class = LeaksADriversError
    caught_by = ("test_every_verb_is_refused_after_close", "test_close_by_one_thread_refuses_the_others")


class RefusesInItsOwnWords(FileBackend):
    max_value_bytes: int | None = LIMIT

    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        for entry in changes.values():
            if entry is not None and cast("Encoded", entry.payload).size > LIMIT:
                raise OverflowError("string or blob too big")
        return super().commit(expected, changes)


class TestRefusesInItsOwnWords(BrokenSuite):
    backend_class = RefusesInItsOwnWords
    caught_by = ("test_a_larger_value_is_refused_and_nothing_changes",)


class TakesWhatIsTooLarge(FileBackend):
    max_value_bytes: int | None = LIMIT


class TestTakesWhatIsTooLarge(BrokenSuite):
    backend_class = TakesWhatIsTooLarge
    caught_by = ("test_a_larger_value_is_refused_and_nothing_changes",)


class RefusesInTheMiddle(FileBackend):
    max_value_bytes: int | None = LIMIT

    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        for name, entry in changes.items():
            if entry is not None and cast("Encoded", entry.payload).size > LIMIT:
                raise BackendFullError(store=self.label, reason="it is too large; nothing was written")
            super().commit({}, {name: entry})
        return True


class TestRefusesInTheMiddle(BrokenSuite):
    backend_class = RefusesInTheMiddle
    caught_by = ("test_a_larger_value_is_refused_and_nothing_changes",)


# --- what is persistent or shared -----------------------------------------------------------------


class ForgetsOnClose(FileBackend):
    def close(self) -> None:
        super().close()
        self._path.unlink(missing_ok=True)


class TestForgetsOnClose(BrokenSuite):
    backend_class = ForgetsOnClose
    caught_by = (
        "test_everything_is_there_when_it_is_opened_again",
        "test_every_name_is_there_when_it_is_opened_again",
        "test_what_was_written_in_a_function_that_ran_exclusively_is_there",
        "test_values_are_there_when_the_store_is_opened_again",
    )


class KeepsAppendsToItself(FileBackend):
    def append(self, name: str, start: Entry, items: Sequence[Any], /) -> bool:
        before = self._path.read_text() if self._path.exists() else "[0, {}]"
        appended = super().append(name, start, items)
        self._path.write_text(before)
        return appended


class TestKeepsAppendsToItself(BrokenSuite):
    backend_class = KeepsAppendsToItself
    caught_by = ("test_a_list_grows_on_after_it_was_opened_again",)


class WritesWhenItIsClosed(FileBackend):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._real_path = path
        self._path = path.with_suffix(".buffer")

    def close(self) -> None:
        if self._is_open and self._path.exists():
            self._path.replace(self._real_path)
        super().close()


class TestWritesWhenItIsClosed(BrokenSuite):
    backend_class = WritesWhenItIsClosed
    caught_by = ("test_what_was_acknowledged_outlives_a_killed_process",)


class CountsFromTheStart(FileBackend):
    """Knows an entry by a number that it gives anew when it is opened again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._count = 0


class TestCountsFromTheStart(BrokenSuite):
    backend_class = CountsFromTheStart
    caught_by = ("test_what_was_read_before_and_written_after_it_was_opened_again_is_not_expected",)


class DoesNotLookAgain(FileBackend):
    """Says that it is shared, and reads the file once."""

    shared_between_processes = True


class TestDoesNotLookAgain(BrokenSuite):
    backend_class = DoesNotLookAgain
    caught_by = (
        "test_each_handle_sees_at_once_what_another_one_did",
        "test_what_another_handle_changed_is_not_expected",
        "test_what_is_not_expected_of_another_handle_is_noticed",
        "test_processes_that_write_at_once_lose_nothing_and_show_no_half",
    )


class LocksNobodyElseOut(SharedFileBackend):
    @contextmanager
    def _locked(self) -> Generator[None]:
        self._refresh()
        yield


class TestLocksNobodyElseOut(BrokenSuite):
    backend_class = LocksNobodyElseOut
    caught_by = ("test_processes_that_write_at_once_lose_nothing_and_show_no_half",)

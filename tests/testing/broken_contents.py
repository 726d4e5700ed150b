"""Backends that break their word about values, names and lists, each in one way, and by which tests that comes out.

Each is a good backend of a third party but for a few lines. `test_broken_backends.py` runs the suite on them.
"""

from __future__ import annotations

import fnmatch
import time
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from tests.backends.byte_backend import FileBackend
from tests.backends.dict_backend import DictBackend
from tests.testing.broken_suite import BrokenSuite

from keyrack.backends.spi import SEPARATOR, Encoded, Entry, Piece

Entries: TypeAlias = Mapping[str, Entry | None]


def entry_of(*pieces: Piece, stamp: object) -> Entry:
    return Entry(Encoded(*pieces), stamp)


# --- what is written and read ---------------------------------------------------------------------


class LosesAPut(DictBackend):
    def write(self, name: str, entry: Entry, /) -> None:
        if self.read([name]) == [None]:
            super().write(name, entry)


class TestLosesAPut(BrokenSuite):
    backend_class = LosesAPut
    caught_by = ("test_read_gives_what_was_written_last",)


class LosesEveryPut(DictBackend):
    """What the state machines find in any order of steps; rarer mistakes they find by chance."""

    def write(self, name: str, entry: Entry, /) -> None:
        self.read([name])


class TestLosesEveryPut(BrokenSuite):
    backend_class = LosesEveryPut
    caught_by = (
        "test_read_gives_what_was_written_last",
        "test_it_agrees_with_a_dict_whatever_happens_in_whatever_order",
        "test_a_store_agrees_with_a_dict_whatever_happens_in_whatever_order",
    )


class CopiesEntries(DictBackend):
    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return [found and Entry(found.payload, found.stamp) for found in super().read(names)]


class TestCopiesEntries(BrokenSuite):
    backend_class = CopiesEntries
    caught_by = ("test_read_gives_the_very_entry_that_was_written",)


class DropsEmptyPieces(FileBackend):
    def write(self, name: str, entry: Entry, /) -> None:
        pieces = [piece for piece in cast("Encoded", entry.payload).pieces if piece.body]
        super().write(name, entry_of(*pieces, stamp=entry.stamp))


class TestDropsEmptyPieces(BrokenSuite):
    backend_class = DropsEmptyPieces
    caught_by = ("test_pieces_come_back_byte_by_byte", "test_large_and_small_bodies_replace_each_other")


class EndsBodiesAtAZero(FileBackend):
    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        found = super().read(names)
        for one in found:
            if one is not None:
                pieces = cast("Encoded", one.payload).pieces
                one.payload = Encoded(*(Piece(head, bytes(body).rstrip(b"\0")) for head, body in pieces))
        return found


class TestEndsBodiesAtAZero(BrokenSuite):
    backend_class = EndsBodiesAtAZero
    caught_by = ("test_pieces_come_back_byte_by_byte",)


class TearsAValue(FileBackend):
    def write(self, name: str, entry: Entry, /) -> None:
        ((head, body),) = cast("Encoded", entry.payload).pieces
        (there,) = self.read([name])
        old = b"" if there is None else bytes(cast("Encoded", there.payload).pieces[0].body)
        half = len(body) // 2
        super().write(name, entry_of(Piece(head, bytes(body[:half]) + old[half:]), stamp=entry.stamp))
        time.sleep(0.002)
        super().write(name, entry)


class TestTearsAValue(BrokenSuite):
    backend_class = TearsAValue
    caught_by = ("test_no_reader_sees_a_torn_value",)


# --- names ----------------------------------------------------------------------------------------


class SortsNothing(DictBackend):
    def names(self, prefix: str, /) -> list[str]:
        return [name for name in self._data if name.startswith(prefix)]


class TestSortsNothing(BrokenSuite):
    backend_class = SortsNothing
    caught_by = ("test_names_are_sorted_by_code_point", "test_thousands_of_names_are_written_found_and_removed_at_once")


class SortsByCodeUnit(DictBackend):
    def names(self, prefix: str, /) -> list[str]:
        return sorted(super().names(prefix), key=lambda name: name.encode("utf-16-be"))


class TestSortsByCodeUnit(BrokenSuite):
    backend_class = SortsByCodeUnit
    caught_by = ("test_names_are_sorted_by_code_point",)


class TakesAPrefixForAPattern(DictBackend):
    def names(self, prefix: str, /) -> list[str]:
        return [name for name in super().names("") if fnmatch.fnmatchcase(name, f"{prefix}*")]


class TestTakesAPrefixForAPattern(BrokenSuite):
    backend_class = TakesAPrefixForAPattern
    caught_by = ("test_a_prefix_is_no_pattern", "test_any_string_is_a_name_and_no_two_are_the_same")


class TakesAPrefixForARange(DictBackend):
    def names(self, prefix: str, /) -> list[str]:
        return [name for name in super().names("") if prefix <= name < f"{prefix}\U0010ffff"]


class TestTakesAPrefixForARange(BrokenSuite):
    backend_class = TakesAPrefixForARange
    caught_by = ("test_names_are_those_that_start_with_the_prefix",)


class Renaming(DictBackend):
    """Lets names become others; subclasses say which."""

    @staticmethod
    def rename(name: str) -> str:
        raise NotImplementedError

    def read(self, names: Sequence[str], /) -> list[Entry | None]:
        return super().read([self.rename(name) for name in names])

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return super().append(self.rename(name), start, items)

    def commit(self, expected: Entries, changes: Entries, /) -> bool:
        return super().commit(
            {self.rename(name): entry for name, entry in expected.items()},
            {self.rename(name): entry for name, entry in changes.items()},
        )

    def names(self, prefix: str, /) -> list[str]:
        return super().names(self.rename(prefix))


class CollidesNamespaces(Renaming):
    @staticmethod
    def rename(name: str) -> str:
        return name.replace(SEPARATOR, "")


class TestCollidesNamespaces(BrokenSuite):
    backend_class = CollidesNamespaces
    caught_by = ("test_a_namespace_is_told_from_a_name_that_starts_alike", "test_namespaces_never_meet")


class IgnoresCase(Renaming):
    @staticmethod
    def rename(name: str) -> str:
        return name.casefold()


class TestIgnoresCase(BrokenSuite):
    backend_class = IgnoresCase
    caught_by = ("test_append_to_one_list_leaves_others_alone", "test_any_string_is_a_name_and_no_two_are_the_same")


class NormalizesNames(Renaming):
    @staticmethod
    def rename(name: str) -> str:
        return unicodedata.normalize("NFC", name)


class TestNormalizesNames(BrokenSuite):
    backend_class = NormalizesNames
    caught_by = (
        "test_any_string_is_a_name_and_no_two_are_the_same",
        "test_any_name_can_be_appended_to_and_removed_without_touching_others",
    )


class CutsNames(Renaming):
    @staticmethod
    def rename(name: str) -> str:
        return name.encode()[:510].decode(errors="ignore").partition("\0")[0] or name


class TestCutsNames(BrokenSuite):
    backend_class = CutsNames
    caught_by = ("test_any_string_is_a_name_and_no_two_are_the_same",)


# --- appending ------------------------------------------------------------------------------------


class LosesAnAppend(DictBackend):
    """Two appends at once are one."""

    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        (there,) = self.read([name])
        time.sleep(0.0005)
        if there is None or there.stamp is not start.stamp:
            return super().append(name, start, items)
        self.write(name, Entry([*cast("list[object]", there.payload), *items], there.stamp, shared=there.shared))
        return True


class TestLosesAnAppend(BrokenSuite):
    backend_class = LosesAnAppend
    caught_by = ("test_threads_that_append_at_once_lose_nothing", "test_appends_of_threads_are_all_kept")


class KeepsTheFirstItemOnly(DictBackend):
    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return super().append(name, start, items[:1])


class TestKeepsTheFirstItemOnly(BrokenSuite):
    backend_class = KeepsTheFirstItemOnly
    caught_by = ("test_append_adds_items_in_order_after_those_that_are_there", "test_append_and_extend_add_to_the_end")


class StartsFromTheItems(DictBackend):
    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        return super().append(name, Entry(list(items), start.stamp), items)


class TestStartsFromTheItems(BrokenSuite):
    backend_class = StartsFromTheItems
    caught_by = ("test_append_keeps_the_start_where_nothing_lies", "test_append_and_extend_add_to_the_end")


class ChangesAHeldList(DictBackend):
    def append(self, name: str, start: Entry, items: Sequence[object], /) -> bool:
        (there,) = self.read([name])
        if there is None or there.stamp is not start.stamp:
            return super().append(name, start, items)
        cast("list[object]", there.payload).extend(items)
        return True


class TestChangesAHeldList(BrokenSuite):
    backend_class = ChangesAHeldList
    caught_by = (
        "test_append_does_not_change_a_list_that_somebody_holds",
        "test_append_does_not_change_an_object_that_was_handed_in_to_be_shared",
        "test_what_get_shared_gives_does_not_change",
    )


class IgnoresTheStamp(FileBackend):
    def append(self, name: str, start: Entry, items: Sequence[Any], /) -> bool:
        (there,) = self.read([name])
        return super().append(name, start if there is None else Entry(start.payload, there.stamp), items)


class TestIgnoresTheStamp(BrokenSuite):
    backend_class = IgnoresTheStamp
    caught_by = (
        "test_append_to_another_stamp_is_refused_and_changes_nothing",
        "test_a_value_of_another_type_is_refused_on_the_way_out_and_by_append",
    )

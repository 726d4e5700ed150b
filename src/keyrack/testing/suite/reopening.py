"""Duties of what is persistent, and of what several handles share: it is there when it is opened again."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

import pytest

from ...backends.spi import SEPARATOR, Entry
from ...errors import StoreClosedError
from .duties import Duties, Opener, skip_unless
from .names import HOSTILE
from .payloads import OTHER, entry, items, look, there

NOT_PERSISTENT = "is not persistent"
NOT_SHARED = "is not shared between processes"


class Reopening(Duties):
    """Duties of backends that are opened again, or several times."""

    def test_everything_is_there_when_it_is_opened_again(self, opener: Opener) -> None:
        first = opener()
        skip_unless(first.persistent, first, NOT_PERSISTENT)
        first.write("written", entry(first, 1, 2, stamp=OTHER))
        first.append("appended", entry(first, 3), items(first, 3))
        first.append("appended", entry(first, 4), items(first, 4, 5))
        first.commit({}, {f"space{SEPARATOR}committed": entry(first, 6), "gone": entry(first, 7)})
        first.commit({}, {"gone": None})
        first.close()

        second = opener()

        assert second.names("") == ["appended", f"space{SEPARATOR}committed", "written"]
        assert look(second, "written", "appended", f"space{SEPARATOR}committed", "gone") == [
            there(1, 2, stamp=OTHER),
            there(3, 4, 5),
            there(6),
            None,
        ]

    def test_a_list_grows_on_after_it_was_opened_again(self, opener: Opener) -> None:
        expected: list[int] = []
        for number in range(5):
            backend = opener()
            skip_unless(backend.persistent, backend, NOT_PERSISTENT)
            assert backend.append("list", entry(backend, number), items(backend, number))
            backend.close()
            expected.append(number)

        assert look(opener(), "list") == [there(*expected)]

    def test_what_was_written_in_a_function_that_ran_exclusively_is_there(self, opener: Opener) -> None:
        first = opener()
        skip_unless(first.persistent, first, NOT_PERSISTENT)
        first.exclusively(lambda: first.write("one", entry(first, 1)))
        first.close()

        assert look(opener(), "one") == [there(1)]

    def test_every_name_is_there_when_it_is_opened_again(self, opener: Opener) -> None:
        first = opener()
        skip_unless(first.persistent, first, NOT_PERSISTENT)
        assert first.commit({}, {name: entry(first, number) for number, name in enumerate(HOSTILE)})
        first.close()

        second = opener()

        assert second.names("") == sorted(HOSTILE)
        assert look(second, *HOSTILE) == [there(number) for number in range(len(HOSTILE))]

    def test_what_was_read_before_and_written_after_it_was_opened_again_is_not_expected(self, opener: Opener) -> None:
        first = opener()
        skip_unless(first.persistent, first, NOT_PERSISTENT)
        first.write("one", entry(first, 1))
        (before,) = first.read(["one"])
        first.close()
        second = opener()
        second.write("one", entry(second, 1))

        assert not second.commit({"one": before}, {"one": entry(second, 2)})

        assert look(second, "one") == [there(1)]

    def test_what_was_not_written_is_not_there_after_it_was_opened_again(self, opener: Opener) -> None:
        first = opener()
        skip_unless(first.persistent, first, NOT_PERSISTENT)
        first.write("one", entry(first, 1, stamp=OTHER))
        assert not first.commit({"one": None}, {"one": entry(first, 2), "two": entry(first, 3)})
        assert not first.append("one", entry(first, 4), items(first, 4))
        first.close()

        second = opener()

        assert second.names("") == ["one"]
        assert look(second, "one") == [there(1, stamp=OTHER)]

    def test_each_handle_sees_at_once_what_another_one_did(self, opener: Opener) -> None:
        first, second = opener(), opener()
        skip_unless(first.shared_between_processes, first, NOT_SHARED)

        first.write("one", entry(first, 1))
        assert second.append("one", entry(second, 2), items(second, 2))
        assert look(first, "one") == look(second, "one") == [there(1, 2)]
        assert first.commit({"one": first.read(["one"])[0]}, {"one": None, "two": entry(first, 3)})

        assert look(second, "one", "two") == [None, there(3)]
        assert second.names("") == ["two"]

    @pytest.mark.parametrize("how", ["write", "write the same", "append", "remove", "remove and write the same"])
    def test_what_another_handle_changed_is_not_expected(self, opener: Opener, how: str) -> None:
        first, second = opener(), opener()
        skip_unless(first.shared_between_processes, first, NOT_SHARED)
        first.write("one", entry(first, 1))
        (before,) = first.read(["one"])
        look(second, "one")

        if how.startswith("remove"):
            second.commit({}, {"one": None})
        if how == "append":
            second.append("one", entry(second, 2), items(second, 2))
        elif how != "remove":
            second.write("one", entry(second, 1 if how.endswith("same") else 2))

        assert not first.commit({"one": before}, {"one": entry(first, 3)})
        assert not first.commit({"one": before}, {"two": entry(first, 3)})
        assert first.names("two") == []

    def test_what_is_not_expected_of_another_handle_is_noticed(self, opener: Opener) -> None:
        first, second = opener(), opener()
        skip_unless(first.shared_between_processes, first, NOT_SHARED)
        changes: dict[str, Entry | None] = {"one": entry(first, 1)}

        assert first.commit({"one": None}, changes)

        assert not second.commit({"one": None}, changes)

    def test_closing_one_handle_leaves_the_other_open(self, opener: Opener) -> None:
        first, second = opener(), opener()
        skip_unless(first.shared_between_processes, first, NOT_SHARED)
        second.write("one", entry(second, 1))
        first.close()

        with pytest.raises(StoreClosedError):
            first.read(["one"])
        assert second.append("one", entry(second, 2), items(second, 2))
        assert look(second, "one") == [there(1, 2)]

"""Duties of `names`, and of names themselves: any string is one, and no two are the same."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

import pytest

from ...backends.spi import SEPARATOR, Backend
from .duties import Duties
from .payloads import entry, items, look, there

HOSTILE = [
    *(" ", "  ", "a ", " a", ".", "..", "../up", "a/b", "a\\b", "/etc/passwd", "C:", "CON", "a.txt", "-rf", "~"),
    *("'", '"', "`", "''", "'; DROP TABLE entries; --", "%", "_", "*", "?", "[]", "[a]", "%_*?[]", "\\%", "{}", "#"),
    *(
        "a",
        "A",
        "ä",
        "a\u0308",
        "\u00e4\u0308",
        "ß",
        "SS",
        "\u0131",
        "K",
        "\u212a",
        "None",
        "0",
        "00",
        "1e3",
        "NaN",
        "true",
    ),
    *("\n", "\r\n", "\t", "\x00", "a\x00", "a\x00b", "\x7f", SEPARATOR, f"a{SEPARATOR}", f"a{SEPARATOR}a"),
    *("\u200b", "\u202e", "\ufeff", "\uffff", "\U00010000", "\U0001f388", "\U0010ffff", "a\U0010ffff", "a\uffff"),
    *("\U0001f388" * 127, "\U0001f388" * 127 + "xyz", "x" * 511, "x" * 510 + "y", "x" * 512, "ä" * 1_000),
]
"""Names that a file system, a shell, a query language or a sloppy comparison would take for something else."""


class Names(Duties):
    """Duties of names."""

    def test_names_are_sorted_by_code_point(self, backend: Backend) -> None:
        for name in ["b", "\U0001f388", "a.z", "a", "ä", "\uffff", "B", "a*", "10", "9"]:
            backend.write(name, entry(backend, 1))

        assert backend.names("") == ["10", "9", "B", "a", "a*", "a.z", "b", "ä", "\uffff", "\U0001f388"]

    def test_names_are_those_that_start_with_the_prefix(self, backend: Backend) -> None:
        for name in ["a", "ab", "a.b", "b", "ba", "A", "Ab", "a\uffffz", "a\U0010ffff\U0010ffff", "ä"]:
            backend.write(name, entry(backend, 1))

        assert backend.names("a") == ["a", "a.b", "ab", "a\uffffz", "a\U0010ffff\U0010ffff"]
        assert backend.names("a\U0010ffff") == ["a\U0010ffff\U0010ffff"]
        assert backend.names("ab") == ["ab"]
        assert backend.names("abc") == []

    @pytest.mark.parametrize("prefix", ["%", "_", "*", "?", "[a]", "a%", "a_", "a*", "a?", "^a", ".", "a|", "\\"])
    def test_a_prefix_is_no_pattern(self, backend: Backend, prefix: str) -> None:
        for name in ["a", "ab", "abc", "b", f"{prefix}x"]:
            backend.write(name, entry(backend, 1))

        assert backend.names(prefix) == [f"{prefix}x"]

    def test_names_leave_out_what_was_removed_and_have_what_append_and_commit_made(self, backend: Backend) -> None:
        for name in ["a", "b", "c"]:
            backend.write(name, entry(backend, 1))

        assert backend.append("d", entry(backend, 1), items(backend, 1))
        assert backend.commit({}, {"b": None, "e": entry(backend, 1), "f": None})

        assert backend.names("") == ["a", "c", "d", "e"]

    def test_what_names_gave_is_a_list_of_its_own(self, backend: Backend) -> None:
        backend.write("a", entry(backend, 1))

        backend.names("").append("b")

        assert backend.names("") == ["a"]

    def test_any_string_is_a_name_and_no_two_are_the_same(self, backend: Backend) -> None:
        for number, name in enumerate(HOSTILE):
            backend.write(name, entry(backend, number))

        assert look(backend, *HOSTILE) == [there(number) for number in range(len(HOSTILE))]
        assert backend.names("") == sorted(HOSTILE)
        assert [backend.names(name)[0] for name in HOSTILE] == HOSTILE

    def test_any_name_can_be_appended_to_and_removed_without_touching_others(self, backend: Backend) -> None:
        assert backend.commit({}, {name: entry(backend, number) for number, name in enumerate(HOSTILE)})
        appended, removed = HOSTILE[::2], HOSTILE[1::2]

        for name in appended:
            assert backend.append(name, entry(backend, 1), items(backend, 1))
        for name in removed:
            assert backend.commit({}, {name: None})

        assert look(backend, *appended) == [there(number, 1) for number in range(0, len(HOSTILE), 2)]
        assert look(backend, *removed) == [None] * len(removed)
        assert backend.names("") == sorted(appended)

    def test_a_namespace_is_told_from_a_name_that_starts_alike(self, backend: Backend) -> None:
        for number, name in enumerate(["ab", f"a{SEPARATOR}b", f"a{SEPARATOR}b{SEPARATOR}c", f"ab{SEPARATOR}c", "a"]):
            backend.write(name, entry(backend, number))

        assert backend.names(f"a{SEPARATOR}") == [f"a{SEPARATOR}b", f"a{SEPARATOR}b{SEPARATOR}c"]
        assert look(backend, "b", f"a{SEPARATOR}b", "ab") == [None, there(1), there(0)]

    def test_thousands_of_names_are_written_found_and_removed_at_once(self, backend: Backend) -> None:
        names = [f"name {number:04}" for number in range(2_000)]
        assert backend.commit({}, {name: entry(backend, 1) for name in reversed(names)})
        assert backend.names("name") == names
        assert backend.names("name 19") == names[1_900:]

        assert backend.commit(dict(zip(names, backend.read(names), strict=True)), dict.fromkeys(names[1:]))

        assert backend.names("") == names[:1]

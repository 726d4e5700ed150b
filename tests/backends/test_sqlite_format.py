"""The stored format is as its page says, and is read with nothing but SQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.backends.faults import LARGE, ROOT, STAMP, append, entry, large

from keyrack.backends import sidecar, sqlite_rows, sqlite_schema
from keyrack.backends.sqlite import SQLiteBackend

PAGE = ROOT / "docs" / "reference" / "stored-format.md"
SIZES = [0, 1, 100, 3_785, 3_786, 3_800, 5_000, 65_536, LARGE]


@pytest.fixture
def page() -> str:
    if not PAGE.exists():
        pytest.skip("the pages are not there where a built wheel is tested")
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture
def lists(path: Path) -> dict[str, list[bytes]]:
    """Give what lies under each name in a database that is closed."""
    backend = SQLiteBackend(path, durability="process")
    expected = {"none": [b"only"], "long": [b"%d" % number for number in range(1_000)], "file": [large(1)]}
    expected["all"] = [b"%d" % number + bytes(SIZES[number % len(SIZES)]) for number in range(40)]
    expected["it's"] = [b"first", b"second"]
    for name, (first, *others) in expected.items():
        backend.write(name, entry(first))
        for other in others:
            append(backend, name, other)
    backend.close()
    return expected


def in_file(path: Path, name: str) -> bytes:
    content = path.with_name(f"{path.name}.values").joinpath(f"{name}.value").read_bytes()
    return content[4096:]


def test_the_recipe_reads_every_piece_in_order(path: Path, page: str, lists: dict[str, list[bytes]]) -> None:
    (recipe,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)

    with closing(sqlite3.connect(path)) as connection:
        for name, expected in lists.items():
            rows = connection.execute(recipe, {"name": name}).fetchall()
            found = [body if file is None else in_file(path, file) for _, _, body, file in rows]

            assert found == expected
            assert [number for number, *_ in rows] == list(range(-1, len(expected) - 1))
            assert [head for _, head, *_ in rows] == [b"head of %d" % len(body) for body in expected]


def columns(page: str) -> Iterator[tuple[str, list[str]]]:
    for table, text in re.findall(r"### `(\w+)`\n(.*?)(?=\n##|\Z)", page, re.DOTALL):
        yield table, re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_the_page_names_every_table_and_column(path: Path, page: str) -> None:
    SQLiteBackend(path).close()
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        there = {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables}

    assert dict(columns(page)) == there


def test_the_page_has_the_numbers_of_the_code(path: Path, page: str, lists: dict[str, list[bytes]]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        marks = [connection.execute(f"PRAGMA {mark}").fetchone()[0] for mark in ("application_id", "user_version")]
        (stamp,) = connection.execute("SELECT DISTINCT stamp FROM entry").fetchone()
        (database,) = connection.execute("SELECT database FROM about").fetchone()
        (file,) = connection.execute("SELECT file FROM entry WHERE name = 'file'").fetchone()
    content = path.with_name("x.db.values").joinpath(f"{file}.value").read_bytes()

    assert marks == [sqlite_schema.APPLICATION_ID, sqlite_schema.FORMAT] == [0x6B657972, 1]
    assert (f"{sqlite_rows.INLINE:,} bytes" in page, f"{sqlite_rows.SEALED:,} bytes" in page) == (True, True)
    assert stamp == STAMP
    assert content[:16] == sidecar.MAGIC == b"keyrack sidecar\0"
    assert content[16:20] == b"\1\0\0\0"
    assert (content[20:36], content[36:52]) == (database, bytes.fromhex(file))
    assert content[52:60] == len(lists["file"][0]).to_bytes(8, "little")
    assert content[60:4096] == bytes(4036)
    assert content[4096:] == lists["file"][0]

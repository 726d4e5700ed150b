"""A file that is not keyrack's, or not as keyrack left it, gives keyrack's own error and stays as it was."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from tests.backends.faults import SOAK, append, bodies, body, entry, large, program

from keyrack.backends import filesystems, sqlite_pool
from keyrack.backends.sqlite import SQLiteBackend
from keyrack.errors import BackendError, BackendUnavailableError, CorruptValueError, KeyrackError, LockError


def foreign(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE entry (name TEXT)"],
        ["PRAGMA user_version = 7"],
        ["PRAGMA application_id = 1"],
        ["PRAGMA application_id = 0x6B657972"],
        ["PRAGMA application_id = 0x6B657972", "PRAGMA user_version = -1"],
    ],
    ids=["a table", "a version", "an application", "no version", "a strange version"],
)
def test_a_database_of_another_program_is_refused_and_left_as_it_was(path: Path, statements: list[str]) -> None:
    foreign(path, *statements)
    before = path.read_bytes()

    with pytest.raises(BackendError, match="a database of another program; nothing was written; give another path"):
        SQLiteBackend(path)

    assert path.read_bytes() == before
    assert sorted(path.parent.iterdir()) == [path]


def test_a_newer_format_is_refused_and_left_as_it_was(path: Path) -> None:
    SQLiteBackend(path).close()
    foreign(path, "PRAGMA user_version = 2")
    before = path.read_bytes()

    with pytest.raises(BackendError, match=r"newer format 2, and this version .* reads up to 1.*update keyrack"):
        SQLiteBackend(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"hello, world\n" * 1_000, b"\x89PNG", bytes(8_192), b"SQLite format 3\0" + b"x" * 9_000]
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(BackendError, match=r"no SQLite database|damaged|another program"):
        SQLiteBackend(path)

    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()

    SQLiteBackend(path).write("a", entry(b"1"))

    assert body(SQLiteBackend(path), "a") == b"1"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="its path is a folder; nothing was written; give that of a file"):
        SQLiteBackend(tmp_path)


@pytest.mark.parametrize("within", ["missing", "file"])
def test_a_path_in_no_folder_is_refused(tmp_path: Path, within: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BackendUnavailableError, match=r"there is no folder .*; nothing was written; make it first"):
        SQLiteBackend(tmp_path / within / "x.db")

    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_link_leads_to_the_one_database(tmp_path: Path, path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    SQLiteBackend(link).write("a", entry(large(1)))

    assert body(SQLiteBackend(path), "a") == large(1)
    assert body(SQLiteBackend(link), "a") == large(1)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused_with_the_reason(
    path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = path.with_name("mounts")
    where = str(path.parent).replace(" ", "\\040")
    mounts.write_text(
        f"21 1 8:1 / / rw,relatime - ext4 /dev/root rw\n40 21 0:30 / {where} rw shared:1 - {kind} server:/share rw\n"
    )
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)

    with pytest.raises(BackendError, match=rf"a file system of the kind {kind}, where .*; nothing was written"):
        SQLiteBackend(path)

    assert not path.exists()


def test_the_innermost_mount_tells_the_kind_and_the_latest_of_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mounts"
    lines = ["/ - ext4", "/a - nfs", "/a/b - ext4", "/c\\040d - cifs", "/e - nfs", "/e - tmpfs", "broken"]
    mounts.write_text("\n".join("1 2 0:1 / " + line.replace(" - ", " rw - ") + " x rw" for line in lines))
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)

    paths = ["/x.db", "/a/x.db", "/a", "/a/b/x.db", "/ab/x.db", "/c d/x.db", "/e/x.db"]
    kinds = [filesystems.network_kind(path) for path in paths]
    assert kinds == [None, "nfs", "nfs", None, None, "cifs", None]


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that other users can get at."""
    folder = tmp_path_factory.mktemp("open")
    for one in (folder, *folder.parents):
        if one.owner() == folder.owner() and one.stat().st_mode & 0o055 != 0o055 and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    return folder


READ_ONLY = """
    path = args[0]
    become_nobody()
    try:
        backend = SQLiteBackend(path)
        print("read", body(backend, "a"))
    except BackendError as error:
        print(type(error).__name__, error)
        sys.exit()
    for verb in (lambda: backend.write("a", entry(b"2")), lambda: append(backend, "a", b"2"),
                 lambda: backend.write("a", entry(large(2))), lambda: backend.commit({}, {"a": None}),
                 lambda: backend.exclusively(lambda: backend.write("a", entry(b"2")))):
        try:
            verb()
            print("wrote")
        except BackendError as error:
            print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
@pytest.mark.parametrize("kind", ["file", "folder", "both", "nothing there"])
def test_a_place_that_cannot_be_written_to_gives_keyracks_error(open_folder: Path, kind: str) -> None:
    folder = open_folder / "in"
    folder.mkdir()
    folder.chmod(0o777)
    path = folder / "x.db"
    if kind != "nothing there":
        backend = SQLiteBackend(path)
        backend.write("a", entry(b"1"))
        backend.close()
        path.chmod(0o444 if kind in {"file", "both"} else 0o666)
    if kind != "file":
        folder.chmod(0o555)

    try:
        said = program(READ_ONLY, path).splitlines()
    finally:
        folder.chmod(0o777)

    assert said
    assert "wrote" not in said
    assert all(line.startswith(("read ", "BackendError ", "BackendUnavailableError ")) for line in said)
    if kind != "nothing there":
        assert body(SQLiteBackend(path), "a") == b"1"


def test_a_file_that_is_to_be_read_and_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(
        BackendUnavailableError, match=f"there is no file '{re.escape(str(path))}'; nothing was written"
    ):
        SQLiteBackend(path, read_only=True)

    assert not path.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("read_only", [False, True], ids=["", "to be read"])
def test_what_keeps_a_database_from_being_opened_is_named(open_folder: Path, kind: str, *, read_only: bool) -> None:
    folder = open_folder / "in"
    folder.mkdir()
    path = folder / "x.db"
    SQLiteBackend(path).close()
    path.chmod(0o000 if kind == "file" else 0o444)
    folder.chmod(0o777 if kind == "file" else 0o555)
    before = sorted(folder.iterdir())

    try:
        said = program(OPEN, path, read_only)
    finally:
        folder.chmod(0o777)

    culprit, why = (path, "cannot be read") if kind == "file" else (folder, "cannot be written to, and SQLite needs")
    assert f"BackendUnavailableError SQLiteStore('{path}') is unavailable: its {kind} '{culprit}' {why}" in said
    assert said.endswith("; nothing was written\n")
    assert sorted(folder.iterdir()) == before


OPEN = """
    become_nobody()
    try:
        SQLiteBackend(args[0], read_only=args[1] == "True")
    except BackendError as error:
        print(type(error).__name__, error)
"""


def test_any_flipped_bit_gives_the_value_or_keyracks_error(path: Path) -> None:
    expected = {"a": [b"value of a" * 20], "l": [b"%d of l" % number * 10 for number in range(200)], "s": [large(1)]}
    backend = SQLiteBackend(path)
    for name, (first, *others) in expected.items():
        backend.write(name, entry(first))
        for other in others:
            append(backend, name, other)
    backend.close()
    whole = path.read_bytes()
    chance = random.Random(1)  # noqa: S311  # to be the same each time
    flipped = path.with_name("flipped.db")
    path.with_name("x.db.values").rename(path.with_name("flipped.db.values"))
    noticed = 0
    for _ in range(3_000 if SOAK else 120):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        flipped.write_bytes(content)
        noticed += _is_noticed(flipped, expected)
        for left in path.parent.glob("flipped.db-*"):
            left.unlink()

    assert noticed > 0


def _is_noticed(path: Path, expected: dict[str, list[bytes]]) -> bool:
    """Whether keyrack raised an error; where it did not, structure is whole: the bytes are for checksums above."""
    try:
        backend = SQLiteBackend(path)
    except BackendError:
        return True
    noticed = False
    try:
        for name, values in expected.items():
            try:
                (found,) = backend.read([name])
            except KeyrackError:
                noticed = True
                continue
            if found is not None:
                assert len(found.payload.pieces) == len(values)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        try:
            backend.names("")
            backend.write("l", entry(b"new"))
        except KeyrackError:
            noticed = True
    finally:
        backend.close()
    return noticed


# Tables without the types that keep out what a damaged page can have.
LOOSE = """
CREATE TABLE loose_entry (name TEXT PRIMARY KEY, id, stamp, head, body, file, grown);
CREATE TABLE loose_tail (id INTEGER PRIMARY KEY, count, sealed, body);
CREATE TABLE loose_run (id, number, amount, head, body, file);
INSERT INTO loose_entry SELECT * FROM entry;
INSERT INTO loose_tail SELECT * FROM tail;
INSERT INTO loose_run SELECT * FROM run;
DROP TABLE entry;
DROP TABLE tail;
DROP TABLE run;
ALTER TABLE loose_entry RENAME TO entry;
ALTER TABLE loose_tail RENAME TO tail;
ALTER TABLE loose_run RENAME TO run;
"""

LOST = [
    "UPDATE entry SET id = NULL",
    "UPDATE entry SET stamp = NULL",
    "UPDATE entry SET head = NULL",
    "UPDATE entry SET body = NULL",
    "UPDATE entry SET body = 5",
    "UPDATE entry SET stamp = x'FF'",
    "UPDATE entry SET stamp = CAST(x'FFFE' AS TEXT)",
    "UPDATE entry SET grown = NULL",
    "UPDATE entry SET grown = 0",
    "UPDATE entry SET grown = grown + 1",
    "UPDATE entry SET id = id + 1",
    "DELETE FROM tail",
    "UPDATE tail SET count = count + 1",
    "UPDATE tail SET count = NULL",
    "UPDATE tail SET sealed = sealed - 1",
    "UPDATE tail SET body = NULL",
    "UPDATE tail SET body = substr(body, 1, length(body) - 1)",
    "UPDATE tail SET body = substr(body, 2)",
    "UPDATE tail SET body = CAST(body AS TEXT)",
    "DELETE FROM run WHERE number = 0",
    "DELETE FROM run WHERE number = (SELECT max(number) FROM run)",
    "DELETE FROM run",
    "UPDATE run SET number = number + 1",
    "UPDATE run SET amount = amount - 1",
    "UPDATE run SET amount = -amount",
    "UPDATE run SET amount = NULL",
    "UPDATE run SET body = NULL",
    "UPDATE run SET body = x''",
    "UPDATE run SET body = body || body",
    "INSERT INTO run SELECT id, -1, 1, head, body, file FROM run WHERE number = 0",
]


@pytest.mark.parametrize("statement", LOST)
def test_a_row_that_is_lost_doubled_or_of_another_type_is_damage(path: Path, statement: str) -> None:
    backend = SQLiteBackend(path, durability="process")
    for number in range(200):
        append(backend, "a", b"%d" % number * 10)
    connection = backend._pool.current()  # pyright: ignore[reportPrivateUsage]
    connection.execute(LOOSE)
    assert len(bodies(backend, "a") or ()) == 200

    connection.execute(statement)

    with pytest.raises(CorruptValueError) as caught:
        backend.read(["a"])
    assert (caught.value.key, caught.value.store) == ("a", backend.label)
    with suppress(CorruptValueError):  # what else is wrong may not matter to it
        append(backend, "a", b"more")
    with suppress(CorruptValueError):
        backend.commit({"a": None}, {"a": None})
    backend.write("a", entry(b"new"))
    assert bodies(backend, "a") == [b"new"]


def test_a_file_that_was_replaced_by_another_database_is_noticed_by_the_next_connection(path: Path) -> None:
    backend = SQLiteBackend(path)
    for file in path.parent.glob("x.db*"):
        file.unlink()
    SQLiteBackend(path).write("a", entry(b"1"))
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            backend.write("b", entry(b"2"))
        except BackendError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert ["replaced by another database" in str(error) for error in caught] == [True]
    assert SQLiteBackend(path).names("") == ["a"]


def test_a_store_that_nobody_has_any_more_lets_go_of_its_file_at_once(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))

    del backend

    assert not path.with_name("x.db-wal").exists()


def test_a_file_that_was_removed_or_replaced_is_not_written_to_and_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_pool, "OFTEN", 0.0)
    path = tmp_path / "x.db"
    backend = SQLiteBackend(path)
    backend.write("a", entry(b"1"))
    for file in tmp_path.glob("x.db*"):
        file.unlink()

    with pytest.raises(BackendUnavailableError, match="was removed since the store was opened; nothing was written"):
        backend.write("a", entry(b"2"))
    with pytest.raises(BackendUnavailableError), ThreadPoolExecutor(1) as other:
        other.submit(backend.write, "a", entry(b"2")).result()
    assert not path.exists()

    SQLiteBackend(path).write("b", entry(b"3"))
    with pytest.raises(BackendError, match="was replaced by another database"):
        backend.write("a", entry(b"2"))


def test_a_second_store_in_the_middle_of_a_transaction_of_the_first_is_told_why_it_cannot_write(tmp_path: Path) -> None:
    first, second = SQLiteBackend(tmp_path / "x.db"), SQLiteBackend(tmp_path / "x.db")

    with pytest.raises(LockError, match="this very thread is in a transaction on its file, through another store"):
        first.exclusively(lambda: second.write("a", entry(b"1")))

    second.write("a", entry(b"2"))
    assert body(first, "a") == b"2"


@pytest.mark.parametrize("name", ["x" * 300, "loop/x.db"])
def test_a_path_that_cannot_be_looked_at_is_refused_in_keyracks_words(tmp_path: Path, name: str) -> None:
    if name.startswith("loop"):
        (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(BackendError):
        SQLiteBackend(tmp_path / name)


def test_a_list_of_more_large_items_than_files_may_be_open_is_read(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    backend = SQLiteBackend(tmp_path / "x.db", durability="process")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    backend.write("list", entry(b"0"))
    for number in range(100):
        append(backend, "list", large(number))

    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        found = bodies(backend, "list")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert found is not None
    assert found[1:] == [large(number) for number in range(100)]

"""Large values lie in files of their own beside the database, and are mapped, not copied."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.backends.faults import LARGE, SOAK, append, bodies, body, entry, large, power

from keyrack.backends.sidecar import GRACE, PAGE
from keyrack.backends.spi import Encoded
from keyrack.backends.sqlite import SQLiteBackend
from keyrack.errors import BackendFullError


def files(path: Path) -> list[Path]:
    """Give the sidecar files of a database, the oldest first."""
    return sorted(path.with_name("x.db.values").glob("*.*"), key=lambda file: file.stat().st_mtime_ns)


def mapped(backend: SQLiteBackend, name: str) -> memoryview:
    (found,) = backend.read([name])
    assert found is not None
    assert isinstance(found.payload, Encoded)
    view = found.payload.pieces[-1].body
    assert isinstance(view, memoryview)
    return view


def grow_old(file: Path) -> None:
    then = file.stat().st_mtime - GRACE - 1
    os.utime(file, (then, then))


def test_a_large_body_lies_in_one_file_from_its_second_page_on(path: Path) -> None:
    backend = SQLiteBackend(path)

    backend.write("a", entry(large(1)))
    backend.write("small", entry(bytes(65_536)))

    (file,) = files(path)
    assert file.read_bytes()[PAGE:] == large(1)


def test_a_mapped_body_cannot_be_written_to(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))

    view = mapped(backend, "a")

    assert view.readonly
    with pytest.raises(TypeError):
        view[0] = 1


def test_two_readers_of_a_process_have_one_map(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))

    assert mapped(backend, "a").obj is mapped(backend, "a").obj


@pytest.mark.parametrize("end", ["replaced by a large one", "replaced by a small one", "removed", "closed"])
def test_a_mapped_value_stays_what_it_is_when_its_key_is(path: Path, end: str) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))
    view = mapped(backend, "a")

    ends: dict[str, Callable[[], object]] = {
        "replaced by a large one": lambda: backend.write("a", entry(large(2))),
        "replaced by a small one": lambda: backend.write("a", entry(b"2")),
        "removed": lambda: backend.commit({}, {"a": None}),
        "closed": backend.close,
    }
    ends[end]()

    assert bytes(view) == large(1)


def test_readers_hold_what_they_mapped_while_a_writer_replaces_it_a_thousand_times(path: Path) -> None:
    backend = SQLiteBackend(path, durability="process")
    backend.write("a", entry(large(0)))
    first = mapped(backend, "a")
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        held: list[tuple[bytes, memoryview]] = []
        while not stop.is_set():
            view = mapped(backend, "a")
            start = bytes(view[:8])
            if bytes(view) != start * (LARGE // 8):
                wrong.append(start)
            held = [*held[-50:], (start, view)]
        wrong.extend(start for start, view in held if bytes(view) != start * (LARGE // 8))

    def run() -> None:
        try:
            read()
        except BaseException as error:  # noqa: BLE001  # raised below, in the thread of the test
            wrong.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 1_001):
        backend.write("a", entry(large(number)))
    stop.set()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert bytes(first) == large(0)
    assert bytes(mapped(backend, "a")) == large(1_000)
    assert len(files(path)) == 1


@pytest.mark.parametrize("verb", ["write", "remove", "commit", "exclusively"])
def test_the_file_of_what_is_gone_is_removed(path: Path, verb: str) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))
    for number in range(3):
        append(backend, "a", large(number))
    assert len(files(path)) == 4

    verbs: dict[str, Callable[[], object]] = {
        "write": lambda: backend.write("a", entry(b"1")),
        "remove": lambda: backend.commit({}, {"a": None}),
        "commit": lambda: backend.commit({}, {"a": entry(b"1"), "b": entry(b"2")}),
        "exclusively": lambda: backend.exclusively(lambda: backend.write("a", entry(b"1"))),
    }
    verbs[verb]()

    assert files(path) == []


def test_a_verb_that_changes_nothing_leaves_no_file(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(b"1"))

    assert not backend.commit({"a": None}, {"a": entry(large(1))})
    assert not backend.append("a", entry(large(2), stamp="int 00"), [entry(large(2)).payload.pieces[0]])  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    assert not backend.append("a", entry(b"x", stamp="int 00"), [entry(large(2)).payload.pieces[0]])  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]

    assert files(path) == []


def test_an_append_keeps_the_file_of_what_it_kept_alone(path: Path) -> None:
    backend = SQLiteBackend(path)

    append(backend, "a", large(1))  # may start the list, or be appended: one body, one file
    append(backend, "a", large(2))

    assert len(files(path)) == 2
    assert bodies(backend, "a") == [large(1), large(2)]


def test_a_reader_of_several_names_sees_one_moment_while_their_files_come_and_go(path: Path) -> None:
    backend = SQLiteBackend(path, durability="process")

    def put(number: int) -> None:
        backend.commit({}, {"a": entry(large(number)), "b": entry(large(number))})

    put(0)
    stop = threading.Event()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(1, 2_000 if SOAK else 200):
                put(number)
        except BaseException as error:  # noqa: BLE001  # raised below, in the thread of the test
            failed.append(error)
        stop.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not stop.is_set():
        pair = [found.payload for found in backend.read(["a", "b"]) if found is not None]
        first, second = (one.pieces[0].body for one in pair if isinstance(one, Encoded))
        assert first == second
    thread.join()
    assert failed == []


# --- what a crash leaves behind --------------------------------------------------------------------


def test_files_that_nothing_names_are_swept_away_when_they_are_old(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))
    append(backend, "a", large(2))
    used = files(path)
    folder = used[0].parent
    left = [folder / f"{number:032x}{suffix}" for number, suffix in enumerate([".value", ".writing", ".value"])]
    for file in left:
        file.write_bytes(used[0].read_bytes())
    left[1].write_bytes(b"keyr")
    strangers = [folder / "notes.txt", folder / f"{9:032x}.value", folder / f"{8:032x}.value"]
    strangers[0].write_text("not ours")
    strangers[1].write_bytes(b"nobody knows whose")
    content = bytearray(used[0].read_bytes())
    content[20] ^= 1
    strangers[2].write_bytes(content)  # another database's
    for file in [*left[:2], *used, *strangers]:
        grow_old(file)
    backend.close()
    (folder / "swept").unlink(missing_ok=True)

    again = SQLiteBackend(path)

    assert sorted(folder.iterdir()) == sorted([*used, left[2], *strangers, folder / "swept"])
    assert bodies(again, "a") == [large(1), large(2)]


def test_a_sweep_looks_only_once_in_a_while(path: Path) -> None:
    SQLiteBackend(path).write("a", entry(large(1)))
    SQLiteBackend(path)
    left = path.with_name("x.db.values") / f"{1:032x}.writing"
    left.write_bytes(b"left")
    grow_old(left)

    SQLiteBackend(path)
    assert left.exists()
    grow_old(left.with_name("swept"))
    SQLiteBackend(path)
    assert not left.exists()


def test_a_sweep_takes_nothing_from_a_writer_who_has_not_committed(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("b", entry(large(0)))

    def change() -> None:
        backend.write("a", entry(large(1)))
        for file in files(path):
            grow_old(file)
        thread = threading.Thread(target=SQLiteBackend, args=(path,))
        thread.start()
        thread.join()

    backend.exclusively(change)

    assert body(backend, "a") == large(1)


def test_a_file_that_was_swept_before_its_row_was_written_is_written_again(path: Path) -> None:
    backend, other = SQLiteBackend(path), SQLiteBackend(path)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait(60)

    holder = threading.Thread(target=other.exclusively, args=(hold,))
    holder.start()
    entered.wait(60)
    writer = threading.Thread(target=backend.write, args=("a", entry(large(1))))
    writer.start()
    while not (found := list(path.with_name("x.db.values").glob("*.value"))):
        assert writer.is_alive()
    for file in found:
        file.unlink()
    leave.set()
    writer.join()
    holder.join()

    assert body(backend, "a") == large(1)


def test_a_file_is_on_the_disk_before_the_log_names_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real_sync = os.fsync

    def fsync(file: int) -> None:
        real_sync(file)
        synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))

    if not Path("/proc/self/fd").exists():
        pytest.skip("only Linux tells which file a descriptor is of")
    monkeypatch.setattr(os, "fsync", fsync)
    seen: list[list[str]] = []
    with power() as shim:
        backend = SQLiteBackend(path)
        backend.write("warm", entry(b"1"))
        shim.on_write.append(lambda: seen.append(list(synced)))
        backend.write("a", entry(large(1)))
        backend.close()

    (file,) = files(path)
    assert seen
    # The folder before it, for its own name; the file, under its first name; the folder, for the new name.
    assert seen[0] == [str(path.parent), str(file.with_suffix(".writing")), str(file.parent)]


def test_no_room_for_a_file_leaves_the_old_value_and_no_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))
    real: Any = Path.open
    room = [50_000]

    class Narrow(io.FileIO):
        def write(self, data: Any, /) -> int:
            if room[0] <= 0:
                raise OSError(28, "No space left on device")
            room[0] -= len(data)
            return super().write(data[:50_000])

    def narrow(path: Path, mode: str = "r", **options: Any) -> Any:
        return Narrow(path, "x") if mode == "xb" else real(path, mode, **options)

    monkeypatch.setattr(Path, "open", narrow)
    for verb in (lambda: backend.write("a", entry(large(2))), lambda: append(backend, "a", large(2))):
        room[0] = 50_000
        with pytest.raises(BackendFullError, match="No space left on device; nothing was written"):
            verb()
    monkeypatch.undo()

    assert bodies(backend, "a") == [large(1)]
    assert len(files(path)) == 1


def test_an_interrupt_right_after_the_commit_takes_no_file_of_what_is_committed(path: Path) -> None:
    backend = SQLiteBackend(path)
    connection = backend._pool.current()  # pyright: ignore[reportPrivateUsage]
    real = connection.execute

    def interrupted(statement: str, *values: object) -> object:
        result = real(statement, *values)
        if statement == "COMMIT":
            raise KeyboardInterrupt
        return result

    connection.execute = interrupted
    with pytest.raises(KeyboardInterrupt):
        backend.write("a", entry(large(1)))
    connection.execute = real

    assert body(backend, "a") == large(1)
    backend.write("a", entry(b"1"))
    assert body(backend, "a") == b"1"

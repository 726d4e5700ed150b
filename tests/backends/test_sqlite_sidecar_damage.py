"""A sidecar that is not as it was written is named, and leads to nothing else."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from tests.backends.faults import append, body, entry, large

from keyrack.backends.sidecar import PAGE
from keyrack.backends.sqlite import SQLiteBackend
from keyrack.errors import CorruptValueError


def files(path: Path) -> list[Path]:
    return list(path.with_name("x.db.values").glob("*.*"))


def spoil(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "missing":
        file.unlink()
        return
    if how == "another program's":
        content[:16] = b"\x89PNG\r\n\x1a\n" + bytes(8)
    elif how == "newer":
        content[16:20] = struct.pack("<I", 2)
    elif how == "another database's":
        content[20] ^= 1
    elif how == "another value's":
        content[36] ^= 1
    elif how.startswith("cut to "):
        del content[int(how.removeprefix("cut to ")) :]
    elif how == "longer":
        content += b"x"
    replacement = file.with_suffix(".new")
    replacement.write_bytes(content)
    replacement.replace(file)


DAMAGE = {
    "missing": "is missing",
    "another program's": "no file of keyrack's",
    "newer": "newer format 2; this version reads up to 1",
    "another database's": "belongs to another database",
    "another value's": "not the file that was written under that name",
    "cut to 0": "cut off",
    "cut to 100": "cut off",
    "cut to 4096": "has 0 bytes of 100,000",
    "cut to 50000": "has 45,904 bytes of 100,000",
    "longer": "has 100,001 bytes of 100,000",
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("appended", [False, True], ids=["put", "appended"])
def test_a_file_that_is_not_as_it_was_written_is_named(path: Path, how: str, appended: bool) -> None:
    backend = SQLiteBackend(path)
    if appended:
        backend.write("a", entry(b"1"))
        append(backend, "a", large(1))
    else:
        backend.write("a", entry(large(1)))
    backend.write("b", entry(b"2"))
    (file,) = files(path)
    spoil(file, how)

    for names in (["a"], ["b", "a"]):
        with pytest.raises(CorruptValueError, match=DAMAGE[how]) as caught:
            backend.read(names)
        assert caught.value.key == "a"
        assert file.name in caught.value.reason
    assert body(backend, "b") == b"2"
    backend.write("a", entry(large(3)))
    assert body(backend, "a") == large(3)


@pytest.mark.parametrize("file", ["../../victim", "/etc/passwd", b"\0" * 16, 5, "0" * 31 + "/", "0" * 32 + "\n"])
def test_a_damaged_row_leads_to_no_other_file(path: Path, tmp_path: Path, file: object) -> None:
    victim = tmp_path / "victim.value"
    victim.write_bytes(bytes(PAGE))
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))
    backend._pool.current().execute("UPDATE entry SET file = ?", (file,))  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(CorruptValueError):
        backend.read(["a"])
    backend.commit({}, {"a": None})

    assert victim.exists()
    assert backend.names("") == []


def test_a_file_that_is_cut_off_while_somebody_has_it_mapped_is_named(path: Path) -> None:
    backend = SQLiteBackend(path)
    backend.write("a", entry(large(1)))
    held = backend.read(["a"])
    os.truncate(files(path)[0], 5_000)

    with pytest.raises(CorruptValueError, match="has 904 bytes of 100,000"):
        backend.read(["a"])
    del held

"""Files: what is found, what is skipped, and what cannot be read."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from keyrack._text import printable
from keyrack.demo.files import TOP_LEVEL, ModuleName, UnfitError, content, import_prefix, listed, module_name
from keyrack.demo.pipeline import Keys

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links as POSIX has them")


def refusal(path: Path, limit: int = 100) -> str:
    with pytest.raises(UnfitError) as refused:
        content(path, limit)
    return str(refused.value)


# --- finding --------------------------------------------------------------------------------------


def test_a_listing_is_sorted_and_holds_sources_and_folders_only(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "notes.txt", "c.pyc", "d.PY"):
        (tmp_path / name).touch()
    for name in ("z", "y.py"):
        (tmp_path / name).mkdir()

    found = listed(tmp_path)

    assert [path.name for path in found.files] == ["a.py", "b.py"]
    assert [path.name for path in found.folders] == ["y.py", "z"]


@pytest.mark.parametrize("name", [".git", ".venv", "__pycache__", "site-packages", "dist-packages", "node_modules"])
def test_folders_of_somebody_else_are_skipped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    assert listed(tmp_path).folders == []


def test_hidden_files_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "._cart.py").write_bytes(b"\0")

    assert listed(tmp_path).files == []


@posix
def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "loop.py").symlink_to(tmp_path)

    found = listed(tmp_path)

    assert found.folders == []
    assert found.files == [tmp_path / "loop.py"]  # reading it will say what it is


def test_a_folder_that_is_gone_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="no such file or directory"):
        listed(tmp_path / "gone")


# --- reading --------------------------------------------------------------------------------------


def test_a_file_of_just_the_limit_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x" * 100)

    assert content(path, 100) == b"x" * 100


def test_a_file_of_a_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x" * 1001)

    assert refusal(path, 1000) == "larger than 1,000 bytes"


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.py") == "no such file or directory"


@posix
def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")

    assert refusal(tmp_path / "a.py") == "no regular file"


@posix
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (".", "is a directory"),
        ("a.py", "too many levels of symbolic links"),
        ("nowhere", "no such file or directory"),
        ("/dev/zero", "no regular file"),
    ],
)
def test_a_link_to_what_is_no_file_is_refused(tmp_path: Path, target: str, reason: str) -> None:
    (tmp_path / "a.py").symlink_to(target)

    assert refusal(tmp_path / "a.py") == reason


@posix
def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a.py")

        reason = refusal(tmp_path / "a.py")

    assert reason


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_file_and_a_folder_without_permission_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch(mode=0)
    (tmp_path / "sub").mkdir(mode=0)

    assert refusal(tmp_path / "a.py") == "permission denied"
    with pytest.raises(UnfitError, match="permission denied"):
        listed(tmp_path / "sub")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and fails to be read")
def test_a_file_that_fails_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("/proc/self/mem")

    assert refusal(tmp_path / "a.py") == "input/output error"


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "prefix", "name"),
    [
        ("cart.py", "", ModuleName("cart", TOP_LEVEL, is_package=False)),
        ("shop/cart.py", "", ModuleName("shop.cart", "shop", is_package=False)),
        ("shop/eu/vat.py", "", ModuleName("shop.eu.vat", "shop", is_package=False)),
        ("shop/__init__.py", "", ModuleName("shop", "shop", is_package=True)),
        ("cart.py", "shop", ModuleName("shop.cart", TOP_LEVEL, is_package=False)),
        ("eu/vat.py", "shop", ModuleName("shop.eu.vat", "eu", is_package=False)),
        ("__init__.py", "shop", ModuleName("shop", TOP_LEVEL, is_package=True)),
        ("__init__.py", "", ModuleName("root", TOP_LEVEL, is_package=True)),
        ("v1.2/a.b.py", "", ModuleName("v1.2.a.b", "v1.2", is_package=False)),
        ("new\nline.py", "", ModuleName("new\\nline", TOP_LEVEL, is_package=False)),
    ],
)
def test_a_module_is_called_what_those_who_import_it_call_it(path: str, prefix: str, name: ModuleName) -> None:
    assert module_name(Path("/root") / path, Path("/root"), prefix) == name


@pytest.mark.parametrize("char", ["\x01", "界", '"', "\\"])
def test_the_longest_name_of_a_folder_leaves_room_for_the_name_of_a_key(char: str) -> None:
    folder = char * (255 // len(char.encode()))  # the most that file systems allow
    package = module_name(Path("/root") / folder / "a.py", Path("/root"), "").package

    assert Keys.package.covers(Keys.package[package].name)


def test_the_prefix_is_every_package_around_a_folder(tmp_path: Path) -> None:
    eu = tmp_path / "shop" / "eu"
    eu.mkdir(parents=True)
    (eu / "__init__.py").touch()
    (eu.parent / "__init__.py").touch()

    assert import_prefix(eu) == "shop.eu"
    assert import_prefix(eu.parent) == "shop"
    assert import_prefix(tmp_path) == ""


def test_a_folder_of_plain_scripts_has_no_prefix(tmp_path: Path) -> None:
    assert import_prefix(tmp_path) == ""


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("café界.py", "café界.py"),
        ("a\\nb", "a\nb"),
        ("\\x1b[31mred", "\x1b[31mred"),
        ("bad\\udcff", os.fsdecode(b"bad\xff")),
        ("right\\u202eleft", "right\u202eleft"),
    ],
)
def test_what_no_terminal_should_be_sent_is_shown_as_an_escape(shown: str, text: str) -> None:
    assert printable(text) == shown

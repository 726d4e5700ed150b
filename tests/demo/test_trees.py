"""`keyrack demo` on trees, good and bad, run as a program."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.demo.running import run

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links as POSIX has them")


def findings(printed: str) -> str:
    """Give what a survey printed, without the times."""
    return printed.partition("Time in each state")[0]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A tree of three good modules."""
    root = tmp_path / "shop"
    (root / "eu").mkdir(parents=True)
    (root / "eu" / "__init__.py").touch()
    (root / "eu" / "vat.py").write_text("import sys\n\nif sys.argv:\n    def vat(price):\n        return price\n")
    (root / "main.py").write_text("import sys\n")
    return root


# --- good ones ------------------------------------------------------------------------------------


def test_a_second_run_finds_the_same() -> None:
    path = Path(json.__file__).parent

    first, second = run("demo", path), run("demo", path)

    assert first.returncode == second.returncode == 0
    assert findings(first.stdout) == findings(second.stdout)
    assert "json.decoder" in first.stdout


def test_one_file_can_be_surveyed(shop: Path) -> None:
    result = run("demo", shop / "eu" / "vat.py")

    assert result.returncode == 0
    assert "1 module in 1 package: 5 lines, 1 function, 0 classes" in result.stdout


def test_a_module_with_nothing_in_it_can_be_surveyed(shop: Path) -> None:
    result = run("demo", shop / "eu" / "__init__.py")

    assert result.returncode == 0
    assert "1 module in 1 package: 0 lines, 0 functions, 0 classes\n\nIn the store\n" in result.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_the_width_and_findings_stand_side_by_side_where_there_is_room(shop: Path, width: int) -> None:
    long = "long" * 30
    (shop / f"{long}.py").write_text(f"def {long}():\n    pass\n")
    (shop / f"{long}_bad.py").write_text("def (")

    lines = run("demo", shop, COLUMNS=str(width)).stdout.splitlines()
    titles = [line.split("  ")[0] for line in lines if "Largest packages" in line and "Largest modules" in line]

    assert max(map(len, lines)) <= width
    assert len(titles) == (width == 120)


def test_colors_that_are_asked_for_do_not_bring_a_bar_into_a_log(shop: Path) -> None:
    result = run("demo", shop, FORCE_COLOR="1")

    assert result.returncode == 0
    assert "\x1b[1m" in result.stdout
    assert result.stderr.splitlines()[-1] == "parsed 3 of 3 files"


def test_an_output_that_lacks_characters_gets_the_others(shop: Path) -> None:
    (shop / "café.py").write_text("x = 1\n")

    result = run("demo", shop, PYTHONIOENCODING="ascii")

    assert result.returncode == 0
    assert "caf?" in result.stdout


@pytest.mark.parametrize("flag", ["-Walways", "-Werror::SyntaxWarning"])
def test_warnings_about_what_is_surveyed_stay_inside(shop: Path, flag: str) -> None:
    (shop / "main.py").write_text('x = "\\d"\ny = x is 1\nassert (x, "always true")\n')
    program = [sys.executable, flag, "-m", "keyrack"]

    result = run("demo", shop / "main.py", program=program)

    assert result.returncode == 0
    assert result.stderr == "parsed 1 of 1 file\n"


# --- bad ones -------------------------------------------------------------------------------------


def test_a_path_that_does_not_exist_is_said(tmp_path: Path) -> None:
    result = run("demo", tmp_path / "gone")

    assert result.stderr == f"keyrack demo: {tmp_path / 'gone'} does not exist\n"
    assert (result.returncode, result.stdout) == (1, "")


def test_a_path_that_the_system_refuses_is_said(tmp_path: Path) -> None:
    result = run("demo", tmp_path / ("long" * 100))

    assert re.fullmatch(r"keyrack demo: .*longlong (cannot be looked at: .+|does not exist)\n", result.stderr)
    assert (result.returncode, result.stdout) == (1, "")


def test_a_file_that_is_no_python_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.touch()

    result = run("demo", path)

    assert result.stderr == (f"keyrack demo: {path} is no Python file: name a folder, or a file that ends in .py\n")
    assert (result.returncode, result.stdout) == (1, "")


@posix
def test_what_is_neither_folder_nor_file_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")

    result = run("demo", tmp_path / "pipe.py")

    assert result.stderr == f"keyrack demo: {tmp_path / 'pipe.py'} is neither a folder nor a file\n"
    assert (result.returncode, result.stdout) == (1, "")


def test_a_tree_without_python_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    result = run("demo", tmp_path)

    assert result.stderr == f"keyrack demo: nothing to survey: no file in {tmp_path} ends in .py\n"
    assert (result.returncode, result.stdout) == (1, "")


def test_a_tree_of_nothing_but_broken_files_is_said_with_the_reasons(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(:")
    (tmp_path / "b.py").write_bytes(b"a\0b")

    result = run("demo", tmp_path)

    assert result.stderr == (
        "parsed 2 of 2 files\n"
        f"keyrack demo: nothing to survey in {tmp_path}; left out 2 paths:\n"
        "  a.py: line 1: invalid syntax\n"
        "  b.py: source code string cannot contain null bytes\n"
    )
    assert (result.returncode, result.stdout) == (1, "")


Breaker = Callable[[Path], object]

BROKEN: dict[str, tuple[Breaker, str]] = {
    "syntax.py": (lambda path: path.write_text("def f(:"), "line 1: invalid syntax"),
    "null.py": (lambda path: path.write_bytes(b"a\0b"), "source code string cannot contain null bytes"),
    "codec.py": (lambda path: path.write_text("# coding: klingon"), "unknown encoding: klingon"),
    "parens.py": (lambda path: path.write_text("(" * 100_000), "line 1: too many nested parentheses"),
    "deep.py": (lambda path: path.write_text("-" * 100_000 + "1"), "nested too deeply for the parser"),
    "long.py": (lambda path: path.write_text("+".join("a" * 50_000)), "nested too deeply for the parser"),
    "huge.py": (lambda path: path.write_bytes(b"#" * 4_000_001), "larger than 4,000,000 bytes"),
    "[red]:fire:.py": (lambda path: path.write_text("("), "line 1: '(' was never closed"),
}
BROKEN_ON_POSIX: dict[str, tuple[Breaker, str]] = {
    "pipe.py": (os.mkfifo, "no regular file"),
    "gone.py": (lambda path: path.symlink_to("nowhere"), "no such file or directory"),
    "folder.py": (lambda path: path.symlink_to("."), "is a directory"),
    "loop.py": (lambda path: path.symlink_to("loop.py"), "too many levels of symbolic links"),
    "zero.py": (lambda path: path.symlink_to("/dev/zero"), "no regular file"),
    "new\nline\x1b[31m.py": (lambda path: path.write_text("("), "line 1: '(' was never closed"),
}


@posix
def test_what_is_broken_is_listed_and_the_rest_is_surveyed(shop: Path) -> None:
    cases = BROKEN | BROKEN_ON_POSIX
    for name, (make, _) in cases.items():
        make(shop / name)
    (shop / os.fsdecode(b"latin\xe9.py")).write_text("(")
    (shop / "circle").symlink_to(shop)

    result = run("demo", shop, COLUMNS="120")
    *_, left_out = result.stdout.partition(f"Left out: {len(cases) + 1} paths\n")
    listed = dict(re.split(r"  +", line.rstrip(), maxsplit=1) for line in left_out.splitlines()[2 : 3 + len(cases)])
    shown = {name.replace("\n", "\\n").replace("\x1b", "\\x1b"): reason for name, (_, reason) in cases.items()}

    assert result.returncode == 0
    assert "3 modules in 2 packages" in result.stdout
    assert listed == {**shown, "latin\\udce9.py": "line 1: '(' was never closed"}


def test_of_many_broken_files_the_first_are_listed_and_all_are_counted(shop: Path) -> None:
    for number in range(25):
        (shop / f"bad{number:02}.py").write_text("(")

    result = run("demo", shop)

    assert result.returncode == 0
    assert "Left out: 25 paths\n" in result.stdout
    assert "bad19.py" in result.stdout
    assert "bad20.py" not in result.stdout
    assert "… and 5 more" in result.stdout

"""The command line, run as a program: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import keyrack

KEYRACK = [sys.executable, "-m", "keyrack"]
LATER = 60  # seconds after which a program that should have ended fails its test

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and files as POSIX has them")


def environment(**changes: str) -> dict[str, str]:
    """Give the environment of the tests, without what changes how rich prints."""
    kept = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR", "TERM"}}
    return kept | {"COLUMNS": "80", "TERM": "xterm", "PYTHONIOENCODING": "utf-8"} | changes


def run(*arguments: str | Path, program: list[str] = KEYRACK, **env: str) -> subprocess.CompletedProcess[str]:
    """Run keyrack to its end."""
    return subprocess.run(
        [*program, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        timeout=LATER,
    )


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


# --- the command ----------------------------------------------------------------------------------


def test_the_version_is_that_of_the_package() -> None:
    result = run("--version")

    assert (result.returncode, result.stdout, result.stderr) == (0, f"keyrack {keyrack.__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands(option: str) -> None:
    result = run(option)

    assert result.returncode == 0
    assert re.search(r"^  demo +\S", result.stdout, re.MULTILINE)


def test_help_of_a_command_says_what_it_takes() -> None:
    result = run("demo", "--help")

    assert result.returncode == 0
    assert "A folder or a Python file; the standard library if not given." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], ""),
        (["demo", "--fast"], "No such option: --fast"),
        (["demo", ".", "."], "unexpected extra argument"),
        (["damo"], "No such command 'damo'"),
    ],
)
def test_wrong_usage_is_said_on_stderr_and_ends_with_2(arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert result.returncode == 2
    assert said in result.stderr


@pytest.mark.parametrize("package", ["typer", "rich"])
@pytest.mark.parametrize(
    ("arguments", "command"),
    [(["demo"], "keyrack demo"), (["--version"], "keyrack"), ([], "keyrack"), (["\x1b"], "keyrack")],
)
def test_without_the_extra_the_command_says_how_to_install_it(package: str, arguments: list[str], command: str) -> None:
    blocked = f"import sys; sys.modules[{package!r}] = None; from keyrack.cli import main; main()"

    result = run(*arguments, program=[sys.executable, "-c", blocked])

    assert result.stderr == f"{command} needs the '{package}' package; install it with: pip install 'keyrack[cli]'\n"
    assert (result.returncode, result.stdout) == (1, "")


def test_importing_the_command_line_loads_neither_typer_nor_rich() -> None:
    code = "import sys, json, keyrack.cli; print(json.dumps(list(sys.modules)))"

    loaded = json.loads(run(program=[sys.executable, "-c", code]).stdout)

    assert "keyrack.cli" in loaded
    assert {"typer", "rich", "pydantic", "asyncio"}.isdisjoint(loaded)


# --- a survey of the standard library -------------------------------------------------------------


@pytest.fixture(scope="module")
def library() -> subprocess.CompletedProcess[str]:
    """The survey that `keyrack demo` makes when nothing else is said."""
    return run("demo")


def test_the_standard_library_is_surveyed(library: subprocess.CompletedProcess[str]) -> None:
    first, second, *_ = library.stdout.splitlines()
    counts = re.fullmatch(r"([\d,]+) modules in (\d+) packages: ([\d,]+) lines, .* functions, .* classes", second)

    assert library.returncode == 0
    assert first == f"Surveyed {sysconfig.get_path('stdlib')}"
    assert counts is not None
    assert int(counts[1].replace(",", "")) > 400


def test_what_is_found_is_worth_reading(library: subprocess.CompletedProcess[str]) -> None:
    assert re.search(r"^ +[\d,]+ importers +sys *$", library.stdout, re.MULTILINE)
    for title in (
        "Largest packages",
        "Largest modules",
        "Longest functions",
        "Most imported",
        "Deepest indentation",
        "Public functions without a docstring",
    ):
        assert title in library.stdout


def test_what_lies_in_the_store_is_listed_under_its_type(library: subprocess.CompletedProcess[str]) -> None:
    for name, form, holds in (
        ("root", "Path", r"\S+"),
        ("limit", "int", r"default 4,000,000"),
        ("modules", r"list\[ModuleFacts\]", r"[\d,]+ items"),
        ("package[…]", "PackageTotals", r"\d+ keys"),
        ("report", "Report", "3 fields"),
    ):
        assert re.search(rf"^survey\.{re.escape(name)} +{form} +{holds} +[A-Z]", library.stdout, re.MULTILINE), name


def test_the_time_in_each_state_is_listed(library: subprocess.CompletedProcess[str]) -> None:
    *_, table = library.stdout.partition("Time in each state")

    assert re.findall(r"^(\w+) +[\d,]+ +\d+\.\d\d +\d+%", table, re.MULTILINE) == [
        *("DISCOVER", "PARSE", "COLLECT", "RANK", "REPORT")
    ]


def test_progress_is_a_few_plain_lines_where_there_is_no_terminal(library: subprocess.CompletedProcess[str]) -> None:
    lines = library.stderr.splitlines()

    assert 2 <= len(lines) <= 6
    assert all(re.fullmatch(r"parsed [\d,]+ of [\d,]+ files", line) for line in lines)
    assert "\x1b" not in library.stdout


# --- a survey of a tree ---------------------------------------------------------------------------


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


# --- bad input ------------------------------------------------------------------------------------


def test_a_path_that_does_not_exist_is_said(tmp_path: Path) -> None:
    result = run("demo", tmp_path / "gone")

    assert result.stderr == f"keyrack demo: {tmp_path / 'gone'} does not exist\n"
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


# --- how it ends ----------------------------------------------------------------------------------


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A tree that takes longer to survey than any test waits."""
    source = "def f(a, b):\n    return [a, b, a + b]\n" * 1_000
    for number in range(200):
        (tmp_path / f"m{number:03}.py").write_text(source)
    return tmp_path


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stderr is not None
    return iter(process.stderr.readline, "")


@posix
@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_ends_a_survey_at_once_with_130_and_a_word(endless: Path, times: int) -> None:
    with subprocess.Popen(
        [*KEYRACK, "demo", endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert next(lines_of(process)).startswith("parsed ")  # it is at work
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LATER)

    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted"
    assert "Traceback" not in err
    assert out == ""


@posix
@pytest.mark.parametrize("module", ["typer", "pydantic", "asyncio", "rich.table"])
def test_ctrl_c_while_the_program_loads_ends_it_likewise(tmp_path: Path, module: str) -> None:
    package = tmp_path / "interrupting"
    package.mkdir()
    (package / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path, target=None):\n"
        f"        if name == {module!r}:\n"
        "            exec('os.kill(os.getpid(), signal.SIGINT)')\n"
        "sys.meta_path.insert(0, Interrupting)\n"
    )
    path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])

    result = run("demo", tmp_path, PYTHONPATH=path)

    assert (result.returncode, result.stdout, result.stderr) == (130, "", "interrupted\n")


@posix
def test_on_a_terminal_a_bar_shows_progress_and_is_gone_when_it_is_interrupted(endless: Path) -> None:
    import pty

    master, terminal = pty.openpty()
    with (
        os.fdopen(master, "rb", buffering=0) as screen,
        subprocess.Popen(
            [*KEYRACK, "demo", endless], stdin=terminal, stdout=terminal, stderr=terminal, env=environment()
        ) as process,
    ):
        os.close(terminal)
        shown = b""
        while b"of 200 files" not in shown:
            shown += screen.read(4096)
        process.send_signal(signal.SIGINT)
        ended = b"".join(rest_of(screen))

    assert process.returncode == 130
    assert "━".encode() in shown
    assert b"\x1b[?25l" in shown  # the cursor goes,
    assert b"\x1b[?25h" in ended  # and comes back
    assert ended.endswith(b"\r\ninterrupted\r\n")
    assert b"Traceback" not in ended


def rest_of(screen: Any) -> Iterator[bytes]:
    """Read what is written until nobody has the terminal open."""
    try:
        while chunk := screen.read(4096):
            yield chunk
    except OSError:  # how Linux says it
        return


@posix
def test_a_reader_who_has_enough_ends_the_program_in_silence(shop: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        process = subprocess.run(
            [*KEYRACK, "demo", shop], stdout=closed, stderr=subprocess.PIPE, text=True, check=False, env=environment()
        )

    assert process.returncode == 141
    assert process.stderr == "parsed 3 of 3 files\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said(shop: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [*KEYRACK, "demo", shop], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment()
        )

    assert process.returncode == 1
    assert process.stderr.splitlines()[-1] == "keyrack: [Errno 28] No space left on device"
    assert "Traceback" not in process.stderr


@posix
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), (">&- 2>&-", 0)])
def test_closed_outputs_are_no_reason_to_fail(shop: Path, closed: str, code: int) -> None:
    result = run("-c", f'exec "$@" {closed}', "sh", *KEYRACK, "demo", shop, program=["sh"])

    assert result.returncode == code
    assert "Traceback" not in result.stderr

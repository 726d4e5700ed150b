"""The command line, run as a program: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.demo.running import KEYRACK, LATER, environment, run

import keyrack

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals as POSIX has them")


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


# --- how it ends ----------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A tree of three good modules."""
    root = tmp_path / "shop"
    (root / "eu").mkdir(parents=True)
    (root / "eu" / "__init__.py").touch()
    (root / "eu" / "vat.py").write_text("import sys\n\nif sys.argv:\n    def vat(price):\n        return price\n")
    (root / "main.py").write_text("import sys\n")
    return root


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

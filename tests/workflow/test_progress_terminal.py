"""Progress on a real terminal: what is drawn, what is left on the screen, and that the terminal is as it was."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

SOURCE = r"""
import asyncio, sys
from enum import Enum
from keyrack import JoinConfig, JoinStrategy, Workflow
if "no rich" in sys.argv:
    sys.modules["rich"] = sys.modules["rich.console"] = None

S = Enum("S", {"[red]LOAD": 1, ":smile:": 2, "PARSE": 3, "DONE": 4})
LOAD, SMILE, PARSE, DONE = S
workflow = Workflow(S, name="[bold]books", initial=LOAD).add_exit_states(DONE)
drawn = 0.3 if "slow" in sys.argv else 0

@workflow.stage(LOAD)
async def load(store):
    print("from the task")
    await asyncio.sleep(drawn)
    return SMILE

@workflow.stage(SMILE)
async def smile(store):
    if "wait" in sys.argv:
        print("waiting", flush=True)
        await asyncio.Event().wait()
    if "fail" in sys.argv:
        raise ValueError("[i]no[/i]")
    return PARSE

async def branch(store):
    await asyncio.sleep(drawn)

workflow.register_split(PARSE, [branch, branch], JoinConfig(JoinStrategy.all(), DONE))
try:
    print(workflow.run(progress=True))
except (ValueError, KeyboardInterrupt) as error:
    print(type(error).__name__)
"""

CURSOR = re.compile(r"\x1b\[\?25[lh]")
DRAWN = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|[\u2800-\u28ff]")
SECONDS = re.compile(r"\d+\.\d\d s")


def in_a_terminal(
    *arguments: str, interrupt_at: bytes | None = None, columns: int = 80, environ: dict[str, str] | None = None
) -> str:
    """Run the program in a terminal of its own, and give what it wrote to it."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, columns))
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    with subprocess.Popen(
        [sys.executable, "-c", SOURCE, *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=clean | {"TERM": "xterm"} | (environ or {}),
        start_new_session=True,
    ) as program:
        os.close(terminal)
        written = b""
        while chunk := _read(controller):
            written += chunk
            if interrupt_at is not None and interrupt_at in written:
                interrupt_at = None
                program.send_signal(2)
        os.close(controller)
        assert program.wait(60) == 0
    return written.decode().replace("\r\n", "\n")


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # what Linux says when the last program has gone
        return b""


def on_screen(written: str) -> list[str]:
    """The lines that are left on the screen when all was drawn."""
    screen = [""]
    row = 0
    for part in re.split(r"(\n|\r|\x1b\[[0-9;?]*[a-zA-Z])", written):
        if part == "\n":
            row += 1
            screen += [""] * (row + 1 - len(screen))
        elif part == "\r" or DRAWN.fullmatch(part):
            row -= part == "\x1b[1A"
            if part == "\x1b[2K":
                screen[row] = ""
        else:
            screen[row] += part
    return [SECONDS.sub("… s", line.rstrip()) for line in screen if line.rstrip()]


END = [
    "from the task",
    "[red]LOAD  … s",
    ":smile:  … s",
    "PARSE  … s",
    "[bold]books: ended in DONE after 3 states in … s",
    "S.DONE",
]


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}], ids=["colours", "no colours"])
def test_in_a_terminal_what_happens_now_is_drawn_below_the_lines_that_stay(environ: dict[str, str]) -> None:
    written = in_a_terminal("slow", environ=environ)

    assert on_screen(written) == END
    assert "1  [red]LOAD  load" in written
    assert "3  PARSE  0 of 2 branches" in written
    assert CURSOR.findall(written) == ["\x1b[?25l", "\x1b[?25h"]
    assert ("\x1b[32m" in written) is not bool(environ)


@pytest.mark.parametrize(("argument", "term"), [("slow", "dumb"), ("no rich", "xterm")])
def test_in_a_terminal_that_cannot_draw_or_without_rich_there_are_lines_alone(argument: str, term: str) -> None:
    written = in_a_terminal(argument, environ={"TERM": term})

    assert on_screen(written) == END
    assert "\x1b" not in written
    assert "branches" not in written


def test_when_a_task_fails_the_terminal_is_as_it_was() -> None:
    written = in_a_terminal("slow", "fail")

    assert on_screen(written) == [
        "from the task",
        "[red]LOAD  … s",
        ":smile:  smile: ValueError: [i]no[/i]",
        "[bold]books: ValueError in :smile: after 2 states in … s",
        "ValueError",
    ]
    assert CURSOR.findall(written) == ["\x1b[?25l", "\x1b[?25h"]


def test_ctrl_c_leaves_the_terminal_as_it_was() -> None:
    written = in_a_terminal("wait", interrupt_at=b"waiting")

    assert on_screen(written) == [
        "from the task",
        "[red]LOAD  … s",
        "waiting",
        "[bold]books: cancelled in :smile: after 2 states in … s",
        "KeyboardInterrupt",
    ]
    assert CURSOR.findall(written) == ["\x1b[?25l", "\x1b[?25h"]


def test_what_is_longer_than_the_terminal_is_wide_takes_one_line_and_is_cut() -> None:
    written = in_a_terminal("slow", columns=12)

    assert "3  PARSE  0 of 2 branches" not in written
    assert "…" in written


def test_a_terminal_that_goes_away_does_not_disturb_the_run() -> None:
    pty = pytest.importorskip("pty")
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SOURCE, "slow"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=os.environ | {"TERM": "xterm"},
        start_new_session=True,
    ) as program:
        os.close(terminal)
        assert os.read(controller, 1)
        os.close(controller)
        assert program.stdout is not None
        out = program.stdout.read()

    assert program.returncode == 0
    assert out.decode().split("\n")[-2:] == ["S.DONE", ""]


def test_a_reader_of_stderr_that_goes_away_does_not_disturb_the_run() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stderr:
        result = subprocess.run(
            [sys.executable, "-c", SOURCE], stdout=subprocess.PIPE, stderr=stderr, check=False, timeout=60
        )

    assert result.stdout.decode().split("\n") == ["from the task", "S.DONE", ""]

"""The pages about `keyrack run`: their commands, typed in, print what the pages show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.check.programs import blocks
from tests.demo.running import run

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "how-to" / "run-from-the-shell.md"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the programs of the pages."""
    monkeypatch.chdir(tmp_path)
    [program] = [block for block in blocks(PAGE.read_text(), "python") if block.startswith("# shop.py")]
    (tmp_path / "shop.py").write_text(program)
    (tmp_path / "orders.py").write_text((DOCS / "examples" / "orders.py").read_text())
    return tmp_path


def commands(page: Path) -> list[tuple[list[str], str]]:
    """The commands of a page, each with what it shows."""
    shown = [block.partition("\n") for block in blocks(page.read_text(), "text") if block.startswith("$ keyrack run")]
    return [(shlex.split(line)[3:], output) for line, _, output in shown]


def masked(text: str) -> list[str]:
    return [re.sub(r"\d+\.\d\d s", "… s", line).rstrip() for line in text.splitlines()]


def test_the_page_shows_what_its_command_prints() -> None:
    (first, shown), (second, nothing) = commands(PAGE)
    done = run("run", *first)
    traced = run("run", *second)

    assert masked(done.stderr + done.stdout) == masked(shown)
    assert (traced.returncode, nothing) == (0, "")
    assert Path("run.html").is_file()


def test_the_command_of_the_tutorial_runs_its_program() -> None:
    [(command, _)] = commands(DOCS / "tutorial.md")
    done = run("run", *command)

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "DONE")
    assert "27.0" in done.stdout
    assert Path("run.html").is_file()

"""The page on writing a backend: its backend is short, is the one that is tested elsewhere, and passes the suite."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "write-a-backend.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

STEADY = ["--hypothesis-profile=ci"]
"""The same examples each time."""


def test_the_backend_has_less_than_60_lines() -> None:
    lines = [line for line in BLOCKS[0].splitlines() if line.strip()]

    assert len(lines) < 60


def test_the_backend_is_the_one_that_other_tests_use() -> None:
    module = (ROOT / "tests" / "backends" / "byte_backend.py").read_text("utf-8")

    assert module.partition("\n\n")[2] == BLOCKS[0]


def test_the_backend_passes_the_suite(tmp_path: Path) -> None:
    module = tmp_path / "test_page.py"
    module.write_text("\n\n".join(BLOCKS[:2]), "utf-8")

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *STEADY, module],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == pytest.ExitCode.OK, result.stdout + result.stderr
    assert re.search(r"\b1\d\d passed, \d+ skipped", result.stdout)

"""keyrack as a program: how the tests run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

KEYRACK = [sys.executable, "-m", "keyrack"]
LATER = 100
"""Seconds after which a program that should have ended fails its test."""


def environment(**changes: str) -> dict[str, str]:
    """Give the environment of the tests, without what changes how rich prints."""
    kept = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR"}}
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

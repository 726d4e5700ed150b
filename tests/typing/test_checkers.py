"""Four type checkers on our code and the samples: what is right passes, what is wrong is refused.

mypy and pyright decide; ty and pyrefly join in where they are installed. Each runs once, over
everything. A line of a sample that ends in `# E` must be refused, and no other line. Where a
checker does not see what the others see, GAPS says so, and holds it exactly.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.source

ROOT = Path(__file__).parents[2]
CODE = ["src", "tests", "docs", "conftest.py"]
SAMPLES = ["tests/typing/samples/good.py", "tests/typing/samples/bad.py"]

GAPS: dict[str, dict[str, str]] = {
    "mypy": {},
    "pyright": {},
    "ty": {
        'assert_type(store.get(MAYBE, "none"), int | str | None)': "keeps the literal's own type"
    },
    "pyrefly": {},
}
"""By checker: the sample lines on which it is wrong, and why."""


class Finding(NamedTuple):
    """What a checker says about a line."""

    path: str
    line: int
    message: str


def output_of(*command: str) -> str:
    """Run a module of this interpreter's environment and give what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "PATH": path},  # pyright reads the python that is first on PATH
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in {0, 1}, result.stdout + result.stderr
    return result.stdout


def mypy() -> list[Finding]:
    reports = map(json.loads, output_of("mypy", "--output=json", *CODE, *SAMPLES).splitlines())
    return [Finding(r["file"], r["line"], r["message"]) for r in reports]


def pyright() -> list[Finding]:
    # The project file here is pyproject.toml without its exclusion of the samples.
    report = json.loads(output_of("pyright", "--outputjson", "--project", "tests/typing"))
    places = [(r["file"], r["range"]["start"], r["message"]) for r in report["generalDiagnostics"]]
    return [Finding(str(Path(f).relative_to(ROOT)), p["line"] + 1, text) for f, p, text in places]


def ty() -> list[Finding]:
    return _code_climate("ty", "check", "--output-format=gitlab", f"--python={sys.prefix}")


def pyrefly() -> list[Finding]:
    return _code_climate("pyrefly", "check", "--output-format=code-climate", "--preset=strict")


def _code_climate(*command: str) -> list[Finding]:
    places = [(r["location"], r["description"]) for r in json.loads(output_of(*command, *SAMPLES))]
    return [Finding(p["path"], p["positions"]["begin"]["line"], text) for p, text in places]


CHECKERS = {"mypy": mypy, "pyright": pyright, "ty": ty, "pyrefly": pyrefly}


@cache
def findings(checker: str) -> list[Finding]:
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed: pip install 'keyrack[typing-extra]'")
    return CHECKERS[checker]()


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_code_has_no_finding(checker: str) -> None:
    found = [f"{f.path}:{f.line}: {f.message}" for f in findings(checker) if f.path not in SAMPLES]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_marked_lines_are_refused_and_no_others(checker: str) -> None:
    said: dict[tuple[str, int], str] = {(f.path, f.line): f.message for f in findings(checker)}
    wrong: dict[str, str] = {}
    for path in SAMPLES:
        for number, text in enumerate((ROOT / path).read_text().splitlines(), start=1):
            message = said.get((path, number))
            if text.endswith("# E") is (message is None):
                wrong[text.strip()] = message or "not refused"

    assert wrong.keys() == GAPS[checker].keys(), wrong


def test_every_public_name_is_typed_completely() -> None:
    command = ["pyright", "--verifytypes", "keyrack", "--ignoreexternal", "--outputjson"]

    report = json.loads(output_of(*command))["typeCompleteness"]
    problems = [
        f"{symbol['name']}: {diagnostic['message']}"
        for symbol in report["symbols"]
        for diagnostic in symbol["diagnostics"]
        if diagnostic["severity"] == "error"
    ]

    assert not problems, "\n".join(problems)
    assert report["completenessScore"] == 1

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
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [
    pytest.mark.source,
    pytest.mark.timeout(600),  # pyright alone takes half a minute of computing time, more beside other tests
]

ROOT = Path(__file__).parents[2]
CODE = ["src", "tests", "docs", "conftest.py"]
SAMPLES = sorted(f"tests/typing/samples/{path.name}" for path in Path(__file__).parent.glob("samples/*.py"))

GAPS: dict[str, dict[str, str]] = {
    "mypy": {
        "bad_slots.py: if keys.count:  # E": "does not ask what __bool__ returns",
    },
    "pyright": {},
    "ty": {
        "bad_backends.py: KeyValueStore(LocksForNothing())  # E": "compares no generic methods",
        "bad_backends.py: KeyValueStore(LocksForNumbers())  # E": "compares no generic methods",
        "bad_backends.py: KeyValueStore(LocksForObjects())  # E": "compares no generic methods",
        "good_literals.py: store.append(GRID, [1])": "widens the key's type by the literal's",
        "good_literals.py: store.compare_and_set(BASES, [Derived()], [Derived()])": "two literals through a ParamSpec",
        "good_literals.py: store.compare_and_set(RATIOS, [1], [2])": "two literals through a ParamSpec",
        'good_literals.py: store.compare_and_set(ROW, {"id": 1}, {"id": 2})': "two literals through a ParamSpec",
        'good_literals.py: store.compare_and_set(SHAPES, [Point(1)], [User(name="Ada")])': (
            "two literals through a ParamSpec"
        ),
        "good_literals.py: store.extend(GRID, [[1], []])": "widens the key's type by the literal's",
        'good_literals.py: store.extend(LEVELS, ["debug"])': "widens the key's type by the literal's",
        "good_reads.py: assert_type(store.get(BASES, [Derived()]), list[Base])": "keeps the literal's own type beside",
        "good_reads.py: assert_type(store.get(RATIOS, [1]), list[float])": "keeps the literal's own type beside",
        'good_reads.py: assert_type(store.get(MAYBE, "none"), int | str | None)': "keeps the literal's own type",
        'good_slots.py: assert_type(keys.maybe.get("none"), int | str | None)': "keeps the literal's own type",
    },
    "pyrefly": {
        "bad_reads.py: store.update(INTS, tuple)  # E": "asks nothing of a class that is a function",
        "bad_slots.py: for each in RESULT:  # E": "takes __getitem__ though __iter__ is None",
        "bad_slots.py: for slots in keys.result:  # E": "takes __getitem__ though __iter__ is None",
        "bad_slots.py: if keys.count:  # E": "does not ask what __bool__ returns",
        "bad_workflow.py: @workflow.stage(Stage.DONE)  # E": "lets every decorator stand on a class",
        "good_declarations.py: assert_type(both[1], StoreKey[str])": "no descriptors in a NamedTuple",
        'good_declarations.py: assert_type(StoreKey("k", "int"), StoreKey[int])': "no types in quotes",
        'good_declarations.py: assert_type(StoreKey("k", "list[int | None]"), StoreKey[list[int | None]])': (
            "no types in quotes"
        ),
        'good_declarations.py: row: StoreKey[Row] = StoreKey(default={"id": 1})': "reads a literal as a dict first",
        "good_generic.py: assert_type(memo(store, INTS, list), list[int])": "does not solve a class for a function",
        'good_literals.py: store.append(ROWS, {"id": 1})': "reads a literal as a dict first",
        'good_literals.py: store.append(ROWS, {"id": 1, "name": "Ada"})': "reads a literal as a dict first",
        'good_reads.py: assert_type(store.get(ROW, {"id": 1}), Row)': "reads a literal as a dict first",
        'good_slots.py: keys.rows.append({"id": 1})': "reads a literal as a dict first",
        'good_slots.py: store.at(ROWS).append({"id": 1})': "reads a literal as a dict first",
    },
}
"""By checker: the sample lines on which it is wrong, and why."""


def sample_lines() -> Iterator[tuple[str, int, str]]:
    """Give the lines of the samples: file, number, text."""
    for path in SAMPLES:
        for number, text in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1):
            yield path, number, text.strip()


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
    for path, number, text in sample_lines():
        message = said.get((path, number))
        if text.endswith("# E") is (message is None):
            wrong[f"{Path(path).name}: {text}"] = message or "not refused"

    assert wrong.keys() == GAPS[checker].keys(), wrong


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_no_sample_is_refused_for_a_name_that_it_forgot(checker: str) -> None:
    lines = {(path, number): text for path, number, text in sample_lines()}
    undefined = [
        lines[f.path, f.line] for f in findings(checker) if f.path in SAMPLES and "is not defined" in f.message
    ]

    assert undefined == ["unknown: StoreKey[Nowhere]  # E"]


def test_there_are_samples_and_each_marked_line_is_there_once() -> None:
    marked = Counter((path, text) for path, _, text in sample_lines() if text.endswith("# E"))

    assert len(marked) >= 600
    assert set(marked.values()) == {1}


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

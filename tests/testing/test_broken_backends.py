"""The suite is tested itself: each backend that breaks its word comes out by the tests that say so."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.testing import broken_contents, broken_engines
from tests.testing.broken_suite import BrokenSuite

ROOT = Path(__file__).parents[2]
SUITES: dict[str, type[BrokenSuite]] = {
    name: suite
    for module in (broken_contents, broken_engines)
    for name, suite in inspect.getmembers(module, inspect.isclass)
    if issubclass(suite, BrokenSuite) and suite is not BrokenSuite
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    """Give how each test ended that should fail: the messages of its failures, by suite and test."""
    report = tmp_path_factory.mktemp("report") / "report.xml"
    files = {name: Path(inspect.getfile(suite)).relative_to(ROOT).as_posix() for name, suite in SUITES.items()}
    tests = [f"{files[name]}::{name}::{test}" for name, suite in SUITES.items() for test in suite.caught_by]

    options = ["-n0", "-q", "--tb=no", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    failures: dict[tuple[str, str], list[str]] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  # pytest wrote it
        place = case.attrib["classname"].rpartition(".")[2], case.attrib["name"].partition("[")[0]
        failures.setdefault(place, []).extend(one.attrib["message"] for one in case.iter("failure"))
    return failures


@pytest.mark.parametrize("name", SUITES)
def test_a_broken_backend_is_caught(name: str, failures: dict[tuple[str, str], list[str]]) -> None:
    not_caught_by = [test for test in SUITES[name].caught_by if not failures[name, test]]

    assert not_caught_by == []

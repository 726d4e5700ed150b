"""`keyrack demo` on the standard library: what it is for, done once."""

from __future__ import annotations

import re
import subprocess
import sysconfig

import pytest
from tests.demo.running import run


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

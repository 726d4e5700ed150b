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


def number_in(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_standard_library_is_surveyed(library: subprocess.CompletedProcess[str]) -> None:
    first, second, *_ = library.stdout.splitlines()
    counts = re.fullmatch(r"([\d,]+) modules in (\d+) packages: ([\d,]+) lines, .* functions, .* classes", second)

    assert library.returncode == 0
    assert first == f"Surveyed {sysconfig.get_path('stdlib')}"
    assert counts is not None
    assert number_in(counts[1]) > 400


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
        ("fresh[…]", r"list\[ModuleFacts\]", "4 keys"),
        ("parsers", "SplitSummary", "6 fields"),
        ("package[…]", "PackageTotals", r"\d+ keys"),
        ("report", "Report", "3 fields"),
    ):
        assert re.search(rf"^survey\.{re.escape(name)} +{form} +{holds} +[A-Z]", library.stdout, re.MULTILINE), name


def test_the_time_in_each_state_is_listed(library: subprocess.CompletedProcess[str]) -> None:
    *_, table = library.stdout.partition("Time in each state")

    assert re.findall(r"^(\w+) +[\d,]+ +\d+\.\d\d +\d+%", table, re.MULTILINE) == [
        *("DISCOVER", "PARSE", "COLLECT", "RANK", "REPORT")
    ]


def test_the_parsers_are_listed_with_the_files_that_each_has_read(library: subprocess.CompletedProcess[str]) -> None:
    *_, table = library.stdout.partition("Time in each state")
    whole = re.search(r"^PARSE .+% +([\d,]+)  4 parsers, 2 at a time *$", table, re.MULTILINE)
    parts = re.findall(r"^  parser (\d) +[\d,]+ +\d+\.\d\d +([\d,]+) *$", table, re.MULTILINE)

    assert [number for number, _ in parts] == ["1", "2", "3", "4"]
    assert whole is not None
    assert sum(number_in(read) for _, read in parts) == number_in(whole[1])


def test_progress_is_a_few_plain_lines_where_there_is_no_terminal(library: subprocess.CompletedProcess[str]) -> None:
    lines = library.stderr.splitlines()

    assert 2 <= len(lines) <= 6
    assert all(re.fullmatch(r"parsed [\d,]+ of [\d,]+ files", line) for line in lines)
    assert "\x1b" not in library.stdout

"""Reports for GitHub: escaped as the runner wants it, the worst first, and nothing lost beyond what it shows."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from tests.check.reports import CLEAN, FILE, HOSTILE, HOSTILE_REPORT, MISSING, any_report, finding, report

from keyrack.check.render import github
from keyrack.check.render.github import MOST_BYTES, markdown, render
from keyrack.check.render.text import summary_line
from keyrack.check.report import Diagnostic, Report, Spot

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*)::(.*)")


def properties(line: str) -> dict[str, str]:
    """Read a command as the runner does."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = (pair.partition("=") for pair in found[2].split(","))
    return {name: value.replace("%3A", ":").replace("%2C", ",").replace("%25", "%") for name, _, value in pairs}


def test_a_finding_is_a_command_with_its_way_in_the_message() -> None:
    first, last = render(report(MISSING)).splitlines()

    assert first == (
        "::error file=app/pipeline.py,line=31,endLine=31,col=32,endColumn=42,title=KR102 missing-on-path::"
        "'price' may be missing when BILL reads it: not written on ROUTE -> FAST -> BILL"
        "%0Aapp/pipeline.py:20: ROUTE returns FAST when `random.random() < 0.3`"
        "%0Aapp/pipeline.py:28: FAST returns BILL without writing 'price'"
        "%0Anote: written only by QUOTE (app/pipeline.py:23)"
        "%0Ahelp: write it on this path, guard with contains_key(Keys.price), give the key a default, "
        "or declare it as an input"
    )
    assert last == summary_line(report(MISSING))


def test_a_clean_report_is_the_summary_alone() -> None:
    assert render(CLEAN) == f"{summary_line(CLEAN)}\n"


def test_severities_have_the_names_of_github_and_the_worst_come_first() -> None:
    lines = render(report(finding("KR303"), finding("KR301"), finding("KR101"), finding("KR104"))).splitlines()

    assert [line.partition(" ")[0] for line in lines[:4]] == ["::error", "::error", "::warning", "::notice"]
    assert "title=KR101 never-written" in lines[0]


@pytest.mark.parametrize(
    ("expected", "spot"),
    [
        ({}, Spot("", 0)),
        ({"file": FILE}, Spot(FILE, 0)),
        ({"file": FILE, "line": "3", "col": "1"}, Spot(FILE, 3)),
        ({"file": FILE, "line": "3"}, Spot(FILE, 3, 0)),
        ({"file": FILE, "line": "3", "endLine": "5"}, Spot(FILE, 3, 4, 5, 6)),
        ({"file": FILE, "line": "3", "endLine": "3", "col": "4"}, Spot(FILE, 3, 4, 3, 4)),
        ({"file": FILE, "line": "3", "endLine": "3", "col": "4", "endColumn": "5"}, Spot(FILE, 3, 4, 3, 6)),
        ({"file": "a,b:c%d.py", "line": "1", "col": "1"}, Spot("a,b:c%d.py", 1)),
    ],
)
def test_a_place_is_said_as_far_as_it_is_known_and_escaped(expected: dict[str, str], spot: Spot) -> None:
    line = render(report(replace(finding("KR301"), spot=spot))).splitlines()[0]

    assert properties(line) == {**expected, "title": "KR301 never-read"}


def test_properties_and_messages_are_escaped_each_in_its_way() -> None:
    one = Diagnostic("KR301", "warning", "50%: a, b", Spot("a,b:c%.py", 1), "Orders")

    assert render(report(one)).startswith(
        "::warning file=a%2Cb%3Ac%25.py,line=1,col=1,title=KR301 never-read::50%25: a, b\n"
    )


@given(any_report)
def test_any_report_is_commands_and_plain_lines(found: Report) -> None:
    lines = render(found)[:-1].split("\n")
    shown = sum(line.startswith("::") for line in lines)

    assert all(line.isprintable() for line in lines)
    assert all(COMMAND.fullmatch(line) for line in lines[:shown])
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines[shown:])


def test_no_name_breaks_out_of_its_command() -> None:
    lines = render(HOSTILE_REPORT).splitlines()

    assert [line.partition(" ")[0] for line in lines[:2]] == ["::error", "::error"]
    assert set(properties(lines[1])) == {"file", "line", "col", "title"}
    assert not any(line.startswith("::") for line in lines[2:])


@pytest.mark.parametrize("file", ["::error title=x", "  ::error", "##[error]x", "a##[command]"])
def test_no_name_of_a_file_becomes_a_command_in_the_log(file: str) -> None:
    many = [replace(finding("KR301", key=str(number)), spot=Spot(file, 1)) for number in range(12)]
    lines = render(report(*many)).splitlines()
    plain = lines[10:]

    assert len(plain) == 4
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in plain)


def _many() -> Report:
    findings = [finding(code, line) for line in range(1, 13) for code in ("KR101", "KR301", "KR303")]
    return report(*findings, *(finding("KR301", 100 + line) for line in range(11)))


def test_what_github_does_not_show_is_told_in_one_line_and_stands_in_the_summary(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    lines = render(_many(), summary=str(summary)).splitlines()

    assert [sum(line.startswith(f"::{name} ") for line in lines) for name in ("error", "warning", "notice")] == [10] * 3
    assert lines[30:] == [
        "and 2 more errors, 13 more warnings, 2 more notices that GitHub does not show, in the summary of this job",
        summary_line(_many()),
    ]
    assert summary.read_text().count("\n| ") == 2 + 47


def test_without_a_summary_the_log_lists_what_github_does_not_show() -> None:
    lines = render(_many()).splitlines()

    assert lines[30] == "and 2 more errors, 13 more warnings, 2 more notices that GitHub does not show"
    assert lines[31] == "app/pipeline.py:11:5: error KR101: KR101 happened"
    assert len(lines) == 31 + 17 + 1


def test_a_summary_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    lines = render(_many(), summary=str(tmp_path)).splitlines()

    assert lines[30].startswith("::warning title=keyrack check::the summary could not be written to ")
    assert len(lines) == 1 + 31 + 17 + 1


def test_what_other_steps_wrote_into_the_summary_stays(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    render(report(MISSING), summary=str(summary))

    assert summary.read_text().startswith("before\n### keyrack check\n")


def test_the_summary_is_no_larger_than_github_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES < 1024 * 1024
    monkeypatch.setattr(github, "MOST_BYTES", 3_000)
    summary = tmp_path / "summary.md"
    summary.write_text("x" * 1_000)
    render(_many(), summary=str(summary))
    text = summary.read_text()

    assert 2_000 < len(text.encode()) <= 3_000
    rows = text.count("\n| ") - 2
    assert f"\n{47 - rows} more findings did not fit.\n" in text


def test_the_summary_lists_the_worst_first_with_their_ways() -> None:
    text = markdown(report(finding("KR303"), MISSING))
    rows = [line for line in text.splitlines() if line.startswith("| ")]

    assert rows[2].startswith("| error | KR102 missing&#45;on&#45;path | app/pipeline.py&#58;31 | ")
    assert rows[2].count("<br>") == 4
    assert rows[3].startswith("| note | KR303")


def test_no_name_is_markup_in_the_summary() -> None:
    text = markdown(report(replace(MISSING, message=HOSTILE, path=(), related=(), help="")))
    row = [line for line in text.splitlines() if line.startswith("| ")][-1]

    assert row.count("|") == 5
    assert not set("`<>[]") & set(row)


def test_a_clean_summary_has_no_table() -> None:
    assert "|" not in markdown(CLEAN)
    assert "proved" in markdown(CLEAN)


def test_suppressed_findings_are_no_annotations() -> None:
    found = report(finding("KR101", suppressed="comment"))

    assert "::" not in render(found)
    assert "|" not in markdown(found)

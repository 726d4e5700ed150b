"""Reports for terminals: each line keeps its form, whatever names hold."""

from dataclasses import replace

import pytest
from hypothesis import given
from tests.check.reports import CLEAN, HOSTILE_REPORT, MISSING, any_report, finding, report, workflow

from keyrack.check.render.text import render, summary_line
from keyrack.check.report import Diagnostic, Related, Report, Spot

EXPECTED = """\
app/pipeline.py:31:32: error KR102: 'price' may be missing when BILL reads it: not written on ROUTE -> FAST -> BILL
  app/pipeline.py:20: ROUTE returns FAST when `random.random() < 0.3`
  app/pipeline.py:28: FAST returns BILL without writing 'price'
  note: written only by QUOTE (app/pipeline.py:23)
  help: write it on this path, guard with contains_key(Keys.price), give the key a default, or declare it as an input
refuted: 5 reads, 4 proved, 1 refuted, 0 unproven; 5 states, 1 workflow, 3 assumptions (--show-assumptions)  [0.09 s]
"""


def test_a_finding_is_a_line_that_grep_finds_then_the_way_then_notes_and_help() -> None:
    assert render(report(MISSING)) == EXPECTED


def test_a_clean_report_is_the_summary_alone() -> None:
    expected = (
        "proved: 5 reads, 5 proved, 0 refuted, 0 unproven; "
        "5 states, 1 workflow, 3 assumptions (--show-assumptions)  [0.09 s]\n"
    )

    assert render(CLEAN) == expected


def test_assumptions_are_listed_with_their_places_where_wanted() -> None:
    lines = render(CLEAN, show_assumptions=True).splitlines()

    assert lines[0] == "assumption: assumption 1 (app/pipeline.py:1)"
    assert len(lines) == 4
    assert lines[-1].endswith("5 states, 1 workflow, 3 assumptions  [0.09 s]")


def test_suppressed_findings_are_counted_and_not_shown() -> None:
    shown = render(report(finding("KR301", suppressed="comment"), finding("KR303", suppressed="baseline")))

    assert shown.count("\n") == 1
    assert ", 2 suppressed  [" in shown


def test_numbers_of_one_are_written_as_one() -> None:
    single = replace(CLEAN.workflows[0], reads=1, states=CLEAN.workflows[0].states[:1], assumptions=())
    line = summary_line(Report((single,)))

    assert line == "proved: 1 read, 5 proved, 0 refuted, 0 unproven; 1 state, 1 workflow, 0 assumptions  [0.00 s]"


def test_the_sums_are_over_all_workflows() -> None:
    line = summary_line(Report((workflow(), workflow(name="Other")), seconds=1234.5))

    assert "10 reads, 8 proved, 2 refuted" in line
    assert "10 states, 2 workflows, 6 assumptions" in line


def test_notes_stand_before_the_summary() -> None:
    lines = render(replace(CLEAN, notes=("one known finding no longer occurs",))).splitlines()

    assert lines[0] == "note: one known finding no longer occurs"


def test_no_name_breaks_a_line_or_reaches_the_terminal() -> None:
    shown = render(HOSTILE_REPORT, show_assumptions=True)
    lines = shown[:-1].split("\n")

    assert len(lines) == 1 + 4 + 2 + 1 + 1
    assert all(line.isprintable() for line in lines)
    assert shown.encode()
    assert "\\x1b[31m" in shown


@given(any_report)
def test_any_report_is_printable_lines(found: Report) -> None:
    lines = render(found, show_assumptions=True)[:-1].split("\n")

    assert all(line.isprintable() for line in lines)
    assert lines[-1] == summary_line(found).replace(" (--show-assumptions)", "")
    findings = sum(1 + len(one.path) + len(one.related) + bool(one.help) for one in found)
    assumptions = sum(len(one.assumptions) for one in found.workflows)
    assert len(lines) == findings + assumptions + len(found.notes) + 1


def test_color_wraps_words_of_ours_alone() -> None:
    plain, painted = render(report(MISSING)), render(report(MISSING), color=True)

    assert painted != plain
    assert "\x1b[1;31merror KR102\x1b[0m" in painted
    assert painted.replace("\x1b[1m", "").replace("\x1b[1;31m", "").replace("\x1b[0m", "") == plain


def test_a_very_long_sentence_is_cut() -> None:
    long = render(report(finding("KR301", message="x" * 100_000)))

    assert len(long) < 2_500


def test_paths_below_a_folder_are_seen_from_there_in_places_and_in_sentences() -> None:
    one = Diagnostic(
        "KR103",
        "warning",
        "written in a loop (/home/app/app/a.py:3), not /other/home/app/app/b.py",
        Spot("/home/app/app/a.py", 3),
        "Orders",
        related=(Related("see /home/app/app/c.py:1", Spot("/elsewhere/x.py", 1)),),
    )
    seen = next(iter(Report(problems=(one,)).relative_to("/home/app")))

    assert seen.spot.file == "app/a.py"
    assert seen.message == "written in a loop (app/a.py:3), not /other/home/app/app/b.py"
    assert seen.related[0] == Related("see app/c.py:1", Spot("/elsewhere/x.py", 1))


@pytest.mark.parametrize("folder", ["/", "/home/app/", "/home/apps", "/home/app/app/a.py", ""])
def test_a_path_that_does_not_lie_below_stays_whole(folder: str) -> None:
    spot = Spot("/worker/app/a.py", 3)
    seen = Report(problems=(Diagnostic("KR001", "error", "in /worker/app/a.py", spot, ""),)).relative_to(folder)

    assert seen.problems[0].message == "in /worker/app/a.py"


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("proved", CLEAN),
        ("proved", report(finding("KR301"))),
        ("refuted", report(finding("KR201", severity="error"))),
        ("unproven", report(finding("KR103"))),
        ("unproven", report(finding("KR106"))),
        ("unproven", report(finding("KR102", severity="warning"))),
        ("proved", report(finding("KR102", suppressed="comment"))),
        ("unproven", Report()),
        ("refuted", Report(problems=(finding("KR001"),))),
    ],
)
def test_only_what_has_no_open_question_is_proved(expected: str, found: Report) -> None:
    assert found.verdict == expected

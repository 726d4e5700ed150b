"""Reports as SARIF: of the right shape whatever is in them, with the way as code flow and steady fingerprints."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from tests.check.reports import CLEAN, FILE, HOSTILE_REPORT, MISSING, any_report, finding, report
from tests.check.sarif_shape import problems

from keyrack.check.codes import CODES
from keyrack.check.render import sarif
from keyrack.check.render.sarif import MOST_RESULTS, MOST_STEPS, render
from keyrack.check.report import Diagnostic, Hop, Report, Spot


def run(found: Report) -> dict[str, Any]:
    document = json.loads(render(found))
    assert problems(document) == []
    (only,) = document["runs"]
    return dict(only)


def results(found: Report) -> list[dict[str, Any]]:
    return list(run(found)["results"])


@given(any_report)
def test_any_report_has_the_shape_of_sarif(found: Report) -> None:
    assert len(results(found)) == len([*found.all()])


def test_reports_of_nothing_and_of_trouble_have_the_shape_of_sarif() -> None:
    for found in (Report(), CLEAN, HOSTILE_REPORT):
        text = render(found)

        assert problems(json.loads(text)) == []
        assert text.isascii()
        assert json.dumps(json.loads(text), ensure_ascii=False).encode()  # no half of a surrogate, which readers refuse


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("log: no runs", {"version": "2.1.0"}),
    ("log.version", {"version": "2.0.0", "runs": []}),
    ("log: no such property as extra", {"version": "2.1.0", "runs": [], "extra": 1}),
    ("log.runs[0]: no tool", {"version": "2.1.0", "runs": [{}]}),
    ("log.runs: ['run'] is needed", {"version": "2.1.0", "runs": {}}),
]


@pytest.mark.parametrize(("sentence", "document"), WRONG)
def test_the_shape_is_really_held_against_a_document(sentence: str, document: object) -> None:
    assert any(problem.startswith(sentence) for problem in problems(document))


def test_every_code_is_a_rule_with_its_name_and_level() -> None:
    rules = run(CLEAN)["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == list(CODES)
    assert [rule["name"] for rule in rules] == [code.slug for code in CODES.values()]
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in rules)
    assert rules[0]["defaultConfiguration"] == {"level": "error"}


def test_a_result_points_to_its_rule_and_its_place() -> None:
    found = run(report(MISSING))
    (one,) = found["results"]

    assert found["columnKind"] == "unicodeCodePoints"
    assert found["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] == "KR102"
    assert one["level"] == "error"
    assert one["message"]["text"].startswith("'price' may be missing")
    assert "Help: write it on this path" in one["message"]["text"]
    assert one["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": FILE, "uriBaseId": "SRCROOT"},
                "region": {"startLine": 31, "startColumn": 32, "endLine": 31, "endColumn": 43},
            },
            "logicalLocations": [{"name": "BILL", "fullyQualifiedName": "Orders.BILL"}],
        }
    ]


def test_the_way_is_the_code_flow_and_ends_at_the_finding() -> None:
    (one,) = results(report(MISSING))
    steps = one["codeFlows"][0]["threadFlows"][0]["locations"]

    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [20, 28, 31]
    assert steps[0]["location"]["message"]["text"] == "ROUTE returns FAST when `random.random() < 0.3`"
    assert steps[-1]["location"]["message"]["text"] == MISSING.message
    assert one["relatedLocations"][0]["message"]["text"] == "written only by QUOTE"


def test_a_code_flow_of_many_steps_keeps_its_ends() -> None:
    hops = tuple(Hop("S", Spot(FILE, line), f"step {line}") for line in range(1, 3_001))
    (one,) = results(report(replace(MISSING, path=hops)))
    steps = one["codeFlows"][0]["threadFlows"][0]["locations"]

    assert len(steps) == MOST_STEPS
    assert steps[0]["location"]["message"]["text"] == "step 1"
    assert steps[-1]["location"]["message"]["text"] == MISSING.message


@pytest.mark.parametrize(
    ("expected", "spot"),
    [
        (None, Spot(FILE, 0)),
        ({"startLine": 3}, Spot(FILE, 3, 0)),
        ({"startLine": 3, "startColumn": 1}, Spot(FILE, 3)),
        ({"startLine": 3, "startColumn": 5}, Spot(FILE, 3, 5, 2, 9)),
        ({"startLine": 3, "startColumn": 5}, Spot(FILE, 3, 5, 3, 5)),
        ({"startLine": 3, "startColumn": 5, "endLine": 4}, Spot(FILE, 3, 5, 4, 0)),
        ({"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 2}, Spot(FILE, 3, 5, 4, 2)),
    ],
)
def test_what_is_not_known_of_a_region_is_left_out(expected: dict[str, int] | None, spot: Spot) -> None:
    (one,) = results(report(replace(finding("KR301"), spot=spot)))

    assert one["locations"][0]["physicalLocation"].get("region") == expected


def test_a_finding_without_a_file_has_no_location() -> None:
    (one,) = results(Report(problems=(Diagnostic("KR001", "error", "cannot load x", Spot("", 0), ""),)))

    assert "locations" not in one


@pytest.mark.parametrize(
    ("expected", "file"),
    [
        ({"uri": "app/a%20b%25%23%3F.py", "uriBaseId": "SRCROOT"}, "app/a b%#?.py"),
        ({"uri": "a%3Ab.py", "uriBaseId": "SRCROOT"}, "a:b.py"),
        ({"uri": "%C3%BC.py", "uriBaseId": "SRCROOT"}, "ü.py"),
        ({"uri": "%FF.py", "uriBaseId": "SRCROOT"}, "\udcff.py"),
        ({"uri": "file:///else%20where/a.py"}, "/else where/a.py"),
    ],
)
def test_a_path_is_a_uri_relative_to_the_folder_or_of_the_whole_path(expected: dict[str, str], file: str) -> None:
    (one,) = results(report(replace(finding("KR301"), spot=Spot(file, 1))))

    assert one["locations"][0]["physicalLocation"]["artifactLocation"] == expected


def test_fingerprints_do_not_move_with_lines_and_are_unique() -> None:
    same = finding("KR901", subject="helper")
    first = results(report(same, replace(same, spot=Spot(FILE, 90)), MISSING))
    second = results(report(*(replace(one, spot=Spot(FILE, one.spot.line + 50)) for one in (same, same, MISSING))))
    prints = [[one["partialFingerprints"]["primaryLocationLineHash"] for one in each] for each in (first, second)]

    assert prints[0] == prints[1]
    assert len({*prints[0]}) == 3


def test_suppressed_findings_are_marked_and_come_last() -> None:
    found = results(
        report(finding("KR101", suppressed="comment"), finding("KR102", suppressed="baseline"), finding("KR303"))
    )

    assert [one["ruleId"] for one in found] == ["KR303", "KR101", "KR102"]
    assert [one.get("suppressions", [{}])[0].get("kind") for one in found] == [None, "inSource", "external"]


def test_of_too_many_findings_the_worst_are_written_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_RESULTS == 25_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    found = run(report(finding("KR303"), finding("KR301"), finding("KR101")))

    assert [one["ruleId"] for one in found["results"]] == ["KR101", "KR301"]
    assert found["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "1 finding was left out; the worst are here"}}
    ]


def test_a_target_that_cannot_be_loaded_is_no_successful_run() -> None:
    failed = Report(problems=(finding("KR001"),))

    assert run(failed)["invocations"][0]["executionSuccessful"] is False
    assert run(CLEAN)["invocations"][0]["executionSuccessful"] is True


def test_quoted_code_is_neither_a_link_nor_a_placeholder() -> None:
    (one,) = results(report(finding("KR301", message="when `table[0](x)` and f'{0}'")))

    assert one["message"]["text"] == "when `table[0] (x)` and f'{{0}}'"


def test_a_code_that_does_not_exist_is_a_result_without_a_rule() -> None:
    (one,) = results(report(replace(MISSING, code="XX1")))

    assert one["ruleId"] == "XX1"
    assert "ruleIndex" not in one

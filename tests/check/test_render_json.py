"""Reports as JSON: lossless, stable in its names, and refused in plain words where it is none."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from tests.check.reports import CLEAN, HOSTILE_REPORT, MISSING, any_report, finding, report, workflow

from keyrack.check.render.json import SCHEMA, dumps, dumps_parts, loads, loads_parts, render
from keyrack.check.report import Hop, Report, Spot


@given(any_report)
def test_what_is_read_equals_what_was_written(found: Report) -> None:
    assert loads(dumps(found)) == found


@given(any_report)
def test_any_report_is_json_of_ascii(found: Report) -> None:
    text = render(found)

    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text)["verdict"] == found.verdict


def test_a_report_of_nothing_and_one_of_everything_come_back() -> None:
    for found in (Report(), CLEAN, HOSTILE_REPORT):
        assert loads(dumps(found)) == found
        assert loads(render(found)) == found


def test_parts_that_were_written_before_come_back_in_one_report() -> None:
    whole = Report(problems=(finding("KR001"),), seconds=1.5)

    text = dumps_parts(whole, [dumps(CLEAN), dumps(HOSTILE_REPORT)])

    assert loads_parts(text) == replace(
        whole,
        workflows=(*CLEAN.workflows, *HOSTILE_REPORT.workflows),
        problems=(*whole.problems, *HOSTILE_REPORT.problems),
    )
    assert loads_parts(dumps_parts(whole, [])) == whole
    with pytest.raises(ValueError, match="this is no report of keyrack check"):
        loads_parts(text[:-1])


def test_the_names_of_the_format_are_these() -> None:
    document = json.loads(dumps(report(MISSING)))
    place = {"file", "line", "col", "end_line", "end_col"}

    assert set(document) == {"schema", "verdict", "seconds", "notes", "targets", "diagnostics", "assumptions"}
    assert document["schema"] == SCHEMA == 1
    assert set(document["targets"][0]) == place | {
        *("name", "target", "initial", "states", "edges", "flows", "reads", "proved", "refuted", "unproven"),
    }
    assert set(document["targets"][0]["states"][0]) == place | {
        *("name", "kind", "label", "branches", "strategy", "initial", "functions"),
    }
    assert set(document["diagnostics"][0]) == place | {
        *("code", "slug", "severity", "message", "target", "key", "state", "path", "hops", "related", "help"),
        *("subject", "suppressed", "fingerprint", "workflow"),
    }
    assert set(document["diagnostics"][0]["hops"][0]) == place | {"state", "why"}
    assert set(document["diagnostics"][0]["related"][0]) == place | {"message"}
    assert set(document["assumptions"][0]) == place | {"message", "workflow"}


def test_a_finding_says_its_code_in_words_and_the_states_of_its_way() -> None:
    one = json.loads(dumps(report(MISSING)))["diagnostics"][0]

    assert one["slug"] == "missing-on-path"
    assert one["path"] == ["ROUTE", "FAST", "BILL"]
    assert (one["file"], one["line"], one["col"], one["end_line"], one["end_col"]) == (
        "app/pipeline.py",
        31,
        32,
        31,
        43,
    )


def test_a_state_that_stands_last_on_the_way_is_named_once() -> None:
    arrived = replace(MISSING, path=(*MISSING.path, Hop("BILL", Spot("app/pipeline.py", 31), "BILL reads it")))

    assert json.loads(dumps(report(arrived)))["diagnostics"][0]["path"] == ["ROUTE", "FAST", "BILL"]


def test_findings_of_two_workflows_stay_with_their_own() -> None:
    found = Report((workflow(MISSING), workflow(finding("KR301"), name="Other")), (finding("KR002"),))
    document = json.loads(dumps(found))

    assert [one["workflow"] for one in document["diagnostics"]] == [None, 0, 1]
    assert loads(dumps(found)) == found


def test_a_fingerprint_stays_when_lines_move_and_sentences_change() -> None:
    here = report(MISSING, finding("KR301", key="x"), finding("KR301", key="y"))
    there = here.map_diagnostics(
        lambda one: replace(one, spot=Spot("b.py", one.spot.line + 9), message="else", path=())
    )
    prints = [[one["fingerprint"] for one in json.loads(dumps(each))["diagnostics"]] for each in (here, there)]

    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3


def test_equal_findings_are_told_apart_by_their_order() -> None:
    same = finding("KR901", subject="helper")
    first, second, third = json.loads(dumps(report(same, replace(same, spot=Spot("x.py", 9)), same)))["diagnostics"]

    assert second["fingerprint"] == f"{first['fingerprint']}:2"
    assert third["fingerprint"] == f"{first['fingerprint']}:3"


def test_parts_of_a_fingerprint_do_not_run_into_each_other() -> None:
    first, second = json.loads(
        dumps(report(finding("KR901", state="ab", key="c"), finding("KR901", state="a", key="bc")))
    )["diagnostics"]

    assert first["fingerprint"] != second["fingerprint"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"schema"', "{}", "[" * 100_000, '{"schema": NaN}', '{"schema": 1} x']
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="this is no report of keyrack check"):
        loads(text)


@pytest.mark.parametrize("schema", [0, 2, "1", True, None, [1], 1.5])
def test_another_schema_is_refused_and_says_both(schema: object) -> None:
    document = {**json.loads(dumps(CLEAN)), "schema": schema}

    with pytest.raises(ValueError, match=r"has schema .*reads schema 1; run the check again"):
        loads(json.dumps(document))


GONE = object()

DAMAGE: dict[str, tuple[str, tuple[str | int, ...], object]] = {
    "no targets": (r"report\.targets: a list", ("targets",), GONE),
    "targets no list": (r"report\.targets: a list", ("targets",), {}),
    "no seconds": ("'seconds' is missing", ("seconds",), GONE),
    "seconds no number": (r"report\.seconds: float", ("seconds",), "1"),
    "seconds beyond every number": (
        r"report\.seconds: an integer of about 400 digits is too large",
        ("seconds",),
        10**400,
    ),
    "a finding of no target": ("workflow: 7 is none of the 1 targets", ("diagnostics", 0, "workflow"), 7),
    "a finding of a target by bool": ("workflow: False is none", ("diagnostics", 0, "workflow"), False),
    "a finding of a list": (r"workflow: \[0\] is none", ("diagnostics", 0, "workflow"), [0]),
    "a severity that is none": (
        r"diagnostics\[0\]\.severity: 'fatal' is none of 'error', 'warning', 'note'",
        ("diagnostics", 0, "severity"),
        "fatal",
    ),
    "a line that is a bool": (r"line: int is needed, not True", ("diagnostics", 0, "line"), True),
    "a place that is none": (r"file: str is needed, not None", ("diagnostics", 0, "file"), None),
    "a hop that is no object": (r"hops\[0\]: an object", ("diagnostics", 0, "hops", 0), "FAST"),
    "hops that are no list": (r"diagnostics\[0\]\.hops: a list", ("diagnostics", 0, "hops"), "FAST"),
    "a name that is no text": (r"targets\[0\]\.states\[0\]\.name: str", ("targets", 0, "states", 0, "name"), 3),
    "an assumption of nothing": ("an assumption belongs to one", ("assumptions", 0, "workflow"), None),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_report_says_where(name: str) -> None:
    sentence, (*way, last), value = DAMAGE[name]
    document: Any = json.loads(dumps(report(MISSING)))
    place = document
    for step in way:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value

    with pytest.raises(ValueError, match=f"this report of keyrack check is damaged: .*{sentence}"):
        loads(json.dumps(document))


def test_what_a_later_version_adds_is_let_be() -> None:
    document = json.loads(dumps(report(MISSING)))
    document["new"] = 1
    document["diagnostics"][0]["new"] = 1

    assert loads(json.dumps(document)) == report(MISSING)

"""The configuration of a check: read from the nearest pyproject.toml, every wrong thing told with its line."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.check.reports import finding, report

from keyrack.check.codes import CODES
from keyrack.check.config import PROOF, Config, TargetConfig, apply_severities, load, read
from keyrack.check.report import Report

WHOLE = """\
[project]
name = "app"

[tool.keyrack.check]
targets = ["app.pipeline:workflow", "app.other"]
initial = "INGEST"
inputs = ["url"]
outputs = ["report"]
fail-on = "warning"
strict = true
baseline = "ci/known.json"
severity = {KR103 = "error", KR301 = "off"}

[tool.keyrack.check.target."app.other"]
initial = "START"
inputs = []
"""


def config(folder: Path, text: str) -> Config:
    file = folder / "pyproject.toml"
    file.write_text(dedent(text))
    return load(folder)


def problem(folder: Path, text: str) -> tuple[int, str]:
    """Give the line and the message of the one thing that is wrong."""
    (only,) = config(folder, text).problems
    assert (only.code, only.severity, only.spot.file) == ("KR002", "error", str(folder / "pyproject.toml"))
    return only.spot.line, only.message


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    expected = Config(
        file=str(tmp_path / "pyproject.toml"),
        targets=("app.pipeline:workflow", "app.other"),
        initial="INGEST",
        inputs=("url",),
        outputs=("report",),
        fail_on="warning",
        strict=True,
        baseline=str(tmp_path / "ci" / "known.json"),
        severity={"KR103": "error", "KR301": "off"},
        per_target={"app.other": TargetConfig("START", (), None)},
    )

    assert config(tmp_path, WHOLE) == expected


def test_a_target_has_its_own_and_else_that_of_all(tmp_path: Path) -> None:
    whole = config(tmp_path, WHOLE)

    assert whole.of("app.other") == TargetConfig("START", (), ("report",))
    assert whole.of("app.pipeline:workflow") == TargetConfig("INGEST", ("url",), ("report",))


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\n", "[tool.keyrack]\n", "[tool.keyrack.check]\n"]
)
def test_a_file_that_says_nothing_gives_nothing(text: str, tmp_path: Path) -> None:
    assert config(tmp_path, text) == Config(str(tmp_path / "pyproject.toml"))


def test_the_nearest_file_upward_counts_and_no_other(tmp_path: Path) -> None:
    config(tmp_path, WHOLE)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert load(deep).file == str(tmp_path / "pyproject.toml")
    (tmp_path / "a" / "pyproject.toml").write_text("")

    assert load(deep) == Config(str(tmp_path / "a" / "pyproject.toml"))


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    config(tmp_path, WHOLE)
    (tmp_path / "a" / "pyproject.toml").mkdir(parents=True)

    assert load(tmp_path / "a").initial == "INGEST"


@pytest.mark.parametrize(
    ("line", "sentence", "text"),
    [
        (2, "tool.keyrack.check.target-s: no such option; did you mean 'targets'?", "target-s = []"),
        (2, "tool.keyrack.check.fail_on: no such option; did you mean 'fail-on'?", "fail_on = 'error'"),
        (
            2,
            "tool.keyrack.check.targets: a list of targets, such as 'app.pipeline:workflow', is needed, not 'a' (str)",
            "targets = 'a'",
        ),
        (
            2,
            "tool.keyrack.check.inputs: a list of names of keys is needed, not ['a', ' '] (list)",
            "inputs = ['a', ' ']",
        ),
        (2, "tool.keyrack.check.inputs: a list of names of keys is needed, not [1] (list)", "inputs = [1]"),
        (
            3,
            "tool.keyrack.check.outputs: a list of names of keys is needed, not True (bool)",
            "strict = true\noutputs = true",
        ),
        (2, "tool.keyrack.check.initial: the name of a state is needed, not '' (str)", "initial = ''"),
        (
            2,
            "tool.keyrack.check.fail-on: one of 'error', 'warning', 'note' is needed, not 'off' (str)",
            "fail-on = 'off'",
        ),
        (
            2,
            "tool.keyrack.check.fail-on: one of 'error', 'warning', 'note' is needed, not ['error'] (list)",
            "fail-on = ['error']",
        ),
        (2, "tool.keyrack.check.strict: true or false is needed, not 1 (int)", "strict = 1"),
        (2, "tool.keyrack.check.baseline: the path of a file is needed, not 3 (int)", "baseline = 3"),
        (2, "tool.keyrack.check.severity: a table of codes is needed, not 'error' (str)", "severity = 'error'"),
        (
            4,
            "tool.keyrack.check.severity.KR1002: unknown code KR1002; did you mean 'KR102'?",
            "\n\nseverity = {KR1002 = 'error'}",
        ),
        (
            3,
            "tool.keyrack.check.severity.KR103: one of 'error', 'warning', 'note', 'off' is needed, not 'fatal' (str)",
            "[tool.keyrack.check.severity]\nKR103 = 'fatal'",
        ),
        (
            2,
            "tool.keyrack.check.severity.maybe-empty-loop: unknown code maybe-empty-loop; did you mean 'KR103'?",
            "severity.maybe-empty-loop = 'off'",
        ),
        (2, "tool.keyrack.check.severity.KR001: KR001 is always an error", "severity.KR001 = 'off'"),
        (2, "tool.keyrack.check.severity.KR002: KR002 is always an error", "severity = {KR002 = 'note'}"),
        (2, "tool.keyrack.check.target.app: a table is needed, not 3 (int)", "target.app = 3"),
        (
            3,
            "tool.keyrack.check.target.\"a.b:c\".outputs: a list of names of keys is needed, not 'x' (str)",
            "[tool.keyrack.check.target.'a.b:c']\noutputs = 'x'",
        ),
        (
            3,
            "tool.keyrack.check.target.\"a.b\": it is none of the targets; did you mean 'a.c'?",
            "targets = ['a.c']\n[tool.keyrack.check.target.'a.b']",
        ),
        (
            2,
            "tool.keyrack.check.target.a.strict: no such option; there are initial, inputs, outputs",
            "target.a = {strict = true}",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: int, sentence: str, text: str, tmp_path: Path) -> None:
    assert problem(tmp_path, f"[tool.keyrack.check]\n{text}\n") == (line, sentence)


@pytest.mark.parametrize(
    ("line", "sentence", "text"),
    [
        (1, "tool: a table is needed, not 3 (int)", "tool = 3"),
        (2, "tool.keyrack: a table is needed, not 'x' (str)", "[tool]\nkeyrack = 'x'"),
        (1, "tool.keyrack.check: a table is needed, not [] (list)", "tool.keyrack.check = []"),
        (2, "tool.keyrack.chekc: no such option; did you mean 'check'?", "\n[tool.keyrack.chekc]\nstrict = true"),
    ],
)
def test_a_table_that_is_none_or_another_is_told(line: int, sentence: str, text: str, tmp_path: Path) -> None:
    assert problem(tmp_path, text) == (line, sentence)


def test_bad_toml_is_told_with_its_line(tmp_path: Path) -> None:
    line, message = problem(tmp_path, "[tool.keyrack.check]\nstrict = true\ntargets = [\n\n'a' 'b']\n")

    assert line == 5
    assert message.startswith("pyproject.toml: it is no TOML: ")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool]\nx = '\xff'\n")
    (only,) = load(tmp_path).problems

    assert only.message == "pyproject.toml: it is not UTF-8: invalid start byte at byte 12"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (only,) = read(tmp_path / "pyproject.toml").problems

    assert only.message == "pyproject.toml: it cannot be read: No such file or directory"


def test_a_file_that_is_nested_beyond_reason_is_told(tmp_path: Path) -> None:
    _, message = problem(tmp_path, f"x = {'[' * 5_000}{']' * 5_000}\n")

    assert message.startswith("pyproject.toml: it is no TOML")


def test_each_wrong_thing_is_told_once_and_the_rest_is_read(tmp_path: Path) -> None:
    found = config(tmp_path, "[tool.keyrack.check]\nstrict = 3\ninitial = 'A'\nnonsense = 1\nseverity = {X = 'off'}\n")

    assert sorted(one.spot.line for one in found.problems) == [2, 4, 5]
    assert (found.initial, found.strict) == ("A", False)


def test_the_line_is_found_behind_strings_comments_and_tables_of_others(tmp_path: Path) -> None:
    text = """\
    # strict = 3
    [tool.other]
    strict = 3
    [[tool.list]]
    strict = 3
    [tool.keyrack]  # [tool.x]
    check.initial = "A"
    check.strict = "yes"
    """

    assert problem(tmp_path, text)[0] == 8


@given(st.text(alphabet="[]{}=.,\"'#\n abKR103-:\\", max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pyproject.toml"
        file.write_text(f"[tool.keyrack.check]\n{text}")
        for one in read(file).problems:
            assert 1 <= one.spot.line <= text.count("\n") + 3
            assert re.match(r"(pyproject\.toml|tool)", one.message)


def test_severities_are_set_and_what_is_off_is_left_out() -> None:
    found = Report(report(finding("KR103"), finding("KR301"), finding("KR101")).workflows, (finding("KR003"),))
    changed = apply_severities(found, {"KR103": "error", "KR301": "off", "KR101": "note", "KR003": "off"})

    assert [(one.code, one.severity) for one in changed.all()] == [("KR103", "error"), ("KR101", "note")]


def test_without_a_wish_every_severity_stays() -> None:
    found = report(finding("KR102", severity="warning"), finding("KR106"))

    assert apply_severities(found, {}) == found


def test_a_proof_makes_errors_of_what_cannot_be_proved_whatever_else_is_said() -> None:
    assert {code for code in CODES if code.startswith("KR9")} | {"KR106", "KR206"} == PROOF
    found = report(*map(finding, sorted(CODES)))
    changed = apply_severities(found, {"KR901": "off", "KR106": "note", "KR301": "off"}, strict=True)
    levels = {one.code: one.severity for one in changed.all()}

    assert all(levels[code] == "error" for code in PROOF)
    assert {code: level for code, level in levels.items() if code not in PROOF} == {
        one.code: one.severity for one in found.all() if one.code not in PROOF and one.code != "KR301"
    }

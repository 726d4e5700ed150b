"""Baselines: known findings stay quiet, new ones do not, and the file is steady, whole or refused."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.check.reports import CLEAN, HOSTILE_REPORT, MISSING, any_report, finding, report, workflow

from keyrack.check.baseline import apply, write
from keyrack.check.render.text import render
from keyrack.check.report import Report, Spot


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "known.json"


def suppressed(found: Report) -> list[str]:
    return [one.suppressed for one in found.all()]


def test_known_findings_are_quiet_and_a_new_one_is_not(file: Path) -> None:
    number = write(report(MISSING, finding("KR301", key="x")), file)
    found = apply(report(MISSING, finding("KR301", key="x"), finding("KR301", key="y")), file)

    assert number == 2
    assert suppressed(found) == ["baseline", "baseline", ""]
    assert found.notes == ()


def test_lines_and_sentences_may_move(file: Path) -> None:
    write(report(MISSING), file)
    moved = report(replace(MISSING, spot=Spot("b.py", 99), message="else", path=(), severity="warning"))

    assert suppressed(apply(moved, file)) == ["baseline"]


def test_the_file_is_for_people_too(file: Path) -> None:
    same = finding("KR901", subject="helper")
    write(report(MISSING, same, replace(same, message="A first")), file)

    assert [*json.loads(file.read_text())] == ["schema", "findings"]
    first, second = json.loads(file.read_text())["findings"]
    assert [*first] == ["fingerprint", "count", "code", "target", "state", "key", "message"]
    assert (first["code"], first["state"], first["key"], first["message"]) == (
        "KR102",
        "BILL",
        "price",
        MISSING.message,
    )
    assert (second["count"], second["message"]) == (2, "A first")
    assert file.read_text().startswith('{\n  "schema": 1,\n')
    assert file.read_text().endswith("]\n}\n")


def test_the_file_does_not_depend_on_the_order_of_findings(file: Path) -> None:
    findings = [MISSING, *(finding(code, key=key) for code in ("KR301", "KR101") for key in "ab")]
    write(report(*findings), file)
    once = file.read_bytes()
    write(report(*reversed(findings)), file)

    assert file.read_bytes() == once


def test_as_many_as_are_known_are_quiet(file: Path) -> None:
    same = finding("KR901", subject="helper")
    write(report(same, same), file)

    assert suppressed(apply(report(same, same, same), file)) == ["baseline", "baseline", ""]


def test_what_no_longer_occurs_is_told_so_that_the_file_can_shrink(file: Path) -> None:
    same = finding("KR901", subject="helper")
    write(report(same, same, MISSING), file)
    found = apply(report(same), file)

    assert found.notes == (f"2 known findings of {file} no longer occur; write the baseline again to drop them",)
    assert render(found).startswith("note: 2 known findings of ")
    assert write(found, file) == 1
    assert apply(report(same), file).notes == ()


def test_what_is_known_of_a_workflow_that_was_not_checked_is_not_told(file: Path) -> None:
    other = replace(workflow(replace(MISSING, target="Other")), name="Other")
    write(Report((*report(MISSING).workflows, other)), file)

    assert apply(report(MISSING), file).notes == ()
    assert apply(CLEAN, file).notes == (
        f"1 known finding of {file} no longer occurs; write the baseline again to drop it",
    )


def test_a_comment_goes_before_a_baseline(file: Path) -> None:
    commented = replace(MISSING, suppressed="comment")

    assert write(report(commented), file) == 0
    write(report(MISSING), file)
    found = apply(report(commented), file)
    assert suppressed(found) == ["comment"]
    assert len(found.notes) == 1


def test_what_the_check_could_not_see_is_never_known(file: Path) -> None:
    failed = Report(problems=(finding("KR001"), finding("KR002")))

    assert write(failed, file) == 0
    assert suppressed(apply(failed, file)) == ["", ""]


def test_a_finding_that_belongs_to_no_workflow_can_be_known(file: Path) -> None:
    found = Report(problems=(replace(finding("KR003"), target=""),))
    write(found, file)

    assert suppressed(apply(found, file)) == ["baseline"]


@given(found=any_report)
def test_whatever_was_written_is_known(tmp_path_factory: pytest.TempPathFactory, found: Report) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    fresh = found.map_diagnostics(lambda one: replace(one, suppressed=""))
    number = write(fresh, file)
    known = apply(fresh, file)

    assert suppressed(known).count("baseline") == number
    assert all(one.code in {"KR001", "KR002"} for one in known)
    assert known.notes == fresh.notes
    assert write(known, file) == number


def test_names_may_hold_anything(file: Path) -> None:
    write(HOSTILE_REPORT, file)

    assert file.read_bytes().isascii()
    assert suppressed(apply(HOSTILE_REPORT, file)) == ["", "baseline", "comment"]


def _entry(**changes: Any) -> str:
    entry = {"fingerprint": "f", "count": 1, "code": "KR102", "target": "", **changes}
    return json.dumps({"schema": 1, "findings": [{name: each for name, each in entry.items() if each is not None}]})


@pytest.mark.parametrize(
    ("line", "reason", "text"),
    [
        (1, "it is no JSON: Expecting value at column 1", ""),
        (3, "it is no JSON: Expecting value at column 1", '{"schema":\n\n}'),
        (1, "it is no JSON: ", "[" * 100_000),
        (1, "it is no baseline of keyrack check: it has no 'schema'", "[]"),
        (1, "it is no baseline of keyrack check: it has no 'schema'", '{"findings": []}'),
        (1, "it has schema 2, and this version of keyrack reads schema 1", '{"schema": 2, "findings": []}'),
        (1, "it has schema True, and", '{"schema": true, "findings": []}'),
        (1, "its 'findings' are no list", '{"schema": 1}'),
        (1, "its 'findings' are no list", '{"schema": 1, "findings": {}}'),
        (1, "findings[0]: an object with", '{"schema": 1, "findings": [3]}'),
        (1, "findings[0]: an object with", _entry(count=0)),
        (1, "findings[0]: an object with", _entry(count=True)),
        (1, "findings[0]: an object with", _entry(count=1.0)),
        (1, "findings[0]: an object with", _entry(fingerprint=None)),
        (1, "findings[0]: an object with", _entry(fingerprint=3)),
        (1, "findings[0]: an object with", _entry(target=[])),
        (
            1,
            "findings[1]: the same fingerprint stands there twice",
            json.dumps({"schema": 1, "findings": [json.loads(_entry())["findings"][0]] * 2}),
        ),
    ],
)
def test_a_damaged_file_is_a_finding_and_suppresses_nothing(line: int, reason: str, text: str, file: Path) -> None:
    file.write_text(text)
    found = apply(report(MISSING), file)
    problem, missing = found.all()

    assert (problem.code, problem.severity, problem.spot) == ("KR002", "error", Spot(str(file), line))
    assert problem.message.startswith(f"baseline known.json: {reason}")
    assert missing == MISSING


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'{"schema": 1, "findings": ["\xff"]}'])
def test_a_file_that_is_no_text_is_a_finding(content: bytes, file: Path) -> None:
    file.write_bytes(content)

    assert apply(CLEAN, file).problems[0].message.startswith("baseline known.json: it is no JSON: ")


def test_a_file_that_is_not_there_is_a_finding(file: Path) -> None:
    (problem,) = apply(CLEAN, file).problems

    assert problem.message == "baseline known.json: it cannot be read: No such file or directory"


def test_where_it_cannot_be_written_what_was_there_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(report(MISSING), file)
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write(CLEAN, file)

    assert file.read_bytes() == before
    assert [*file.parent.iterdir()] == [file]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(CLEAN, tmp_path / "no" / "known.json")


@pytest.mark.skipif(os.name == "nt", reason="rights of files are those of POSIX")
def test_the_rights_of_a_file_and_the_link_to_it_stay(file: Path, tmp_path: Path) -> None:
    write(CLEAN, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644

    file.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(file)
    write(report(MISSING), link)

    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert "KR102" in file.read_text()

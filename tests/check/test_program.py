"""What `keyrack check` and `keyrack graph` do with what they are told; the programs they check are real ones."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.check.shops import BROKEN, READ_AT, SHOP, shop

from keyrack.check import program
from keyrack.check.codes import CODES
from keyrack.check.program import Options
from keyrack.check.render.json import loads

if TYPE_CHECKING:
    from keyrack.check.report import Report

needs_rights = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write and read everything"
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    shop(tmp_path)
    shop(tmp_path, BROKEN, "broken")


Said = pytest.CaptureFixture[str]


def check(*targets: str, **options: Any) -> int:
    return program.check(Options(targets, **options))


def report_of(*targets: str, **options: Any) -> Report:
    """Check into a file, and read it."""
    check(*targets, format="json", file=Path("report.json"), **options)
    return loads(Path("report.json").read_text())


def codes(report: Report) -> list[str]:
    return [one.code for one in report]


# --- exit codes -----------------------------------------------------------------------------------


def test_a_program_that_is_proved_ends_with_0(capsys: Said) -> None:
    assert check("pipeline") == 0
    assert capsys.readouterr().out.startswith("proved: 1 read, 1 proved")


def test_a_key_that_nobody_writes_ends_with_1_and_its_place(capsys: Said) -> None:
    assert check("broken") == 1

    out = capsys.readouterr().out
    assert out.startswith(f"{READ_AT.replace('pipeline', 'broken')}: error KR101: 'shop.price' is read in BILL")
    assert out.splitlines()[-1].startswith("refuted: 1 read, 0 proved, 1 refuted")


def test_of_several_targets_the_worst_counts_and_all_are_told(capsys: Said) -> None:
    assert check("pipeline", "broken") == 1
    assert check("pipeline", "broken", "absent") == 2

    out = capsys.readouterr().out
    assert "KR101" in out
    assert "error KR001: cannot load absent: there is no module 'absent'" in out


def test_a_target_that_is_named_twice_is_checked_once() -> None:
    assert len(report_of("pipeline", "pipeline").workflows) == 1


def test_where_nothing_could_be_loaded_the_last_line_is_no_verdict_about_reads(capsys: Said) -> None:
    assert check("absent") == 2
    assert capsys.readouterr().out.splitlines()[-1].startswith("not checked: 1 problem  [")


@pytest.mark.parametrize(("fail_on", "code"), [(None, 0), ("error", 0), ("warning", 1), ("note", 1)])
def test_what_is_not_as_bad_as_wanted_does_not_fail(fail_on: str | None, code: int) -> None:
    assert check("pipeline", outputs=(), fail_on=fail_on) == code


def test_what_cannot_be_told_fails_a_strict_check_alone() -> None:
    shop(Path(), SHOP.replace("store.put(Keys.price, 3)", "store.put(Keys.price, 3); exec('', {'s': store})"))

    assert check("pipeline") == 0
    assert check("pipeline", strict=True) == 1


# --- options --------------------------------------------------------------------------------------


def test_an_input_has_a_value_when_a_run_starts() -> None:
    assert check("broken", inputs=("shop.price",)) == 0


def test_outputs_are_read_after_a_run_and_without_any_the_last_write_is_in_vain() -> None:
    assert codes(report_of("pipeline")) == []
    assert codes(report_of("pipeline", outputs=())) == ["KR301"]
    assert codes(report_of("pipeline", outputs=("shop.total",))) == []


def test_a_run_may_start_elsewhere() -> None:
    found = report_of("pipeline", initial="BILL")

    assert "KR101" in codes(found)
    assert found.workflows[0].initial == "BILL"


def test_an_exit_state_is_none_to_start_in(capsys: Said) -> None:
    assert check("pipeline", initial="DONE") == 2
    assert "DONE is an exit state" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["inputs", "outputs"])
def test_a_name_that_no_key_has_is_said(option: str, capsys: Said) -> None:
    assert check("pipeline", **{option: ("shop.price", "shop.prize")}) == 2
    assert "KR002: key 'shop.prize': no key has this name; did you mean 'shop.price'?" in capsys.readouterr().out


def test_a_name_may_be_that_of_a_key_of_another_target() -> None:
    shop(Path(), SHOP.replace('prefix="shop"', 'prefix="mill"'), "mill")

    assert check("pipeline", "mill", inputs=("mill.price",)) == 0
    assert report_of("pipeline", "mill", inputs=("mine.price",)).problems[0].key == "mine.price"


def test_a_name_may_be_that_of_a_family_of_a_namespace_or_of_a_key_that_nobody_uses() -> None:
    source = SHOP.replace("total: StoreKey[int]", "total: StoreKey[int]; old: StoreKey[int]; by: KeyFamily[int, int]")
    shop(Path(), source.replace("import KeyRegistry", "import KeyFamily, KeyRegistry"), "mill")

    assert check("mill", inputs=("shop.old", "shop.by[3]", "left::shop.price")) == 0


def test_a_name_may_be_that_of_a_key_that_a_task_makes_itself() -> None:
    shop(Path(), SHOP.replace("store.get(Keys.price)", 'store.get(StoreKey("aside", int))'), "mill")

    assert [check("mill", inputs=("aside",)) for _ in range(2)] == [0, 0]


def test_an_initial_state_that_is_none_could_not_be_checked(capsys: Said) -> None:
    assert check("pipeline", initial="BILLL") == 2

    out = capsys.readouterr().out
    assert "error KR002" in out
    assert "'BILLL' is no state; the states are PRICE, BILL, DONE" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format": "xml"}, "--format is text, json, sarif, github, mermaid, html, got 'xml'"),
        ({"fail_on": "never"}, "--fail-on is error, warning, note, got 'never'"),
        ({"timeout": 0.0}, "--timeout is a number of seconds above 0, got 0.0"),
        ({"timeout": float("nan")}, "--timeout is a number of seconds above 0, got nan"),
        ({"write_baseline": True}, "--write-baseline needs a file; name it with --baseline FILE"),
    ],
)
def test_wrong_options_are_said_and_nothing_is_checked(options: dict[str, Any], said: str, capsys: Said) -> None:
    assert check("pipeline", **options) == 2
    assert capsys.readouterr() == ("", f"keyrack: {said}\n")


def test_without_a_target_there_is_nothing_to_check(capsys: Said) -> None:
    assert check() == 2
    assert capsys.readouterr().err.startswith("keyrack: nothing to check; name a target, as in: keyrack check ")


def test_what_a_put_may_raise_is_taken_from_the_stores_of_keyrack(capsys: Said) -> None:
    waiting = "try:\n        n = int(input())\n    except ValueError:\n        n = 3\n    store.put(Keys.price, n)"
    shop(Path(), SHOP.replace("store.put(Keys.price, 3)", waiting))
    assert check("pipeline") == 0
    assert "0 assumptions" in capsys.readouterr().out

    shop(Path(), SHOP.replace("store.put(Keys.price, 3)", waiting.replace("n = 3", "n = 4; store.put(Keys.price, 4)")))
    assert check("pipeline") == 0
    assert "0 assumptions" in capsys.readouterr().out

    around = "try:\n        store.put(Keys.price, 3)\n    except ValueError:\n        return Stage.BILL"
    shop(Path(), SHOP.replace("store.put(Keys.price, 3)", around))
    assert check("pipeline", show_assumptions=True) == 0
    assert "a run has a store of keyrack's own, whose writes raise its errors alone" in capsys.readouterr().out


def test_assumptions_are_listed_if_wanted(capsys: Said) -> None:
    shop(
        Path(),
        "HOOKS = []\n" + SHOP.replace("    store.put(Keys.price", "    [h() for h in HOOKS]\n    store.put(Keys.price"),
    )

    assert check("pipeline", show_assumptions=True) == 0

    shown = capsys.readouterr().out
    assert check("pipeline") == 0
    assert shown.count("assumption: ") == len(report_of("pipeline").workflows[0].assumptions) > 0
    assert "assumption: " not in capsys.readouterr().out


# --- formats and files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("text", "broken.py:20:27: error KR101: "),
        ("json", '{\n  "schema": 1,'),
        ("sarif", "{"),
        ("github", "::error file=broken.py,line=20,"),
        ("mermaid", "%%"),
        ("html", "<!DOCTYPE html>"),
    ],
)
def test_each_format_is_written_to_the_output_and_to_a_file_alike(form: str, start: str, capsys: Said) -> None:
    assert check("broken", format=form) == 1

    shown = capsys.readouterr().out
    assert shown.lower().startswith(start.lower())
    assert shown.endswith("\n")
    assert check("broken", format=form, file=Path("report")) == 1
    assert Path("report").read_text(encoding="utf-8").startswith(shown[:20])
    assert capsys.readouterr().out == ""


def test_a_report_in_a_file_is_summed_up_where_errors_go_unless_it_is_clean(capsys: Said) -> None:
    check("broken", file=Path("report.txt"))
    check("pipeline", file=Path("clean.txt"))

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("report.txt: refuted: 1 read")


def test_a_file_is_replaced_whole_keeps_its_rights_and_leaves_no_draft() -> None:
    target = Path("report.txt")
    target.write_text("old")
    target.chmod(0o640)

    check("pipeline", file=target)

    assert target.read_text().startswith("proved")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640 or sys.platform == "win32"
    assert not [*Path().glob(".keyrack-*")]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_file_behind_a_link_is_written_and_the_link_stays() -> None:
    Path("real.txt").write_text("old")
    Path("link.txt").symlink_to("real.txt")

    check("pipeline", file=Path("link.txt"))

    assert Path("link.txt").is_symlink()
    assert Path("real.txt").read_text().startswith("proved")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_device_is_written_to_and_not_replaced() -> None:
    assert check("pipeline", file=Path(os.devnull)) == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("place", ["absent/report.txt", "."])
def test_a_place_that_cannot_be_written_to_is_said_whatever_was_found(place: str, capsys: Said) -> None:
    assert check("pipeline", file=Path(place)) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"keyrack: cannot write {str(Path(place))!r}: ")
    assert said.endswith("; nothing was written\n")


@needs_rights
def test_a_folder_without_rights_is_said_too(capsys: Said) -> None:
    Path("kept").mkdir(mode=0o500)

    assert check("pipeline", file=Path("kept/report.txt")) == 2
    assert "Permission denied" in capsys.readouterr().err


def test_what_the_terminal_has_no_letter_for_is_written_as_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    shop(Path(), BROKEN.replace("shop", "läden"), "broken")
    shown = io.BytesIO()
    output = io.TextIOWrapper(shown, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)

    assert check("broken") == 1
    assert b"'l\\xe4den.price' is read in BILL" in shown.getvalue()


def test_half_a_character_in_a_target_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", output)

    for form in program.FORMATS:
        assert check("ab\udc80", format=form) == 2
        assert check("ab\udc80", format=form, file=Path("report")) == 2


def test_without_an_output_the_exit_code_still_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    assert check("broken") == 1
    assert check() == 2


def test_github_gets_paths_from_its_workspace_and_a_summary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Said
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path.parent))

    assert check("broken", format="github") == 1
    assert f"::error file={tmp_path.name}/broken.py,line=20" in capsys.readouterr().out
    assert "KR101" in summary.read_text()


# --- baseline -------------------------------------------------------------------------------------


def test_what_a_baseline_knows_does_not_fail_and_what_is_new_does(capsys: Said) -> None:
    known = Path("known.json")

    assert check("broken", baseline=known, write_baseline=True) == 0
    assert capsys.readouterr().out == "1 finding known in known.json\n"
    assert check("broken", baseline=known) == 0
    assert check("pipeline", "broken", baseline=known, outputs=(), fail_on="warning") == 1


def test_a_baseline_is_not_written_of_a_check_that_could_not_be_done() -> None:
    assert check("broken", "absent", baseline=Path("known.json"), write_baseline=True) == 2
    assert not Path("known.json").exists()


def test_a_baseline_that_is_not_there_or_cannot_be_written_is_said(capsys: Said) -> None:
    assert check("pipeline", baseline=Path("absent.json")) == 2
    assert "KR002" in capsys.readouterr().out
    assert check("pipeline", baseline=Path("absent/known.json"), write_baseline=True) == 2
    assert capsys.readouterr().err.startswith("keyrack: cannot write 'absent/known.json': No such file")


# --- configuration --------------------------------------------------------------------------------


def settings(text: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.keyrack.check]\n{text}\n")


def test_targets_of_the_configuration_are_checked_unless_others_are_named() -> None:
    settings('targets = ["broken"]')

    assert check() == 1
    assert check("pipeline") == 0


def test_a_code_that_is_off_is_not_reported() -> None:
    settings('outputs = []\nfail-on = "warning"')
    assert check("pipeline") == 1

    settings('outputs = []\nfail-on = "warning"\nseverity = { KR301 = "off" }')
    assert check("pipeline") == 0


def test_the_command_line_stands_above_the_configuration() -> None:
    settings('outputs = []\nfail-on = "warning"')

    assert check("pipeline", fail_on="error") == 0


def test_a_target_has_an_initial_state_and_inputs_of_its_own() -> None:
    settings(
        'targets = ["pipeline", "broken"]\n'
        '[tool.keyrack.check.target."broken"]\ninitial = "BILL"\ninputs = ["shop.price"]'
    )

    found = report_of()

    assert [(one.target, one.initial) for one in found.workflows] == [
        ("pipeline:workflow", "PRICE"),
        ("broken:workflow", "BILL"),
    ]
    assert "KR101" not in codes(found)


def test_a_baseline_of_the_configuration_is_written_and_read() -> None:
    settings('targets = ["broken"]\nbaseline = "known.json"')

    assert check(write_baseline=True) == 0
    assert check() == 0
    assert Path("known.json").is_file()


@pytest.mark.parametrize("text", ["targts = []", "targets = 1", "severity = { KR999 = 'error' }", "= 3"])
def test_a_configuration_that_cannot_be_read_ends_with_2_and_its_line(text: str, capsys: Said) -> None:
    settings(text)

    assert check("pipeline") == 2
    assert program.graph("pipeline", None) == 2

    out, err = capsys.readouterr()
    assert out.startswith("pyproject.toml:2:1: error KR002: ")
    assert out.splitlines()[-1].startswith("not checked: 1 problem")
    assert "error KR002" in err


# --- explanations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_explained(code: str, capsys: Said) -> None:
    assert program.explain(code.lower()) == 0
    assert capsys.readouterr().out.startswith(f"{code} {CODES[code].slug} (")


def test_a_code_that_nobody_knows_is_said_with_the_nearest(capsys: Said) -> None:
    assert program.explain("KR1O2") == 2
    assert capsys.readouterr() == ("", "keyrack: unknown code 'KR1O2'; did you mean 'KR102'?\n")


# --- pictures -------------------------------------------------------------------------------------


def test_a_picture_without_a_file_is_printed_as_mermaid_and_a_finding_does_not_fail_it(capsys: Said) -> None:
    assert program.graph("broken", None) == 0
    assert "flowchart" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "start"),
    [("x.mmd", b"%%"), ("x.dot", b"digraph"), ("x.html", b"<!DOCTYPE html>"), ("x.HTML", b"<!DOCTYPE html>")],
)
def test_the_end_of_a_name_says_what_is_drawn(name: str, start: bytes) -> None:
    assert program.graph("pipeline", Path(name)) == 0
    assert Path(name).read_bytes().lstrip().lower().startswith(start.lower())


HAS_DOT = bool(shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")) or shutil.which("graphviz-pure"))


@pytest.mark.skipif(not HAS_DOT, reason="needs the extra graph")
@pytest.mark.parametrize(("name", "part"), [("x.svg", b"<svg"), ("x.png", b"\x89PNG")])
def test_pictures_as_svg_and_png_are_drawn_by_the_extra(name: str, part: bytes) -> None:
    assert program.graph("pipeline", Path(name)) == 0
    assert part in Path(name).read_bytes()


@pytest.mark.parametrize("name", ["x.gif", "x", "svg"])
def test_an_end_that_is_no_picture_is_refused_before_anything_is_checked(name: str, capsys: Said) -> None:
    assert program.graph("absent", Path(name)) == 2
    assert capsys.readouterr().err == f"keyrack: a picture is .svg, .png, .mmd, .dot, .html, got {name!r}\n"


def test_a_picture_of_what_cannot_be_loaded_is_none(capsys: Said) -> None:
    assert program.graph("absent", Path("x.mmd")) == 2
    assert not Path("x.mmd").exists()
    assert "cannot load absent" in capsys.readouterr().err


# --- when things go wrong -------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
def test_a_working_directory_that_is_gone_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()

    assert check("pipeline") == program.graph("pipeline", None) == 2
    assert capsys.readouterr().err.count("keyrack: the working directory cannot be read: ") == 2


def test_an_error_of_ours_never_ends_as_if_a_check_was_done(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def fail(*_: object, **__: object) -> None:
        msg = "a mistake"
        raise LookupError(msg)

    monkeypatch.setattr(program, "check_elsewhere", fail)

    assert check("pipeline") == 2

    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith("keyrack: the check failed, which is an error of keyrack: LookupError: a mistake\n")


def test_a_comment_lets_a_finding_be_and_json_still_has_it() -> None:
    shop(Path(), BROKEN.replace("store.get(Keys.price))", "store.get(Keys.price))  # keyrack: ignore[KR101]"), "broken")

    assert check("broken", format="json", file=Path("report.json")) == 0

    (one,) = json.loads(Path("report.json").read_text())["diagnostics"]
    assert (one["code"], one["suppressed"]) == ("KR101", "comment")

"""The pages about the check: what they list is what there is, and what they show is what comes out."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.check import programs

from keyrack.check import report as records
from keyrack.check.api import check
from keyrack.check.codes import CODES
from keyrack.check.config import read
from keyrack.check.explain import explanation, sentence_form
from keyrack.workflow import JoinStrategy, required_successes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference" / "check.md"
CODES_PAGE = DOCS / "reference" / "codes.md"
CI = DOCS / "how-to" / "check-in-ci.md"
PROVES = DOCS / "explanation" / "what-check-proves.md"
PAGES = [ROOT / "README.md", DOCS / "tutorial.md", REFERENCE, CI, PROVES, DOCS / "how-to" / "contracts.md"]


def blocks(page: Path | str, language: str) -> list[str]:
    """The blocks of code of a page in one language."""
    return programs.blocks(page if isinstance(page, str) else page.read_text(), language)


def table(page: Path, *head: str) -> list[list[str]]:
    """The rows of the table of a page that has such a head."""
    first = re.escape(f"| {' | '.join(head)} |")
    found = re.search(rf"^{first}\n\| ---.*\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE)
    assert found is not None, head
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


# --- codes ----------------------------------------------------------------------------------------


def test_the_table_of_codes_lists_each_code_with_its_name_its_severity_and_its_sentence() -> None:
    expected = [
        [f"[{code.code}](#{code.code.lower()})", code.slug, code.severity, f"`{sentence_form(code)}`"]
        for code in CODES.values()
    ]

    assert table(REFERENCE, "code", "name", "severity", "it says") == expected


def test_the_page_of_codes_has_a_section_for_each_code_in_order_that_shows_its_text() -> None:
    expected = [
        f"({code.code.lower()})=\n\n### {code.code} {code.slug}\n\n{code.severity.capitalize()}: "
        f"`{sentence_form(code)}`\n\n```{{include}} ../../src/keyrack/check/explanations/{code.code}.md\n```\n"
        for code in CODES.values()
    ]

    sections = re.findall(r"^\(kr\d+\)=\n.*?^```\n", CODES_PAGE.read_text(), re.MULTILINE | re.DOTALL)

    assert sections == expected


def test_the_page_of_codes_groups_them_by_family() -> None:
    expected = list(dict.fromkeys(code.family.capitalize() for code in CODES.values()))

    assert re.findall(r"^## (.+)$", CODES_PAGE.read_text(), re.MULTILINE) == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_code_that_a_page_names_exists(page: Path) -> None:
    assert {*re.findall(r"\bKR\d+\b", page.read_text())} <= {*CODES}


@pytest.mark.source
def test_the_changelog_says_how_many_codes_there_are() -> None:
    assert f"{len(CODES)} codes" in (ROOT / "CHANGELOG.md").read_text()


# --- the command ----------------------------------------------------------------------------------


def command(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `keyrack` in *folder*."""
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "keyrack", *args],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def options(text: str) -> set[str]:
    return {*re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)}


def documented() -> set[str]:
    return options("".join(row[0] for row in table(REFERENCE, "option", "what it does")))


def test_the_reference_lists_the_options_that_the_command_has(tmp_path: Path) -> None:
    told = command("check", "--help", folder=tmp_path)

    assert told.returncode == 0, told.stderr
    assert documented() == options(told.stdout)


def test_the_reference_lists_the_formats_that_the_command_knows(tmp_path: Path) -> None:
    told = command("check", "--help", folder=tmp_path).stdout
    row = next(row for row in table(REFERENCE, "option", "what it does") if "--format" in row[0])
    formats = {*re.findall(r"`(\w+)`", row[1])}

    assert formats
    assert all(re.search(rf"\b{name}\b", told) for name in formats)


@pytest.mark.parametrize("page", [*PAGES, CODES_PAGE], ids=lambda page: page.name)
def test_every_option_of_the_check_that_a_page_names_is_in_the_reference(page: Path) -> None:
    used = re.findall(r"keyrack check(?: |\n)[^\n`]*", page.read_text())

    assert options("\n".join(used)) <= documented()


@pytest.mark.parametrize("code", CODES)
def test_every_option_that_an_explanation_names_is_in_the_reference(code: str) -> None:
    assert options(explanation(code)) <= documented()


# --- the configuration ----------------------------------------------------------------------------


def problems(folder: Path, source: str) -> list[str]:
    file = folder / "pyproject.toml"
    file.write_text(source)
    return [one.message for one in read(file).problems]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_configuration_on_a_page_can_be_read(page: Path, tmp_path: Path) -> None:
    assert [problems(tmp_path, block) for block in blocks(page, "toml")] == [[] for _ in blocks(page, "toml")]


def test_the_configuration_of_the_reference_shows_every_option(tmp_path: Path) -> None:
    [refusal] = problems(tmp_path, "[tool.keyrack.check]\nsomething-else-altogether = 1\n")
    known = set(refusal.partition("there are ")[2].split(", "))
    rows = {row[0].strip("`") for row in table(REFERENCE, "option", "what it takes")}
    [example] = blocks(REFERENCE, "toml")

    assert rows == known
    assert known - {*tomllib.loads(example)["tool"]["keyrack"]["check"]} <= {"initial", "outputs"}


def test_the_explanation_of_a_bad_configuration_shows_a_bad_one_and_a_good_one(tmp_path: Path) -> None:
    wrong, right = blocks(explanation("KR002"), "toml")

    assert [message.partition(":")[0] for message in problems(tmp_path, wrong)] == ["tool.keyrack.check.fail-on"]
    assert problems(tmp_path, right) == []


def test_the_explanation_of_what_cannot_be_loaded_shows_a_module_that_is_refused_and_one_that_is_not(
    tmp_path: Path,
) -> None:
    wrong, right = blocks(explanation("KR001"), "python")
    (tmp_path / "wrong.py").write_text(wrong)
    (tmp_path / "right.py").write_text(right)

    refused = command("check", "wrong:workflow", folder=tmp_path)
    loaded = command("check", "right:workflow", folder=tmp_path)

    assert (refused.returncode, "error KR001: cannot load wrong:workflow: " in refused.stdout) == (2, True)
    assert (loaded.returncode, loaded.stderr) == (0, "")


# --- recipes --------------------------------------------------------------------------------------


def recipes() -> dict[str, Any]:
    """The YAML of the page by the name of the file that it is."""
    yaml: Any = importlib.import_module("yaml")
    texts = blocks(CI, "yaml")
    return {re.match(r"# (\S+)\n", text)[1]: yaml.safe_load(text) for text in texts}  # type: ignore[index]


def steps() -> list[dict[str, Any]]:
    [job] = recipes()[".github/workflows/check.yml"]["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


@pytest.mark.source
def test_the_job_has_steps_each_of_which_runs_a_command_or_uses_an_action() -> None:
    assert all(("run" in step) != ("uses" in step) for step in steps())
    assert [
        name for name in ("mypy", "pyright", "keyrack check") if not any(name in s.get("run", "") for s in steps())
    ] == []


@pytest.mark.source
def test_the_job_uploads_the_file_that_the_check_has_written_and_may_do_so() -> None:
    [upload] = [step["with"]["sarif_file"] for step in steps() if "upload-sarif" in step.get("uses", "")]
    written = [step["run"] for step in steps() if "--format sarif" in step.get("run", "")]
    rights = recipes()[".github/workflows/check.yml"]["permissions"]

    assert [re.search(r"-o (\S+)", run)[1] for run in written] == [upload]  # type: ignore[index]
    assert rights == {"contents": "read", "security-events": "write"}


@pytest.mark.source
def test_the_step_that_decides_comes_before_those_that_run_whatever_it_said() -> None:
    checks = [step for step in steps() if step.get("run", "").startswith("keyrack check")]

    assert "--format github" in checks[0]["run"]
    assert "if" not in checks[0]
    assert [step.get("continue-on-error") for step in checks[1:]] == [True]


@pytest.mark.source
def test_the_hook_says_all_that_a_local_hook_needs() -> None:
    [repository] = recipes()[".pre-commit-config.yaml"]["repos"]
    [hook] = repository["hooks"]

    assert repository["repo"] == "local"
    assert {"id", "name", "entry", "language"} <= {*hook}
    assert hook["entry"].split()[:2] == ["keyrack", "check"]
    assert hook["pass_filenames"] is False


# --- JSON, and Python -----------------------------------------------------------------------------


def test_the_reference_lists_the_names_of_the_json_format() -> None:
    from keyrack.check.render.json import render

    spot = records.Spot("app.py", 1)
    diagnostic = records.Diagnostic("KR101", "error", "it", spot, "books", path=(records.Hop("A", spot, "why"),))
    workflow = records.WorkflowReport("books", "app:books", "A", spot, diagnostics=(diagnostic,))
    document = json.loads(render(records.Report((workflow,))))
    names = {name for row in table(REFERENCE, "name", "what it holds") for name in re.findall(r"`(\w+)`", row[0])}
    text = REFERENCE.read_text().partition("## JSON")[2]

    assert names == {*document}
    assert [name for name in {*document["diagnostics"][0], *document["targets"][0]} if f"`{name}`" not in text] == []


def test_the_reference_has_an_entry_for_each_record_of_a_report() -> None:
    entries = re.findall(r"^\.\. autoclass:: keyrack\.check\.(?:report\.)?(\w+)$", REFERENCE.read_text(), re.MULTILINE)

    public = {name for name, value in vars(records).items() if dataclasses.is_dataclass(value)}

    assert sorted(entries) == sorted(name for name in public if not name.startswith("_"))


# --- what is shown --------------------------------------------------------------------------------


def masked(output: str) -> str:
    return re.sub(r"\[\d+\.\d\d s\]", "[… s]", output)


def transcripts(page: Path) -> list[tuple[list[str], str]]:
    """The commands on a page, each with what it prints."""
    shown = [block.partition("\n") for block in blocks(page, "text") if block.startswith("$ keyrack check")]
    return [(line.split()[2:], output) for line, _, output in shown]


def test_the_readme_shows_what_the_check_says_of_its_program(tmp_path: Path) -> None:
    [program] = [block for block in blocks(ROOT / "README.md", "python") if 'name="shop"' in block]
    [(args, expected)] = transcripts(ROOT / "README.md")
    (tmp_path / "shop.py").write_text(program)

    result = command(*args, folder=tmp_path)

    assert masked(result.stdout) == masked(expected)
    assert (result.returncode, result.stderr) == (1, "")


def test_the_program_of_the_readme_is_proved_with_a_price_on_each_way(tmp_path: Path) -> None:
    [program] = [block for block in blocks(ROOT / "README.md", "python") if 'name="shop"' in block]
    before, fast, after = program.partition("def fast(store: MemoryStore) -> Literal[Stage.BILL]:\n")
    (tmp_path / "shop.py").write_text(f"{before}{fast}    store.put(PRICE, 12.0)\n{after}")

    result = command("check", "shop", folder=tmp_path)

    assert fast
    assert result.stdout.startswith("proved: ")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_tutorial_shows_what_the_check_says_of_its_program_before_and_after(tmp_path: Path) -> None:
    page = DOCS / "tutorial.md"
    source = (DOCS / "examples" / "orders.py").read_text()
    [better] = [block for block in blocks(page, "text") if block.startswith("    orders: ")]
    [(args, first), (again, second)] = transcripts(page)
    worse = re.search(r"^    orders: .*\n", source, re.MULTILINE)
    assert worse is not None

    (tmp_path / "orders.py").write_text(source)
    before = command(*args, folder=tmp_path)
    (tmp_path / "orders.py").write_text(source.replace(worse[0], better))
    after = command(*again, folder=tmp_path)

    assert (before.stdout.count("KR103"), after.stdout.count("KR103")) == (1, 0)
    assert masked(before.stdout) == masked(first)
    assert masked(after.stdout) == masked(second)


def statements() -> list[tuple[str, str]]:
    """The programs of the page of proofs, each with what is said of it."""
    text = PROVES.read_text()
    how, _, cannot = text.partition("## What cannot be had statically")
    [begin, *_] = blocks(cannot, "python")
    shown = r"^```python\n((?:(?!^```).)*?)^```\n\n```text\n(.*?)^```$"
    first = [(program, output) for program, output in re.findall(shown, how, re.MULTILINE | re.DOTALL)]
    rest = re.findall(shown, cannot, re.MULTILINE | re.DOTALL)
    return [*first, *((f"{begin}\n\n{program}", output) for program, output in rest)]


@pytest.mark.parametrize("number", range(len(statements())))
def test_the_page_of_proofs_shows_what_the_check_says_of_its_programs(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, expected = statements()[number]
    name = f"shop{number}"
    module = programs.imported(name, program, tmp_path, monkeypatch)

    report = check(module.workflow).relative_to(str(tmp_path))
    found = [f"{one.severity} {one.code}: {one.message}\n" for one in report]
    shown = re.sub(rf" \({name}\.py:\d+\)", "", "".join(found))  # a reader of the page sees no such file

    assert (shown or f"{report.verdict}\n") == expected


def test_the_page_of_proofs_has_nine_things_that_cannot_be_had_each_with_an_example() -> None:
    cannot = PROVES.read_text().partition("## What cannot be had statically")[2]
    sections = re.split(r"^### (\d)\. .+$", cannot, flags=re.MULTILINE)[1:]

    assert sections[::2] == [str(number) for number in range(1, 10)]
    assert all(blocks(section, "python") and blocks(section, "text") for section in sections[1::2])


def test_the_table_of_joins_says_what_the_engine_counts() -> None:
    for join, required, missing, writers in table(
        PROVES, "join of 5 branches", "m", "may be missing", "have to write the key"
    ):
        strategy: JoinStrategy = eval(f"JoinStrategy.{join.strip('`')}")  # noqa: S307  # the page is ours
        m = required_successes(strategy, 5)

        assert (required, missing) == (str(m), str(5 - m))
        assert writers == (str(5 - m + 1) if m else "never enough")

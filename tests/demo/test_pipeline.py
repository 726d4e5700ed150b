"""The pipeline: what a survey leaves in its store, whatever the tree is like."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from keyrack import KeyFamily, MemoryStore, StoreKey, TypeMismatchError, Workflow
from keyrack.demo import pipeline
from keyrack.demo.files import TOP_LEVEL
from keyrack.demo.pipeline import AT_ONCE, PARSERS, Broken, Keys, Report, Stage, files_read, left_out, survey_of
from keyrack.demo.ranking import PackageTotals
from keyrack.testing import Recorder
from keyrack.workflow import BranchEnded, BranchStarted, StateEntered

Survey = Workflow[Stage, MemoryStore]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A tree of three modules in two packages, and a broken one."""
    root = tmp_path / "shop"
    for name, source in {
        "main.py": "import sys\nfrom eu import vat\n",
        "eu/__init__.py": "",
        "eu/vat.py": 'import sys\n\ndef vat(price):\n    "Add the tax."\n    return price * 1.2\n',
        "eu/old.py": "print 'hello'\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source)
    return root


@pytest.fixture
def survey(shop: Path) -> Survey:
    """A survey of the tree, ready to run."""
    return survey_of(shop)


def one_file_a_visit(survey: Survey) -> None:
    Keys(survey.store).batch.put(1)


def names(survey: Survey) -> list[str]:
    """Give the names of the modules that were found, sorted."""
    return sorted(module.name for module in Keys(survey.store).modules.get())


# --- what comes out -------------------------------------------------------------------------------


def test_a_survey_finds_every_module_and_adds_up_what_it_found(survey: Survey) -> None:
    end = survey.run()
    keys = Keys(survey.store)

    assert end is Stage.DONE
    assert names(survey) == ["eu", "eu.vat", "main"]
    assert keys.package["eu"].get() == PackageTotals(modules=2, lines=5, functions=1, public=1)
    assert keys.package[TOP_LEVEL].get() == PackageTotals(modules=1, lines=2)
    assert keys.report.get() == Report(
        totals=PackageTotals(modules=3, lines=7, functions=1, public=1), packages=2, broken=1
    )


def test_what_is_broken_is_listed_with_the_reason(survey: Survey) -> None:
    survey.run()

    (broken,) = Keys(survey.store).broken.get()

    assert broken.path == os.path.join("eu", "old.py")  # noqa: PTH118  # as the system writes it
    assert broken.reason.startswith("line 1: Missing parentheses in call to 'print'")


def test_a_second_survey_finds_the_same(shop: Path) -> None:
    first, second = survey_of(shop), survey_of(shop)
    one_file_a_visit(second)

    first.run()
    second.run()

    keys = Keys.findings, Keys.report
    assert first.store.get_many(*keys) == second.store.get_many(*keys)
    assert (names(first), left_out(first.store)) == (names(second), left_out(second.store))


def test_one_file_can_be_surveyed(shop: Path) -> None:
    survey = survey_of(shop / "eu" / "vat.py")

    end = survey.run()

    assert end is Stage.DONE
    assert names(survey) == ["eu.vat"]


def test_the_modules_of_a_package_have_its_name(shop: Path) -> None:
    survey = survey_of(shop / "eu")

    survey.run()

    assert names(survey) == ["eu", "eu.vat"]


@pytest.mark.parametrize("source", [None, "print 'hello'"], ids=["no file", "no good file"])
def test_where_nothing_can_be_surveyed_there_is_no_report(tmp_path: Path, source: str | None) -> None:
    if source is not None:
        (tmp_path / "old.py").write_text(source)
    survey = survey_of(tmp_path)

    end = survey.run()

    assert end is Stage.NOTHING
    assert not Keys(survey.store).report.exists()


def test_a_module_with_nothing_in_it_makes_a_report_without_findings(tmp_path: Path) -> None:
    (tmp_path / "empty.py").touch()
    survey = survey_of(tmp_path)

    end = survey.run()

    assert end is Stage.DONE
    assert Keys(survey.store).findings.get() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    survey = survey_of(folder)

    end = survey.run()

    assert end is Stage.NOTHING
    assert Keys(survey.store).broken.get() == [Broken(path=".", reason="permission denied")]


# --- a tree that changes under the survey ---------------------------------------------------------


def test_a_file_that_is_deleted_after_it_was_found_is_left_out(survey: Survey, shop: Path) -> None:
    pipeline.discover(survey.store)  # the tree, and the folder in it
    pipeline.discover(survey.store)
    (shop / "main.py").unlink()

    end = survey.run(Stage.PARSE)

    assert end is Stage.DONE
    assert Broken(path="main.py", reason="no such file or directory") in Keys(survey.store).broken.get()


def test_a_folder_that_is_deleted_after_it_was_found_is_left_out(survey: Survey, shop: Path) -> None:
    pipeline.discover(survey.store)
    for path in (shop / "eu").iterdir():
        path.unlink()
    (shop / "eu").rmdir()

    end = survey.run()

    assert end is Stage.DONE
    assert Keys(survey.store).broken.get() == [Broken(path="eu", reason="no such file or directory")]


# --- one visit after another ----------------------------------------------------------------------


def test_a_visit_lists_no_more_folders_and_each_parser_reads_no_more_files_than_the_batch(
    survey: Survey, shop: Path
) -> None:
    for number in range(PARSERS):  # each parser has two files of its own
        (shop / f"more{number}.py").touch()
    one_file_a_visit(survey)
    recorder = Recorder()

    survey.run(observers=[recorder])

    turns = [Stage.PARSE, Stage.COLLECT] * 2
    recorder.assert_path(*[Stage.DISCOVER] * 2, *turns, Stage.RANK, Stage.REPORT, Stage.DONE)
    recorder.assert_branches(Stage.PARSE, succeeded=PARSERS)


def test_a_visit_ends_early_where_the_files_are_large(tmp_path: Path) -> None:
    for number in range(PARSERS + 1):
        (tmp_path / f"m{number}.py").write_text("#" * (pipeline.ENOUGH + 1))
    survey, recorder = survey_of(tmp_path), Recorder()

    survey.run(observers=[recorder])

    assert [event.state for event in recorder.of(StateEntered)].count(Stage.PARSE) == 2
    assert len(names(survey)) == PARSERS + 1


# --- the split ------------------------------------------------------------------------------------


def test_no_more_parsers_run_at_once_than_the_bulkhead_lets_through(survey: Survey) -> None:
    recorder, running, most = Recorder(), 0, 0

    survey.run(observers=[recorder])
    for event in recorder.events:
        running += isinstance(event, BranchStarted) - isinstance(event, BranchEnded)
        most = max(most, running)

    assert most == AT_ONCE


def test_parsers_in_threads_lose_nothing_of_what_they_found(tmp_path: Path) -> None:
    for number in range(201):
        (tmp_path / f"m{number:03}.py").write_text("print 'hello'" if number % 3 else "x = 1\n")
    survey = survey_of(tmp_path)
    one_file_a_visit(survey)

    survey.run()
    keys = Keys(survey.store)

    assert [keys.read[number].get() for number in range(PARSERS)] == [51, 50, 50, 50]
    assert names(survey) == [f"m{number:03}" for number in range(0, 201, 3)]
    assert [broken.path for broken in left_out(survey.store)] == [f"m{n:03}.py" for n in range(201) if n % 3]


def test_what_became_of_the_parsers_is_in_the_store(survey: Survey) -> None:
    survey.run()

    summary = Keys(survey.store).parsers.get()

    assert sorted(branch.number for branch in summary.successes) == list(range(PARSERS))
    assert (summary.errors, summary.timed_out, summary.cancelled) == ((), (), ())


def test_how_many_files_are_read_can_be_seen_while_a_survey_runs(survey: Survey) -> None:
    one_file_a_visit(survey)
    pipeline.discover(survey.store)
    pipeline.discover(survey.store)
    seen = [files_read(survey.store)]

    for number in range(PARSERS):
        pipeline.parse(number, survey.store)
        seen.append(files_read(survey.store))

    assert seen == [0, 1, 2, 3, 4]


def test_what_was_left_out_is_listed_by_path_whoever_came_to_it_first(survey: Survey) -> None:
    for path in ("b.py", "c.py", "a.py"):
        Keys(survey.store).broken.append(Broken(path=path, reason="gone"))

    listed = [broken.path for broken in left_out(survey.store)]

    assert listed == ["a.py", "b.py", "c.py"]


# --- keys and states ------------------------------------------------------------------------------


def test_every_state_says_where_it_goes(survey: Survey) -> None:
    rows = survey.graph().rows

    assert {state: row.targets for state, row in rows.items()} == {
        Stage.DISCOVER: (Stage.DISCOVER, Stage.PARSE, Stage.NOTHING),
        Stage.PARSE: (Stage.COLLECT,),
        Stage.COLLECT: (Stage.PARSE, Stage.RANK, Stage.NOTHING),
        Stage.RANK: (Stage.REPORT,),
        Stage.REPORT: (Stage.DONE,),
    }


@pytest.mark.parametrize("key", list(Keys), ids=lambda key: key.name)
def test_every_key_says_what_it_is_for(key: StoreKey[Any] | KeyFamily[Any, Any]) -> None:
    assert key.name.startswith("survey.")
    assert key.doc.endswith(".")


@pytest.mark.parametrize(
    ("key", "value"), [(Keys.batch, 0), (Keys.batch, 1001), (Keys.limit, 0), (Keys.first, 0), (Keys.read[0], -1)]
)
def test_a_number_out_of_range_is_refused(survey: Survey, key: StoreKey[int], value: int) -> None:
    before = survey.store.keys()

    with pytest.raises(TypeMismatchError, match=re.escape(f"{key.name} should be")):
        survey.store.put(key, value)

    assert survey.store.keys() == before

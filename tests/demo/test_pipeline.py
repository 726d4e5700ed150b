"""The pipeline: what a survey leaves in its store, whatever the tree is like."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from keyrack import KeyFamily, MemoryStore, StoreKey, TypeMismatchError, Workflow
from keyrack.demo import pipeline
from keyrack.demo.files import TOP_LEVEL
from keyrack.demo.pipeline import Broken, Keys, Progress, Report, Spent, Stage, progress_of, survey_of
from keyrack.demo.ranking import PackageTotals

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


# --- what comes out -------------------------------------------------------------------------------


def test_a_survey_finds_every_module_and_adds_up_what_it_found(survey: Survey) -> None:
    end = survey.run()
    keys = Keys(survey.store)

    assert end is Stage.DONE
    assert [module.name for module in keys.modules.get()] == ["main", "eu", "eu.vat"]
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

    keys = Keys.modules, Keys.broken, Keys.findings, Keys.report
    assert first.store.get_many(*keys) == second.store.get_many(*keys)


def test_one_file_can_be_surveyed(shop: Path) -> None:
    survey = survey_of(shop / "eu" / "vat.py")

    end = survey.run()

    assert end is Stage.DONE
    assert [module.name for module in Keys(survey.store).modules.get()] == ["eu.vat"]


def test_the_modules_of_a_package_have_its_name(shop: Path) -> None:
    survey = survey_of(shop / "eu")

    survey.run()

    assert [module.name for module in Keys(survey.store).modules.get()] == ["eu", "eu.vat"]


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


def test_a_visit_lists_no_more_folders_and_reads_no_more_files_than_the_batch(survey: Survey) -> None:
    one_file_a_visit(survey)

    survey.run()
    visits = {stage: Keys(survey.store).spent[stage].get().visits for stage in Stage}

    assert visits == {
        Stage.DISCOVER: 2,
        Stage.PARSE: 4,
        Stage.COLLECT: 4,
        Stage.RANK: 1,
        Stage.REPORT: 1,
        Stage.DONE: 0,
        Stage.NOTHING: 0,
    }


def test_a_visit_ends_early_where_the_files_are_large(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("#" * pipeline.ENOUGH)
    survey = survey_of(tmp_path)

    survey.run()
    keys = Keys(survey.store)

    assert keys.spent[Stage.PARSE].get().visits == 2
    assert len(keys.modules.get()) == 3


def test_the_time_in_each_state_is_what_the_clock_says(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "perf_counter", itertools.count().__next__)  # a second from look to look
    one_file_a_visit(survey)

    survey.run()
    keys = Keys(survey.store)

    assert keys.spent[Stage.PARSE].get() == Spent(visits=4, seconds=4.0)
    assert keys.spent[Stage.REPORT].get() == Spent(visits=1, seconds=1.0)


def test_how_far_a_survey_is_can_be_read_while_it_runs(survey: Survey) -> None:
    one_file_a_visit(survey)
    seen = [progress_of(survey.store)]

    pipeline.discover(survey.store)
    seen.append(progress_of(survey.store))
    pipeline.discover(survey.store)
    pipeline.parse(survey.store)
    seen.append(progress_of(survey.store))

    assert seen == [
        Progress(Stage.DISCOVER, found=0, done=0),
        Progress(Stage.DISCOVER, found=1, done=0),
        Progress(Stage.PARSE, found=4, done=1),
    ]


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
    ("key", "value"), [(Keys.batch, 0), (Keys.batch, 1001), (Keys.limit, 0), (Keys.first, 0), (Keys.done, -1)]
)
def test_a_number_out_of_range_is_refused(survey: Survey, key: StoreKey[int], value: int) -> None:
    before = survey.store.keys()

    with pytest.raises(TypeMismatchError, match=f"{key.name} should be"):
        survey.store.put(key, value)

    assert survey.store.keys() == before

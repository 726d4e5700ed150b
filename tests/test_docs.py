"""The docs build, every warning is an error, and the reference leaves no name out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from docs.pictures import PICTURES, pages, picture

import keyrack
import keyrack.scheduler
import keyrack.testing
import keyrack.workflow
from keyrack.workflow.graph import StrategyKind

pytestmark = pytest.mark.source

DOCS = Path(__file__).parents[1] / "docs"


def test_the_docs_build_without_a_warning(tmp_path: Path) -> None:
    sphinx = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q"]

    result = subprocess.run(
        [*sphinx, "-d", tmp_path / "cache", DOCS, tmp_path / "html"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "html/index.html").is_file()


def _entries(module: str) -> list[str]:
    """The names of *module* that the reference has an entry for."""
    pages = "".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))
    return re.findall(rf"^\.\. auto\w+:: {re.escape(module)}\.(\w+)$", pages, re.MULTILINE)


def test_the_reference_has_an_entry_for_each_name_of_the_index() -> None:
    assert sorted(_entries("keyrack")) == sorted(keyrack.__all__)


def test_the_reference_has_an_entry_for_each_name_of_workflows_that_the_index_leaves_out() -> None:
    expected = {*keyrack.workflow.__all__} - {*keyrack.__all__}

    assert sorted(_entries("keyrack.workflow")) == sorted(expected)


def test_the_reference_has_an_entry_for_each_name_of_schedulers_that_the_index_leaves_out() -> None:
    expected = {*keyrack.scheduler.__all__} - {*keyrack.__all__}

    assert sorted(_entries("keyrack.scheduler")) == sorted(expected)


def test_the_reference_has_an_entry_for_each_name_that_helps_to_test() -> None:
    assert sorted(_entries("keyrack.testing")) == sorted(keyrack.testing.__all__)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_the_picture_on_a_page_shows_what_the_program_of_the_page_does(page: Path) -> None:
    assert picture(page) == (PICTURES / f"{page.stem}.svg").read_text(), "python -m docs.pictures draws it anew"


def test_each_strategy_has_a_page_with_a_picture_and_each_picture_a_page() -> None:
    kinds = get_args(StrategyKind)
    expected = {f"join-{kind.replace('_', '-')}" for kind in kinds} | {"split"}

    assert {page.stem for page in pages()} == expected
    assert {file.stem for file in PICTURES.glob("*.svg")} == expected

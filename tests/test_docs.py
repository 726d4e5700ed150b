"""The docs build, every warning is an error, and the reference leaves no name out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import keyrack

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


def test_the_reference_has_an_entry_for_each_name_of_the_index() -> None:
    pages = "".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))

    entries = re.findall(r"^\.\. auto\w+:: keyrack\.(\w+)$", pages, re.MULTILINE)

    assert sorted(entries) == sorted(keyrack.__all__)

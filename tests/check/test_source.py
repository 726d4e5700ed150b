"""The sources of tasks, read whatever the program makes of warnings."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from tests.check.marks import load_file
from tests.check.shops import SHOP

from keyrack.check.api import check

if TYPE_CHECKING:
    from pathlib import Path


def test_a_source_that_python_warns_of_is_read_where_warnings_are_errors(tmp_path: Path) -> None:
    file = tmp_path / "warned.py"
    file.write_text(SHOP.replace("store.put(Keys.price, 3)", "store.put(Keys.price, len('\\d'))"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workflow = load_file(file).workflow
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = check(workflow)

    assert report.verdict == "proved"

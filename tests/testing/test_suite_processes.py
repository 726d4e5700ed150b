"""How other processes find the class of a suite."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.testing.broken_contents import TestLosesAPut as Suite

from keyrack.testing.suite.processes import Source

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
from keyrack.testing import BackendSuite

class TestHere(BackendSuite):
    def make_backend(self, place):
        raise NotImplementedError
"""


def test_a_class_is_found_by_its_module() -> None:
    assert Source.of(Suite).load() is Suite


def test_a_class_in_a_module_that_cannot_be_imported_is_found_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "test_here.py"
    file.write_text(MODULE, "utf-8")
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    found = Source("nowhere.test_here", str(file), "TestHere").load()

    assert (found.__module__, found.__qualname__) == ("nowhere.test_here", "TestHere")


def test_a_class_inside_a_function_is_not_found() -> None:
    class TestInside(Suite):
        pass

    with pytest.raises(AttributeError, match="<locals>"):
        Source.of(TestInside).load()

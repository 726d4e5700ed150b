"""The pipelines of the house: what the check says of the demo and of every example."""

from __future__ import annotations

import asyncio
import importlib.util
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import keyrack
from keyrack import Workflow
from keyrack.check import check
from keyrack.check.render.text import render
from keyrack.demo.pipeline import survey_of

EXAMPLES = Path(__file__).parents[2] / "docs/examples"


def example(name: str) -> ModuleType:
    """Import an example; the check reads its file."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where annotations are resolved
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module


MAKING: dict[str, Callable[[ModuleType], Workflow[Any, Any]]] = {
    "ad_exchange": lambda module: module.exchange,
    "orders": lambda module: module.workflow,
    "pipeline": lambda module: module.pipeline(),
    "queue_consumer": lambda module: module.pipeline(asyncio.Queue(), random.Random(1)),  # noqa: S311  # no secret
}
"""How each example that has a workflow makes it."""

FOUND = {
    "orders": {"KR103"},  # the tutorial ends with it: an empty list of lines leaves nothing to sum up
    "pipeline": {"KR103"},  # the loop runs, as its number is above 0 by its type: the check knows no such arithmetic
}
"""What is found in those that are not proved, with the reason."""


@pytest.mark.parametrize("name", MAKING)
def test_an_example_is_proved_or_says_why_not(name: str) -> None:
    expected = FOUND.get(name, set[str]())

    report = check(MAKING[name](example(name)))

    assert {one.code for one in report} == expected, render(report)
    assert (report.verdict == "proved") is not bool(expected), render(report)


def test_every_example_with_a_workflow_is_checked() -> None:
    expected = sorted(path.stem for path in EXAMPLES.glob("*.py") if "Workflow(" in path.read_text())

    assert sorted(MAKING) == expected


def test_the_demo_is_proved() -> None:
    report = check(survey_of(Path(keyrack.__file__).parent))

    assert report.verdict == "proved", render(report)
    assert [*report] == []

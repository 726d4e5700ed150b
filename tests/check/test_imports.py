"""Which files have to do with a workflow: what else is loaded in the process says nothing of it."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.check.marks import forget_programs

from keyrack.check.api import check

PIPELINE = """
from enum import Enum

from keyrack import KeyRegistry, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")
STEPS = []


class Keys(KeyRegistry):
    a: StoreKey[int]


def step(function):
    STEPS.append(function)
    return function


@step
def put(store):
    store.put(Keys.a, 1)


async def write(store):
    for one in STEPS:
        one(store)
    return Stage.READ


async def read(store):
    print(store.get(Keys.a))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
"""
MEDDLER = """
def meddle(step):
    step(print)
"""
Load = Callable[..., ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Write the files of a package, and import some of its modules; the last one is given."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    forget_programs()

    def write(*names: str, **files: str) -> ModuleType:
        for name, source in {"__init__": "", **files}.items():
            path = tmp_path / "shop" / f"{name.replace('__in__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
        importlib.invalidate_caches()
        return [importlib.import_module(f"shop.{name}") for name in names][-1]

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]
    forget_programs()


def test_a_module_that_nothing_imports_does_no_harm(load: Load) -> None:
    module = load("meddler", "pipeline", pipeline=PIPELINE, meddler=MEDDLER)

    assert check(module.workflow).verdict == "proved"


@pytest.mark.parametrize(
    "line",
    [
        "import shop.meddler",
        "import os, shop.meddler as other",
        "from shop.meddler import meddle",
        "from shop import meddler",
        "from . import meddler",
        "from .meddler import meddle",
        "from .meddler import (\n    meddle,\n)",
        "from . import \\\n    meddler",
        "if True: from . import meddler",
        "import importlib; meddler = importlib.import_module('shop.' + 'meddler')",
        "import sys; meddler = sys.modules['shop.' + 'meddler']",
    ],
)
def test_a_module_that_is_imported_may_do_anything_that_it_says(load: Load, line: str) -> None:
    module = load("meddler", "pipeline", pipeline=f"{line}\n{PIPELINE}", meddler=MEDDLER)

    assert check(module.workflow).verdict != "proved"


def test_what_is_imported_by_what_is_imported_counts_too(load: Load) -> None:
    module = load(
        "pipeline",
        pipeline=f"from .middle import x\n{PIPELINE}",
        middle="from . import meddler\nx = 1",
        meddler=MEDDLER,
    )

    assert check(module.workflow).verdict != "proved"


def test_what_the_module_of_the_workflow_imports_counts_too(load: Load) -> None:
    head, tail = PIPELINE.split("workflow = ")
    module = load(
        "main",
        main=f"from . import meddler\nfrom .pipeline import Stage, Workflow, read, write\nworkflow = {tail}",
        pipeline=head,
        meddler=MEDDLER,
    )

    assert check(module.workflow).verdict != "proved"


def test_a_workflow_that_was_checked_before_says_nothing_of_the_next(load: Load) -> None:
    first = load("meddler", "first", first=f"from . import meddler\n{PIPELINE}", meddler=MEDDLER)
    second = load("second", second=PIPELINE)

    assert check(first.workflow).verdict != "proved"
    assert check(second.workflow).verdict == "proved"

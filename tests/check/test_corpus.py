"""The corpus: small pipelines that say themselves, line by line, what the check has to find in them.

A mark stands on the line of the finding: ``# expect: KR102 price``, several after each other with ``;``, with
``error``, ``warning`` or ``note`` before the code where it is not the usual one. Nothing may be missed, and nothing
else may be found. What good pipelines and most of the bad ones do when they run holds the marks to the truth.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.check.marks import found, load_file, marked, misses

from keyrack.check.api import check
from keyrack.check.codes import CODES

CORPUS = Path(__file__).parent / "corpus"
GOOD, BAD, UNKNOWN = (sorted(path.stem for path in CORPUS.glob(f"{kind}_*.py")) for kind in ("good", "bad", "unknown"))

IMPOSSIBLE_IN_A_CORPUS = {
    "KR001": "the target cannot be loaded",
    "KR002": "the configuration is wrong",
    "KR003": "of suppressions",
    "KR004": "of suppressions",
    "KR404": "a run waits for the threads of its branches, so that nothing is written after the join",
}


def load(name: str) -> ModuleType:
    """Import a pipeline anew: what an earlier run left in its store and its globals is gone."""
    sys.modules.pop(f"tests.check.corpus.{name}", None)
    return importlib.import_module(f"tests.check.corpus.{name}")


def run(module: ModuleType) -> None:
    workflow: Any = module.workflow
    prepare = getattr(module, "prepare", None)
    if prepare is not None:
        prepare(workflow.store)
    workflow.run()


@pytest.mark.parametrize("name", [*GOOD, *BAD, *UNKNOWN])
def test_the_check_finds_what_is_marked_and_nothing_else(name: str) -> None:
    path = CORPUS / f"{name}.py"

    report = check(load(name).workflow)

    assert found(report, path) == marked(path)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_pipeline_is_proved(name: str) -> None:
    assert check(load(name).workflow).verdict == "proved"


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_followed_is_neither_proved_nor_refuted(name: str) -> None:
    assert check(load(name).workflow).verdict == "unproven"


@pytest.mark.parametrize("name", GOOD)
def test_a_good_pipeline_runs_to_its_end(name: str) -> None:
    module = load(name)

    run(module)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_pipeline_that_says_so_fails_for_a_missing_key(name: str) -> None:
    module = load(name)
    if not getattr(module, "MISSES", False):
        pytest.skip("its fault is no missing key")

    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is, a missing key is behind it
        run(module)

    assert misses(caught.value)


def lacks_a_key(module: ModuleType) -> bool:
    """Run a pipeline, and say whether it failed for a missing key."""
    try:
        run(module)
    except Exception as error:  # noqa: BLE001  # whatever it is, a missing key may be behind it
        return misses(error)
    return False


def without_a_write(source: str) -> Iterator[str]:
    """Give the source without one of its writes, once for each."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        verb = node.value.func
        if isinstance(verb, ast.Attribute) and verb.attr in {"put", "append", "extend", "put_many"}:
            lines = source.splitlines(keepends=True)
            lines[node.lineno - 1] = f"{' ' * node.col_offset}pass\n"
            del lines[node.lineno : node.end_lineno]
            yield "".join(lines)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_pipeline_that_lacks_a_write_it_needs_is_not_proved(name: str, tmp_path: Path) -> None:
    for number, source in enumerate(without_a_write((CORPUS / f"{name}.py").read_text())):
        path = tmp_path / f"{name}_{number}.py"
        path.write_text(source)
        module = load_file(path)
        verdict = check(module.workflow).verdict

        assert verdict != "proved" or not lacks_a_key(module), source


def test_the_corpus_is_large_and_shows_every_code_that_a_pipeline_can_have() -> None:
    shown = {mark.code for name in [*GOOD, *BAD, *UNKNOWN] for mark in marked(CORPUS / f"{name}.py")}

    assert len([*GOOD, *BAD, *UNKNOWN]) >= 60
    assert set(CODES) - set(IMPOSSIBLE_IN_A_CORPUS) == shown

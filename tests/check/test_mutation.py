"""Pipelines that work, with one write taken out: where runs then miss the key, the check says so."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from tests.check.fuzz.observed import Seen, load, run_often, run_once, told
from tests.check.fuzz.programs import program

from keyrack.check.api import check

if TYPE_CHECKING:
    from keyrack import MemoryStore, Workflow

SOAK = bool(os.environ.get("KEYRACK_SOAK"))
PIPELINES, RUNS, MOST = (100, 300, 20) if SOAK else (8, 60, 6)
CORPUS = sorted(Path(__file__).parent.glob("corpus/good_*.py"))
WRITES = frozenset({"put", "put_shared", "put_many", "append", "extend"})
pytestmark = pytest.mark.timeout(600)


def without_each_write(text: str) -> Iterator[tuple[int, str]]:
    """Give the text without one of its writes, for each of them, with the line where it stood."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=verb))) if verb in WRITES:
                first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
                before, behind = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
                filled = [f"{before}pass{behind}", *([""] * (last - first))]
                yield node.lineno, "\n".join([*lines[:first], *filled, *lines[last + 1 :]])
            case _:
                pass


def unseen(module: ModuleType, seen: Seen) -> list[str]:
    """Give the reads that missed their key in a run, and of which the check says nothing."""
    report = check(module.workflow)
    return [f"{miss} of {count}" for miss, count in seen.misses.items() if not told(report, miss).at_all]


def mutants(seed: int) -> list[tuple[int, str]]:
    """Give some mutants of a random pipeline, from all over it."""
    every = [*without_each_write(program(seed, works=True).text)]
    return Random(seed).sample(every, min(MOST, len(every)))  # noqa: S311  # the same each time


@pytest.mark.parametrize("seed", range(PIPELINES))
def test_a_random_pipeline_without_a_needed_write_is_found_out(seed: int, tmp_path: Path) -> None:
    for line, text in mutants(seed):
        path = tmp_path / f"without_{line}.py"
        path.write_text(text)
        module = load(path)
        seen = run_often(module, RUNS)

        assert unseen(module, seen) == [], f"without the write in line {line}"


def run(module: ModuleType) -> Seen:
    """Run a pipeline of the corpus as it wants to be run."""
    workflow: Workflow[Any, MemoryStore] = module.workflow
    prepare = getattr(module, "prepare", None)
    if prepare is not None:
        prepare(workflow.store)
    return run_once(module)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_good_pipeline_without_a_needed_write_is_found_out(path: Path, tmp_path: Path) -> None:
    for line, text in without_each_write(path.read_text()):
        mutant = tmp_path / f"{path.stem}_without_{line}.py"
        mutant.write_text(text)
        module = load(mutant)
        fresh = load(mutant)  # what ran has filled its store and its globals

        assert unseen(fresh, run(module)) == [], f"without the write in line {line}"


def test_many_mutants_miss_a_key_when_they_run(tmp_path: Path) -> None:
    missing = 0
    for seed in range(PIPELINES):
        for line, text in mutants(seed):
            path = tmp_path / f"{seed}_without_{line}.py"
            path.write_text(text)
            missing += bool(run_often(load(path), 20).misses)

    assert missing >= 3


def test_a_write_over_several_lines_is_taken_out_whole() -> None:
    text = "def task(store):\n    store.put(\n        KEY,\n        1,\n    )\n    return 1\n"

    assert [*without_each_write(text)] == [(2, "def task(store):\n    pass\n\n\n\n    return 1")]


def test_the_mutants_of_the_corpus_are_many() -> None:
    assert sum(1 for path in CORPUS for _ in without_each_write(path.read_text())) >= 60

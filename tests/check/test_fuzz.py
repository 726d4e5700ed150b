"""Random pipelines, run over and over: a read that failed in a run is never one that the check counts as proved.

``KEYRACK_SOAK=1`` runs 500 pipelines a thousand times each, and says how precise the check was.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from tests.check.fuzz.observed import OPAQUE, RACES, READS, Miss, Seen, load, run_often, site, told
from tests.check.fuzz.programs import program

from keyrack.check.api import check

if TYPE_CHECKING:
    from keyrack.check.report import Report

SOAK = bool(os.environ.get("KEYRACK_SOAK"))
PIPELINES, RUNS = (500, 1_000) if SOAK else (30, 100)
pytestmark = pytest.mark.timeout(600)

_findings: Counter[tuple[str, str, bool]] = Counter()
"""How often which code was told with which severity, and whether the read failed in a run."""
_works: Counter[str] = Counter()
"""What came out of pipelines that work, by verdict."""


@pytest.fixture(scope="module", autouse=True)
def _summary(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say in the end how precise the check was."""
    yield
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if SOAK and reporter is not None:
        reporter.write_line(f"\npipelines that work: {dict(_works)}")
        for (code, severity, failed), count in sorted(_findings.items()):
            reporter.write_line(f"{code} {severity:7} {'failed' if failed else 'never failed'}: {count}")


def written(folder: Path, seed: int, *, works: bool) -> ModuleType:
    """Write a pipeline to a file, and import it."""
    path = folder / f"pipeline_{seed}.py"
    path.write_text(program(seed, works=works).text)
    return load(path)


def untold(report: Report, seen: Seen) -> list[Miss]:
    """Give the reads that have failed though nothing is said of them."""
    return [miss for miss in seen.misses if not told(report, miss).at_all]


@pytest.mark.parametrize("seed", range(PIPELINES))
def test_a_read_that_failed_in_a_run_was_not_counted_as_proved(seed: int, tmp_path: Path) -> None:
    module = written(tmp_path, seed, works=False)

    report = check(module.workflow)
    seen = run_often(module, RUNS)

    _remember(report, seen)
    assert not untold(report, seen)
    assert not seen.misses or report.verdict != "proved"
    followed = not any(one.code in OPAQUE for one in report.all())
    doubted = sum(one.refuted + one.unproven for one in report.workflows)
    assert not followed or len({site(miss) for miss in seen.misses}) <= doubted


def _remember(report: Report, seen: Seen) -> None:
    failed = {(miss.key, *miss.lines[:1]) for miss in seen.misses}
    for one in report.all():
        if one.code in READS:
            _findings[one.code, one.severity, (one.key.partition("[")[0], one.spot.line) in failed] += 1


@pytest.mark.parametrize("seed", range(PIPELINES))
def test_a_pipeline_whose_reads_all_find_their_keys_is_proved(seed: int, tmp_path: Path) -> None:
    module = written(tmp_path, seed, works=True)

    report = check(module.workflow)
    seen = run_often(module, RUNS)

    found = [one for one in report.all() if one.code in READS | RACES]
    admitted = [one for one in report.all() if one.code in OPAQUE]
    _works[report.verdict if not admitted else "not followed"] += 1
    assert not seen.misses, "the pipeline was written wrongly"
    assert not [one for one in found if one.severity == "error"]
    assert admitted or not found


def test_most_pipelines_that_work_are_followed_to_the_end() -> None:
    if sum(_works.values()) < PIPELINES:
        pytest.skip("only some of the pipelines were looked at")

    assert _works["not followed"] <= 0.15 * PIPELINES


def test_pipelines_differ_and_many_of_them_fail(tmp_path: Path) -> None:
    texts = {program(seed, works=False).text for seed in range(20)}
    failing = [seed for seed in range(20) if run_often(written(tmp_path, seed, works=False), 50).misses]

    assert len(texts) == 20
    assert len(failing) >= 8


def test_a_pipeline_is_the_same_each_time_and_so_are_its_runs(tmp_path: Path) -> None:
    first, second = (run_often(written(tmp_path, 3, works=False), 30) for _ in range(2))

    assert program(3, works=False) == program(3, works=False)
    assert first == second


def test_a_report_that_keeps_quiet_about_a_read_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.py"
    path.write_text(_ONE_READ)
    module = load(path)
    report = check(module.workflow)
    quiet = replace(report, workflows=(report.workflows[0].with_diagnostics(()),))

    seen = run_often(module, 20)

    assert [Miss("number", (21,), "READ")] == [*seen.misses]
    assert untold(report, seen) == []
    assert untold(quiet, seen) == [*seen.misses]


_ONE_READ = '''"""A read that may fail."""

from enum import Enum
from random import Random

from keyrack import *

CHANCE = Random()
Stage = Enum("Stage", "WRITE READ DONE")
NUMBER = StoreKey("number", int)


async def write(store):
    if CHANCE.random() < 0.5:
        store.put(NUMBER, 1)
    store.remove(NUMBER) if CHANCE.random() < 0.5 else None
    return Stage.READ


async def read(store):
    store.get(NUMBER)
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.WRITE).register(Stage.WRITE, write).register(Stage.READ, read)
workflow.add_exit_states(Stage.DONE)
'''


BESIDE = """
import asyncio
from enum import Enum
from keyrack import MemoryStore, StoreKey, Workflow
from keyrack.check.api import check

Stage = Enum("Stage", "WRITE READ DONE")
KEY = StoreKey("key", int)

async def change(store):
    if coin():
        opaque(store)
    else:
        store.update(KEY, lambda value: value + 1)
    store.remove(KEY)

async def look(store):
    await asyncio.sleep(0)
    if not store.contains_key(KEY):
        return True

async def write(store):
    changing = asyncio.create_task(change(store))
    await look(store)
    await changing
    return Stage.READ

async def read(store):
    print(store.get(KEY))
    return Stage.DONE

workflow = Workflow(Stage, initial=Stage.WRITE).register(Stage.WRITE, write).register(Stage.READ, read)
for one in check(workflow.add_exit_states(Stage.DONE)).all():
    print(one)
"""


def test_a_report_does_not_depend_on_the_order_in_which_sets_are_gone_through(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(BESIDE)

    reports = {
        subprocess.run(
            [sys.executable, "beside.py"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12345"
    }

    assert len(reports) == 1
    assert "KR10" in reports.pop()

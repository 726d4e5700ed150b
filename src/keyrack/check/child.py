"""The program of the other process: imports targets, checks what they name, and writes the report to its output.

Run as ``python -m keyrack.check.child JOB``, a JSON object; see `process`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from .api import check_workflows
from .cache import FOLDER, Cache
from .codes import said
from .config import bad_configuration
from .guard import Guard
from .loader import AnyWorkflow, LoadError, load
from .render.json import dumps
from .report import Diagnostic, Report, Spot, WorkflowReport


def main() -> None:
    """Do the job that the first argument holds."""
    job = json.loads(sys.argv[1])
    output = os.dup(1)
    os.dup2(2, 1)  # what the program prints is no part of the report
    text = dumps(run(job))
    with open(output, "w", encoding="utf-8") as result:  # noqa: PTH123  # a descriptor, not a path
        result.write(text)


def run(job: dict[str, Any]) -> Report:
    """Check the targets of a job."""
    start = time.perf_counter()
    guard = Guard()
    workflows: list[WorkflowReport] = []
    problems: list[Diagnostic] = []
    for asked in job["targets"]:
        found: list[tuple[str, AnyWorkflow]] = []
        with guard.on(not job["allow_effects"]):
            try:
                found = load(asked["target"])
            except LoadError as error:
                problems.append(_problem(asked["target"], error.reason, error.spot))
        problems += (_problem(asked["target"], tried, None) for tried in dict.fromkeys(guard.tried))
        guard.tried.clear()
        for target, workflow in found:
            try:
                workflows += _checked(target, workflow, asked, job["cache"]).workflows
            except ConfigurationError as error:
                problems.append(bad_configuration(target, str(error), Spot(_file(asked["target"]), 1)))
    return Report(tuple(workflows), tuple(_once(problems)), seconds=time.perf_counter() - start)


def _checked(target: str, workflow: AnyWorkflow, asked: dict[str, Any], cached: bool) -> Report:
    options = {name: asked[name] for name in ("initial", "inputs", "outputs")}

    def make() -> Report:
        return check_workflows([(target, workflow)], **options)

    if not cached:
        return make()
    return Cache(Path(FOLDER)).report(workflow, (target, *options.values()), make)


def _problem(target: str, reason: str, spot: Spot | None) -> Diagnostic:
    message = said("KR001", target=target, reason=reason)
    return Diagnostic("KR001", "error", message, spot or Spot(_file(target), 1), "", subject=target)


def _file(target: str) -> str:
    """Give the file that a target stands for, or else its name."""
    place = target.rpartition(":")[0] or target
    path = Path(place if place.endswith(".py") else place.replace(".", "/") + ".py")
    return str(path.absolute()) if path.is_file() else place


def _once(problems: list[Diagnostic]) -> Iterator[Diagnostic]:
    yield from dict.fromkeys(problems)


if __name__ == "__main__":
    main()

"""What happens when a pipeline runs, over and over: which reads did not find their key."""

from __future__ import annotations

import importlib.util
import logging
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from keyrack.errors import KeyNotFoundError
from keyrack.stores import MemoryStore
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import AttemptFailed, BranchEnded, Event

if TYPE_CHECKING:
    from keyrack.check.report import Diagnostic, Report

READS = frozenset({"KR101", "KR102", "KR103", "KR104", "KR105", "KR106"})
RACES = frozenset({"KR401", "KR402"})
OPAQUE = frozenset({"KR901", "KR902", "KR903", "KR904", "KR906"})


class Miss(NamedTuple):
    """A read that did not find its key in a run, and that nobody caught."""

    key: str
    """Of one of a family, the name of the family."""
    lines: tuple[int, ...]
    """Where it stands in the pipeline, and the calls that led there, innermost first; nothing without source."""
    state: str


class Seen(NamedTuple):
    """What runs have shown."""

    misses: Counter[Miss]
    ends: Counter[str]
    """How the runs ended: the exit state, or what was raised."""


def load(path: Path) -> ModuleType:
    """Import a pipeline under a name of its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where pickle and inspect look for it
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


def run_often(module: ModuleType, runs: int) -> Seen:
    """Run the pipeline of a module, each time with another seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a coroutine that a failed call has left
        logging.disable()  # what branches raise while they are cancelled is told there
        try:
            return run_in_virtual_time(_run_often(module, runs))
        finally:
            logging.disable(logging.NOTSET)


async def _run_often(module: ModuleType, runs: int) -> Seen:
    seen = Seen(Counter(), Counter())
    for seed in range(runs):
        module.CHANCE.seed(seed)
        errors: list[BaseException] = []
        try:
            end = await module.workflow.orchestrate(store=MemoryStore(), observers=[_Watch(errors)])
        except Exception as error:  # noqa: BLE001  # whatever a random pipeline comes to
            seen.ends[type(error).__name__] += 1
        else:
            seen.ends[end.name] += 1
        seen.misses.update({miss for error in errors for miss in _misses(error, str(module.__file__))})
    return seen


def run_once(module: ModuleType) -> Seen:
    """Run a pipeline as it is, with its own store, and not for ever."""
    workflow: Any = module.workflow
    workflow._max_transitions = 200
    errors: list[BaseException] = []
    seen = Seen(Counter(), Counter())
    try:
        workflow.run(observers=[_Watch(errors)])
    except Exception as error:  # noqa: BLE001  # whatever a broken pipeline comes to
        seen.ends[type(error).__name__] += 1
    seen.misses.update({miss for error in errors for miss in _misses(error, str(module.__file__))})
    return seen


class _Watch:
    """Remembers what tasks and branches failed with."""

    def __init__(self, errors: list[BaseException]) -> None:
        self.errors = errors

    def __call__(self, event: Event) -> None:
        if isinstance(event, AttemptFailed | BranchEnded) and event.error is not None:
            event.error.__dict__.setdefault("_state", event.state.name)
            self.errors.append(event.error)


def _misses(error: BaseException, file: str, state: str = "") -> Iterator[Miss]:
    state = error.__dict__.get("_state", state)
    if isinstance(error, KeyNotFoundError):
        lines: list[int] = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == file:
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
        yield Miss(_bare(error.key), tuple(reversed(lines)), state)
    for inner in getattr(error, "exceptions", ()):
        yield from _misses(inner, file, state)


class Told(NamedTuple):
    """What a report says of a miss."""

    exactly: bool
    """Whether it names the very line."""
    at_all: bool
    """Whether the read does not count as proved."""


def site(miss: Miss) -> tuple[str, str, tuple[int, ...]]:
    """Give where a read stands, whatever the calls that led there."""
    return miss.state, miss.key, miss.lines[:1]


def told(report: Report, miss: Miss) -> Told:
    """Look for what a report says of a read that has failed."""
    about = [one for one in report.all() if _bare(one.key) == miss.key]
    exactly = any(one.code in READS and (one.spot.line,) == miss.lines[:1] for one in about)
    near = (
        one for one in about if one.code in READS | RACES and (one.spot.line in miss.lines or one.state == miss.state)
    )
    lost = (one for one in report.all() if one.code in OPAQUE and _lost(one, miss))
    return Told(exactly, exactly or any(near) or any(lost))


def _bare(key: str) -> str:
    """Give the name of a key without its namespace and its parameter."""
    return key.partition("[")[0].rpartition("::")[2]


def _lost(one: Diagnostic, miss: Miss) -> bool:
    """Say whether a note admits that the code around a miss was not followed."""
    return one.spot.line in miss.lines or (one.code == "KR906" and one.state == miss.state)

"""The pipeline: keys, states and tasks of a survey; the part of the demo that shows how keyrack is used.

DISCOVER lists some folders a visit and comes back until none is left. PARSE reads some files, COLLECT adds up what
it found, and the two take turns until every file is read. RANK finds what is worth reading, REPORT sums up. Each
visit is short, so that a run which is cancelled ends at once.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial, reduce, wraps
from operator import add
from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, Field

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow
from keyrack.demo.facts import Count, ModuleFacts, facts_of
from keyrack.demo.files import UnfitError, content, import_prefix, listed, module_name, printable
from keyrack.demo.ranking import Finding, PackageTotals, findings

S = TypeVar("S")

ENOUGH = 250_000
"""Bytes of source after which a visit of PARSE ends early; a tenth of a second, or so."""


class Stage(Enum):
    """The states of a survey."""

    DISCOVER = "discover"
    PARSE = "parse"
    COLLECT = "collect"
    RANK = "rank"
    REPORT = "report"
    DONE = "done"
    NOTHING = "nothing"
    """There is no Python to report on."""


class Broken(BaseModel, frozen=True):
    """A file or folder that could not be surveyed."""

    path: str
    reason: str


class Spent(BaseModel, frozen=True):
    """The time that a state has taken."""

    visits: Count = 0
    seconds: Annotated[float, Field(ge=0)] = 0.0


class Report(BaseModel, frozen=True):
    """What a survey comes to."""

    totals: PackageTotals
    packages: Count
    broken: Count


class Keys(KeyRegistry, prefix="survey"):
    """What a survey reads and writes."""

    root: StoreKey[Path]
    """The folder that is surveyed."""
    prefix: StoreKey[str]
    """The package that the folder is, if any."""
    batch: StoreKey[Annotated[int, Field(ge=1, le=1000)]] = StoreKey(default=20)
    """Folders or files per visit of a state."""
    limit: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=4_000_000)
    """The largest file that is read, in bytes."""
    first: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=5)
    """How many rows a finding has."""

    now: StoreKey[Stage]
    """The state that the survey is in."""
    folders: StoreKey[list[Path]]
    """Folders still to be listed, next one last."""
    files: StoreKey[list[Path]] = StoreKey(default_factory=list)
    """Files found, in the order of reading."""
    done: StoreKey[Annotated[int, Field(ge=0)]] = StoreKey(default=0)
    """How many of the files are read."""
    fresh: StoreKey[list[ModuleFacts]]
    """Facts about the files read last."""
    modules: StoreKey[list[ModuleFacts]] = StoreKey(default_factory=list)
    """Facts about every module."""
    broken: StoreKey[list[Broken]] = StoreKey(default_factory=list)
    """What was left out, and why."""
    package: KeyFamily[str, PackageTotals] = KeyFamily(default=PackageTotals())
    """Totals of each package."""
    findings: StoreKey[list[Finding]] = StoreKey(default_factory=list)
    """What is worth reading."""
    report: StoreKey[Report]
    """What it all comes to."""
    spent: KeyFamily[Stage, Spent] = KeyFamily(default=Spent())
    """How long each state took."""


def timed(stage: Stage) -> Callable[[Callable[[MemoryStore], S]], Callable[[MemoryStore], S]]:
    """Have a task say in the store that it runs, and how long it took."""

    def decorate(task: Callable[[MemoryStore], S]) -> Callable[[MemoryStore], S]:
        @wraps(task)
        def visit(store: MemoryStore) -> S:
            keys = Keys(store)
            keys.now.put(stage)
            begin = perf_counter()
            after = task(store)
            seconds = perf_counter() - begin
            keys.spent[stage].update(lambda spent: Spent(visits=spent.visits + 1, seconds=spent.seconds + seconds))
            return after

        return visit

    return decorate


@timed(Stage.DISCOVER)
def discover(store: MemoryStore) -> Literal[Stage.DISCOVER, Stage.PARSE, Stage.NOTHING]:
    """List some folders."""
    keys = Keys(store)
    folders = keys.folders.get()
    for _ in range(min(keys.batch.get(), len(folders))):
        folder = folders.pop()
        try:
            listing = listed(folder)
        except UnfitError as error:
            keys.broken.append(_broken(folder, keys.root.get(), error))
        else:
            keys.files.extend(listing.files)
            folders.extend(reversed(listing.folders))
    keys.folders.put(folders)
    if folders:
        return Stage.DISCOVER
    return Stage.PARSE if keys.files.get_shared() else Stage.NOTHING


@timed(Stage.PARSE)
def parse(store: MemoryStore) -> Literal[Stage.COLLECT]:
    """Read some files."""
    keys = Keys(store)
    root, prefix, limit, done = keys.root.get(), keys.prefix.get(), keys.limit.get(), keys.done.get()
    batch = keys.files.get_shared()[done : done + keys.batch.get()]  # shared: no copy of the whole list
    fresh: list[ModuleFacts] = []
    size = 0
    for path in batch:
        done += 1
        try:
            source = content(path, limit)
            size += len(source)
            fresh.append(facts_of(source, module_name(path, root, prefix)))
        except UnfitError as error:
            keys.broken.append(_broken(path, root, error))
        if size > ENOUGH:
            break
    store.put_many(Keys.fresh.to(fresh), Keys.done.to(done))
    return Stage.COLLECT


@timed(Stage.COLLECT)
def collect(store: MemoryStore) -> Literal[Stage.PARSE, Stage.RANK, Stage.NOTHING]:
    """Add what was read to the totals."""
    keys = Keys(store)
    fresh = keys.fresh.get()
    for module in fresh:
        keys.package[module.package].update(partial(add, PackageTotals.of(module)))
    keys.modules.extend(fresh)
    if keys.done.get() < len(keys.files.get_shared()):
        return Stage.PARSE
    return Stage.RANK if keys.modules.get_shared() else Stage.NOTHING


@timed(Stage.RANK)
def rank(store: MemoryStore) -> Literal[Stage.REPORT]:
    """Find what is worth reading."""
    keys = Keys(store)
    packages = {module.package: keys.package[module.package].get() for module in keys.modules.get_shared()}
    for finding in findings(keys.modules.get_shared(), packages, keys.first.get()):
        keys.findings.append(finding)
    return Stage.REPORT


@timed(Stage.REPORT)
def report(store: MemoryStore) -> Literal[Stage.DONE]:
    """Sum up."""
    keys = Keys(store)
    packages = [slot.get() for slot in keys.package.stored()]
    totals = reduce(add, packages)
    keys.report.put(Report(totals=totals, packages=len(packages), broken=len(keys.broken.get_shared())))
    return Stage.DONE


def _broken(path: Path, root: Path, error: UnfitError) -> Broken:
    return Broken(path=printable(str(path.relative_to(root))), reason=str(error))


def survey_of(path: Path) -> Workflow[Stage, MemoryStore]:
    """Make ready the survey of a folder, or of one file.

    Args:
        path: an absolute path.
    """
    is_folder = path.is_dir()
    root = path if is_folder else path.parent
    store = MemoryStore()
    keys = Keys(store)
    keys.root.put(root)
    keys.prefix.put(import_prefix(root))
    keys.folders.put([root] if is_folder else [])
    if not is_folder:
        keys.files.append(path)
    workflow = (
        Workflow(
            Stage,
            store,
            name="survey",
            initial=Stage.DISCOVER,
            inputs=[Keys.root, Keys.prefix, Keys.folders],
            outputs=[Keys.report, Keys.findings],
        )
        .register(Stage.DISCOVER, discover)
        .register(Stage.PARSE, parse)
        .register(Stage.COLLECT, collect)
        .register(Stage.RANK, rank)
        .register(Stage.REPORT, report)
        .add_exit_states(Stage.DONE, Stage.NOTHING)
    )
    workflow.validate()
    return workflow


class Progress(NamedTuple):
    """How far a survey is."""

    stage: Stage
    found: int
    """How many files are to be read."""
    done: int
    """How many of them have been."""


def progress_of(store: MemoryStore) -> Progress:
    """Read how far a survey is, while it runs."""
    keys = Keys(store)
    return Progress(keys.now.get(Stage.DISCOVER), len(keys.files.get_shared()), keys.done.get())

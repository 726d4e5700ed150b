"""The pipeline: keys, states and tasks of a survey; the part of the demo that shows how keyrack is used.

DISCOVER lists some folders a visit and comes back until none is left. PARSE is a split: each of its parsers reads some
of the files that are its own. COLLECT adds up what they found, and the two take turns until every file is read. RANK
finds what is worth reading, REPORT sums up. Each visit is short, so that a run which is cancelled ends at once.

The parsers run in threads, two at a time. Each writes under keys of its own, and all of them append to the list of what
is broken. On most builds of Python threads take turns at the processor: what overlaps is the waiting for files.
"""

from __future__ import annotations

from enum import Enum
from functools import partial, reduce
from operator import add, attrgetter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from keyrack import JoinConfig, JoinStrategy, KeyFamily, KeyRegistry, MemoryStore, SplitSummary, StoreKey, Workflow
from keyrack._text import printable
from keyrack.demo.facts import Count, ModuleFacts, facts_of
from keyrack.demo.files import UnfitError, content, import_prefix, listed, module_name
from keyrack.demo.ranking import Finding, PackageTotals, findings

PARSERS = 4
"""How many branches PARSE has; each of them reads every fourth file."""

AT_ONCE = 2
"""How many of them run at the same time; as many syntax trees are in memory at most."""

ENOUGH = 125_000
"""Bytes of source after which a visit of a parser ends early; a twentieth of a second, or so."""


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
    batch: StoreKey[Annotated[int, Field(ge=1, le=1000)]] = StoreKey(default=10)
    """Folders, or files of one parser, per visit of a state."""
    limit: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=4_000_000)
    """The largest file that is read, in bytes."""
    first: StoreKey[Annotated[int, Field(gt=0)]] = StoreKey(default=5)
    """How many rows a finding has."""

    folders: StoreKey[list[Path]]
    """Folders still to be listed, next one last."""
    files: StoreKey[list[Path]] = StoreKey(default_factory=list)
    """Files found, in the order of reading."""
    read: KeyFamily[int, Count] = KeyFamily(default=0)
    """How many of its files each parser has read."""
    fresh: KeyFamily[int, list[ModuleFacts]]
    """Facts about those that it has read last."""
    parsers: StoreKey[SplitSummary]
    """What became of the parsers last."""
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


def parse(number: int, store: MemoryStore) -> None:
    """Read some of the files of the parser *number*."""
    keys = Keys(store)
    root, prefix, limit, read = keys.root.get(), keys.prefix.get(), keys.limit.get(), keys.read[number].get()
    start, stop = number + read * PARSERS, (read + keys.batch.get()) * PARSERS
    fresh: list[ModuleFacts] = []
    size = 0
    for path in keys.files.get_shared()[start:stop:PARSERS]:  # shared: no copy of the whole list
        read += 1
        try:
            source = content(path, limit)
            size += len(source)
            fresh.append(facts_of(source, module_name(path, root, prefix)))
        except UnfitError as error:
            keys.broken.append(_broken(path, root, error))
        if size > ENOUGH:
            break
    store.put_many(Keys.fresh[number].to(fresh), Keys.read[number].to(read))


def collect(store: MemoryStore) -> Literal[Stage.PARSE, Stage.RANK, Stage.NOTHING]:
    """Add what the parsers have read to the totals."""
    keys = Keys(store)
    for number in range(PARSERS):
        fresh = keys.fresh[number].get()
        for module in fresh:
            keys.package[module.package].update(partial(add, PackageTotals.of(module)))
        keys.modules.extend(fresh)
    if files_read(store) < len(keys.files.get_shared()):
        return Stage.PARSE
    return Stage.RANK if keys.modules.get_shared() else Stage.NOTHING


def rank(store: MemoryStore) -> Literal[Stage.REPORT]:
    """Find what is worth reading."""
    keys = Keys(store)
    packages = {module.package: keys.package[module.package].get() for module in keys.modules.get_shared()}
    for finding in findings(keys.modules.get_shared(), packages, keys.first.get()):
        keys.findings.append(finding)
    return Stage.REPORT


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
        .register_split(
            Stage.PARSE,
            {f"parser {number + 1}": partial(parse, number) for number in range(PARSERS)},
            JoinConfig(JoinStrategy.all(), Stage.COLLECT, concurrency=AT_ONCE, summary=Keys.parsers),
        )
        .register(Stage.COLLECT, collect)
        .register(Stage.RANK, rank)
        .register(Stage.REPORT, report)
        .add_exit_states(Stage.DONE, Stage.NOTHING)
    )
    workflow.validate()
    return workflow


def files_read(store: MemoryStore) -> int:
    """Say how many files are read, while a survey runs."""
    keys = Keys(store)
    return sum(keys.read[number].get() for number in range(PARSERS))


def left_out(store: MemoryStore) -> list[Broken]:
    """Give what was left out, by path; it was found in the order in which the parsers came to it."""
    return sorted(Keys(store).broken.get(), key=attrgetter("path"))

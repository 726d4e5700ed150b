"""The program: `keyrack demo` from its path to its exit code."""

from __future__ import annotations

import asyncio
import gc
import os
import sysconfig
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from keyrack import open_store
from keyrack._screen import Screen
from keyrack._text import counted, printable
from keyrack.demo.files import SUFFIX, reason_of
from keyrack.demo.inventory import inventory
from keyrack.demo.pipeline import PARSERS, Broken, Keys, Stage, files_read, left_out, survey_of
from keyrack.demo.screen import (
    SHOWN,
    Bar,
    Display,
    Lines,
    Progress,
    broken_table,
    findings_table,
    head,
    states_table,
    store_table,
)
from keyrack.demo.times import Times

if TYPE_CHECKING:
    from keyrack import KeyValueStore, MemoryStore, Workflow

PREFIX = "survey."
"""What the names of the keys begin with."""

OFTEN = 0.1
"""Seconds between two looks at a survey that runs."""


def demo(path: Path | None, url: str | None = None) -> int:
    """Survey a tree of Python sources and print what is worth reading, and what then lies in the store.

    Args:
        path: a folder or a Python file; the standard library if not given.
        url: the store in which the result is kept, if any.

    Returns:
        The exit code: 1 where there was nothing to survey, which is said on stderr.
    """
    root = Path(os.path.abspath(path or sysconfig.get_path("stdlib")))  # noqa: PTH100  # resolves "..", follows no link
    errors = Screen(stderr=True)
    if (reason := _refused(root)) is not None:
        errors.say(f"keyrack demo: {reason}")
        return 1
    kept = None if url is None else open_store(url)  # before hours of work, if need be
    if kept is not None and not kept.backend.persistent:
        errors.say(f"keyrack demo: nothing stays in {url}; name a file, as in sqlite:///survey.db")
        return 1
    workflow, times, screen = survey_of(root), Times(Stage.DISCOVER), Screen()
    with _few_collections(), Bar(screen) if screen.can_draw else Lines(errors.say) as display:
        end = asyncio.run(watched(workflow, times, display))
    if end is Stage.NOTHING:
        errors.say(_nothing(root, left_out(workflow.store)))
        return 1
    if kept is not None:
        _keep(workflow.store, kept)
    screen.print(outcome(root, workflow.store, times, screen.width))
    if url is not None:
        errors.say(f"kept in {url}; see it with: keyrack inspect {url} --registry keyrack.demo.pipeline:Keys")
    return 0


def _keep(store: MemoryStore, other: KeyValueStore) -> None:
    """Put what a survey has found in another store, in place of what an earlier one has put there; all or nothing."""
    puts = [Keys[name].to(store.get_shared(Keys[name])) for name in list(store.keys())]

    def replace(kept: KeyValueStore) -> None:
        for name in list(kept.keys()):
            if name.startswith(PREFIX):
                kept.remove(Keys[name])
        kept.put_many(*puts)

    with other:
        other.transact(replace)


def _refused(path: Path) -> str | None:
    """Say why *path* cannot be surveyed, if so."""
    name = printable(str(path))
    try:
        if path.is_dir() or (path.is_file() and path.suffix == SUFFIX):
            return None
        if path.is_file():
            return f"{name} is no Python file: name a folder, or a file that ends in {SUFFIX}"
        return f"{name} is neither a folder nor a file" if path.exists() else f"{name} does not exist"
    except OSError as error:
        return f"{name} cannot be looked at: {reason_of(error)}"


@contextmanager
def _few_collections() -> Generator[None]:
    """Collect garbage less often: syntax trees are many objects and no cycles; parsing takes a fifth less time."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


async def watched(workflow: Workflow[Stage, MemoryStore], times: Times, display: Display) -> Stage:
    """Run a survey, and show now and then how far it is.

    The display is no observer: what an observer raises does not disturb the run, but a survey whose display has lost
    its terminal has to end.
    """
    run = asyncio.create_task(workflow.orchestrate(observers=[times]))
    try:
        while not run.done():
            display.show(_progress(workflow.store, times))
            await asyncio.wait([run], timeout=OFTEN)
        end = await run
        display.show(_progress(workflow.store, times))
        return end
    finally:
        run.cancel()


def _progress(store: MemoryStore, times: Times) -> Progress:
    return Progress(times.state, len(Keys(store).files.get_shared()), files_read(store))


def _nothing(root: Path, broken: list[Broken]) -> str:
    name = printable(str(root))
    if not broken:
        return f"keyrack demo: nothing to survey: no file in {name} ends in {SUFFIX}"
    listed = [f"  {entry.path}: {entry.reason}" for entry in broken[:SHOWN]]
    if len(broken) > SHOWN:
        listed.append(f"  … and {len(broken) - SHOWN:,} more")
    what = counted(len(broken), "path")
    return "\n".join([f"keyrack demo: nothing to survey in {name}; left out {what}:", *listed])


def outcome(root: Path, store: MemoryStore, times: Times, width: int) -> RenderableType:
    """Draw everything that a survey has found; one thing to print, so that it is printed whole or not at all."""
    keys = Keys(store)
    files = [keys.read[number].get() for number in range(PARSERS)]
    parts = [head(printable(str(root)), keys.report.get())]
    if findings := keys.findings.get():
        parts.append(findings_table(findings, width))
    if broken := left_out(store):
        parts.append(broken_table(broken))
    parts += [store_table(inventory(Keys, store), width), states_table(times, files)]
    spaced = [line for part in parts for line in (part, Text())]
    return Group(*spaced[:-1])

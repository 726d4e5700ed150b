"""Checking a large pipeline: the processor time of ``keyrack check``, its processes and their start included."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.harness import Case, Goal, Probes
from tests.benchmarks.imports import Interpreter

STAGES = 1_000
_FLOOR = "importing them"
A_MODULE = 50
"""How many stages one module has."""

_KEYS = '''"""The states and keys of a large pipeline."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey

Stage = Enum("Stage", [*(f"S{{number}}" for number in range({stages})), "DONE"])


class Keys(KeyRegistry):
    source: StoreKey[str]
    seen: StoreKey[list[str]] = StoreKey(default_factory=list)
    total: StoreKey[int]
    result: KeyFamily[int, str]


def remember(store: MemoryStore, word: str) -> None:
    if word:
        store.append(Keys.seen, word)


async def started(store: MemoryStore, name: str) -> str:
    if not store.contains_key(Keys.total):
        store.put(Keys.total, 0)
    remember(store, name)
    return name.title()
'''

_HEAD = '''"""Stages of a large pipeline."""

from typing import Literal

from keyrack import MemoryStore

from keys import Keys, Stage, remember, started
'''

_STAGE = """

async def stage_{n}(store: MemoryStore) -> Literal[Stage.S{next}, Stage.{skip}]:
    name = await started(store, "stage {n}")
    words = store.get(Keys.result[{before}], "").split() if {n} else [store.get(Keys.source)]
    longest = ""
    for word in words:
        if len(word) > len(longest):
            longest = word.strip(".,;").lower()
        remember(store, word[:10])
    store.update(Keys.total, lambda total: total + len(words))
    if not longest:
        store.put(Keys.result[{n}], name)
        return Stage.{skip}
    store.put(Keys.result[{n}], f"{{name}} {{longest}} {{store.get(Keys.total)}}")
    text = " ".join(sorted(store.get(Keys.result[{n}]).split()))
    return Stage.S{next} if text else Stage.{skip}
"""

_LAST = """

async def stage_{n}(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(Keys.total), store.get(Keys.result[0]))
    return Stage.DONE
"""

_WORKFLOW = '''"""A large pipeline."""

{imports}

from keyrack import Workflow

from keys import Keys, Stage

workflow = Workflow(Stage, initial=Stage.S0, inputs=[Keys.source]).add_exit_states(Stage.DONE)
{registered}
'''

_COMMAND = """
import os, sys
os.chdir({folder!r})
sys.argv[1:] = ["check", "large:workflow", "-o", "report.txt", *{options!r}]
from keyrack.cli import main
main()
"""

_IMPORT = "import sys; sys.path.insert(0, {folder!r}); import large"
_CHECK = f"{_IMPORT}; from keyrack.check.api import check; sys.exit(check(large.workflow).verdict != 'proved')"


def write(folder: Path, stages: int = STAGES) -> int:
    """Write a pipeline in which every read is proved; give its number of lines."""
    modules: dict[str, str] = {"keys": _KEYS.format(stages=stages)}
    for first in range(0, stages, A_MODULE):
        numbers = range(first, min(first + A_MODULE, stages))
        modules[f"part_{first // A_MODULE}"] = _HEAD + "".join(_stage(number, stages) for number in numbers)
    imports = "\n".join(f"import {name}" for name in modules if name != "keys")
    registered = "\n".join(
        f"workflow.register(Stage.S{number}, part_{number // A_MODULE}.stage_{number})" for number in range(stages)
    )
    modules["large"] = _WORKFLOW.format(imports=imports, registered=registered)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return sum(text.count("\n") for text in modules.values())


def _stage(number: int, stages: int) -> str:
    if number == stages - 1:
        return _LAST.format(n=number)
    skip = f"S{number + 2}" if number + 2 < stages else "DONE"
    return _STAGE.format(n=number, next=number + 1, before=max(number - 1, 0), skip=skip)


def cases() -> list[Case]:
    """Give the rows; none where the system does not tell the processor time of a process, or the command is missing."""
    if not hasattr(os, "wait4") or not (find_spec("typer") and find_spec("rich")):
        return []
    goal = Goal(1e9, "excess")
    return [
        Case("check 1,000 stages", goal, _FLOOR, lambda: _probes(_CHECK), big=True),
        Case("keyrack check of 1,000 stages", None, _FLOOR, lambda: _probes(_COMMAND, ["--no-cache"]), big=True),
        Case("the same again, ≤ 0.4 s over to reach", None, _FLOOR, lambda: _probes(_COMMAND, []), big=True),
    ]


def _probes(code: str, options: Sequence[str] = ()) -> Probes:
    folder = str(_folder())
    return Probes(
        Interpreter(code.format(folder=folder, options=[*options])), Interpreter(_IMPORT.format(folder=folder))
    )


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="keyrack-benchmarks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write(folder)
    return folder


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1])):,} lines in {sys.argv[1]}")

"""What fails at run time is never proved, however well it hides: the snippets of ``hostile.txt``."""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.check.marks import forget_programs, load_file, misses

from keyrack.check.api import check

HEAD = """
import asyncio, collections, contextvars, copy, functools, itertools, operator, sys, threading, types, typing, weakref
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, NamedTuple

from keyrack import *

Stage = Enum("Stage", "W R DONE")


class Keys(KeyRegistry):
    no: StoreKey[int] = StoreKey(default=0)
    yes: StoreKey[int] = StoreKey(default=1)
    word: StoreKey[str] = StoreKey(default="seven")
    items: StoreKey[list[int]] = StoreKey(default_factory=list)
    a: StoreKey[int]
    b: StoreKey[int]
    fam: KeyFamily[int, int]


"""
TAIL = """

async def r(store):
    print(store.get(Keys.a))
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.W).register(Stage.W, w).register(Stage.R, r).add_exit_states(Stage.DONE)
"""


def snippets() -> dict[str, str]:
    parts = re.split(r"^### (.+)\n", (Path(__file__).parent / "hostile.txt").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(program, parts[2::2]), strict=True))


def program(code: str) -> str:
    """Make a whole module of a snippet."""
    if not re.search(r"^(async def w|def w|w =|workflow =)", code, re.MULTILINE):
        code = f"async def w(store):\n{textwrap.indent(code, '    ')}    return Stage.R\n"
    return HEAD + code + ("" if "workflow =" in code else TAIL)


SNIPPETS = snippets()


@pytest.fixture(autouse=True)
def _no_loggers() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest finds it
    """Let no logger of a snippet outlive it, with what handles its records."""
    yield
    known = logging.root.manager.loggerDict
    for name in [name for name in known if name.startswith("hostile")]:
        del known[name]


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_task_that_loses_a_key_is_not_proved(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"hostile_{re.sub('[^a-z0-9]', '_', name)}.py"
    path.write_text(SNIPPETS[name])
    forget_programs()
    module = load_file(path)

    verdict = check(module.workflow).verdict

    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is, a missing key is behind it
        module.workflow.run()
    assert misses(caught.value)
    assert verdict != "proved"

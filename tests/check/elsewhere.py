"""A program to be checked in another process, and the check of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from keyrack.check.process import Asked, Terms, check_elsewhere

if TYPE_CHECKING:
    from keyrack.check.report import Diagnostic, Report

SHOP = """
from enum import Enum
from typing import Literal
from keyrack import MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LOAD BILL DONE")
PRICE = StoreKey("price", float)
TAX = StoreKey("tax", float)

def load(store: MemoryStore) -> Literal[Stage.BILL]:
    store.put(PRICE, 9.5)
    return Stage.BILL

def bill(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(PRICE))
    return Stage.DONE

NAME = globals().get("NAME", "shop")
workflow = Workflow(Stage, name=NAME, initial=Stage.LOAD).add_exit_states(Stage.DONE)
workflow.register(Stage.LOAD, load).register(Stage.BILL, bill)
"""

Write = Callable[..., Path]


def writing(folder: Path) -> Write:
    """Give what writes a program below a folder: some lines, and then a shop that is fine, and more."""

    def write(name: str = "shop.py", first: str = "", *, last: str = "") -> Path:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(first) + SHOP + dedent(last), encoding="utf-8")
        return file

    return write


def checked(*targets: str, allow_effects: bool = False, cache: bool = False, timeout: float = 100) -> Report:
    return check_elsewhere([Asked(target) for target in targets], Terms(allow_effects, cache, timeout))


def found(report: Report) -> list[str]:
    """The targets of the workflows that were checked."""
    return [workflow.target for workflow in report.workflows]


def reasons(report: Report) -> list[str]:
    assert {one.code for one in report.problems} <= {"KR001"}
    return [one.message.partition(": ")[2] for one in report.problems]


def problem(report: Report) -> Diagnostic:
    [one] = report.problems
    return one

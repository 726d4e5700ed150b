"""Ranking: what is worth reading about many modules."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from keyrack.demo.facts import Count, ModuleFacts

FEW = 20
"""A package of fewer public functions has no share of undocumented ones worth a comparison."""


class PackageTotals(BaseModel, frozen=True):
    """What the modules of a package come to."""

    modules: Count = 0
    lines: Count = 0
    functions: Count = 0
    classes: Count = 0
    public: Count = 0
    """Functions and methods that others may call."""
    undocumented: Count = 0
    """Those of them without a docstring."""

    @classmethod
    def of(cls, module: ModuleFacts) -> PackageTotals:
        """Give the totals of one module."""
        return cls(
            modules=1,
            lines=module.lines,
            functions=module.functions,
            classes=module.classes,
            public=module.public,
            undocumented=module.undocumented,
        )

    def __add__(self, other: PackageTotals) -> PackageTotals:
        return PackageTotals(
            modules=self.modules + other.modules,
            lines=self.lines + other.lines,
            functions=self.functions + other.functions,
            classes=self.classes + other.classes,
            public=self.public + other.public,
            undocumented=self.undocumented + other.undocumented,
        )


class Row(BaseModel, frozen=True):
    """A line of a finding: *what* comes to *amount*."""

    what: Annotated[str, Field(min_length=1)]
    amount: Count
    unit: str
    """What was counted, to be read after the amount."""

    @classmethod
    def counting(cls, what: str, amount: int, noun: str) -> Row:
        """Give the row of *amount* things."""
        return cls(what=what, amount=amount, unit=noun if amount == 1 else f"{noun}s")


class Finding(BaseModel, frozen=True):
    """A question, and those who come first."""

    title: str
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


def findings(modules: Sequence[ModuleFacts], packages: Mapping[str, PackageTotals], first: int) -> Iterator[Finding]:
    """Give the findings that there are, with the *first* rows of each; equal amounts are sorted by name."""
    questions = {
        "Largest packages": _packages(packages),
        "Largest modules": _modules(modules),
        "Longest functions": _functions(modules),
        "Most imported": _imported(modules),
        "Deepest indentation": _indented(modules),
        "Public functions without a docstring, by package": _undocumented(packages),
    }
    for title, rows in questions.items():
        top = heapq.nsmallest(first, filter(_counts, rows), key=lambda row: (-row.amount, row.what))
        if top:
            yield Finding(title=title, rows=tuple(top))


def _counts(row: Row) -> bool:
    return row.amount > 0


def _packages(packages: Mapping[str, PackageTotals]) -> Iterator[Row]:
    if len(packages) > 1:
        for name, totals in packages.items():
            yield Row.counting(name, totals.lines, "line")


def _modules(modules: Iterable[ModuleFacts]) -> Iterator[Row]:
    for module in modules:
        yield Row.counting(module.name, module.lines, "line")


def _functions(modules: Iterable[ModuleFacts]) -> Iterator[Row]:
    for module in modules:
        if module.longest is not None:
            yield Row.counting(f"{module.name}.{module.longest.name}", module.longest.size, "line")


def _imported(modules: Iterable[ModuleFacts]) -> Iterator[Row]:
    importers = Counter(name for module in modules for name in module.imports)
    for name, number in importers.items():
        yield Row.counting(name, number, "importer")


def _indented(modules: Iterable[ModuleFacts]) -> Iterator[Row]:
    for module in modules:
        if module.deepest is not None:
            yield Row.counting(f"{module.name}:{module.deepest.line}", module.deepest.size, "level")


def _undocumented(packages: Mapping[str, PackageTotals]) -> Iterator[Row]:
    for name, totals in packages.items():
        if totals.public >= FEW:
            share = round(100 * totals.undocumented / totals.public)
            yield Row(what=name, amount=share, unit=f"% of {totals.public:,}")

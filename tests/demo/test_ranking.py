"""Ranking: who comes first, and which questions are asked at all."""

from __future__ import annotations

from typing import Any

import pytest

from keyrack.demo.facts import ModuleFacts, Spot
from keyrack.demo.ranking import FEW, Finding, PackageTotals, findings


def module(name: str, **facts: Any) -> ModuleFacts:
    """Make the facts of a module that has nothing but what is given."""
    counts: dict[str, Any] = dict.fromkeys(["lines", "functions", "classes", "public", "undocumented"], 0)
    others: dict[str, Any] = {"package": "shop", "imports": (), "longest": None, "deepest": None}
    return ModuleFacts.model_validate({"name": name} | counts | others | facts)


def rows(finding: Finding) -> list[tuple[str, int, str]]:
    return [(row.what, row.amount, row.unit) for row in finding.rows]


def only(modules: list[ModuleFacts], packages: dict[str, PackageTotals] | None = None, first: int = 5) -> Finding:
    (finding,) = findings(modules, packages or {}, first)
    return finding


def test_modules_without_anything_in_them_give_no_finding() -> None:
    assert list(findings([module("a"), module("b")], {"shop": PackageTotals(modules=2)}, 5)) == []


def test_the_largest_come_first_and_equals_by_name() -> None:
    found = only([module("b", lines=1), module("c", lines=7), module("a", lines=1)])

    assert found.title == "Largest modules"
    assert rows(found) == [("c", 7, "lines"), ("a", 1, "line"), ("b", 1, "line")]


def test_no_more_rows_are_given_than_asked_for() -> None:
    found = only([module(f"m{number}", lines=number) for number in range(1, 10)], first=2)

    assert [row.what for row in found.rows] == ["m9", "m8"]


def test_the_order_of_the_modules_does_not_matter() -> None:
    modules = [module(name, lines=3, imports=(name, "os")) for name in "cab"]

    assert list(findings(modules, {}, 2)) == list(findings(modules[::-1], {}, 2))


def test_importers_are_counted_once_a_module() -> None:
    found = only([module("a", imports=("os", "sys")), module("b", imports=("os",))])

    assert rows(found) == [("os", 2, "importers"), ("sys", 1, "importer")]


def test_the_longest_function_is_named_with_its_module() -> None:
    found = only([module("a", longest=Spot(name="C.f", line=3, size=20))])

    assert rows(found) == [("a.C.f", 20, "lines")]


def test_the_deepest_statement_is_named_by_its_line() -> None:
    found = only([module("a", deepest=Spot(name="f", line=3, size=4))])

    assert rows(found) == [("a:3", 4, "levels")]


def test_packages_are_compared_where_there_are_several() -> None:
    packages = {"shop": PackageTotals(lines=5), "desk": PackageTotals(lines=8)}

    found = only([], packages)

    assert found.title == "Largest packages"
    assert rows(found) == [("desk", 8, "lines"), ("shop", 5, "lines")]


@pytest.mark.parametrize(("undocumented", "share"), [(1, 5), (FEW // 2, 50), (FEW, 100)])
def test_undocumented_functions_are_a_share_of_the_public_ones(undocumented: int, share: int) -> None:
    found = only([], {"shop": PackageTotals(public=FEW, undocumented=undocumented)})

    assert rows(found) == [("shop", share, f"% of {FEW}")]


def test_a_package_of_few_public_functions_is_not_compared() -> None:
    assert list(findings([], {"shop": PackageTotals(public=FEW - 1, undocumented=FEW - 1)}, 5)) == []


def test_totals_add_up_field_by_field() -> None:
    one = PackageTotals.of(module("a", lines=1, functions=2, classes=3, public=4, undocumented=5))
    other = PackageTotals(modules=10, lines=20, functions=30, classes=40, public=50, undocumented=60)

    assert one + other == PackageTotals(modules=11, lines=21, functions=32, classes=43, public=54, undocumented=65)

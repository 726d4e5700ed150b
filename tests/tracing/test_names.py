"""The table of names: the reference shows it as it is, and it keeps to the conventions of OpenTelemetry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from keyrack.tracing import names
from keyrack.tracing.names import EXCEPTION, INSTRUMENTS, KINDS, MOMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keyrack.tracing.names import Attribute

PAGE = Path(__file__).parents[2] / "docs/reference/tracing.md"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def quoted(attributes: Iterable[Attribute]) -> str:
    return ", ".join(f"`{one.name}`" for one in attributes)


def every_attribute() -> list[Attribute]:
    """All attributes, each once, in the order in which they are first used."""
    used = [one for part in (*KINDS, *MOMENTS, *INSTRUMENTS) for one in part.attributes]
    return list(dict.fromkeys(used))


TABLES = {
    "spans": table(
        ("span", "what it is of", "attributes"),
        ((f"`{kind.title}`", kind.covers, quoted(kind.attributes)) for kind in KINDS),
    ),
    "events": table(
        ("event", "what it tells", "attributes"),
        ((f"`{one.title}`", one.tells, quoted(one.attributes)) for one in MOMENTS),
    ),
    "metrics": table(
        ("metric", "kind", "unit", "what it tells", "attributes"),
        ((f"`{one.title}`", one.kind, f"`{one.unit}`", one.tells, quoted(one.attributes)) for one in INSTRUMENTS),
    ),
    "attributes": table(
        ("attribute", "type", "what it says"),
        ((f"`{one.name}`", one.type, one.meaning) for one in every_attribute()),
    ),
}


@pytest.mark.source
@pytest.mark.parametrize("kind", TABLES)
def test_the_reference_shows_the_table(kind: str) -> None:
    assert TABLES[kind] in PAGE.read_text(encoding="utf-8")


@pytest.mark.source
def test_the_reference_shows_no_name_that_is_not_in_the_table() -> None:
    known = {one.name for one in every_attribute()} | {one.title for one in (*KINDS, *MOMENTS, *INSTRUMENTS)}
    shown = set(re.findall(r"^\| `([^`]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))

    assert shown == known


def test_names_are_in_the_namespace_and_none_is_a_namespace_of_another() -> None:
    own = [one.name for one in every_attribute() if one.name != names.ERROR.name and one not in EXCEPTION.attributes]

    for name in own:
        assert re.fullmatch(r"keyrack(\.[a-z]+(_[a-z]+)*)+", name)
        assert not [other for other in own if other.startswith(f"{name}.")]
    assert len({one.name for one in every_attribute()}) == len(every_attribute())


def test_metrics_are_named_once_and_have_units_of_ucum() -> None:
    assert len({one.title for one in INSTRUMENTS}) == len(INSTRUMENTS)
    for one in INSTRUMENTS:
        assert re.fullmatch(r"keyrack(\.[a-z]+(_[a-z]+)*)+", one.title)
        assert one.unit == "s" if one.kind == "histogram" else re.fullmatch(r"\{[a-z]+\}", one.unit)
        assert list(one.bounds) == sorted(one.bounds)
        assert bool(one.bounds) == (one.kind == "histogram")

"""Dataclasses, named tuples and typed dicts as type forms, with values."""

from collections.abc import Callable
from typing import Any

from tests.catalogue.records import (
    Built,
    Cached,
    Checked,
    CheckedFrozen,
    CheckedSlotted,
    Child,
    Crate,
    FrozenPoint,
    FrozenSlotted,
    HalfSlotted,
    LabelledPoint,
    Line,
    Movie,
    Named,
    NamedPair,
    Pair,
    Partial,
    Point,
    Shelf,
    Slotted,
    Spot,
    Spots,
    Tree,
    WeakSlotted,
)
from tests.catalogue.sample import Sample, broken, without


def _grown() -> Point:
    point = Point(1)
    point.extra = ["added by hand"]  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    return point


def _cached() -> Cached:
    cached = Cached(1)
    assert cached.parts == [1]
    return cached


def _add_label(value: Any) -> None:
    value.labels.append("new")


def _set(name: str, part: object) -> Callable[[Any], None]:
    return lambda value: object.__setattr__(value, name, part)


DATACLASSES = [
    Sample(
        "Point",
        Point,
        lambda: [Point(1, ["a"]), Point(2), Child(1, ["a"]), _grown()],
        lambda: [
            *({"x": 1, "labels": []}, (1, []), Point, None, FrozenPoint(1), Point("1")),  # type: ignore[arg-type]
            *(broken(Point(1), x="1"), broken(Point(1), labels=("a",)), without(Point(1), "x")),
        ],
        _add_label,
        _set("x", "not an int"),
    ),
    Sample(
        "Line",
        Line,
        lambda: [Line(Point(1, ["a"]), Point(2), {"p": Point(3)})],
        lambda: [Line({"x": 1, "labels": []}, Point(1)), Line(Point(1), broken(Point(1), x=None)), {}],  # type: ignore[arg-type]
        lambda v: _add_label(v.start),
        lambda v: _add_label(v.more["p"]),
        lambda v: v.more.clear(),
    ),
    Sample(
        "FrozenPoint",
        FrozenPoint,
        lambda: [LabelledPoint(1, "a", ["x"]), FrozenPoint(1)],
        lambda: [{"x": 1}, broken(FrozenPoint(1), x="1"), without(FrozenPoint(1), "x")],
        _add_label,
    ),
    Sample(
        "LabelledPoint",
        LabelledPoint,
        lambda: [LabelledPoint(1, "a", ["x"])],
        lambda: [FrozenPoint(1), broken(LabelledPoint(1), labels=[1])],
        _add_label,
    ),
    Sample("Cached", Cached, lambda: [_cached(), Cached(2)], lambda: [{"x": 1}], lambda v: v.parts.append(2)),
    Sample(
        "Slotted",
        Slotted,
        lambda: [Slotted(1, ["a"]), HalfSlotted(1, ["a"], [2])],
        lambda: [broken(Slotted(1, []), labels=[1]), without(Slotted(1, []), "x"), {"x": 1, "labels": []}],
        _add_label,
        _set("labels", None),
    ),
    Sample(
        "FrozenSlotted",
        FrozenSlotted,
        lambda: [FrozenSlotted(1, ("a",), [1])],
        lambda: [broken(FrozenSlotted(1, (), []), labels=["a"]), without(FrozenSlotted(1, (), []), "more")],
        lambda v: v.more.append(2),
    ),
    Sample("WeakSlotted", WeakSlotted, lambda: [WeakSlotted(1, ["a"])], lambda: [Slotted(1, ["a"])], _add_label),
    Sample(
        "HalfSlotted",
        HalfSlotted,
        lambda: [HalfSlotted(1, ["a"], [2])],
        lambda: [Slotted(1, []), broken(HalfSlotted(1, []), more=3), broken(HalfSlotted(1, []), labels=3)],
        _add_label,
        lambda v: v.more.append(3),
    ),
    Sample(
        "Built",
        Built,
        lambda: [Built(2, 5)],
        lambda: [broken(Built(2), product="x"), broken(Built(2), seen=["x"]), without(Built(2), "product")],
        lambda v: v.seen.append(3),
        _set("product", 3),
    ),
    Sample(
        "Named",
        Named,
        lambda: [Named(1, labels=["a"], note="n")],
        lambda: [broken(Named(1, labels=[]), note=1)],
        _add_label,
        _set("note", "other"),
    ),
    Sample(
        "Child", Child, lambda: [Child(1, ["a"], 2.5)], lambda: [Point(1), broken(Child(1), weight="x")], _add_label
    ),
    Sample(
        "Tree",
        Tree,
        lambda: [Tree(1, [Tree(2, [Tree(3)])])],
        lambda: [Tree(1, [Tree(2, [Tree("3")])]), Tree(1, [{"value": 1, "children": []}])],  # type: ignore[arg-type,list-item]
        lambda v: v.children[0].children.append(Tree(4)),
        lambda v: _set("value", 9)(v.children[0].children[0]),
    ),
    Sample(
        "Pair[list[int]]",
        Pair[list[int]],
        lambda: [Pair([1], [2])],
        lambda: [Pair([1], ["x"]), Pair(1, 2)],
        lambda v: v.right.append(3),
    ),
    Sample(
        "list[Point]",
        list[Point],
        lambda: [[Point(1, ["a"]), Child(2)], []],
        lambda: [[{"x": 1, "labels": []}], [Point(1), broken(Point(2), x="2")], (Point(1),)],
        lambda v: _add_label(v[0]),
        lambda v: v.pop(),
    ),
    Sample(
        "Point | FrozenPoint | None",
        Point | FrozenPoint | None,
        lambda: [Point(1, ["a"]), FrozenPoint(1), LabelledPoint(1), None],
        lambda: [{"x": 1}, broken(FrozenPoint(1), x="1")],
        _add_label,
    ),
    Sample(
        "Checked",
        Checked,
        lambda: [Checked(1, ["a"])],
        lambda: [{"x": 1}, broken(Checked(1), x=0), broken(Checked(1), x="1"), without(Checked(1), "labels")],
        _add_label,
        _set("x", -1),
    ),
    Sample(
        "CheckedSlotted",
        CheckedSlotted,
        lambda: [CheckedSlotted(1, ["a"])],
        lambda: [broken(CheckedSlotted(1, []), labels=None)],
        _add_label,
    ),
    Sample(
        "CheckedFrozen",
        CheckedFrozen,
        lambda: [CheckedFrozen(1, Checked(2, ["a"]))],
        lambda: [
            broken(CheckedFrozen(1, Checked(2)), nested={"x": 1, "labels": []}),
            broken(CheckedFrozen(1, Checked(2)), x=None),
        ],
        lambda v: _add_label(v.nested),
    ),
]

NAMED_TUPLES = [
    Sample("Spot", Spot, lambda: [Spot(1, "a"), Spot(2)], lambda: [(1, "a"), [1, "a"], Spot("1"), {"x": 1}]),  # type: ignore[arg-type]
    Sample(
        "Spots",
        Spots,
        lambda: [Spots("a", [Spot(1)], {"b": [1]})],
        lambda: [Spots("a", [(1, "")], {}), Spots("a", [Spot("1")], {}), ("a", [], {})],  # type: ignore[arg-type,list-item]
        lambda v: v.spots.append(Spot(2)),
        lambda v: v.near["b"].append(2),
    ),
    Sample(
        "NamedPair[list[int]]",
        NamedPair[list[int]],
        lambda: [NamedPair([1], [2])],
        lambda: [NamedPair([1], ["x"]), ([1], [2])],
        lambda v: v.left.append(3),
    ),
    Sample(
        "dict[str, Spots]",
        dict[str, Spots],
        lambda: [{"s": Spots("a", [], {"b": [1]})}],
        lambda: [{"s": ("a", [], {})}],
        lambda v: v["s"].near["b"].append(2),
    ),
]

TYPED_DICTS = [
    Sample(
        "Movie",
        Movie,
        lambda: [{"title": "M", "years": [1931]}],
        lambda: [{"title": "M"}, {"title": "M", "years": ["x"]}, {"title": "M", "years": [], "more": 1}, [], None],
        lambda v: v["years"].append(1951),
        lambda v: v.pop("title"),
    ),
    Sample(
        "Partial",
        Partial,
        lambda: [{"title": "M", "tags": ["a"]}, {"title": "M"}],
        lambda: [{}, {"title": "M", "tags": None}, {"title": "M", "tag": []}],
        lambda v: v["tags"].append("b"),
    ),
    Sample(
        "Shelf",
        Shelf,
        lambda: [{"movies": [{"title": "M", "years": [1]}], "size": 1}],
        lambda: [{"movies": [{"title": "M"}], "size": 1}, {"movies": [], "best": None, "size": 1}],
        lambda v: v["movies"][0]["years"].append(2),
    ),
    Sample(
        "Crate[list[int]]",
        Crate[list[int]],
        lambda: [{"item": [1]}],
        lambda: [{"item": 1}, {"item": ["x"]}],
        lambda v: v["item"].append(2),
    ),
    Sample(
        "list[Movie]",
        list[Movie],
        lambda: [[{"title": "M", "years": [1]}]],
        lambda: [[{"title": "M", "years": 1}]],
        lambda v: v[0]["years"].append(2),
    ),
]

RECORDS = [*DATACLASSES, *NAMED_TUPLES, *TYPED_DICTS]

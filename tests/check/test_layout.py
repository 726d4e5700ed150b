"""The layout of a graph: layers, lanes, and nothing upon anything else."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.check.pictures import SAMPLES

from keyrack.check.render import grid
from keyrack.check.render.drawing import drawing
from keyrack.check.render.layout import layout
from keyrack.check.render.shapes import Box, Layout, Link, Point, TooLargeError
from keyrack.check.render.svg import placed

SIZE = (80.0, 40.0)


def laid(ways: str, *, alone: str = "", roots: tuple[str, ...] = ()) -> Layout:
    """Lay out a graph whose edges are written ``ab bc``."""
    names = dict.fromkeys([*"".join(ways.split()), *alone])
    return layout(dict.fromkeys(names, SIZE), [Link(way[0], way[1]) for way in ways.split()], roots)


def overlapping(boxes: dict[str, Box]) -> list[tuple[str, str]]:
    return [
        (name, other)
        for (name, one), (other, another) in combinations(boxes.items(), 2)
        if one.left < another.right - 0.01
        and another.left < one.right - 0.01
        and one.top < another.bottom - 0.01
        and another.top < one.bottom - 0.01
    ]


def all_boxes(found: Layout) -> dict[str, Box]:
    labels = {f"label {at}": route.label for at, route in enumerate(found.routes) if route.label is not None}
    return {**found.boxes, **labels}


def crosses(one: Point, other: Point, box: Box) -> bool:
    """Say whether the straight line or the curve between two points may run through a box."""
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    return left < box.right - 1 and box.left + 1 < right + 0.02 and top < box.bottom - 1 and box.top + 1 < bottom


def check(found: Layout, links: list[Link]) -> None:
    """Hold a layout against what every layout promises."""
    boxes = all_boxes(found)
    assert overlapping(boxes) == []
    for box in boxes.values():
        assert -0.01 <= box.left <= box.right <= found.width + 0.01
        assert -0.01 <= box.top <= box.bottom <= found.height + 0.01
    for link, route in zip(links, found.routes, strict=True):
        for name, box in found.boxes.items():
            if name not in {link.source, link.target}:
                hit = [ends for ends in pairwise(route.points) if crosses(*ends, box)]
                assert not hit, (link, name)


def on_border(point: Point, box: Box) -> bool:
    return box.left <= point[0] <= box.right and min(abs(point[1] - box.top), abs(point[1] - box.bottom)) < 0.01


@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_node_and_no_label_of_a_picture_lies_upon_another(name: str, keys: bool) -> None:
    found = placed(drawing(SAMPLES[name]()), keys=keys)

    assert len(found.boxes) >= 4
    assert overlapping(all_boxes(found)) == []


def test_every_node_lies_below_those_that_lead_to_it() -> None:
    found = laid("ab ac bd cd ad de")

    for source, target in ("ab", "ac", "bd", "cd", "ad", "de"):
        assert found.boxes[source].bottom < found.boxes[target].top


def test_a_line_is_straight() -> None:
    found = laid("ab bc cd")

    assert len({box.x for box in found.boxes.values()}) == 1
    assert [len(route.points) for route in found.routes] == [2, 2, 2]


def test_two_branches_lie_beside_each_other_with_their_ends_in_the_middle() -> None:
    found = laid("ab ac bd cd")
    b, c = found.boxes["b"], found.boxes["c"]

    assert b.y == c.y
    assert found.boxes["a"].x == pytest.approx((b.x + c.x) / 2)
    assert found.boxes["d"].x == pytest.approx((b.x + c.x) / 2)


def test_an_edge_past_a_layer_keeps_clear_of_what_lies_there() -> None:
    links = [Link("a", "b"), Link("b", "c"), Link("a", "c")]
    found = layout(dict.fromkeys("abc", SIZE), links)

    check(found, links)


def test_an_edge_back_ends_at_its_own_target() -> None:
    found = laid("ab bc ca", roots=("a",))
    back = found.routes[2]

    assert found.boxes["a"].y < found.boxes["b"].y < found.boxes["c"].y
    assert on_border(back.points[0], found.boxes["c"])
    assert on_border(back.points[-1], found.boxes["a"])


def test_the_root_of_a_cycle_is_on_top() -> None:
    expected = "cab"

    found = laid("ab bc ca", roots=("c",))

    assert "".join(sorted("abc", key=lambda name: found.boxes[name].y)) == expected


def test_an_edge_from_a_node_to_itself_has_no_way_through_the_picture() -> None:
    found = laid("aa ab")

    assert found.routes[0].points == ()
    assert len(found.routes[1].points) >= 2


def test_what_no_root_leads_to_lies_close_to_what_it_leads_to() -> None:
    found = laid("ab bc cd xd", roots=("a",))

    assert found.boxes["x"].y == found.boxes["c"].y


def test_nodes_without_edges_lie_side_by_side() -> None:
    found = laid("", alone="abc")

    assert len({box.y for box in found.boxes.values()}) == 1
    assert overlapping(dict(found.boxes)) == []


def test_nothing_takes_no_room() -> None:
    found = layout({}, [])

    assert (found.width, found.height, found.boxes, found.routes) == (0.0, 0.0, {}, ())


def test_a_label_has_a_place_of_its_own_on_its_edge() -> None:
    links = [Link("a", "b"), Link("a", "b", (120.0, 30.0), weak=True), Link("a", "b", (60.0, 15.0), weak=True)]
    found = layout(dict.fromkeys("ab", SIZE), links)
    labels = [route.label for route in found.routes]

    assert labels[0] is None
    assert [(one.width, one.height) for one in labels if one is not None] == [(120.0, 30.0), (60.0, 15.0)]
    check(found, links)
    for route in found.routes[1:]:
        assert route.label is not None
        assert any(abs(x - route.label.x) < 0.01 for x, _ in route.points)


def test_a_weak_edge_moves_no_node_to_another_layer() -> None:
    sizes = dict.fromkeys("abcd", SIZE)
    links = [Link("a", "b"), Link("a", "c"), Link("c", "d")]

    without = layout(sizes, links)
    found = layout(sizes, [*links, Link("d", "b", weak=True), Link("b", "c", (40.0, 15.0), weak=True)])

    assert without.boxes["b"].y == without.boxes["c"].y
    assert found.boxes["b"].y == found.boxes["c"].y
    assert overlapping(all_boxes(found)) == []


def test_edges_to_one_node_meet_before_it() -> None:
    found = laid("ae be ce de", roots=("a", "b", "c", "d"))

    assert len({route.points[-1] for route in found.routes}) == 1
    assert len({route.points[0] for route in found.routes}) == 4


def test_two_rows_that_could_cross_do_not() -> None:
    found = laid("af be cd", roots=("a", "b", "c"))
    order = [sorted(row, key=lambda name: found.boxes[name].x) for row in ("abc", "fed")]

    assert "".join(order[1]) == "".join({"a": "f", "b": "e", "c": "d"}[name] for name in order[0])


def test_the_same_graph_gets_the_same_layout() -> None:
    drawn = drawing(SAMPLES["forty"]())

    assert placed(drawn, keys=True) == placed(drawn, keys=True)


def test_too_many_long_edges_are_refused_and_not_laid_out_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 20)

    with pytest.raises(TooLargeError, match="more than 20 pieces"):
        laid("ab bc cd de ef fg gh hi ij jk kl lm")


NAMES = "abcdefgh"
WAYS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20)
LABELS = st.none() | st.tuples(st.floats(10, 200), st.floats(10, 40))


@settings(max_examples=150, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.floats(20, 200), st.floats(20, 120)), min_size=8, max_size=8),
    ways=WAYS,
    keys=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), LABELS), max_size=8),
)
def test_no_graph_makes_anything_lie_upon_anything_else(
    sizes: list[tuple[float, float]],
    ways: list[tuple[str, str]],
    keys: list[tuple[str, str, tuple[float, float] | None]],
) -> None:
    links = [Link(*way) for way in ways] + [Link(one, other, label, weak=True) for one, other, label in keys]

    found = layout(dict(zip(NAMES, sizes, strict=True)), links, "a")

    check(found, links)
    for link, route in zip(links, found.routes, strict=True):
        if link.source != link.target:
            assert on_border(route.points[0], found.boxes[link.source])
            assert on_border(route.points[-1], found.boxes[link.target])

"""A drawing as a piece of SVG within a page: boxes, arrows and labels, laid out and written; colours are the page's.

Texts are set in a monospaced font, so that their width is known without asking a browser.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from keyrack.check.render.layout import layout
from keyrack.check.render.shapes import Box, Link, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keyrack.check.render.drawing import Arrow, Drawing, KeyArrow, Node
    from keyrack.check.render.shapes import Layout, Point, Route, Size

_NAME: Final = 7.9
"""The width of a character of a name; the page sets 13px."""
_SMALL: Final = 6.7
"""The width of a character of everything else; the page sets 11px."""
_NAME_LINE: Final = 18.0
_LINE: Final = 15.0
_PAD: Final = 14.0
_SLANT: Final = 12.0
_LOOP: Final = 26.0
"""How far an edge from a node to itself goes out."""
_MARGIN: Final = 12.0
_HEAD: Final = 8.0
"""The length of the head of an arrow."""

_PORT: Final = 8.0
"""How far from each other the ends of the ways of keys lie at least."""
_WIDE: Final = 320.0
"""How wide a box becomes for them at most."""

_START: Final = "start"


def svg(drawn: Drawing, prefix: str, *, keys: bool) -> str:
    """Write a drawing as an element of SVG.

    Args:
        drawn: what it shows.
        prefix: what sets its identifiers apart from others of the page.
        keys: whether it shows the ways of keys.

    Raises:
        TooLargeError: it cannot be laid out.
    """
    return "\n".join(_Picture(drawn, prefix, keys=keys).lines())


def fitting(drawn: Drawing, prefix: str, *, keys: bool) -> str | None:
    """Write a drawing as `svg` does; None where it is too large for that."""
    try:
        return svg(drawn, prefix, keys=keys)
    except TooLargeError:
        return None


def columns(text: str) -> int:
    """Give how many characters wide *text* is in a monospaced font."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shown(text: str) -> str:
    """Escape a stranger's text; what XML cannot hold is shown by its number."""
    return escape("".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text))


def placed(drawn: Drawing, *, keys: bool) -> Layout:
    """Say where everything in a drawing lies.

    Raises:
        TooLargeError: it cannot be laid out.
    """
    sizes: dict[str, Size] = {_START: (12.0, 12.0)} if drawn.initial else {}
    rooms = _rooms(drawn, keys=keys)
    for id_, (width, height) in _sizes(drawn, keys=keys).items():
        sizes[id_] = (width + 2 * rooms.get(id_, 0.0), height)
    links = [Link(_START, drawn.initial)] if drawn.initial else []
    led_to = {arrow.target for arrow in drawn.arrows if arrow.certain}
    links += [
        Link(arrow.source, arrow.target, weak=not arrow.certain and arrow.target in led_to) for arrow in drawn.arrows
    ]
    if keys:
        links += [
            Link(one.source, one.target, label_size(one), weak=one.source != "inputs") for one in drawn.key_arrows
        ]
    return layout(sizes, links, [_START, drawn.initial] if drawn.initial else [])


def node_size(node: Node) -> Size:
    """Give the width and height of a node's box."""
    first, *others = node.lines
    width = max(columns(first) * _NAME, *(columns(line) * _SMALL for line in others), _pills_width(node), 44.0)
    height = _NAME_LINE + _LINE * len(others) + (20.0 if node.codes else 0.0) + 16.0
    extra = {"split": 2 * _SLANT, "exit": 12.0}.get(node.kind, 0.0)
    return width + 2 * _PAD + extra, height + (6.0 if node.kind == "exit" else 0.0)


def label_size(keys: KeyArrow) -> Size:
    """Give the width and height of the label of an arrow."""
    return max(map(columns, keys.lines)) * _SMALL + 8.0, _LINE * len(keys.lines) + 4.0


def _nodes(drawn: Drawing, *, keys: bool) -> list[Node]:
    return [node for node in drawn.nodes if keys or node.kind != "inputs"]


def _sizes(drawn: Drawing, *, keys: bool) -> dict[str, Size]:
    """Give the sizes of all boxes: wide enough for the ends of the ways of keys to be told from each other."""
    arrows = [one for one in drawn.key_arrows if one.source != one.target] if keys else []
    ends = Counter(("from", one.source) for one in arrows) + Counter(("to", one.target) for one in arrows)
    sizes: dict[str, Size] = {}
    for node in _nodes(drawn, keys=keys):
        width, height = node_size(node)
        most = max(ends["from", node.id], ends["to", node.id])
        sizes[node.id] = (max(width, min(2 * _PORT * most + 2 * _PAD, _WIDE)), height)
    return sizes


def _rooms(drawn: Drawing, *, keys: bool) -> dict[str, float]:
    """Give the space that nodes need beside them for edges to themselves."""
    rooms = {arrow.source: _LOOP + 4 for arrow in drawn.arrows if arrow.source == arrow.target}
    for one in drawn.key_arrows if keys else ():
        if one.source == one.target:
            rooms[one.source] = max(rooms.get(one.source, 0.0), _LOOP + 4 + label_size(one)[0])
    return rooms


def _pills(node: Node) -> list[str]:
    return [*node.codes[:3], *([f"+{len(node.codes) - 3}"] if len(node.codes) > 3 else [])]  # noqa: PLR2004


def _pill_width(text: str) -> float:
    return len(text) * _SMALL + 10.0


def _pills_width(node: Node) -> float:
    return sum(_pill_width(one) + 4.0 for one in _pills(node))


class _Picture:
    """Writes one drawing."""

    def __init__(self, drawn: Drawing, prefix: str, *, keys: bool) -> None:
        self._drawn: Drawing = drawn
        self._prefix: str = prefix
        self._keys: tuple[KeyArrow, ...] = drawn.key_arrows if keys else ()
        self._all: list[Node] = _nodes(drawn, keys=keys)
        self._kinds: dict[str, str] = {node.id: node.kind for node in self._all}
        self._layout: Layout = placed(drawn, keys=keys)
        self._boxes: Mapping[str, Box] = {
            **self._layout.boxes,
            **{id_: _narrowed(self._layout.boxes[id_], width) for id_, (width, _) in _sizes(drawn, keys=keys).items()},
        }

    def lines(self) -> Iterator[str]:
        width, height = self._layout.width + 2 * _MARGIN, self._layout.height + 2 * _MARGIN
        yield (
            f'<svg class="graph" viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="group" aria-label="States and transitions">'
        )
        yield from self._edges()
        if self._drawn.initial:
            start = self._boxes[_START]
            yield f'<circle class="start" cx="{start.x:.1f}" cy="{start.y:.1f}" r="6"/>'
        for node in self._all:
            yield from self._node(node)
        yield "</svg>"

    def _edges(self) -> Iterator[str]:
        routes = [*self._layout.routes]
        if self._drawn.initial:
            yield _group("edge", "", _arrow(routes.pop(0).points))
        arrows = [*zip(self._drawn.arrows, routes, strict=False)]
        # What is red must not lie below what is not.
        for arrow, route in sorted(arrows, key=lambda one: (one[0].witness, one[0].certain)):
            yield self._edge(arrow, route)
        for keys, route in zip(self._keys, routes[len(arrows) :], strict=True):
            yield self._key(keys, route)

    def _edge(self, arrow: Arrow, route: Route) -> str:
        names = ["edge", *(["uncertain"] if not arrow.certain else []), *(["witness"] if arrow.witness else [])]
        drawn = _arrow(route.points) if route.points else self._loop(arrow.source, -0.25)
        return _group(" ".join(names), f' data-edge="{arrow.source}-{arrow.target}"', drawn)

    def _key(self, keys: KeyArrow, route: Route) -> str:
        label = route.label
        if label is None:
            box = self._boxes[keys.source]
            width, height = label_size(keys)
            label = Box(box.right + _LOOP + 2 + width / 2, box.y + box.height * 0.25, width, height)
        drawn = _arrow(route.points) if route.points else self._loop(keys.source, 0.25)
        title = f"<title>{shown(', '.join(keys.keys))}</title>"
        back = (
            f'<rect class="paper" x="{label.left:.1f}" y="{label.top:.1f}" '
            f'width="{label.width:.1f}" height="{label.height:.1f}"/>'
        )
        lines = _lines_of_text(keys.lines, label.x, label.top + 13, "key")
        return _group("flow", f' data-flow="{keys.source}-{keys.target}"', f"{title}{drawn}{back}{lines}")

    def _loop(self, node: str, where: float) -> str:
        box = self._boxes[node]
        lean = _SLANT * (0.5 + where) if self._kinds[node] == "split" else 0.0
        x, y = box.right - lean, box.y + where * box.height
        out = x + _LOOP * 1.3
        curve = f"M{x:.1f} {y - 5:.1f}C{out:.1f} {y - 14:.1f} {out:.1f} {y + 14:.1f} {x + 7:.1f} {y + 5:.1f}"
        return f'<path class="line" d="{curve}"/><path class="head" d="M{x:.1f} {y + 5:.1f}l8 -4v8z"/>'

    def _node(self, node: Node) -> Iterator[str]:
        found = [node.severity] if node.severity else []
        yield f'<g class="{" ".join(["node", node.kind, *found])}" data-node="{node.id}">'
        tip = " ".join(filter(None, (node.name, ", ".join(node.codes))))
        yield f"<title>{shown(tip or node.lines[0])}</title>"
        if node.codes:
            what = shown(f"{node.lines[0]}: {', '.join(node.codes)}")
            yield f'<a href="#{self._prefix}-{node.id}" aria-label="{what}">'
        box = self._boxes[node.id]
        yield from _shape(node, box)
        y = box.top + 8 + (3 if node.kind == "exit" else 0)
        yield _lines_of_text(node.lines[:1], box.x, y + 13, "name")
        yield _lines_of_text(node.lines[1:], box.x, y + _NAME_LINE + 11, "small")
        yield from _written_pills(node, box.x, y + _NAME_LINE + _LINE * (len(node.lines) - 1) + 4)
        yield "</a></g>" if node.codes else "</g>"


def _narrowed(box: Box, width: float) -> Box:
    return Box(box.x, box.y, width, box.height)


def _group(names: str, more: str, content: str) -> str:
    return f'<g class="{names}"{more}>{content}</g>'


def _lines_of_text(lines: Sequence[str], x: float, y: float, name: str) -> str:
    return "".join(
        f'<text class="{name}" x="{x:.1f}" y="{y + at * _LINE:.1f}">{shown(line)}</text>'
        for at, line in enumerate(lines)
    )


def _shape(node: Node, box: Box) -> Iterator[str]:
    if node.kind == "split":
        corners = [
            (box.left + _SLANT, box.top),
            (box.right, box.top),
            (box.right - _SLANT, box.bottom),
            (box.left, box.bottom),
        ]
        yield f'<polygon class="box" points="{_points(corners)}"/>'
        return
    radius = box.height / 2 if node.kind == "exit" else 7
    yield _rect("box", box, radius)
    if node.kind == "exit":
        yield _rect("inner", Box(box.x, box.y, box.width - 8, box.height - 8), radius - 4)


def _rect(name: str, box: Box, radius: float) -> str:
    return (
        f'<rect class="{name}" x="{box.left:.1f}" y="{box.top:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:.1f}"/>'
    )


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _written_pills(node: Node, middle: float, top: float) -> Iterator[str]:
    x = middle - _pills_width(node) / 2 + 2
    for text in _pills(node):
        width = _pill_width(text)
        yield _rect("pill", Box(x + width / 2, top + 8, width, 16), 8)
        yield f'<text class="code" x="{x + width / 2:.1f}" y="{top + 12:.1f}">{shown(text)}</text>'
        x += width + 4


def _arrow(points: Sequence[Point]) -> str:
    """Write a line through *points* and a head at its end; both ends are vertical."""
    points = [*dict.fromkeys(points)]
    x, y = points[-1]
    down = points[-2][1] < y
    shortened = [*points[:-1], (x, y - _HEAD + 1 if down else y + _HEAD - 1)]
    drawn = f"M{points[0][0]:.1f} {points[0][1]:.1f}" + "".join(map(_piece, pairwise(shortened)))
    head = f"M{x:.1f} {y:.1f}l-4 {-_HEAD if down else _HEAD:g}h8z"
    return f'<path class="line" d="{drawn}"/><path class="head" d="{head}"/>'


def _piece(ends: tuple[Point, Point]) -> str:
    (x, y), (to_x, to_y) = ends
    if abs(x - to_x) < 0.05:  # noqa: PLR2004
        return f"V{to_y:.1f}"
    middle = (y + to_y) / 2
    return f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"

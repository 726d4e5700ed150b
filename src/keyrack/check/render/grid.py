"""Nodes and pieces of edges on layers: put in order, moved to their places, and read off as boxes and lines.

How it works: between two layers of nodes lies one for the labels of edges. An edge is cut into pieces, with a point of
no size on each layer between its ends, so that it has a lane of its own there; edges to one node that have no label
meet and share theirs. Layers are put in order by the mean place of a node's neighbours, up and down in turn, and the
order with the fewest crossings is kept. Across a layer each node then comes as near to its neighbours as the order
allows. Last, lanes are pulled straight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keyrack.check.render.cells import FIRM, GAP, LIGHT, Cell, crossings, distance, join, settle, spread
from keyrack.check.render.shapes import Box, Layout, Link, Point, Route, Size, TooLargeError

RISE: Final = 30.0
"""The space between two layers."""

MOST_CELLS: Final = 12_000
"""How many nodes, labels and pieces of edges are laid out: this many take seconds."""

_SWEEPS: Final = 12
_SAME: Final = 0.01
"""What is no farther apart than this lies at the same place."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """An edge between its pieces' ends: the pieces follow each other from the first one to the target."""

    source: Cell
    target: Cell
    first: Cell | None = None
    """None for an edge from a node to itself."""
    label: Cell | None = None

    def pieces(self) -> Iterator[Cell]:
        cell = self.first
        while cell is not None and cell.onward is not None:
            yield cell
            cell = cell.onward


class Grid:
    """Cells on layers: nodes on the even ones, labels on the odd ones."""

    def __init__(self, sizes: Mapping[str, Size], links: Sequence[Link], ranks: Mapping[str, int]) -> None:
        self._nodes: dict[str, Cell] = {name: Cell(2 * ranks[name], *sizes[name], gap=GAP) for name in sizes}
        depth = 2 * max(ranks.values(), default=0) + 2
        self._layers: list[list[Cell]] = [[] for _ in range(depth)]
        self._lanes: dict[tuple[str, bool, int, int], Cell] = {}
        self._count: int = len(sizes)
        for cell in self._nodes.values():
            self._layers[cell.rank].append(cell)
        self._edges: list[_Edge] = [self._added(link) for link in links]

    def _added(self, link: Link) -> _Edge:
        """Put the pieces of an edge on the layers between its ends, until it meets others that go where it goes."""
        source, target = self._nodes[link.source], self._nodes[link.target]
        if source is target:
            return _Edge(source, target)
        step = 1 if source.rank <= target.rank else -1
        # Two nodes of one layer are joined by way of the layer below.
        ranks = range(source.rank + step, target.rank, step) or range(source.rank + 1, source.rank + 2)
        odd = [rank for rank in ranks if rank % 2]
        before, first, label = source, None, None
        for rank in ranks:
            lane = (link.target, link.weak, step, rank)
            shared = None if link.label is not None else self._lanes.get(lane)
            labelled = link.label is not None and rank == odd[len(odd) // 2]
            piece = shared or self._piece(rank, link, labelled=labelled)
            join(before, piece)
            if first is None:
                first = piece
            else:
                before.onward, piece.begins = piece, False
            if shared is not None:
                return _Edge(source, target, first)
            if labelled:
                label = piece
            if link.label is None:
                self._lanes[lane] = piece
            before = piece
        join(before, target)
        before.onward = target
        return _Edge(source, target, first, label)

    def _piece(self, rank: int, link: Link, *, labelled: bool) -> Cell:
        size = link.label if labelled and link.label is not None else (0.0, 0.0)
        cell = Cell(rank, *size, firm=LIGHT if link.weak or link.label is not None else FIRM)
        self._layers[rank].append(cell)
        self._count += 1
        if self._count > MOST_CELLS:
            msg = f"the graph takes more than {MOST_CELLS:,} pieces to lay out"
            raise TooLargeError(msg)
        return cell

    def order(self) -> None:
        """Put each layer in the order with the fewest crossings that was found."""
        self._begin()
        best, fewest = self._kept(), self._crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            self._sweep(down=sweep % 2 == 0)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = self._kept(), crossings
        self._layers = best
        self._number()

    def _begin(self) -> None:
        """Order cells as a walk in depth from the upper layers meets them: what belongs together stays together."""
        met: dict[Cell, None] = {}
        for layer in self._layers:
            for start in layer:
                waiting = [start]
                while waiting:
                    cell = waiting.pop()
                    if cell not in met:
                        met[cell] = None
                        waiting += reversed(cell.below)
        number = {cell: at for at, cell in enumerate(met)}
        for layer in self._layers:
            layer.sort(key=number.__getitem__)
        self._number()

    def _sweep(self, *, down: bool) -> None:
        for layer in self._layers if down else reversed(self._layers):
            wishes: dict[Cell, float] = {}
            for cell in layer:
                near = cell.above if down else cell.below
                wishes[cell] = sum(one.at for one in near) / len(near) if near else float(cell.at)
            layer.sort(key=wishes.__getitem__)
            for at, cell in enumerate(layer):
                cell.at = at

    def _kept(self) -> list[list[Cell]]:
        return [layer[:] for layer in self._layers]

    def _number(self) -> None:
        for layer in self._layers:
            for at, cell in enumerate(layer):
                cell.at = at

    def _crossings(self) -> int:
        return sum(map(crossings, self._layers))

    def place(self) -> None:
        """Give each cell its place across its layer."""
        for cell in self._nodes.values():
            spread(cell, cell.above)
            spread(cell, cell.below)
        for layer in self._layers:
            x = 0.0
            for at, cell in enumerate(layer):
                x += distance(layer[at - 1], cell) if at else 0.0
                cell.x = x
        # First as one side wishes, which carries far; then as both do, which comes near to the best.
        for sweep in range(2 * _SWEEPS):
            for layer in self._layers if sweep % 2 == 0 else reversed(self._layers):
                settle(layer, down=None if sweep >= _SWEEPS else sweep % 2 == 0)
        lanes = sorted(self._straights(), key=lambda lane: -lane[1].firm)
        for _ in range(2):
            for source, *lane, target in lanes:
                self._straighten(source, lane, target)

    def _straights(self) -> Iterator[list[Cell]]:
        """Give the edges, from source to target; of those that share a lane the longest."""
        seen: set[Cell] = set()
        for edge in self._edges:
            if edge.first is not None and edge.first.begins and edge.first not in seen:
                seen.add(edge.first)
                yield [edge.source, *edge.pieces(), edge.target]

    def _straighten(self, source: Cell, lane: Sequence[Cell], target: Cell) -> None:
        """Put as many pieces as there is room for above each other, those at the target first."""
        wish = target.x + target.port(lane[-1])
        row: list[Cell] = []
        room = (float("-inf"), float("inf"))
        for cell in reversed(lane):
            left, right = self._room(cell)
            both = (max(room[0], left), min(room[1], right))
            # Where it cannot stay at its end of the row, the row ends: a jog away from the node, not close to it.
            if both[0] > both[1] or (_within(wish, room) and not _within(wish, both)):
                wish = _put(row, wish, room)
                row, both = [], (left, right)
            row.append(cell)
            room = both
        at_source = source.x + source.port(lane[0])
        straight = _within(at_source, room) and not _within(wish, room)
        _put(row, at_source if straight else wish, room)

    def _room(self, cell: Cell) -> tuple[float, float]:
        layer = self._layers[cell.rank]
        left = layer[cell.at - 1].x + distance(layer[cell.at - 1], cell) if cell.at else float("-inf")
        if cell.at + 1 == len(layer):
            return left, float("inf")
        return left, layer[cell.at + 1].x - distance(cell, layer[cell.at + 1])

    def layout(self) -> Layout:
        """Give the places of all, moved so that they begin at 0."""
        tops: list[float] = []
        heights = [max((cell.height for cell in layer), default=0.0) for layer in self._layers]
        while heights and not self._layers[len(heights) - 1]:
            heights.pop()
        y = 0.0
        for height in heights:
            tops.append(y)
            y += height + RISE * (1.0 if height else 0.4)
        left = min((cell.x - cell.width / 2 for layer in self._layers for cell in layer), default=0.0)
        right = max((cell.x + cell.width / 2 for layer in self._layers for cell in layer), default=0.0)
        bands = [(top, top + height) for top, height in zip(tops, heights, strict=True)]
        drawn = _Drawn(bands, left)
        return Layout(
            boxes={name: drawn.box(cell) for name, cell in self._nodes.items()},
            routes=tuple(map(drawn.route, self._edges)),
            width=right - left,
            height=bands[-1][1] if bands else 0.0,
        )


def _within(x: float, room: tuple[float, float]) -> bool:
    return room[0] <= x <= room[1]


def _put(row: Iterable[Cell], wish: float, room: tuple[float, float]) -> float:
    """Put cells above each other where there is room for all, as near to *wish* as can be; give the place."""
    x = min(max(wish, room[0]), room[1])
    for cell in row:
        cell.x = x
    return x


def _bends(points: Sequence[Point]) -> list[Point]:
    """Leave out what lies on a straight line between the points before and after it."""
    kept: list[Point] = []
    for point in points:
        if len(kept) > 1 and abs(kept[-2][0] - point[0]) < _SAME and abs(kept[-1][0] - point[0]) < _SAME:
            kept.pop()
        kept.append(point)
    return kept


class _Drawn:
    """Turns cells into boxes and points."""

    def __init__(self, bands: Sequence[tuple[float, float]], left: float) -> None:
        self._bands: Sequence[tuple[float, float]] = bands
        self._left: float = left
        self._known: dict[Cell, list[Point]] = {}
        """The way to the target from each piece."""

    def box(self, cell: Cell) -> Box:
        top, bottom = self._bands[cell.rank]
        return Box(cell.x - self._left, (top + bottom) / 2, cell.width, cell.height)

    def route(self, edge: _Edge) -> Route:
        if edge.first is None:
            return Route(())
        points = _bends(self._end(edge.source, edge.first) + self._onward(edge))
        return Route(tuple(points), None if edge.label is None else self.box(edge.label))

    def _onward(self, edge: _Edge) -> list[Point]:
        """Give the points from the first piece of an edge to its target; what edges share is found once."""
        ahead: list[Cell] = []
        for piece in edge.pieces():
            if piece in self._known:
                break
            ahead.append(piece)
        level = edge.source.rank == edge.target.rank
        down = edge.source.rank < edge.target.rank
        for piece in reversed(ahead):
            top, bottom = self._bands[piece.rank]
            heights = [(top + bottom) / 2] if level else [top, bottom] if down else [bottom, top]
            onward = piece.onward or edge.target
            rest = self._end(onward, piece)[::-1] if onward is edge.target else self._known[onward]
            self._known[piece] = _bends([*((piece.x - self._left, y) for y in heights), *rest])
        return self._known[next(edge.pieces())]

    def _end(self, cell: Cell, other: Cell) -> list[Point]:
        """Give the points at the end of an edge: on the side of the node, then at the border of its layer."""
        box = self.box(cell)
        x = box.x + cell.port(other)
        if other.rank > cell.rank:
            return [(x, box.bottom), (x, self._bands[cell.rank][1])]
        return [(x, box.top), (x, self._bands[cell.rank][0])]

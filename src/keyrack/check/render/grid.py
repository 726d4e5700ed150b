"""Nodes and pieces of edges on layers: put in order, moved to their places, and read off as boxes and lines.

How it works: between two layers of nodes lies one for the labels of edges. An edge is cut into pieces, with a point of
no size on each layer between its ends, so that it has a lane of its own there; edges to one node that have no label
meet and share theirs. Layers are put in order by the mean place of a node's neighbours, up and down in turn, and the
order with the fewest crossings is kept. Across a layer each node then comes as near to its neighbours as the order
allows. Last, lanes are pulled straight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
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


class Grid:
    """Cells on layers: nodes on the even ones, labels on the odd ones."""

    def __init__(self, sizes: Mapping[str, Size], links: Sequence[Link], ranks: Mapping[str, int]) -> None:
        self._links: Sequence[Link] = links
        self._nodes: dict[str, Cell] = {name: Cell(2 * ranks[name], *sizes[name], gap=GAP) for name in sizes}
        depth = 2 * max(ranks.values(), default=0) + 2
        self._layers: list[list[Cell]] = [[] for _ in range(depth)]
        self._chains: list[list[Cell]] = []
        self._labels: list[Cell | None] = []
        self._lanes: dict[tuple[str, bool, bool, int], Cell] = {}
        self._count: int = len(sizes)
        for cell in self._nodes.values():
            self._layers[cell.rank].append(cell)
        for link in links:
            self._add(link)

    def _add(self, link: Link) -> None:
        """Put the pieces of an edge on the layers between its ends, highest first."""
        source, target = self._nodes[link.source], self._nodes[link.target]
        if source is target:
            self._chains.append([])
            self._labels.append(None)
            return
        upper, lower = (source, target) if source.rank <= target.rank else (target, source)
        # Two nodes of one layer are joined by way of the layer below.
        ranks = list(range(upper.rank + 1, lower.rank)) or [upper.rank + 1]
        odd = [rank for rank in ranks if rank % 2]
        labelled = None if link.label is None else odd[len(odd) // 2]
        pieces = [self._piece(link, rank, upper is source, labelled) for rank in ranks]
        self._chains.append([upper, *pieces, lower])
        self._labels.append(next((one for one in pieces if one.rank == labelled), None))
        for one, other in pairwise(self._chains[-1]):
            join(*((one, other) if one.rank < other.rank else (other, one)))

    def _piece(self, link: Link, rank: int, down: bool, labelled: int | None) -> Cell:
        lane = (link.target, link.weak, down, rank)
        if link.label is None and lane in self._lanes:
            return self._lanes[lane]
        size = link.label if rank == labelled and link.label is not None else (0.0, 0.0)
        cell = Cell(rank, *size, firm=LIGHT if link.weak or link.label is not None else FIRM)
        self._layers[rank].append(cell)
        self._count += 1
        if self._count > MOST_CELLS:
            msg = f"the graph takes more than {MOST_CELLS:,} pieces to lay out"
            raise TooLargeError(msg)
        if link.label is None:
            self._lanes[lane] = cell
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
        lanes: dict[Cell, list[Cell]] = {}
        for link, chain in zip(self._links, self._chains, strict=True):
            if chain:
                edge = chain if chain[0] is self._nodes[link.source] else chain[::-1]
                lanes[edge[-2]] = max(edge, lanes.get(edge[-2], []), key=len)
        yield from lanes.values()

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
            routes=tuple(
                drawn.route(chain, label, turned=bool(chain) and chain[0] is not self._nodes[link.source])
                for link, chain, label in zip(self._links, self._chains, self._labels, strict=True)
            ),
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

    def box(self, cell: Cell) -> Box:
        top, bottom = self._bands[cell.rank]
        return Box(cell.x - self._left, (top + bottom) / 2, cell.width, cell.height)

    def route(self, chain: Sequence[Cell], label: Cell | None, *, turned: bool) -> Route:
        points: list[Point] = []
        for before, cell, after in zip([None, *chain], chain, [*chain[1:], None], strict=False):
            if before is None and after is not None:
                points += self._end(cell, after)
            elif after is None and before is not None:
                points += reversed(self._end(cell, before))
            else:
                level = before is not None and after is not None and before.rank == after.rank
                band = self._bands[cell.rank]
                points += ((cell.x - self._left, y) for y in ([sum(band) / 2] if level else band))
        kept = _bends(points)
        return Route(tuple(kept[::-1] if turned else kept), None if label is None else self.box(label))

    def _end(self, cell: Cell, other: Cell) -> list[Point]:
        """Give the points at the end of an edge: on the side of the node, then at the border of its layer."""
        box = self.box(cell)
        x = box.x + cell.port(other)
        if other.rank > cell.rank:
            return [(x, box.bottom), (x, self._bands[cell.rank][1])]
        return [(x, box.top), (x, self._bands[cell.rank][0])]

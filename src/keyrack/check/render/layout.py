"""Where to draw the nodes and edges of a directed graph: layers from top to bottom, and nothing upon anything else.

It knows neither what the nodes are nor how they are drawn: sizes in, places out.

How it works: edges that close a cycle are turned round. Each node lies on a layer below all that lead to it; between
two layers of nodes lies one for the labels of edges. An edge is cut into pieces, with a point of no size on each layer
between its ends, so that it has a lane of its own there; edges to one node that have no label meet and share theirs.
Layers are put in order by the mean place of a node's neighbours, up and down in turn, and the order with the fewest
crossings is kept. Across a layer each node then comes as near to its neighbours as the order allows, which is a
regression: places that may not decrease, nearest to those wished for.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

Size: TypeAlias = tuple[float, float]
Point: TypeAlias = tuple[float, float]

GAP: Final = 26.0
"""The least space between two nodes of a layer."""
LANE: Final = 14.0
"""The least space between an edge on its way past and anything else."""
RISE: Final = 30.0
"""The space between two layers."""

MOST_CELLS: Final = 30_000
"""How many nodes, labels and pieces of edges are laid out: this many take seconds."""

_SWEEPS: Final = 12
_PORT: Final = 18.0
"""How far from each other edges leave a node, where it is wide enough."""


class TooLargeError(ValueError):
    """A graph has too many long edges to be laid out."""


@dataclass(frozen=True, slots=True)
class Link:
    """An edge to be laid out."""

    source: str
    target: str
    label: Size | None = None
    """How large its label is; None where it has none."""
    weak: bool = False
    """Whether it follows the layers that the others make, instead of making them."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node or a label lies: its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """The left side."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The right side."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """The upper side."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The lower side."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an edge, from its source to its target.

    Two points after each other that lie above one another are joined by a straight line, others by a curve that leaves
    and arrives vertically.
    """

    points: tuple[Point, ...]
    """Empty for an edge from a node to itself: it is drawn at the node's right side."""
    label: Box | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies; all of it between 0 and the width and height."""

    boxes: Mapping[str, Box]
    routes: tuple[Route, ...]
    """A route for each link, in their order."""
    width: float
    height: float


def layout(sizes: Mapping[str, Size], links: Sequence[Link], roots: Sequence[str] = ()) -> Layout:
    """Lay out a graph.

    Args:
        sizes: the width and height of each node.
        links: the edges; both ends are in *sizes*.
        roots: the nodes from which to look for cycles, most important first.

    Returns:
        The same for the same arguments.

    Raises:
        TooLargeError: it would take more than `MOST_CELLS` pieces.
    """
    ranks = _ranks(list(sizes), links, roots)
    grid = _Grid(sizes, links, ranks)
    grid.order()
    grid.place()
    return grid.layout()


# --- layers ---------------------------------------------------------------------------------------


def _ranks(names: Sequence[str], links: Sequence[Link], roots: Sequence[str]) -> dict[str, int]:
    """Give each node its layer: below all that lead to it, and no higher above what it leads to than it has to be."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        if not link.weak and link.source != link.target and link.target not in after[link.source]:
            after[link.source].append(link.target)
    order, closing = _walked([*roots, *names], after)
    ahead = {name: [one for one in after[name] if (name, one) not in closing] for name in names}
    ranks = dict.fromkeys(names, 0)
    for name in order:
        for one in ahead[name]:
            ranks[one] = max(ranks[one], ranks[name] + 1)
    rooted = set(_walked(roots, after)[0])
    for name in reversed(order):
        if name not in rooted and ahead[name]:
            ranks[name] = min(ranks[one] for one in ahead[name]) - 1
    return ranks


def _walked(starts: Sequence[str], after: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Walk in depth: give the nodes so that edges lead onwards, and the edges that do not, for they close a cycle."""
    done: list[str] = []
    seen: set[str] = set()
    open_: dict[str, Iterator[str]] = {}
    closing: set[tuple[str, str]] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        open_[start] = iter(after[start])
        while open_:
            name = next(reversed(open_))
            for one in open_[name]:
                if one in open_:
                    closing.add((name, one))
                elif one not in seen:
                    seen.add(one)
                    open_[one] = iter(after[one])
                    break
            else:
                done.append(name)
                del open_[name]
    return done[::-1], closing


# --- places ---------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Cell:
    """Something on a layer: a node, a label, or a point of an edge on its way."""

    rank: int
    width: float
    height: float = 0.0
    gap: float = LANE
    firm: float = 1.0
    """How much it counts in the place of its neighbours: lines shall be straight."""
    above: list[_Cell] = field(default_factory=list)
    below: list[_Cell] = field(default_factory=list)
    at: int = 0
    """Its number on its layer."""
    x: float = 0.0


def _join(upper: _Cell, lower: _Cell) -> None:
    if lower not in upper.below:
        upper.below.append(lower)
        lower.above.append(upper)


class _Grid:
    """Cells on layers: nodes on the even ones, labels on the odd ones."""

    def __init__(self, sizes: Mapping[str, Size], links: Sequence[Link], ranks: Mapping[str, int]) -> None:
        self._links: Sequence[Link] = links
        self._nodes: dict[str, _Cell] = {
            name: _Cell(2 * ranks[name], *sizes[name], gap=GAP, firm=2.0) for name in sizes
        }
        depth = 2 * max(ranks.values(), default=0) + 2
        self._layers: list[list[_Cell]] = [[] for _ in range(depth)]
        self._chains: list[list[_Cell]] = []
        self._labels: list[_Cell | None] = []
        self._lanes: dict[tuple[str, bool, bool, int], _Cell] = {}
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
            _join(*((one, other) if one.rank < other.rank else (other, one)))

    def _piece(self, link: Link, rank: int, down: bool, labelled: int | None) -> _Cell:
        lane = (link.target, link.weak, down, rank)
        if link.label is None and lane in self._lanes:
            return self._lanes[lane]
        size = link.label if rank == labelled and link.label is not None else (0.0, 0.0)
        cell = _Cell(rank, *size, firm=4.0)
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
        met: dict[_Cell, None] = {}
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
            wishes: dict[_Cell, float] = {}
            for cell in layer:
                near = cell.above if down else cell.below
                wishes[cell] = sum(one.at for one in near) / len(near) if near else float(cell.at)
            layer.sort(key=wishes.__getitem__)
            for at, cell in enumerate(layer):
                cell.at = at

    def _kept(self) -> list[list[_Cell]]:
        return [layer[:] for layer in self._layers]

    def _number(self) -> None:
        for layer in self._layers:
            for at, cell in enumerate(layer):
                cell.at = at

    def _crossings(self) -> int:
        return sum(map(_crossings, self._layers))

    def place(self) -> None:
        """Give each cell its place across its layer."""
        for layer in self._layers:
            x = 0.0
            for before, cell in zip([None, *layer], layer, strict=False):
                x += _distance(before, cell) if before is not None else 0.0
                cell.x = x
        for sweep in range(_SWEEPS):
            layers = self._layers if sweep % 2 == 0 else self._layers[::-1]
            for layer in layers:
                _settle(layer, [_wish(cell, down=sweep % 2 == 0, both=sweep >= _SWEEPS - 4) for cell in layer])

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


def _crossings(layer: Iterable[_Cell]) -> int:
    """Count how often edges down from a layer cross."""
    ends: list[int] = []
    count = 0
    for cell in layer:
        lower = sorted(one.at for one in cell.below)
        count += sum(len(ends) - bisect_left(ends, at + 1) for at in lower)
        for at in lower:
            insort(ends, at)
    return count


def _distance(one: _Cell, other: _Cell) -> float:
    return (one.width + other.width) / 2 + max(one.gap, other.gap)


def _wish(cell: _Cell, *, down: bool, both: bool) -> float:
    near = [*cell.above, *cell.below] if both else cell.above if down else cell.below
    firm = sum(min(cell.firm, one.firm) for one in near)
    return sum(one.x * min(cell.firm, one.firm) for one in near) / firm if near else cell.x


def _settle(layer: Sequence[_Cell], wishes: Sequence[float]) -> None:
    """Put cells as near to their wishes as their order and their distances allow."""
    # Less the least distances, the places may not decrease: neighbours that would are put together at their mean.
    offset = 0.0
    offsets: list[float] = []
    blocks: list[tuple[float, float, int]] = []
    for at, (cell, wish) in enumerate(zip(layer, wishes, strict=True)):
        offset += _distance(layer[at - 1], cell) if at else 0.0
        offsets.append(offset)
        blocks.append((wish - offset, cell.firm, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, firm, many), (other, firmer, more) = blocks[-2:]
            blocks[-2:] = [((one * firm + other * firmer) / (firm + firmer), firm + firmer, many + more)]
    places = (place for place, _, many in blocks for _ in range(many))
    for cell, place, moved in zip(layer, places, offsets, strict=True):
        cell.x = place + moved


class _Drawn:
    """Turns cells into boxes and points."""

    def __init__(self, bands: Sequence[tuple[float, float]], left: float) -> None:
        self._bands: Sequence[tuple[float, float]] = bands
        self._left: float = left

    def box(self, cell: _Cell) -> Box:
        top, bottom = self._bands[cell.rank]
        return Box(cell.x - self._left, (top + bottom) / 2, cell.width, cell.height)

    def route(self, chain: Sequence[_Cell], label: _Cell | None, *, turned: bool) -> Route:
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
        return Route(tuple(points[::-1] if turned else points), None if label is None else self.box(label))

    def _end(self, cell: _Cell, other: _Cell) -> list[Point]:
        """Give the points at the end of an edge: on the side of the node, then at the border of its layer."""
        box = self.box(cell)
        near = cell.below if other.rank > cell.rank else cell.above
        near = sorted(near, key=lambda one: one.at)
        number = next(at for at, one in enumerate(near) if one is other)
        step = min(_PORT, max(0.0, box.width - 24) / max(1, len(near) - 1))
        x = box.x + (number - (len(near) - 1) / 2) * step
        if other.rank > cell.rank:
            return [(x, box.bottom), (x, self._bands[cell.rank][1])]
        return [(x, box.top), (x, self._bands[cell.rank][0])]

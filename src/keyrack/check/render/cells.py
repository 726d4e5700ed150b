"""What lies on a layer of a graph, and what is done to one layer at a time: counting, spreading, settling."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

GAP: Final = 26.0
"""The least space between two nodes of a layer."""
LANE: Final = 14.0
"""The least space between an edge on its way past and anything else."""

FIRM: Final = 1.0
LIGHT: Final = 0.02
"""How much most things count, and how much edges that are weak or carry a label: these give way."""

_PORT: Final = 18.0
"""How far from each other edges leave a node, where it is wide enough."""
_CORNER: Final = 12.0
"""How far from the corner of a node they stay."""


@dataclass(slots=True, eq=False)
class Cell:
    """Something on a layer: a node, a label, or a point of an edge on its way."""

    rank: int
    width: float
    height: float = 0.0
    gap: float = LANE
    firm: float = FIRM
    """How much it counts in the place of its neighbours."""
    above: list[Cell] = field(default_factory=list["Cell"])
    below: list[Cell] = field(default_factory=list["Cell"])
    at: int = 0
    """Its number on its layer."""
    x: float = 0.0
    ports: dict[Cell, float] = field(default_factory=dict["Cell", float])
    """How far from its middle the edge to each neighbour ends."""
    onward: Cell | None = None
    """What follows a piece of an edge on the way to its target; None for a node."""
    begins: bool = True
    """Whether no other piece leads to it."""

    def port(self, other: Cell) -> float:
        """Say how far from the middle the edge to *other* ends."""
        return self.ports.get(other, 0.0)

    def pull(self, other: Cell) -> float:
        """Say how much *other* counts in the place of this cell."""
        return min(self.firm, other.firm)


def join(one: Cell, other: Cell) -> None:
    """Make two cells of adjacent layers neighbours, once."""
    upper, lower = (one, other) if one.rank < other.rank else (other, one)
    if lower not in upper.below:
        upper.below.append(lower)
        lower.above.append(upper)


def crossings(layer: Iterable[Cell]) -> int:
    """Count how often edges down from a layer cross."""
    ends: list[int] = []
    count = 0
    for cell in layer:
        lower = sorted(one.at for one in cell.below)
        count += sum(len(ends) - bisect_left(ends, at + 1) for at in lower)
        for at in lower:
            insort(ends, at)
    return count


def distance(one: Cell, other: Cell) -> float:
    """Give the least distance between the middles of two cells beside each other."""
    return (one.width + other.width) / 2 + max(one.gap, other.gap)


def spread(cell: Cell, near: Sequence[Cell]) -> None:
    """Give each edge at one side of a node its place there: edges that count in the middle, the others beside them."""
    ordered = sorted(near, key=lambda one: one.at)
    firm = [at for at, one in enumerate(ordered) if one.firm > LIGHT] or range(len(ordered))
    middle = sum(firm) / len(firm) if firm else 0.0
    most = max((abs(at - middle) for at in range(len(ordered))), default=0.0)
    step = min(_PORT, max(0.0, cell.width / 2 - _CORNER) / most) if most else 0.0
    for at, one in enumerate(ordered):
        cell.ports[one] = (at - middle) * step


def settle(layer: Sequence[Cell], *, down: bool | None) -> None:
    """Put cells as near to where their neighbours want them as their order and their distances allow.

    Args:
        layer: the cells, in their order.
        down: whether the neighbours above count, or those below; None for both.
    """
    # Less the least distances, the places may not decrease: neighbours that would are put together at their median.
    offset = 0.0
    offsets: list[float] = []
    blocks: list[tuple[float, list[tuple[float, float]], int]] = []
    for at, cell in enumerate(layer):
        offset += distance(layer[at - 1], cell) if at else 0.0
        offsets.append(offset)
        near = [*cell.above, *cell.below] if down is None else cell.above if down else cell.below
        wishes = [(one.x + one.port(cell) - cell.port(one) - offset, cell.pull(one)) for one in near]
        wishes = wishes or [(cell.x - offset, LIGHT)]
        blocks.append((_median(wishes), wishes, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (_, ones, many), (_, others, more) = blocks[-2:]
            blocks[-2:] = [(_median(ones + others), ones + others, many + more)]
    places = (place for place, _, many in blocks for _ in range(many))
    for cell, place, moved in zip(layer, places, offsets, strict=True):
        cell.x = place + moved


def _median(weighted: list[tuple[float, float]]) -> float:
    """Give the value with half of the weight on either side; the middle between two where there is a choice."""
    weighted.sort()
    half = sum(weight for _, weight in weighted) / 2
    lower = upper = None
    reached = 0.0
    for value, weight in weighted:
        reached += weight
        if lower is None and reached >= half - 1e-9:
            lower = value
        if reached > half + 1e-9:
            upper = value
            break
    lower = weighted[-1][0] if lower is None else lower
    return lower if upper is None else (lower + upper) / 2

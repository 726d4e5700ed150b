"""What is laid out, and where it lies: the sizes and places that a layout takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Size: TypeAlias = tuple[float, float]
Point: TypeAlias = tuple[float, float]


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

"""What a random piece of code is certain to leave behind: so that one can write pipelines that are known to work.

How it works: code is written from the top to the bottom, and beside it goes the set of keys that are present there on
every way. A *frame* is a function that is being written: it collects what is present at each of its returns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

Have = frozenset[str]
"""Keys that are present for certain, as expressions behind the namespace they lie in: ``:Keys.number``."""


@dataclass
class Frame:
    """A function that is being written."""

    kind: str
    """``handler``, ``branch`` or ``helper``: what a return gives."""
    runs_async: bool
    returned: list[Have] = field(default_factory=list[Have])
    """What is present at each return."""
    killed: set[str] = field(default_factory=set[str])
    """What may have been removed."""
    gone: bool = False
    """Whether it may have removed everything."""


@dataclass(frozen=True)
class Place:
    """A place in the code."""

    frame: Frame
    store: str = "store"
    space: str = ""
    """The namespace of that store."""
    depth: int = 0
    loops: bool = False
    """Whether a ``break`` may stand here."""
    kept: Have = frozenset()
    """What must not be removed here: code around it counts on it."""
    mine: frozenset[str] | None = None
    """The only keys that may be written here; None for any."""
    others: frozenset[str] = frozenset()
    """Keys that are written at the same time and must not be read."""

    def inside(self, **changes: object) -> Place:
        """Give the place one level further in."""
        return replace(self, depth=self.depth + 1, **changes)  # type: ignore[arg-type]

    def key(self, name: str) -> str:
        return f"{self.space}:{name}"

    def name(self, key: str) -> str | None:
        """Give the expression of a key if it lies in the store of this place."""
        space, _, name = key.partition(":")
        return name if space == self.space else None


@dataclass
class Block:
    """Lines of code, and what is present behind them."""

    lines: list[str]
    have: Have | None
    """None where nothing gets there."""


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def meet(*ways: Have | None) -> Have | None:
    """Give what is present where ways come together."""
    found = [way for way in ways if way is not None]
    return found[0].intersection(*found[1:]) if found else None


def some(random: Random, items: list[str], most: int) -> list[str]:
    return random.sample(items, min(len(items), random.randint(0, most)))

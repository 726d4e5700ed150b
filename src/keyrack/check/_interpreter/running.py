"""What was started beside the task and is not waited for yet: what it does to keys, and what others did since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..model import star_of
from .values import NOTHING, Pending

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from .values import Value

MOST_ALIKE = 4
"""How many things that were started alike are told apart."""
TAKING = frozenset({"remove", "any", "clear"})
"""What is done to keys that may not be there any more then."""
OUTSIDE = Pending("outside", NOTHING)
"""What tasks that came before have left running."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is known of something that was started beside the task."""

    touched: frozenset[tuple[str, str]] = frozenset()
    """Keys, each with what is done to it: ``asked`` where it is only looked whether it is there."""
    crossed: frozenset[tuple[str, str]] = frozenset()
    """What others have done to these keys since it was started: nobody knows who came first."""
    thread: bool = False
    """Whether it runs between any two steps of the task, not only where something is awaited."""
    sure: bool = True
    """Whether it will have happened once it is waited for; not if it was cancelled, or perhaps waited for."""
    owner: int = 0
    """The task group or executor that waits for it in the end."""
    moves: ast.AST | None = None
    """Where it was started, if it changes variables or objects around it."""
    over: bool = False
    """Whether it has come to its end, be it with an exception that nobody has seen yet."""
    result: Value | None = None
    """What it gave to who has waited for it."""

    def beside(self, ops: Iterable[tuple[str, str]]) -> Running:
        """Let others do something to keys."""
        new = frozenset(op for op in ops if op[1] != "asked" and any(meets(op[0], key) for key, _ in self.touched))
        return self if new <= self.crossed else replace(self, crossed=self.crossed | new)

    def or_(self, other: Running | None) -> Running:
        """Be in this position or in that one; None where it was waited for, or was never started."""
        if other is None:
            return replace(self, sure=False)
        return (
            self
            if self == other
            else Running(
                self.touched | other.touched,
                self.crossed | other.crossed,
                self.thread or other.thread,
                self.sure and other.sure and (self.result is None) == (other.result is None),
                self.owner if self.owner == other.owner else 0,
                self.moves or other.moves,
                self.over and other.over,
                self.result if self.result == other.result else None,
            )
        )

    @property
    def acts(self) -> list[tuple[str, str]]:
        """What it may still do to keys."""
        return [] if self.over else [op for op in self.touched if op[1] != "asked"]

    @property
    def misled(self) -> bool:
        """Whether it may have found another key there than it would find now, and have done something else then."""
        for key, kind in self.touched:
            if kind != "asked":
                continue
            mine = {what for name, what in self.touched if name == key and what != "asked"}
            its = {what for name, what in self.crossed if meets(name, key)}
            if its and (not mine or (mine | its) & TAKING):
                return True
        return False


def meets(one: str, other: str) -> bool:
    """Say whether two ids may stand for one key; an empty one stands for any."""
    return one == other or not one or not other or star_of(one) == other or star_of(other) == one

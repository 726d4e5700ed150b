"""What goes where it cannot be followed: an object may be changed from then on under a name that is not known here.

A call that is not followed may keep what it is given, or give it back; so may a container that is no longer known
item by item. What a list, a dict or an object of the task holds is then not known any more, and functions may be called
at any time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from collections.abc import Sequence as Many
from functools import partial
from typing import Any

from .follow import Follow, arity
from .running import Running
from .values import (
    ANYTHING_CLEAN,
    Cell,
    Function,
    Member,
    Partial,
    Pending,
    Ref,
    Sequence,
    Value,
    parts_of,
    parts_of_cell,
)


class Losing(Follow):
    """How values are lost sight of."""

    def lose(self, value: Value, node: ast.AST) -> None:
        waiting: list[Any] = [value]
        for one in waiting:  # grows while it is read
            if type(one) is Ref:
                cell = self.state.heap.get(one.id)
                if cell is not None and cell.items is not None:
                    taint = self._is_cell_tainted(one.id)
                    waiting += cell.items
                    self.state.replace_cell(one.id, Cell(cell.kind, None, taint=taint, cls=cell.cls))
            elif type(one) is tuple:
                waiting += one
            elif isinstance(one, Function | Partial):
                if not self.tainted(one):  # it may change variables around it
                    self._give_away(one, node)
            else:
                waiting += parts_of(one)

    def lose_items(self, source: Value, node: ast.AST) -> None:
        match source:
            case Ref(id=number) if (cell := self.state.heap.get(number)) is not None and cell.kind != "object":
                for part in parts_of_cell(cell):
                    self.lose(part, node)
            case Sequence(items=items):
                for part in items:
                    self.lose(part, node)
            case Pending(kind="view" | "iterator" | "mapped"):
                for part in parts_of(source):
                    self.lose_items(part.owner if isinstance(part, Member) else part, node)
            case _:
                pass

    def lose_all(self, values: Iterable[Value], node: ast.AST) -> None:
        """Some values go where they cannot be followed."""
        for value in values:
            self.lose(value, node)

    def _give_away(self, function: Value, node: ast.AST) -> None:
        """Let something that cannot be followed have a function: it may call it now, or later."""
        job = Pending("call", function, (ANYTHING_CLEAN,) * arity(function))
        moved = self.maybe(partial(self._call_through, function, job.args, node), node)
        if moved or binds_around(function):
            kept = Pending("kept", job)
            self.state.beside = {**self.state.beside, kept: Running(thread=True, sure=False, moves=node)}

    def _call_through(self, function: Value, args: Many[Value], node: ast.AST) -> None:
        """Call a function, and let run what it gives."""
        value = self.call(function, args, {}, node)
        if isinstance(value, Pending) and value.kind == "coroutine":
            self.await_value(value, node)
        self.go_through(value, node)


def binds_around(call: Value) -> bool:
    """Say whether a function binds variables of the functions around it."""
    if isinstance(call, Partial):
        return binds_around(call.call)
    return isinstance(call, Function) and bool(call.code.scope.outer)

"""Assignment: what takes a value, from a name to the item of a container."""

from __future__ import annotations

import ast
import inspect
from types import FunctionType
from typing import Any, cast

from .attributes import STEADY
from .comparing import put_in
from .core import ANY, DeadEnd
from .expressions import Expressions
from .items import MOST_ITEMS
from .special import users_method
from .values import Cell, Known, Opaque, Ref, Value


class Binding(Expressions):
    """How values are assigned."""

    def bind(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""
        match target:
            case ast.Name(id=name):
                self.bind_name(name, value, target)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._unpack(parts, value, target)
            case ast.Starred(value=inner):
                self.bind(inner, value)
            case ast.Attribute(value=owner, attr=name):
                self.bind_attribute(self.evaluate(owner), name, value, target)
            case ast.Subscript(value=owner, slice=index):
                self._bind_item(owner, self.evaluate(owner), self.evaluate(index), value, target)
            case _:
                pass

    def bind_name(self, name: str, value: Value, node: ast.AST) -> None:
        frame = self.frame
        if name in frame.scope.globals:
            self.rebind_global(name, node)
            self.stash(name, value, node)
        elif name in frame.scope.outer:
            number = frame.parent
            while number:
                names = self.state.outer.get(number)
                if names is not None and name in names:
                    self.state.outer = {**self.state.outer, number: {**names, name: value}}
                    return
                number = self.closures.get(number, (frozenset[str](), {}, 0))[2]
            self.stash(name, value, node)
        else:
            self.state.env[name] = value

    def rebind_global(self, name: str, node: ast.AST) -> None:
        """Note that a global is bound anew; what is no steady thing is doubted anyway, wherever it is declared."""
        names = self.frame.code.globals
        self.let_go(names.get(name), node)
        if isinstance(names.get(name), STEADY):
            self.patched.add((id(names), name))

    def _unpack(self, parts: list[ast.expr], value: Value, node: ast.AST) -> None:
        items = self.items_of(self.in_order(value), node)
        stars = [at for at, part in enumerate(parts) if isinstance(part, ast.Starred)]
        if items is None:
            self.throw(ANY)
            self.exhaust(value, node)
        if items is None:
            unknown = Opaque(taint=self.tainted(value))
            for part in parts:
                self.bind(part, self.named(unknown, part))
        elif len(items) < len(parts) - len(stars) or (len(items) > len(parts) and not stars):
            self.throw(ANY)
            raise DeadEnd
        elif stars:
            at, after = stars[0], len(parts) - stars[0] - 1
            middle = items[at : len(items) - after]
            content = [*items[:at], self.made(Cell("list", middle), node), *items[len(items) - after :]]
            for part, item in zip(parts, content, strict=True):
                self.bind(part, item)
        else:
            for part, item in zip(parts, items, strict=True):
                self.bind(part, item)

    def bind_attribute(self, owner: Value, name: str, value: Value, node: ast.AST) -> None:
        if name == "__class__":
            self._change_class(owner, value, node)
            return
        if self._set_by_class(owner, name, value, node):
            return
        if not isinstance(owner, Ref) or not _takes_all(self.class_of(owner)):
            self.throw(ANY)
        if isinstance(owner, Known):
            self._patch(owner, name, node)
        number, cell = self._cell_of(owner)
        if cell is None or cell.kind != "object":
            self.stash(name, value, node)
            return
        if cell.cls is not None:
            self.heed_end(cell.cls, (value,), node)
        if isinstance(owner, Known) and self.tainted(value):
            self.hold(owner.value, name)  # another task may have the same object
        if isinstance(owner, Known) or cell.items is None:
            self.lose(value, node)
        self._set(number, cell, name, value)

    def _cell_of(self, owner: Value) -> tuple[int, Cell | None]:
        """Give where the attributes of an object stand; of a live one, those that this task has set."""
        if isinstance(owner, Ref):
            return owner.id, self.state.heap.get(owner.id)
        if isinstance(owner, Known) and not isinstance(owner.value, type):
            cls, number = cast("type[object]", type(owner.value)), -id(owner.value)
            return number, self.state.heap.get(number) or Cell("object", (), cls=cls)
        return 0, None

    def _set(self, number: int, cell: Cell, name: str, value: Value) -> None:
        """Set an attribute of an object; where others may change it, nothing of it is known."""
        if cell.items is None:
            items, taint = None, cell.taint or self.tainted(value)
        else:
            items, taint = (*(pair for pair in cell.items if pair[0] != name), (name, value)), cell.taint
        self.state.replace_cell(number, Cell("object", items, taint=taint, cls=cell.cls))

    def _patch(self, owner: Known, name: str, node: ast.AST) -> None:
        """Bind an attribute of a live object anew, or delete it."""
        self.patch(owner.value, name)
        self.let_go(getattr(owner.value, "__dict__", {}).get(name), node)

    def _change_class(self, owner: Value, value: Value, node: ast.AST) -> None:
        """Make an object one of another class."""
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        cls: Any = value.value if isinstance(value, Known) else None
        if isinstance(owner, Ref) and cell is not None and isinstance(cls, type):
            self.state.replace_cell(owner.id, Cell(cell.kind, cell.items, taint=cell.taint, cls=cls))
            return
        self.forget_attributes(owner)
        self.stash("__class__", value, node)

    def forget_attributes(self, owner: Value, *, taint: bool = False) -> None:
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if isinstance(owner, Ref) and cell is not None and cell.kind == "object":
            taint |= self.tainted(owner)
            self.state.replace_cell(owner.id, Cell(cell.kind, None, taint=taint, cls=cell.cls))
        elif isinstance(owner, Known):
            self.patch(owner.value, "")

    def _set_by_class(self, owner: Value, name: str, value: Value, node: ast.AST) -> bool:
        """Let a property or a descriptor of the user's class take a value, if there is one of that name."""
        found = self._of_class(owner, name)
        if isinstance(found, property) and isinstance(found.fset, FunctionType):
            self.call(Known(found.fset), [owner, value], {}, node)
        elif (setter := users_method(type(found), "__set__")) is not None:
            self.call(Known(setter), [Known(found), owner, value], {}, node)
        else:
            return False
        return True

    def _of_class(self, owner: Value, name: str) -> object:
        """Give what the class of an object has by a name; None if there is nothing."""
        cls = self.class_of(owner) if isinstance(owner, Ref | Known) else None
        return None if cls is None else inspect.getattr_static(cls, name, None)

    def unbind_attribute(self, owner: Value, name: str, node: ast.AST) -> None:
        self.throw(ANY)
        found = self._of_class(owner, name)
        if isinstance(owner, Known):
            self._patch(owner, name, node)
        if self.special(owner, ("__delattr__",), (Known(name),), node) is not None:
            return
        if isinstance(found, property) and isinstance(found.fdel, FunctionType):
            self.call(Known(found.fdel), [owner], {}, node)
        elif (deleter := users_method(type(found), "__delete__")) is not None:
            self.call(Known(deleter), [Known(found), owner], {}, node)
        elif isinstance(owner, Ref) and (cell := self.state.heap.get(owner.id)) is not None:
            items = None if cell.items is None else tuple(pair for pair in cell.items if pair[0] != name)
            self.state.replace_cell(owner.id, Cell(cell.kind, items, taint=cell.taint, cls=cell.cls))

    def unbind_item(self, owner: Value, index: Value, node: ast.AST) -> None:
        """Delete an item."""
        self.throw(ANY)
        self.special(owner, ("__delitem__",), (index,), node)
        if isinstance(owner, Known):
            self.let_go(owner.value, node)
        self.lose(owner, node)
        self.change_live(owner)
        self.state.forget_truth(owner)

    def _bind_item(self, place: ast.expr, owner: Value, index: Value, value: Value, node: ast.AST) -> None:
        self.throw(ANY)
        self.look_at((index,), node)
        if self.special(owner, ("__setitem__",), (index, value), node) is not None:
            return
        self.rebind(place, owner, str(index.value) if isinstance(index, Known) else "")
        self.state.forget_truth(owner)
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if isinstance(owner, Ref) and cell is not None:
            if (
                cell.kind == "dict"
                and cell.items is not None
                and isinstance(index, Known)
                and len(cell.items) < MOST_ITEMS
            ):
                pairs = [*cell.items]
                if put_in(pairs, index, value):
                    self.state.replace_cell(owner.id, Cell("dict", (*pairs,), taint=cell.taint))
                    return
            taint = self.tainted(owner) or self.tainted(value)
            self.lose(owner, node)
            self.lose(value, node)
            self.state.replace_cell(owner.id, Cell(cell.kind, None, taint=taint, cls=cell.cls))
            return
        if isinstance(owner, Known):
            self.changed[id(owner.value)] = owner.value
            self.let_go(owner.value, node)
        name = next((part.id for part in ast.walk(place) if isinstance(part, ast.Name)), "it")
        self.stash(name, value, node)

    def rebind(self, place: ast.expr, owner: Value, name: str) -> None:
        match place:
            case ast.Call(func=ast.Name(id="vars"), args=[inner]) | ast.Attribute(value=inner, attr="__dict__"):
                live = self.evaluate(inner)
                if isinstance(live, Known):
                    self.patch(live.value, name)
                else:
                    self.forget_attributes(live)
            case _ if isinstance(owner, Opaque) and owner.taint:  # it may be what globals() gave
                self.patched.add((id(self.frame.code.globals), name))
            case _:
                pass


def _takes_all(cls: Any) -> bool:
    """Say whether objects of a class take any attribute."""
    return cls is not None and cls.__setattr__ is object.__setattr__ and not hasattr(cls, "__slots__")

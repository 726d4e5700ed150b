"""Names and constants: what an expression stands for that is the same on every path is remembered."""

from __future__ import annotations

import ast
import builtins
import sys
from importlib import import_module

from .core import ANY
from .library import Library
from .loading import is_changed_later
from .source import is_standard
from .values import (
    ANYTHING_CLEAN,
    TAINTED,
    Known,
    Opaque,
    Value,
)


class Names(Library):
    """How names are looked up."""

    # --- names and constants ----------------------------------------------------------------------

    def _eval_Constant(self, node: ast.Constant) -> Value:
        value = self.frames[-1].code.fixed[node] = Known(node.value)
        return value

    def _eval_Name(self, node: ast.Name) -> Value:
        found = self.state.env.get(node.id)
        if found is not None:
            return found
        value = self.lookup(node.id)
        frame = self.frames[-1]
        if type(value) is Known and not (frame.parent or node.id in frame.scope.local or node.id in frame.cells):
            code = frame.code
            if self._names.get((id(code.globals), node.id)) is value:
                code.fixed[node] = value
        return value

    def lookup(self, name: str) -> Value:
        """Give what a name stands for in the running function."""
        found = self.state.env.get(name)
        if found is not None:
            return found
        frame = self.frame
        if name in frame.scope.local:
            self.throw(ANY)  # not bound on this path
            return ANYTHING_CLEAN
        if name not in frame.scope.globals:
            if name in frame.cells:
                return frame.cells[name]
            parent = frame.parent
            while parent:
                names = self.state.outer.get(parent)
                local, cells, above = self.closures.get(parent, (frozenset[str](), {}, 0))
                if names is not None and name in names:
                    return names[name]
                if name in local:  # not bound on this path, or forgotten
                    self.throw(ANY)
                    return TAINTED if names is None else ANYTHING_CLEAN
                if name in cells:
                    return cells[name]
                parent = above
        return self._global(name)

    def _global(self, name: str) -> Value:
        code = self.frame.code
        mark = (id(code.globals), name)
        if (found := self._names.get(mark)) is not None:
            return found
        if name in code.globals:
            live = code.globals[name]
            if self.patched and not self.patched.isdisjoint({(id(code.globals), name), (id(code.globals), "")}):
                return self.unsure(name, live)
            if name in code.module.declared or name in self.frame.scope.globals:
                return self.doubtful(name, live, rebound=True)
            if name in code.module.changed_at and is_changed_later(code.module, name, live):
                return self.doubtful(name, live)
            value = self.lifted(live)
            if type(value) is Known:
                self._names[mark] = value
            return value
        if hasattr(builtins, name):
            builtin = self._names[mark] = Known(getattr(builtins, name))
            return builtin
        self.throw(ANY)
        return Opaque(taint=name in self.tainted_names)

    # --- texts and imports ------------------------------------------------------------------------

    def text(self, node: ast.expr) -> str:
        """Give an expression as it stands in the source."""
        return self.frame.code.module.text(node)

    def imported(self, name: str, package: str = "") -> Value:
        """Give a module that a function imports."""
        try:
            if name not in sys.modules and is_standard(name) and not package:
                return ANYTHING_CLEAN if name not in sys.modules else Known(sys.modules[name])
            return Known(import_module(name, package or None))
        except (Exception, SystemExit):  # noqa: BLE001  # what it raises, it raises at run time
            return ANYTHING_CLEAN

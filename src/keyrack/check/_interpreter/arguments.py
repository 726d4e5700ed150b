"""Arguments and parameters: what a function gets of what it is called with."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from collections.abc import Sequence as Many

from .attributes import Attributes
from .core import ANY
from .scopes import parameters
from .spread import told_apart
from .values import Cell, Function, Known, Opaque, Partial, Sequence, Value


class Arguments(Attributes):
    """How parameters are bound."""

    def bound(
        self, function: Function, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> dict[str, Value] | None:
        """Give the parameters of a function their arguments; None where they do not fit."""
        spec = function.code.node.args
        names = parameters(function.code.node)
        if len(args) == len(names) and not (kwargs or spec.kwonlyargs or spec.vararg or spec.kwarg):
            return dict(zip(names, args, strict=True))
        sure, loose = told_apart(args, kwargs)
        given = dict(zip(names, sure, strict=False))
        by_name = [*names[len(spec.posonlyargs) :], *(arg.arg for arg in spec.kwonlyargs)]
        named = {name: kwargs[name] for name in by_name if name in kwargs}
        extra = {name: value for name, value in kwargs.items() if name not in named and name not in {"*", "**"}}
        more = sure[len(names) :]
        if (more and not spec.vararg) or (extra and not spec.kwarg) or named.keys() & given.keys():
            return None
        env: dict[str, Value] = dict(zip(names[len(names) - len(function.defaults) :], function.defaults, strict=False))
        env.update(function.keyword_defaults)
        if "*" in kwargs:
            self._may_have(env, names, (*loose, kwargs["*"]), node)
        if "**" in kwargs:
            self._may_have(env, by_name, (kwargs["**"],), node)
        env.update(given)
        env.update(named)
        if spec.vararg is not None:
            rest = (*more, *loose, kwargs["*"]) if "*" in kwargs else ()
            self.lose_all(rest, node)
            env[spec.vararg.arg] = (
                Opaque(taint=any(map(self.tainted, rest)), not_none=True) if rest else Sequence((*more,))
            )
        if spec.kwarg is not None:
            self.lose_all(extra.values() if "**" in kwargs else (), node)
            env[spec.kwarg.arg] = self.made(self._rest_by_name(extra, kwargs.get("**")), node)
        return env if all(name in env for name in (*names, *by_name)) else None

    def _may_have(self, env: dict[str, Value], names: Collection[str], given: Many[Value], node: ast.AST) -> None:
        """Let each of some parameters have one of some values whose place is not known, or its default."""
        self.throw(ANY)  # too few, too many, or one that it has already
        self.lose_all(given, node)
        taint = any(self.tainted(value) or isinstance(value, Function | Partial) for value in given)
        for name in names:
            env[name] = Opaque(taint=taint or (name in env and self.tainted(env[name])))

    def _rest_by_name(self, extra: Mapping[str, Value], unknown: Value | None) -> Cell:
        """Give the dict of the keyword arguments that are no parameters."""
        if unknown is None:
            return Cell("dict", tuple((Known(name), value) for name, value in extra.items()))
        return Cell("dict", None, taint=any(map(self.tainted, (*extra.values(), unknown))))

"""The other callables of the standard library that have a rule: see `known.RULES`."""

from __future__ import annotations

import ast
import functools
import inspect
import logging
from collections.abc import Mapping
from collections.abc import Sequence as Many
from types import FunctionType, MemberDescriptorType
from typing import Any

from .core import ANY
from .follow import closes_somehow
from .logs import logger_of
from .special import users_method
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    SCALARS,
    TAINTED,
    Cell,
    Element,
    Function,
    Known,
    Member,
    Opaque,
    Partial,
    Pending,
    PutValue,
    Ref,
    RegistryValue,
    Sequence,
    StoreValue,
    Super,
    Value,
)
from .waiting import Waiting

_ASKING = (property, functools.cached_property, MemberDescriptorType)
"""What a class has for attributes that need not be there."""


def _decides_itself(live: object, found: object) -> bool:
    """Say whether code of the user's says whether an object has an attribute that can be found."""
    asked = (type(live), "__getattribute__"), (type(found), "__get__")
    return any(users_method(cls, name) is not None for cls, name in asked)


class Library(Waiting):
    """Functions, decorators and context managers, attributes by name."""

    def rule_partial(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``partial``."""
        return Partial(args[0], tuple(args[1:]), tuple(kwargs.items())) if args else ANYTHING_CLEAN

    def rule_wraps(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``functools.wraps(f)``: a decorator that gives what it decorates."""
        return Pending("wraps", ANYTHING_CLEAN)

    def rule_second(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``functools.update_wrapper``, ``logging.LoggerAdapter``: what stands for the first thing given."""
        return args[0] if args else ANYTHING_CLEAN

    def rule_cached(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``functools.cache``, ``functools.lru_cache``, with and without arguments."""
        if args and isinstance(args[0], Function):
            return Pending("cached", args[0])
        return Member(ANYTHING_CLEAN, "lru_cache")

    def rule_context_function(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``contextlib.contextmanager``."""
        return Pending("context_function", args[0]) if args else ANYTHING_CLEAN

    def rule_suppress(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``contextlib.suppress``."""
        return Pending("suppress", NOTHING, tuple(args))

    def rule_nullcontext(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``contextlib.nullcontext``: it gives what it is given."""
        return Pending("nullcontext", args[0] if args else NOTHING)

    def rule_closing(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``contextlib.closing``: it gives what it is given, and closes that in the end."""
        return Pending("closing", args[0] if args else NOTHING)

    def rule_getattr(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``getattr(x, "name")``."""
        if len(args) < 2 or not isinstance(args[1], Known) or not isinstance(args[1].value, str):  # noqa: PLR2004
            self.throw(ANY)
            self.lose_all(args, node)
            return Opaque(taint=any(map(self.tainted, args)))
        owner, name, *default = args[0], args[1].value, *args[2:]
        if self.surely_has(owner, name):
            return self.attribute(owner, name, node)
        self.throw(ANY)
        lacking = self.pick([False, True]) if default else False
        if lacking:
            self.maybe(lambda: self.attribute(owner, name, node), node)
            return default[0]
        value = self.attribute(owner, name, node)
        return Opaque(taint=owner.taint) if isinstance(value, Member) and isinstance(owner, Opaque) else value

    def surely_has(self, owner: Value, name: str) -> bool:
        """Say whether an object has an attribute, which no code of the user's is asked for."""
        if isinstance(owner, Known):
            found = inspect.getattr_static(owner.value, name, None)
            there = found is not None and not self.is_patched(owner.value, name)
            return there and not isinstance(found, _ASKING) and not _decides_itself(owner.value, found)
        if isinstance(owner, Sequence) and owner.cls is not None:
            return name in inspect.getattr_static(owner.cls, "_fields") and not self.is_patched(owner.cls, name)
        cell = self.state.heap.get(owner.id) if isinstance(owner, Ref) else None
        if cell is None or cell.kind != "object":
            return isinstance(owner, StoreValue | RegistryValue)
        if any(attribute == name for attribute, _ in cell.items or ()):
            return True
        return isinstance(inspect.getattr_static(cell.cls, name, None), FunctionType | staticmethod | classmethod)

    def rule_setattr(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``setattr(x, "name", value)``."""
        self.throw(ANY)
        owner = args[0] if args else ANYTHING_CLEAN
        known = args[1].value if len(args) == 3 and isinstance(args[1], Known) else ""  # noqa: PLR2004
        name = known if isinstance(known, str) else ""
        self.assigned.add(name)
        if name:
            self.bind_attribute(owner, name, args[2], node)
            return NOTHING
        taint = any(map(self.tainted, (*args[1:], *kwargs.values())))
        self.forget_attributes(owner, taint=taint)
        if taint and not isinstance(owner, Ref):
            self.stash("setattr()", TAINTED, node)
        return NOTHING

    def rule_delattr(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``delattr(x, "name")``."""
        for name in args[1:]:
            if isinstance(name, Known):
                self.unbind_attribute(args[0], str(name.value), node)
            else:
                self.forget_attributes(args[0])
        return NOTHING

    def rule_hasattr(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``hasattr(x, "name")``: it reads the attribute."""
        name = args[1].value if len(args) == 2 and isinstance(args[1], Known) else None  # noqa: PLR2004
        if isinstance(name, str) and self.surely_has(args[0], name):
            return Known(True)
        if len(args) == 2 and isinstance(args[1], Known) and self.tainted(args[0]):  # noqa: PLR2004
            self.attribute(args[0], str(args[1].value), node)
        return ANYTHING_CLEAN

    def rule_next(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``next(generator)``: it runs on, as far as it likes."""
        if args and isinstance(args[0], Pending):
            self.leave_behind(self.state, args[0])
            self.consume(args[0], node)
            self.lose_items(args[0], node)
            if args[0].kind == "generator" and self.tainted(args[0]) and closes_somehow(args[0]):
                self.linger(self.state, args[0], node)
            return TAINTED if self.tainted(args[0]) else ANYTHING_CLEAN
        for source in args[:1]:
            self.lose(source, node)
            if self.special(source, ("__next__",), (), node) is None:
                self.go_through(source, node)
        return Opaque(taint=any(map(self.tainted, args)))

    def rule_sorted(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``sorted(x)``: a list whose order is known, where all that is compared are constants of one kind."""
        function, backwards = kwargs.get("key", NOTHING), kwargs.get("reverse", Known(False))
        is_plain = (
            len(args) == 1 and not kwargs.keys() - {"key", "reverse"} and backwards in {Known(False), Known(True)}
        )
        is_set = is_plain and self.is_set(args[0])
        items = self.items_of(args[0], node) if is_plain and (function == NOTHING or not is_set) else None
        if items is None:
            return self.hand(live, args, kwargs, node)
        keys = items if function == NOTHING else [self.call(function, [item], {}, node) for item in items]
        known = [key.value for key in keys if isinstance(key, Known) and type(key.value) in {int, str}]
        is_double = is_set and len({*known}) < len(known)
        if len(known) < len(keys) or len({*map(type, known)}) > 1 or is_double:
            return self.hand(live, args, kwargs, node)
        order = sorted(range(len(items)), key=known.__getitem__, reverse=backwards != Known(False))
        return self.made(Cell("list", tuple([items[at] for at in order])), node)

    def rule_count(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``itertools.count()``: numbers without end."""
        if any(map(self.tainted, (*args, *kwargs.values()))):
            return self.unknown_call(Known(live), args, kwargs, node)
        if args or kwargs:
            self.throw(ANY)
        return Pending("endless", NOTHING)

    def is_set(self, value: Value) -> bool:
        """Say whether a value may be a set, which has no order."""
        cell = self.state.heap.get(value.id) if isinstance(value, Ref) else None
        return (cell is not None and cell.kind == "set") or (
            isinstance(value, Known) and isinstance(value.value, set | frozenset)
        )

    def rule_isinstance(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``isinstance(x, C)``."""
        told = self.is_instance(args[0], args[1]) if len(args) == 2 else None  # noqa: PLR2004
        if told is None:
            self.throw(ANY)
        return ANYTHING_CLEAN if told is None else Known(told)

    def rule_chosen(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``random.choice``: one of some things."""
        return self.item(args[0], ANYTHING_CLEAN, node) if args else ANYTHING_CLEAN

    def rule_len(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``len(x)``."""
        self.look_at(args, node)
        is_plain = len(args) == 1 and (isinstance(args[0], Sequence) or self.class_of(args[0]) in {list, dict})
        items = self.items_of(args[0], node) if is_plain and isinstance(args[0], Sequence | Ref) else None
        if items is None:
            self.throw(ANY)
        return ANYTHING_CLEAN if items is None else Known(len(items))

    def rule_is_async(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``inspect.iscoroutinefunction(f)``: whether calling it gives a coroutine."""
        call = args[0] if len(args) == 1 else ANYTHING_CLEAN
        while isinstance(call, Partial):
            call = call.call
        if isinstance(call, Function):
            return Known(isinstance(call.code.node, ast.AsyncFunctionDef) and not call.code.scope.yields)
        if (
            isinstance(call, Known)
            and isinstance(call.value, FunctionType)
            and not hasattr(call.value, "_is_coroutine")
        ):
            return Known(inspect.iscoroutinefunction(call.value))
        return ANYTHING_CLEAN

    def rule_is_awaitable(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``inspect.isawaitable(x)``: a coroutine is, what has no methods of the user's is not."""
        value = args[0] if len(args) == 1 else ANYTHING_CLEAN
        if isinstance(value, Pending) and value.kind == "coroutine":
            return Known(True)
        return Known(False) if isinstance(value, Known) and isinstance(value.value, SCALARS) else ANYTHING_CLEAN

    def rule_logger(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``logging.getLogger("name")``; of a name that is not known, it may be any logger."""
        name = args[0] if args else NOTHING
        if isinstance(name, Known) and isinstance(name.value, str | None) and not kwargs:
            return Known(logger_of(name.value or ""))
        self.throw(ANY)
        return Opaque(taint=self.tainted(Known(logging.root)), not_none=True)

    def rule_vars(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``vars(x)``: what an object has, or all that a function has."""
        self.lose_all(args, node)
        return Opaque(taint=any(map(self.tainted, args)) or not args)

    def rule_put(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``Put(key, value)``: what ``key.to(value)`` gives."""
        key = args[0] if args else kwargs.get("key")
        return PutValue(key) if isinstance(key, Known | Element) else ANYTHING_CLEAN

    def rule_super(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``super()``."""
        cls = dict(self.frame.cells).get("__class__")
        names = self.frame.code.node.args
        first = [*names.posonlyargs, *names.args][:1]
        if args and isinstance(args[0], Known):
            cls = args[0]
        owner = args[1] if len(args) > 1 else (self.state.env.get(first[0].arg) if first else None)
        if isinstance(cls, Known) and isinstance(cls.value, type) and owner is not None:
            return Super(cls.value, owner)
        return TAINTED

    def rule_dynamic(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``locals()``, ``globals()``: the store may be in them."""
        return TAINTED

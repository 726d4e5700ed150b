"""Calls: what is followed into its source, what is known, and what is neither, which may do anything to the store."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# What a live object of the user's is made of is not known here.

from __future__ import annotations

import ast
import functools
import inspect
import typing
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from concurrent.futures import Executor
from dataclasses import is_dataclass, replace
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from ...keys.key import StoreKey
from ...registry import Slot
from ...store import KeyValueStore
from ...workflow.task import TaskResult
from . import known
from .attributes import type_call
from .core import ANY, DeadEnd, Thrown
from .follow import is_expression
from .logs import handlers_of, is_users
from .objects import Objects, is_generated, key_of
from .reach import PLAIN
from .source import CHANGING, is_installed, is_library
from .spread import joined
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
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
    Sequence,
    SlotFamilyValue,
    SlotValue,
    StoreValue,
    Value,
)
from .verbs import SLOT_VERBS

SPAWNING = {"run_in_executor": "executor", "create_task": "task", "submit": "submit"}
"""Methods by which loops and executors start something, by name: the loop itself is seldom known."""
_TEXT = frozenset(
    {"lower", "upper", "strip", "format", "removeprefix", "removesuffix", "title", "replace", "join",
     "split", "rsplit", "splitlines", "partition", "rpartition"}
)  # fmt: skip
"""Methods of a text that are called where all is known: what they give is known then."""


_OF_TASKS = frozenset({"cancel", "done", "cancelled", "result", "exception", "add_done_callback"})
_MAKING = ("__code__", "__defaults__", "__kwdefaults__")
"""Attributes of a function that are what it does."""


class Calls(Objects):
    """How values are called."""

    # --- calling ----------------------------------------------------------------------------------

    def call(self, function: Value, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Call a value on the current state."""
        self.spend()
        match function:
            case Member(owner=owner, name=name):
                return self._call_member(owner, name, args, kwargs, node)
            case Partial(call=inner, args=given, kwargs=options):
                named = joined(dict(options), kwargs, len(args)) if options else kwargs
                return self.call(inner, [*given, *args], named, node)
            case Function():
                return self.follow(function, args, kwargs, node)
            case Known(value=live):
                return self._call_live(live, args, kwargs, node)
            case Ref():
                method = self.attribute(function, "__call__", node)
                return (
                    self.unknown_call(function, args, kwargs, node)
                    if isinstance(method, Member)
                    else self.call(method, args, kwargs, node)
                )
            case Pending(kind="cached", call=inner):
                return self._call_cached(inner, args, kwargs, node)
            case Pending(kind="context_function", call=inner):
                return Pending("context", inner, tuple(args), tuple(kwargs.items()))
            case Pending(kind="wraps") | Pending(kind="returns"):
                return args[0] if args else ANYTHING_CLEAN
            case _:
                return self.unknown_call(function, args, kwargs, node)

    def _call_member(  # noqa: C901, PLR0912  # a table of kinds
        self, owner: Value, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        match owner:
            case StoreValue():
                return self.verb(owner, name, args, kwargs, node)
            case SlotValue() if name in SLOT_VERBS:
                return self.slot_verb(owner, name, args, kwargs, node)
            case SlotFamilyValue() if name == "stored":
                return Pending("stored", owner)
            case Known(value=live) if isinstance(live, StoreKey):
                return self._key_method(live, owner, name)
            case Element():
                return (
                    PutValue(owner) if name == "to" else replace(owner, default=name == "with_default" or owner.default)
                )
            case Known(value=live) if isinstance(live, type) and issubclass(live, TaskResult):
                return args[0] if name == "single" and args else ANYTHING_CLEAN
            case Ref(id=number):
                return self._call_cell(owner, number, name, args, kwargs, node)
            case Pending(kind="task") if name in _OF_TASKS:
                return self.call_task(owner, name, args, node)
            case _ if (rule := SPAWNING.get(name)) is not None and not isinstance(owner, Known | Ref):
                return self.spawn_by(rule, owner, name, args, kwargs, node)
            case Known(value=live) if (rule := SPAWNING.get(name)) is not None and isinstance(live, Executor):
                return self.spawn_by(rule, owner, name, args, kwargs, node)
            case Known(value=type()) if name == "__setattr__":
                return self._call_live(setattr, args, kwargs, node)
            case Known(value=live) if hasattr(live, "__self__") or not isinstance(live, type):
                return self._method_of_live(live, owner, name, args, kwargs, node)
            case _:
                return self.unknown_call(Member(owner, name), args, kwargs, node)

    def _key_method(self, key: StoreKey[Any], owner: Known, name: str) -> Value:
        if name == "to":
            return PutValue(owner)
        if name == "with_default":
            self.throw(ANY)
            return owner if key.has_default else key_of(key.name, key.form, default=True)
        return ANYTHING_CLEAN

    def _method_of_live(
        self, live: Any, owner: Known, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        if isinstance(live, str) and all(map(_is_constant, args)) and not kwargs and _is_of_texts(live, name):
            return self._text_of(live, name, args, node)
        if isinstance(live, dict) and name in {"get", "items", "keys", "values"} and id(live) not in self.changed:
            return self._live_dict(live, owner, name, args, node)
        if known.is_logging(verb := getattr(live, name, None)):
            return self._log(verb, args, node)
        return self.unknown_call(Member(owner, name), args, kwargs, node)

    def _text_of(self, live: str, name: str, args: Many[Value], node: ast.AST) -> Value:
        """Give what a method of a text makes of constants."""
        try:
            found = getattr(live, name)(*(arg.value for arg in args if isinstance(arg, Known)))
        except Exception:  # noqa: BLE001  # it raises at run time too
            self.throw(ANY)
            raise DeadEnd from None
        return self.made(Cell("list", tuple(map(Known, found))), node) if type(found) is list else self.lifted(found)

    def _live_dict(self, live: dict[Any, Any], owner: Known, name: str, args: Many[Value], node: ast.AST) -> Value:
        self.assume("a dict or list of a module is read as it is when the check runs", node)
        if name == "get":
            default = args[1] if len(args) > 1 else NOTHING
            if args and isinstance(args[0], Known):
                try:
                    return self.lifted(live[args[0].value]) if args[0].value in live else default
                except TypeError:
                    return ANYTHING_CLEAN
            return self.pick([*dict.fromkeys([*map(self.lifted, live.values()), default])])
        found = {"items": [*live.items()], "keys": [*live], "values": [*live.values()]}[name]
        return Sequence(tuple(map(self.lifted, found)))

    def _call_live(  # noqa: C901, PLR0912  # a table of kinds
        self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        rule = known.rule_for(live)
        if rule is not None and not ("*" in kwargs and rule != "gather" and self.tainted(kwargs["*"])):
            result: Value = getattr(self, f"rule_{rule}")(live, args, kwargs, node)
            return result
        if isinstance(live, functools.partial):
            given = [*map(self.lifted, live.args), *args]
            return self.call(
                self.lifted(live.func), given, {**{k: self.lifted(v) for k, v in live.keywords.items()}, **kwargs}, node
            )
        if isinstance(live, MethodType):
            return self._call_method(live, args, kwargs, node)
        if isinstance(live, type):
            return self.construct(live, args, kwargs, node)
        if isinstance(live, FunctionType):
            return self._call_function(live, args, kwargs, node)
        if isinstance(live, functools._lru_cache_wrapper):  # pyright: ignore[reportPrivateUsage]  # the only way to know one
            return self._call_cached(Known(live.__wrapped__), args, kwargs, node)
        if known.belongs(live, known.DYNAMIC):
            self.remark("KR904", node, callee=f"{live.__name__}()")
            self.obscure()
            return TAINTED
        if known.belongs(live, known.ENDS):
            self.leaves = True
            self.throw(Thrown(SystemExit))
            raise DeadEnd
        if known.belongs(live, known.HARMLESS):
            self.throw(ANY)
            self.look_at(args, node)
            if live is len and len(args) == 1 and self._is_empty(args[0]):
                return Known(0)
            if self.tainted(kwargs.get("file", NOTHING)):  # print() writes to it
                return self.unknown_call(Known(live), args, kwargs, node)
            return ANYTHING_CLEAN
        if known.belongs(live, known.CALLBACKS):
            return self.hand(live, args, kwargs, node)
        if not isinstance(live, BuiltinFunctionType) and isinstance(method := type_call(live), FunctionType):
            return self.call(Known(method), [Known(live), *args], kwargs, node)
        return self.unknown_call(Known(live), args, kwargs, node)

    def _is_empty(self, value: Value) -> bool:
        """Say whether there is surely nothing in a container."""
        cell = self.state.heap.get(value.id) if isinstance(value, Ref) else None
        return value == Sequence(()) or (cell is not None and cell.items == () and cell.kind in {"list", "dict", "set"})

    def _log(self, verb: Any, args: Many[Value], node: ast.AST) -> Value:
        """Let a logger write: its handlers and filters may be the user's, and may raise something."""
        self.look_at(args, node)
        handlers = handlers_of(verb, args[0].value if args and isinstance(args[0], Known) else None)
        if any(map(self.reach.reaches, handlers)):
            self.remark("KR901", node, callee="a handler of logs", reason="which is not followed")
            self.obscure()
        if any(map(is_users, handlers)):
            self.throw(ANY)
        return NOTHING

    def _call_method(self, live: MethodType, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        owner = live.__self__
        if isinstance(owner, KeyValueStore | Slot):
            return self._call_member(self.lifted(owner), live.__name__, args, kwargs, node)
        if isinstance(owner, type) and issubclass(owner, TaskResult):
            return args[0] if live.__name__ == "single" and args else ANYTHING_CLEAN
        if known.is_logging(live):
            return self._log(live, args, node)
        return self.call(self.lifted(live.__func__), [self.lifted(owner), *args], kwargs, node)

    def _call_function(
        self, live: FunctionType, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        if self.patched and any(self.is_patched(live, name) for name in _MAKING):
            return self.unknown_call(Known(live), args, kwargs, node)
        if (own := self._own.get(live)) is not None:
            return self.follow(own, args, kwargs, node)
        if live.__code__ in known.CONTEXT_HELPERS:
            return Pending(
                "context",
                self.lifted(inspect.unwrap(live, stop=lambda f: not _is_helper(f))),
                tuple(args),
                tuple(kwargs.items()),
            )
        if hasattr(live, "registry") and hasattr(live, "dispatch"):
            implementations = {id(one): one for one in typing.cast("Any", live).registry.values()}
            return self.call(self.pick([Known(one) for one in implementations.values()]), args, kwargs, node)
        of_others = is_library(live.__code__.co_filename)
        if of_others:
            if known.is_logging(live):
                return self._log(live, args, node)
            involved = any(map(self.tainted, (*args, *kwargs.values())))
            if not involved or not is_installed(live.__code__.co_filename):
                return self.unknown_call(Known(live), args, kwargs, node)
        function = self.function_of(live)
        if function is None:
            return self._call_generated(live, args, kwargs, node)
        if not of_others:
            self._own[live] = function
        return self.follow(function, args, kwargs, node)

    def _call_generated(
        self, live: FunctionType, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call a function without source: that may be the ``__init__`` of a dataclass, called by another one."""
        owner = args[0] if args else NOTHING
        cls = self.class_of(owner) if isinstance(owner, Ref) and is_generated(live) else None
        for base in () if cls is None else cls.__mro__:
            if vars(base).get("__init__") is live and is_dataclass(base) and isinstance(owner, Ref):
                self.fill(owner, base, args[1:], kwargs, node)
                return NOTHING
        return self.unknown_call(Known(live), args, kwargs, node)

    def unknown_call(self, function: Value, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """Call what cannot be followed: with the store, it may do anything to any key."""
        if isinstance(function, Known) and self._returns_never(function.value):
            self.leaves = True
            self.throw(ANY)
            raise DeadEnd
        given = (*args, *kwargs.values())
        self._let_change(function, given, node)
        involved = self.tainted(function) or any(self.tainted(arg) for arg in given if not is_expression(arg))
        if self.state.beside:
            self.others_run(threads=True)
        copies = isinstance(function, Known) and known.belongs(function.value, known.COPYING)
        for arg in given:
            if not copies or isinstance(arg, Function | Partial):
                self.lose(arg, node)
            if isinstance(arg, Pending) and arg.kind in {"mapped", "generator"}:
                self.consume(arg, node)
        if not involved:
            self.throw(ANY)
            return self._returned(function)
        callee = self.name_of(function, node)
        self.remark(
            "KR901",
            node,
            callee=callee,
            reason="whose source cannot be read"
            if not isinstance(function, Opaque)
            else "which is only known at run time",
        )
        self.obscure()
        result = self._returned(function)
        return Opaque(taint=True) if result == ANYTHING_CLEAN else result

    def _let_change(self, function: Value, given: Iterable[Value], node: ast.AST) -> None:
        """Let something that cannot be followed change what it is given, or what it is a method of."""
        for arg in given if _may_change_given(function) else ():
            self.state.forget_truth(arg)
            self.change_live(arg)
        if isinstance(function, Known) and function.value.__class__ is BuiltinFunctionType:
            self._change_owner(Known(function.value.__self__), function.value.__name__)
        if isinstance(function, Member):
            self.lose(function.owner, node)
            if isinstance(function.owner, Pending):
                self.begin(function.owner)
            if self._change_owner(function.owner, function.name):
                self.state.forget_truth(function.owner)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_dict_of_names(node.func):
                    self.rebind(node.func.value, function.owner, "")

    def _change_owner(self, owner: Value, name: str) -> bool:
        """Let a method change what it is a method of, if it is one that may."""
        changes = name in CHANGING or name.startswith("__")
        if changes:
            self.change_live(owner)
        return changes

    def name_of(self, function: Value, node: ast.AST) -> str:
        """Give the name by which people know what is called."""
        if isinstance(function, Known):
            return str(getattr(function.value, "__qualname__", None) or type(function.value).__qualname__)
        called = node.func if isinstance(node, ast.Call) else node
        try:
            return " ".join(ast.unparse(called).split())[:60]
        except Exception:  # noqa: BLE001  # a node that stands for no expression
            return "a call"

    def _returns_never(self, live: Any) -> bool:
        hint = getattr(live, "__annotations__", {}).get("return") if isinstance(live, FunctionType) else None
        return hint in {typing.NoReturn, typing.Never, "NoReturn", "Never", "typing.NoReturn", "typing.Never"}

    def _returned(self, function: Value) -> Value:
        """Give what an annotation says of what a call returns: one of some states."""
        live = function.value if isinstance(function, Known) else None
        if isinstance(live, FunctionType):
            try:
                hint = typing.get_type_hints(live).get("return")
            except Exception:  # noqa: BLE001  # an annotation is a stranger's code
                return ANYTHING_CLEAN
            states = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()
            if states and all(isinstance(state, Enum) for state in states):
                return self.pick([Known(state) for state in states])
        return ANYTHING_CLEAN


def _is_of_texts(live: str, name: str) -> bool:
    """Say whether something of a text is Python's own method, which looks at nothing but what it is given."""
    return name in _TEXT and getattr(type(live), name, None) is getattr(str, name)


def _is_constant(value: Value) -> bool:
    return isinstance(value, Known) and type(value.value) in {str, int, float, bool, bytes, type(None)}


def _may_change_given(function: Value) -> bool:
    """Say whether something that is not followed may change a list, a dict or a set that it is given."""
    match function:
        case Known(value=live):
            return known.changes(live)
        case Member(owner=Known(value=live)):
            return type(live) not in PLAIN
        case _:
            return True


def _is_helper(function: Any) -> bool:
    return getattr(function, "__code__", None) in known.CONTEXT_HELPERS


def _is_dict_of_names(method: ast.Attribute) -> bool:
    """Say whether it is a method of ``globals()``, ``vars(x)`` or ``x.__dict__``."""
    match method.value:
        case ast.Call(func=ast.Name(id="vars" | "globals")) | ast.Attribute(attr="__dict__"):
            return True
        case _:
            return False

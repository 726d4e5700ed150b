"""What is waited for: coroutines, groups of tasks, executors; and the other rules of `known`."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Mapping
from collections.abc import Sequence as Many
from functools import partial
from types import FunctionType
from typing import Any

from .core import ANY, Thrown
from .follow import closes_somehow
from .tasks import Tasks
from .values import (
    ANYTHING_CLEAN,
    NOTHING,
    TAINTED,
    Cell,
    Element,
    Function,
    Group,
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
    Value,
)


class Waiting(Tasks):
    """Awaiting, starting, and the callables that have a rule."""

    def await_value(self, value: Value, node: ast.AST) -> Value:
        """Wait for a value."""
        match value:
            case Pending(kind="coroutine"):  # it goes on by itself: nothing comes between
                return self.run_pending(value, node)
            case Pending(kind="call"):
                return self.await_thread(value, node)
            case Pending(kind="task"):
                return self.join(value, node)
            case Pending(kind="tried"):
                return self.settle(value, node)
            case Group(items=items):
                self.note_await()
                return Sequence(tuple(self.await_value(item, node) for item in items))
            case Ref():
                self.note_await()
                method = self.attribute(value, "__await__", node)
                return self.unknown_call(method, [], {}, node) if self.tainted(value) else ANYTHING_CLEAN
            case _ if self.tainted(value):
                self.note_await()
                self.remark("KR901", node, callee=self.name_of(value, node), reason="which is only known at run time")
                self.obscure()
                return TAINTED
            case _:
                self.note_await()
                self.throw(ANY)
                return ANYTHING_CLEAN

    def run_pending(self, pending: Pending, node: ast.AST) -> Value:
        """Run the body of a call that has not run."""
        call = pending.call
        if pending.kind == "coroutine" and isinstance(call, Function):
            return self.enter(call, pending.args, dict(pending.kwargs), node)
        result = self.call(call, pending.args, dict(pending.kwargs), node)
        return self.await_value(result, node) if isinstance(result, Pending) and result.kind == "coroutine" else result

    def spawn_by(
        self, rule: str, owner: Value, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Let a loop or an executor start something."""
        if rule == "task" and args:
            return self.spawn(args[0], node)
        given = args[1:] if rule == "executor" else args
        if not given:
            return self.unknown_call(Member(owner, name), args, kwargs, node)
        return self.spawn(Pending("call", given[0], tuple(given[1:]), tuple(kwargs.items())), node)

    def call_of_tasks(
        self, owner: Ref, cell: Cell, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call a method of a task group or an executor."""
        if name in {"create_task", "submit"} and args:
            started = (
                self.spawn(args[0], node)
                if name == "create_task"
                else self.spawn(Pending("call", args[0], tuple(args[1:]), tuple(kwargs.items())), node)
            )
            number = owner.id
            cell = self.state.heap.get(number, cell)
            if cell.items is None or len(cell.items) >= 16:  # noqa: PLR2004  # started in a loop
                self.state.replace_cell(number, Cell("tasks", None, taint=True))
            else:
                self.state.replace_cell(number, Cell("tasks", (*cell.items, started)))
            return started
        if name == "map" and args:
            items = self.items_of(args[1], node) if len(args) == 2 else None  # noqa: PLR2004
            if items is not None:
                jobs = [Pending("call", args[0], (item,)) for item in items]
                started_jobs = [self.spawn(job, node) for job in jobs]
                if node in self.dropped:  # nobody sees what goes wrong
                    return Sequence(tuple(self.settle(job, node) for job in started_jobs))
                return Sequence(tuple(self.await_value(job, node) for job in started_jobs))
            self.maybe(lambda: self.call(args[0], [ANYTHING_CLEAN] * (len(args) - 1), {}, node), node)
            return Opaque(taint=any(map(self.tainted, args[1:])))
        if name == "shutdown":
            if not args and kwargs.get("wait", Known(True)) == Known(True):
                self.join_tasks(owner, node)
            return NOTHING
        return self.unknown_call(Member(ANYTHING_CLEAN, name), args, kwargs, node)

    def join_tasks(self, owner: Ref, node: ast.AST) -> None:
        """Wait for everything that a task group or an executor has started."""
        cell = self.state.heap.get(owner.id)
        if cell is None:
            return
        for item in cell.items or ():
            if isinstance(item, Pending) and isinstance(item.call, Pending) and item.call.kind == "call":
                self.settle(item, node)  # what goes wrong in a thread is kept for who asks
            else:
                self.await_value(item, node)
        self.note_await()

    # --- rules of `known` -------------------------------------------------------------------------

    def rule_gather(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.gather``: everything is started, then waited for."""
        if "*" in kwargs:
            self._scatter(kwargs["*"], node)
        started = [self.spawn(arg, node) for arg in args]
        for arg in args[:-1]:  # what comes later may run before what comes first
            if isinstance(arg, Pending) and arg.kind not in {"task", "tried"} and self.tainted(arg):
                self.maybe(partial(self._beside, arg, node), node)
        if "return_exceptions" in kwargs or "**" in kwargs:
            started = [Pending("tried", one) if isinstance(one, Pending) else one for one in started]
        return Group(tuple(started))

    def _scatter(self, values: Value, node: ast.AST) -> None:
        """Start an unknown number of things."""
        if self.tainted(values):
            self.remark("KR901", node, callee="gather()", reason="with a number of tasks only known at run time")
            self.obscure()

    def rule_spawn(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.create_task``."""
        return self.spawn(args[0], node) if args else ANYTHING_CLEAN

    def rule_first(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.wait_for``: what is given is waited for, or cut off in the middle; a thread goes on."""
        if not args:
            return ANYTHING_CLEAN
        first = self.spawn(args[0], node) if isinstance(args[0], Pending) and args[0].kind == "call" else args[0]
        if any(map(self.tainted, args)):
            if isinstance(first, Group) or (isinstance(first, Pending) and first.kind in {"task", "tried"}):
                self.others_run()
            else:
                self.maybe(lambda: self.await_value(first, node), node)
            self.throw(Thrown(TimeoutError))
        return first

    def rule_shield(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.shield``: it goes on where who waits for it is stopped."""
        return self.spawn(args[0], node) if args else ANYTHING_CLEAN

    def rule_to_thread(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.to_thread``."""
        return Pending("call", args[0], tuple(args[1:]), tuple(kwargs.items())) if args else ANYTHING_CLEAN

    def rule_run_here(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.run``."""
        return self.await_value(args[0], node) if args else ANYTHING_CLEAN

    def rule_wait(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.wait``, ``asyncio.as_completed``: some of what is given is waited for."""
        for arg in args[:1]:
            for item in self.items_of(arg, node) or ():
                self.spawn(item, node)
            if self.items_of(arg, node) is None:
                self._scatter(arg, node)
        return Opaque(taint=any(map(self.tainted, args)))

    def rule_tasks(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.TaskGroup``, ``ThreadPoolExecutor``."""
        return self.made(Cell("tasks", ()), node)

    def rule_partial(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``partial``."""
        return Partial(args[0], tuple(args[1:]), tuple(kwargs.items())) if args else ANYTHING_CLEAN

    def rule_wraps(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``functools.wraps(f)``: a decorator that gives what it decorates."""
        return Pending("wraps", ANYTHING_CLEAN)

    def rule_second(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``functools.update_wrapper``."""
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
            return Opaque(taint=any(map(self.tainted, args)))
        owner, name, *default = args[0], args[1].value, *args[2:]
        if self._surely_has(owner, name):
            return self.attribute(owner, name, node)
        self.throw(ANY)
        lacking = self.pick([False, True]) if default else False
        if lacking:
            self.maybe(lambda: self.attribute(owner, name, node), node)
            return default[0]
        value = self.attribute(owner, name, node)
        return Opaque(taint=owner.taint) if isinstance(value, Member) and isinstance(owner, Opaque) else value

    def _surely_has(self, owner: Value, name: str) -> bool:
        """Say whether an object has an attribute, which no code of the user's is asked for."""
        if isinstance(owner, Known):
            found = inspect.getattr_static(owner.value, name, None)
            there = found is not None and not self.is_patched(owner.value, name)
            return there and not isinstance(found, property | functools.cached_property)
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
        if len(args) == 2 and isinstance(args[1], Known) and self.tainted(args[0]):  # noqa: PLR2004
            self.attribute(args[0], str(args[1].value), node)
        return ANYTHING_CLEAN

    def rule_next(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``next(generator)``: it runs on, as far as it likes."""
        if args and isinstance(args[0], Pending):
            self.leave_behind(self.state, args[0])
            self.consume(args[0], node)
            if args[0].kind == "generator" and self.tainted(args[0]) and closes_somehow(args[0]):
                self.linger(self.state, args[0], node)
            return TAINTED if self.tainted(args[0]) else ANYTHING_CLEAN
        for source in args[:1]:
            self.forget_content(source)
            if self.special(source, ("__next__",), (), node) is None:
                self.go_through(source, node)
        return Opaque(taint=any(map(self.tainted, args)))

    def rule_vars(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``vars(x)``: what an object has, or all that a function has."""
        return Opaque(taint=any(map(self.tainted, args)) or not args)

    def rule_put(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``Put(key, value)``: what ``key.to(value)`` gives."""
        key = args[0] if args else kwargs.get("key")
        return PutValue(key) if isinstance(key, Known | Element) else ANYTHING_CLEAN

    def rule_super(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``super()``."""
        from .values import Super

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

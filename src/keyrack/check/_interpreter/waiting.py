"""What is waited for: coroutines, groups of tasks, executors."""

from __future__ import annotations

import ast
import concurrent.futures
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from functools import partial
from itertools import chain, combinations, permutations
from typing import Any

from .core import ANY, Thrown
from .tasks import Tasks
from .values import (
    ANYTHING_CLEAN,
    LOOP,
    NOTHING,
    TAINTED,
    Cell,
    Function,
    Group,
    Known,
    Member,
    Opaque,
    Pending,
    Ref,
    Sequence,
    Value,
)

MOST_ORDERED = 3
"""Of how many things each order is tried in which they may be done."""


class Waiting(Tasks):
    """Awaiting and starting, with the rules of asyncio and concurrent.futures."""

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
            case Pending(kind="waited"):
                return self._waited(value, node)
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
        given = args[1:] if rule == "executor" else args
        if not given:
            return self.unknown_call(Member(owner, name), args, kwargs, node)
        job = given[0] if rule == "task" else Pending("call", given[0], tuple(given[1:]), tuple(kwargs.items()))
        started = self.spawn(job, node)
        if isinstance(owner, Opaque) and owner.symbol != LOOP.symbol and isinstance(started, Pending):
            self.doubt_task(started)  # nobody knows what it does with it
        return started

    def call_of_tasks(
        self, owner: Ref, cell: Cell, name: str, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call a method of a task group or an executor."""
        if name == "create_task" and args:
            return self._start(owner, cell, args[0], node)
        if name == "submit" and args:
            return self._start(owner, cell, Pending("call", args[0], tuple(args[1:]), tuple(kwargs.items())), node)
        if name == "map" and args:
            items = self.items_of(args[1], node) if len(args) == 2 else None  # noqa: PLR2004
            if items is not None:
                jobs = [Pending("call", args[0], (item,)) for item in items]
                results = Pending("results", NOTHING, tuple([self._start(owner, cell, job, node) for job in jobs]))
                return self.taken(results, node) if node in self.whole else results
            self.maybe(lambda: self.call(args[0], [ANYTHING_CLEAN] * (len(args) - 1), {}, node), node)
            return Opaque(taint=any(map(self.tainted, args[1:])))
        if name == "shutdown":
            if not args and kwargs.get("wait", Known(True)) == Known(True):
                self.join_tasks(owner, node)
            return NOTHING
        return self.unknown_call(Member(ANYTHING_CLEAN, name), args, kwargs, node)

    def _start(self, owner: Ref, cell: Cell, job: Value, node: ast.AST) -> Value:
        """Let a task group or an executor start something, and wait for it in the end."""
        started = self.spawn(job, node)
        number = owner.id
        if isinstance(started, Pending) and (running := self.state.beside.get(started)) is not None:
            self.state.beside = {**self.state.beside, started: replace(running, owner=number)}
        cell = self.state.heap.get(number, cell)
        if cell.items is None or len(cell.items) >= 16:  # noqa: PLR2004  # started in a loop
            self.state.replace_cell(number, Cell("tasks", None, taint=True))
        else:
            self.state.replace_cell(number, Cell("tasks", (*cell.items, started)))
        return started

    def taken(self, source: Value, node: ast.AST) -> Value:
        if not isinstance(source, Pending) or source.kind != "results":
            return source
        return Sequence(tuple([self.await_value(job, node) for job in source.args]))

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
        if cell.items is None:  # nobody knows how many there are: all have done what they do by now
            self.throw(ANY)
            self.state.beside = {one: did for one, did in self.state.beside.items() if did.owner != owner.id}

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

    def rule_loop(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.get_running_loop``."""
        return LOOP

    def rule_wait(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``wait`` of asyncio and of concurrent.futures: what is given is waited for, or some of it."""
        tasks = self._started_tasks(args[0], node) if args else None
        if tasks is None:
            return Opaque(taint=any(map(self.tainted, args)))
        in_part = len(args) > 1 or bool(kwargs)  # there is a limit of time, or the first one is enough
        if in_part and len(tasks) > MOST_ORDERED:
            return TAINTED
        waited = Pending("waited", Known(in_part), tasks)
        return self._waited(waited, node) if live is concurrent.futures.wait else waited

    def _waited(self, pending: Pending, node: ast.AST) -> Value:
        """Wait for all of some things, or for some of them; give which are done, and which are not."""
        self.note_await()
        tasks = done = pending.args
        if pending.call == Known(True):
            done = self.pick([*chain.from_iterable(combinations(tasks, count) for count in range(len(tasks) + 1))])
        for task in done:
            self.settle(task, node)
        return Sequence((Sequence(done), Sequence(tuple([task for task in tasks if task not in done]))))

    def rule_as_completed(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``as_completed`` of asyncio and of concurrent.futures: what is given, whichever is done first."""
        tasks = self._started_tasks(args[0], node) if args else None
        if tasks is None:
            return Opaque(taint=any(map(self.tainted, args)))
        if len(args) > 1 or kwargs:
            self.throw(Thrown(TimeoutError))
        return Sequence(self.pick([*permutations(tasks)] if len(tasks) <= MOST_ORDERED else [tasks, tasks[::-1]]))

    def _started_tasks(self, given: Value, node: ast.AST) -> tuple[Value, ...] | None:
        """Start what is not yet started of some things, and give them all; None where they are not known."""
        items = self.items_of(given, node)
        if items is None or not all(isinstance(item, Pending) for item in items):
            for item in items or ():
                self.spawn(item, node)
            if items is None:
                self._scatter(given, node)
            return None
        return tuple([self.spawn(item, node) for item in items])

    def rule_tasks(self, live: Any, args: Many[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """``asyncio.TaskGroup``, ``ThreadPoolExecutor``."""
        return self.made(Cell("tasks", ()), node)

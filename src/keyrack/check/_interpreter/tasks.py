"""What was started beside the task: tasks, futures, threads; when it acts, and what it has done when waited for.

Who came first of the task and what runs beside it is not known. So where something is started its effects may have
happened; where it is waited for it is run, and then what others have done to the same keys since may have come later.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from asyncio import CancelledError
from collections.abc import Callable
from collections.abc import Sequence as Many
from dataclasses import replace
from functools import partial

from .calls import Calls
from .comparing import is_one_task
from .core import ANY, Guard, Thrown
from .losing import binds_around
from .running import MOST_ALIKE, Running
from .values import NOTHING, Group, Known, Opaque, Pending, Value


class Tasks(Calls):
    """Starting, and waiting for what was started."""

    @abstractmethod
    def run_pending(self, pending: Pending, node: ast.AST) -> Value:
        """Run the body of a call that has not run."""

    def spawn(self, value: Value, node: ast.AST) -> Value:
        """Start something that runs beside the task."""
        if not isinstance(value, Pending | Group):
            if self.tainted(value):
                self.obscure()
            return Opaque(taint=self.tainted(value))
        if isinstance(value, Group) or value.kind in {"task", "tried"}:  # it was started when it was made
            return value
        outside, self.log = self.log, []
        moved = self.maybe(lambda: self._beside(value, node), node)
        touched, self.log = frozenset(self.log), outside + self.log
        moves = node if moved or binds_around(value.call) else None
        return self._started(value, Running(touched, thread=value.kind == "call", moves=moves))

    def _started(self, value: Pending, running: Running) -> Pending:
        beside = dict(self.state.beside)
        alike = [Pending("task", value, (Known(number),)) for number in range(MOST_ALIKE)]
        free = [task for task in alike if task not in beside or beside[task].result is not None]
        started = free[0] if free else alike[-1]
        if started == alike[-1]:  # it stands for several
            running = replace(running, sure=False)
        for task, other in beside.items():
            running = running.beside(other.touched)
            beside[task] = other.beside(running.touched)
        self.state.beside = {**beside, started: running}
        return started

    def _beside(self, value: Value, node: ast.AST) -> Value:
        """Run something that was started beside the task."""
        self.aside_of_task += 1
        around, self.before = self.before, []  # it is in no transaction
        try:
            self.others_run()  # it may begin in the middle of another one
            return self.await_value(value, node)
        finally:
            self.aside_of_task -= 1
            self.before = around

    def others_run(self, *, threads: bool = False) -> None:
        super().others_run(threads=threads)
        if self.aside_of_task:
            return
        for task, running in self.state.beside.items():
            if running.moves is None or running.over or (threads and not running.thread):
                continue
            if isinstance(task, Pending):
                self.maybe(partial(self._beside, task.call, running.moves), running.moves)

    # --- waiting ----------------------------------------------------------------------------------

    def join(self, task: Pending, node: ast.AST) -> Value:
        """Wait for something that was started: it has happened then, where it was not stopped."""
        running = self.state.beside.get(task)
        if running is None:  # it was waited for before
            self.throw(ANY)
            return Opaque(taint=self.tainted(task))
        if running.result is not None:
            return running.result
        self._leave(task, running)
        self.others_run()
        ways = ["run"]
        if running.misled:
            ways.append("misled")
        if not running.sure:
            ways.append("stopped")
        if self.pick(ways) == "run":
            value = self._late(running, lambda: self._beside(task.call, node))
            self._keep(task, value)
        else:
            self.perhaps(running.touched)
            self.perhaps(running.crossed)
            self.throw(ANY)
            value = self._unknown_result(task, node)
        self.others_run()
        return value

    def _unknown_result(self, task: Pending, node: ast.AST) -> Opaque:
        """Give what is known of a result that may be anything: one of the lists that the task was given, too."""
        taint, job = self.tainted(task), task.call
        given = (*job.args, *dict(job.kwargs).values()) if isinstance(job, Pending) else ()
        self.lose_all([value for value in given if self.class_of(value) in {list, dict}], node)
        return Opaque(taint=taint)

    def _leave(self, task: Pending, running: Running) -> None:
        """Forget that something runs, but where it stands for several."""
        if is_one_task(task):
            self.state.beside = {one: did for one, did in self.state.beside.items() if one != task}
        elif running.over:
            self.state.beside = {**self.state.beside, task: replace(running, over=False)}

    def _keep(self, task: Pending, value: Value) -> None:
        """Remember what something gave, where that is worth it."""
        if not isinstance(value, Opaque) and value != NOTHING and task not in self.state.beside:
            self.state.beside = {**self.state.beside, task: Running(over=True, result=value)}

    def _late(self, running: Running, code: Callable[[], Value]) -> Value:
        """Run what may have happened before others did what they have done since, be it left by an exception."""
        if not running.crossed:
            return code()
        guard = Guard(self.frame.number, ())  # catches nothing
        self.guards.append(guard)
        try:
            value = code()
        finally:
            self.guards.remove(guard)
            here = self.state
            for state, thrown in guard.caught.values():
                self.state = state
                self.perhaps(running.crossed)
                self.throw(thrown)
            self.state = here
        self.perhaps(running.crossed)
        return value

    def settle(self, value: Value, node: ast.AST) -> Value:
        """Wait until something has come to its end, be it with an exception: nobody has seen that yet."""
        task = value.call if isinstance(value, Pending) and value.kind == "tried" else value
        if not isinstance(task, Pending) or task.kind != "task":
            return self.await_value(task, node) if self.pick([True, False]) else Opaque()
        running = self.state.beside.get(task)
        if running is not None and running.result is None and not running.over:
            self.others_run()
            self.state.beside = {**self.state.beside, task: replace(running, over=True)}
        return self._unknown_result(task, node)

    def call_task(self, task: Pending, name: str, args: Many[Value], node: ast.AST) -> Value:
        """Call a method of a task or a future."""
        if name == "result":
            return self.await_value(task, node)
        if name == "exception":
            return self.settle(task, node)
        if name == "cancel":
            self.doubt_task(task)
        if name == "add_done_callback":
            for function in args[:1]:
                self.spawn(Pending("call", function, (task,)), node)
        return Opaque()

    def doubt_task(self, task: Pending) -> None:
        """Let something be stopped, or perhaps not begun."""
        running = self.state.beside.get(task)
        if running is not None and running.result is None:
            self.state.beside = {**self.state.beside, task: replace(running, sure=False)}

    def await_thread(self, pending: Pending, node: ast.AST) -> Value:
        """Wait for a thread that is started here; where the task is stopped meanwhile, the thread goes on."""
        self.note_await()
        if not self.tainted(pending) or self.aside_of_task:
            return self.run_pending(pending, node)
        task = self.spawn(pending, node)
        for stop in (TimeoutError, CancelledError):
            self.throw(Thrown(stop))
        if not isinstance(task, Pending):
            return self.run_pending(pending, node)
        value = self.join(task, node)
        self._leave(task, Running())  # nobody can ask it again
        return value

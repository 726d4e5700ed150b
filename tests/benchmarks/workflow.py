"""Workflows: what the engine adds to the tasks that it runs."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Any

from tests.benchmarks import machines
from tests.benchmarks.harness import Case, Goal, Loop, Part, Probe, Probes

from keyrack import JoinConfig, JoinStrategy, MemoryStore, Workflow
from keyrack.tracing import Tracing

if TYPE_CHECKING:
    from keyrack.workflow import Observer


LENGTH = 1_000
"""Transitions in a run, so many that what a run costs once weighs little."""

SPOKES = 10

RUNS = 100
"""Runs at the same time, of which the memory is taken."""

Handler = Callable[[MemoryStore], Coroutine[Any, Any, Enum]]


def cases() -> list[Case]:
    """Give the rows of workflows."""
    return [
        Case("one transition", Goal(2), "await handler", _chain),
        Case("one transition, not where the last one went", Goal(2), "await handler", _hub),
        Case("one transition, observed and with time limits", Goal(6), "await handler", _watched),
        Case("one transition, with tracing and no SDK", Goal(1.05), "without tracing", _untraced),
        Case("one run of one task, with tracing and no SDK", Goal(1.5), "without tracing", _untraced_run),
        Case("a split of 100 and its join", Goal(1.2), "gather", lambda: _split(waits=True)),
        Case("a split of 100 that does not wait", Goal(1.2), "gather", lambda: _split(waits=False)),
        Case("one run, in memory", Goal(4096, "value"), "await handler", _memory, unit="B"),
    ]


def _chain() -> Probes:
    """Go through a long chain of states."""
    states = _states(LENGTH + 1)
    handlers = {state: _going_to(following) for state, following in pairwise(states)}
    return Probes(_orchestrated(states, handlers), _awaited(list(handlers.values())), machines.chains())


def _hub() -> Probes:
    """Go from one state to each of some others in turn, and back."""
    states = _states(SPOKES + 2)
    walks = [_walk_around(states) for _ in range(2)]
    turns = [walks[1][state] for spoke in states[1:-1] for state in (states[0], spoke)]
    return Probes(_orchestrated(states, walks[0]), _awaited(turns * (LENGTH // len(turns))))


def _watched() -> Probes:
    """Go through a long chain of states, with an observer and both time limits."""
    states = _states(LENGTH + 1)
    handlers = {state: _going_to(following) for state, following in pairwise(states)}
    workflow = Workflow(type(states[0]), MemoryStore(), initial=states[0], timeout=60.0, observers=[_watch])
    for state, handler in handlers.items():
        workflow.register(state, handler, attempt_timeout=10.0)
    return Probes(_run(workflow.add_exit_states(states[-1])), _awaited(list(handlers.values())))


def _untraced() -> Probes:
    """Go through a long chain of states with an observer that makes traces, where nobody takes them."""
    states = _states(LENGTH + 1)
    handlers = {state: _going_to(following) for state, following in pairwise(states)}
    return Probes(_orchestrated(states, handlers, Tracing()), _orchestrated(states, handlers))


def _untraced_run() -> Probes:
    """Run one task, so that what a run costs once weighs most."""
    states = _states(2)
    handlers = {states[0]: _going_to(states[1])}
    return Probes(_orchestrated(states, handlers, Tracing(), length=1), _orchestrated(states, handlers, length=1))


def _watch(_: object) -> None:
    """Observe, as cheaply as one can."""


def _walk_around(states: list[Enum]) -> dict[Enum, Handler]:
    hub, *spokes, end = states
    there = cycle([*spokes * (LENGTH // (2 * len(spokes))), end])
    back = _going_to(hub)

    async def go(_: MemoryStore) -> Enum:
        return next(there)

    return {hub: go, **dict.fromkeys(spokes, back)}


def _states(number: int) -> list[Enum]:
    make: Any = Enum  # type checkers want to see the names
    return list(make("Stage", [f"S{n}" for n in range(number)]))


def _going_to(following: Enum) -> Handler:
    async def go(_: MemoryStore) -> Enum:
        return following

    return go


def _orchestrated(
    states: list[Enum], handlers: Mapping[Enum, Handler], *observers: Observer, length: int = LENGTH
) -> Probe:
    """A transition of a workflow that starts in the first of *states* and ends in the last one."""
    workflow = Workflow(type(states[0]), initial=states[0], observers=observers).add_exit_states(states[-1])
    for state, handler in handlers.items():
        workflow.register(state, handler)
    return _run(workflow, length)


def _run(workflow: Workflow[Any, MemoryStore], length: int = LENGTH) -> Probe:
    return Part(Loop("await workflow.orchestrate()", workflow=workflow), length)


def _awaited(handlers: list[Handler]) -> Probe:
    """The same handlers, awaited in the same order."""
    names = {"handlers": handlers, "store": MemoryStore()}
    loop = Loop("for handler in handlers: await handler(store)", **names)
    return Part(loop, len(handlers), less=Loop("for handler in handlers: pass", **names))


class End(Enum):
    """The states of a workflow that does one thing."""

    START = 1
    DONE = 2


def _split(*, waits: bool) -> Probes:
    """Split, and go on when every branch has ended."""

    async def branch(_: MemoryStore) -> End:
        return End.DONE

    async def pausing(_: MemoryStore) -> End:
        await asyncio.sleep(0)
        return End.DONE

    branches = [pausing if waits else branch] * machines.WIDTH
    workflow = Workflow(End, initial=End.START).add_exit_states(End.DONE)
    workflow.register_split(End.START, branches, JoinConfig(JoinStrategy.all(), End.DONE))
    statement = "await gather(*[branch(store) for branch in branches])"
    floor = Loop(statement, gather=asyncio.gather, branches=branches, store=workflow.store)
    return Probes(Loop("await workflow.orchestrate()", workflow=workflow), floor, machines.splits(waits=waits))


class Gate:
    """Where tasks wait until they are let through."""

    def __init__(self) -> None:
        self._opened: asyncio.Future[None] | None = None

    def close(self) -> asyncio.Future[None]:
        """Let everybody wait from now on; give what opens the gate."""
        self._opened = asyncio.get_running_loop().create_future()
        return self._opened

    async def wait(self, _: MemoryStore) -> End:
        """Wait, and give the state to end in."""
        assert self._opened is not None
        await self._opened
        return End.DONE


class Memory:
    """The memory of a task while it waits, in bytes.

    Args:
        gate: where it waits.
        start: gives what it runs.
    """

    def __init__(self, gate: Gate, start: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self._gate = gate
        self._start = start
        self.sample()  # what is made once and kept is no part of a run

    def sample(self) -> float:
        """Let some wait at the same time."""
        tracemalloc.start()
        try:
            return asyncio.run(self._held()) / RUNS
        finally:
            tracemalloc.stop()

    async def _held(self) -> int:
        opened = self._gate.close()
        before, _ = tracemalloc.get_traced_memory()
        runs = [asyncio.ensure_future(self._start()) for _ in range(RUNS)]
        await asyncio.sleep(0)  # each has its turn, and comes to the gate
        after, _ = tracemalloc.get_traced_memory()
        opened.set_result(None)
        await asyncio.gather(*runs)
        return after - before


def _memory() -> Probes:
    gate = Gate()
    workflow = Workflow(End, initial=End.START).register(End.START, gate.wait).add_exit_states(End.DONE)
    return Probes(Memory(gate, workflow.orchestrate), Memory(gate, lambda: gate.wait(workflow.store)))

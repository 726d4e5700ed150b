"""A workflow with a part of every kind, a journal of what its tasks do, and a loop that acts at any of its steps."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import Context
from enum import Enum
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, VirtualTimeLoop
from keyrack.workflow import JoinConfig, JoinStrategy, Node, Retry, SplitSummary, Workflow

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LOG = StoreKey("log", list[str])
LAST = StoreKey("last", str)
TOTAL = StoreKey("total", int)
SUMMARY = StoreKey("summary", SplitSummary)

Branch: TypeAlias = Callable[[MemoryStore], Coroutine[Any, Any, "Part"]] | Callable[[MemoryStore], "Part"]


class SteppedLoop(VirtualTimeLoop):
    """Counts its steps, which are the callbacks that it runs, and acts before those that were chosen."""

    def __init__(self) -> None:
        self.steps = 0
        self.plans: dict[int, Callable[[], object]] = {}
        """What to do before which step."""
        self.instants: set[float] = set()
        """When there was something to do."""
        self._timers: deque[asyncio.TimerHandle] = deque()
        super().__init__()

    def begin(self, *, acting: Callable[[], object], at: tuple[int, ...]) -> None:
        """Count from here, and act before the steps *at*."""
        self.steps = 0
        self.plans = dict.fromkeys(at, acting)
        self._timers.clear()

    @property
    def live_timers(self) -> list[asyncio.TimerHandle]:
        """The timers since the beginning that nobody has cancelled and that have not rung."""
        return [timer for timer in self._timers if not timer.cancelled() and timer.when() > self.time()]

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        return super().call_soon(self._step(callback), *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, self._step(callback), *args, context=context)
        self._timers.append(timer)
        return timer

    def _step(self, callback: Callable[[*Ts], object]) -> Callable[[*Ts], object]:
        def step(*args: *Ts) -> None:
            self.instants.add(self.time())
            if (act := self.plans.pop(self.steps, None)) is not None:
                act()
            self.steps += 1
            callback(*args)

        return step


class Part(Enum):
    LOAD = 1
    THREAD = 2
    NODE = 3
    RETRY = 4
    ALL = 5
    ANY = 6
    QUORUM = 7
    PERCENTAGE = 8
    RESULTS = 9
    TIMEOUT = 10
    NESTED = 11
    DONE = 12


class World:
    """One run of the workflow: its store, what its tasks did to it, and what is still at work.

    Args:
        timeout: that of the workflow.
    """

    def __init__(self, timeout: float | None = 1000.0) -> None:
        self.loop = asyncio.get_running_loop()
        self.store = MemoryStore(lock_timeout=1.0)
        self.finished: list[tuple[str, object]] = []
        """The verbs that came back: which key, and what was put there or appended."""
        self.begun = 0
        """How many verbs were called."""
        self.at_work = 0
        """How many tasks have begun and not ended."""
        self.in_threads = 0
        """How many plain functions have begun and not ended."""
        self.tries = 0
        self.recorder = Recorder()
        self.workflow = _workflow(self, timeout)

    # --- what tasks do ----------------------------------------------------------------------------

    def log(self, what: str) -> None:
        self.begun += 1
        self.store.append(LOG, what)
        self.finished.append((LOG.name, what))

    def put(self, key: StoreKey[T], value: T) -> None:
        self.begun += 1
        self.store.put(key, value)
        self.finished.append((key.name, value))

    @asynccontextmanager
    async def working(self, name: str, cleanup: float = 0.0) -> AsyncGenerator[None]:
        """Do the work of a task on the loop, with a cleanup that awaits."""
        self.at_work += 1
        try:
            self.log(f"{name} begins")
            yield
            self.log(f"{name} ends")
        finally:
            try:
                await asyncio.sleep(cleanup)
                self.log(f"{name} is clean")
            finally:
                self.at_work -= 1

    @contextmanager
    def threaded(self, name: str) -> Generator[None]:
        """Do the work of a plain function, during which the loop makes some steps."""
        self.in_threads += 1
        try:
            self.log(f"{name} begins")
            self._let_the_loop_go_on()
            yield
            self._let_the_loop_go_on()
            self.log(f"{name} ends")
        finally:
            self.in_threads -= 1

    def _let_the_loop_go_on(self) -> None:
        stepped = threading.Event()
        self.loop.call_soon_threadsafe(self.loop.call_soon, stepped.set)
        assert stepped.wait(10)

    # --- what is left -----------------------------------------------------------------------------

    def explained(self) -> dict[str, object]:
        """What the store holds if the finished verbs are all that was done to it."""
        content: dict[str, object] = {}
        log: list[str] = []
        for name, value in self.finished:
            if name == LOG.name:
                log.append(str(value))
                content[name] = log
            else:
                content[name] = value
        return content

    def content(self) -> dict[str, object]:
        """What tasks have put in the store."""
        content: dict[str, object] = {}
        for key in (LOG, LAST, TOTAL):
            stored: StoreKey[Any] = key
            if stored in self.store:
                content[stored.name] = self.store.get(stored)
        return content


def _workflow(world: World, timeout: float | None) -> Workflow[Part, MemoryStore]:
    workflow = Workflow(Part, world.store, name="sweep", initial=Part.LOAD, timeout=timeout)
    workflow.register(Part.LOAD, _coroutine(world, "load", 1.0, Part.THREAD))
    workflow.register(Part.THREAD, _plain(world, "thread", Part.NODE))
    workflow.register(Part.NODE, _Node(world))
    retry = Retry.exponential(3, base=1.0, jitter=0.5, random=lambda: 0.5)
    workflow.register(Part.RETRY, _retried(world), retry=retry, attempt_timeout=2.0)
    _add_splits(world, workflow)
    return workflow.register(Part.NESTED, _nested(world)).add_exit_states(Part.DONE)


# --- its tasks ------------------------------------------------------------------------------------


def _coroutine(
    world: World, name: str, seconds: float, target: Part, *, cleanup: float = 0.0, error: Exception | None = None
) -> Callable[[MemoryStore], Coroutine[Any, Any, Part]]:
    async def task(store: MemoryStore) -> Part:
        del store
        async with world.working(name, cleanup):
            world.put(LAST, name)
            await asyncio.sleep(seconds)
            if error is not None:
                raise error.with_traceback(None)
        return target

    return task


def _plain(world: World, name: str, target: Part) -> Callable[[MemoryStore], Part]:
    def task(store: MemoryStore) -> Part:
        del store
        with world.threaded(name):
            world.put(LAST, name)
        return target

    return task


class _Node(Node[Part, int, int]):
    def __init__(self, world: World) -> None:
        self._world = world

    async def prep(self, store: MemoryStore) -> int:
        async with self._world.working("prep"):
            await asyncio.sleep(0.5)
        return len(store.get(LOG))

    def exec(self, data: int) -> int:
        with self._world.threaded("exec"):
            return data * 10

    async def post(self, store: MemoryStore, result: int) -> Part:
        del store
        async with self._world.working("post"):
            self._world.put(TOTAL, result)
            await asyncio.sleep(0.5)
        return Part.RETRY


def _retried(world: World) -> Callable[[MemoryStore], Coroutine[Any, Any, Part]]:
    """Fail at once, then run out of time, then succeed."""

    async def task(store: MemoryStore) -> Part:
        del store
        world.tries += 1
        async with world.working(f"try {world.tries}", cleanup=0.25):
            await asyncio.sleep(100.0 if world.tries == 2 else 0.5)
            if world.tries == 1:
                raise ValueError
        return Part.ALL

    return task


def _nested(world: World) -> Callable[[MemoryStore], Coroutine[Any, Any, Part]]:
    """Run a workflow inside a task, with limits and a split of its own."""
    inner = Workflow(Part, world.store, name="inner", initial=Part.LOAD, timeout=50.0)
    inner.register(Part.LOAD, _coroutine(world, "inner load", 0.5, Part.ANY), attempt_timeout=5.0)
    quick, hanging = _coroutine(world, "inner quick", 1.0, Part.DONE), _hanging(world, "inner hanging")
    inner.register_split(Part.ANY, [hanging, quick], JoinConfig(JoinStrategy.any(), Part.DONE, timeout=9.0))
    inner.add_exit_states(Part.DONE)

    async def task(store: MemoryStore) -> Part:
        async with world.working("outer", cleanup=0.5):
            return await inner.orchestrate(store=store)

    return task


def _hanging(world: World, name: str) -> Callable[[MemoryStore], Coroutine[Any, Any, Part]]:
    return _coroutine(world, name, 1e6, Part.DONE, cleanup=0.75)


# --- its splits -----------------------------------------------------------------------------------


def _add_splits(world: World, workflow: Workflow[Part, MemoryStore]) -> None:
    joins = {
        Part.ALL: JoinStrategy.all(),
        Part.ANY: JoinStrategy.any(),
        Part.QUORUM: JoinStrategy.quorum(2),
        Part.PERCENTAGE: JoinStrategy.percentage(0.5),
        Part.RESULTS: JoinStrategy.partial_results(2),
        Part.TIMEOUT: JoinStrategy.partial_timeout(),
    }
    for (state, strategy), target in zip(joins.items(), [*joins, Part.NESTED][1:], strict=True):
        join = JoinConfig(strategy, target, timeout=5.0, concurrency=3, summary=SUMMARY)
        branches = _steady(world, state) if state is Part.ALL else _mixed(world, state)
        workflow.register_split(state, branches, join, attempt_timeout=20.0)


def _steady(world: World, state: Part) -> list[Branch]:
    """Branches that succeed, more than run at a time."""
    quick = [_coroutine(world, f"{state.name} {seconds}", seconds, state) for seconds in (0.5, 1.0, 1.5)]
    return [*quick, _plain(world, f"{state.name} thread", state)]


def _mixed(world: World, state: Part) -> list[Branch]:
    """Branches that fail, hang, run in a thread, take time to clean up, and never begin."""
    name = state.name
    return [
        _coroutine(world, f"{name} fails", 0.5, state, error=ValueError(name)),
        _hanging(world, f"{name} hangs"),
        _coroutine(world, f"{name} first", 1.0, state),
        _plain(world, f"{name} thread", state),
        _coroutine(world, f"{name} second", 1.5, state, cleanup=0.25),
        _hanging(world, f"{name} waits"),
    ]

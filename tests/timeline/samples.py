"""Runs whose timelines the tests look at: what was told of each, from real workflows in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import cache, partial
from itertools import pairwise
from typing import Any

from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.testing import run_in_virtual_time
from keyrack.timeline import Bar, RunLine, Timeline
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow

Stage = Enum("Stage", "FETCH PARSE CHECK ENRICH STORE DONE")

URL = StoreKey("url", str)
PAGE = StoreKey("page", bytes)
ROWS = StoreKey("rows", list[int])
REPORT = StoreKey("report", dict[str, int])
TOKEN = StoreKey[str]("token", default="hunter2", secret=True)
TRIES = StoreKey("tries", int)
SHAPES = StoreKey("prices.by_shop", list[str])

HOSTILE = (
    "</script><script>alert(1)</script>",
    "\"quoted\" 'twice' & <b>bold</b>",
    "\u202egnp.exe\x00\x1b[31m\ud800",
    "\u05e9\u05dc\u05d5\u05dd",
    "a" * 300,
    "--><!-- ]]>",
    " ",
)


def timeline_of(workflow: Workflow[Any, Any], *, error: type[BaseException] | None = None, **options: Any) -> Timeline:
    """Run a workflow in virtual time, to its end or to an error of that class."""
    timeline = Timeline()
    with suppress(*([] if error is None else [error])):
        run_in_virtual_time(workflow.orchestrate(observers=[timeline], **options))
    return timeline


def only(timeline: Timeline) -> RunLine:
    """Give the only run of a timeline."""
    [run] = timeline.runs()
    return run


def napping(seconds: float, then: Any = None, *puts: Any, error: Exception | None = None) -> Callable[..., Any]:
    """Make a task that waits, puts and then raises or goes on."""

    async def nap(store: MemoryStore) -> Any:
        await asyncio.sleep(seconds)
        for put in puts:
            store.put(put.key, put.value)
        if error is not None:
            raise error
        return then

    return nap


def small() -> Timeline:
    """A run of five states, of which one fails twice before it succeeds."""
    workflow = Workflow(Stage, name="nightly report", initial=Stage.FETCH).add_exit_states(Stage.DONE)

    async def fetch(store: MemoryStore) -> Stage:
        store.get(TOKEN)
        store.put(URL, "https://example.org/private")
        await asyncio.sleep(1.2)
        store.put(PAGE, bytes(48_000))
        return Stage.PARSE

    async def parse(store: MemoryStore) -> Stage:
        await asyncio.sleep(0.4)
        store.put(ROWS, [*range(len(store.get(PAGE)) // 4)])
        return Stage.CHECK

    async def check(store: MemoryStore) -> Stage:
        tries = store.get(TRIES, 0) + 1
        store.put(TRIES, tries)
        await asyncio.sleep(0.3)
        if tries < 3:
            raise ConnectionError("the price list did not answer")
        return Stage.ENRICH

    async def enrich(store: MemoryStore) -> Stage:
        await asyncio.sleep(0.9)
        store.append(ROWS, 7)
        return Stage.STORE

    async def keep(store: MemoryStore) -> Stage:
        await asyncio.sleep(0.2)
        store.put(REPORT, {"rows": len(store.get(ROWS))})
        return Stage.DONE

    workflow.register(Stage.FETCH, fetch).register(Stage.PARSE, parse)
    workflow.register(Stage.CHECK, check, retry=Retry.fixed(3, 0.5))
    workflow.register(Stage.ENRICH, enrich).register(Stage.STORE, keep)
    return timeline_of(workflow)


def split() -> Timeline:
    """A split with a branch of each outcome, then one in which a branch is tried again."""
    workflow = Workflow(Stage, name="price survey", initial=Stage.FETCH).add_exit_states(Stage.DONE)
    seen: list[int] = []

    async def shop_a(store: MemoryStore) -> None:
        await asyncio.sleep(1.1)
        store.put(SHAPES, ["a"])

    async def shop_b(store: MemoryStore) -> None:
        await asyncio.sleep(0.6)
        store.get(URL, None)
        raise ConnectionError("shop b is closed")

    async def shop_c(_store: MemoryStore) -> None:
        await asyncio.sleep(60)

    async def shop_d(store: MemoryStore) -> None:
        await asyncio.sleep(2.4)
        store.append(SHAPES, "d")

    async def flaky(store: MemoryStore) -> None:
        await asyncio.sleep(0.5)
        seen.append(1)
        if len(seen) < 2:
            raise OSError("busy")
        store.get(SHAPES)

    workflow.register(Stage.FETCH, napping(0.5, Stage.PARSE, URL.to("https://example.org/private")))
    workflow.register_split(
        Stage.PARSE,
        [shop_a, shop_b, shop_c, shop_d],
        JoinConfig(JoinStrategy.partial_timeout(), Stage.ENRICH, timeout=3.0),
    )
    workflow.register_split(
        Stage.ENRICH,
        [flaky, napping(1.3, None, ROWS.to([1, 2]))],
        JoinConfig(JoinStrategy.all(), Stage.STORE),
        retry=Retry.fixed(2, 0.4),
    )
    workflow.register(Stage.STORE, napping(0.4, Stage.DONE, REPORT.to({"a": 1})))
    return timeline_of(workflow)


def failed() -> Timeline:
    """A run that fails in its third state, at the last of three attempts."""
    workflow = Workflow(Stage, name="import", initial=Stage.FETCH).add_exit_states(Stage.DONE)
    workflow.register(Stage.FETCH, napping(2, Stage.PARSE, PAGE.to(b"abc")))
    workflow.register(Stage.PARSE, napping(1, Stage.CHECK, ROWS.to([1])))
    workflow.register(Stage.CHECK, napping(0.7, error=ValueError("row 17 has no price")), retry=Retry.fixed(3, 0.5))
    return timeline_of(workflow, error=Exception)


def cancelled() -> Timeline:
    """A run that is cancelled while a split waits for its branches."""
    workflow = Workflow(Stage, name="survey", initial=Stage.FETCH).add_exit_states(Stage.DONE)
    workflow.register(Stage.FETCH, napping(1, Stage.PARSE))
    workflow.register_split(
        Stage.PARSE, [napping(1), napping(9), napping(9)], JoinConfig(JoinStrategy.all(), Stage.DONE)
    )
    timeline = Timeline()

    async def run() -> None:
        async with asyncio.timeout(4):
            await workflow.orchestrate(observers=[timeline])

    with suppress(TimeoutError):
        run_in_virtual_time(run())
    return timeline


def nested() -> Timeline:
    """A run that starts two others side by side."""
    timeline = Timeline()
    inner = Workflow(Stage, name="inner", initial=Stage.FETCH).add_exit_states(Stage.DONE)
    inner.register(Stage.FETCH, napping(1, Stage.DONE, ROWS.to([1])))
    outer = Workflow(Stage, name="outer", initial=Stage.FETCH).add_exit_states(Stage.DONE)

    async def both(_store: MemoryStore) -> Stage:
        await asyncio.sleep(2)
        run = partial(inner.orchestrate, observers=[timeline])
        await asyncio.gather(run(store=MemoryStore()), run(store=MemoryStore()))
        return Stage.DONE

    outer.register(Stage.FETCH, both)
    run_in_virtual_time(outer.orchestrate(observers=[timeline]))
    return timeline


@cache
def long(transitions: int = 10_000) -> Timeline:
    """A run of many transitions among five states, some of which fail now and then."""
    workflow = Workflow(Stage, name="crawler", initial=Stage.FETCH, max_transitions=transitions + 10)
    workflow.add_exit_states(Stage.DONE)
    dice = random.Random(7)  # noqa: S311  # the same run each time
    left = iter(range(transitions))
    keys = {stage: StoreKey(f"crawl.{stage.name.lower()}", int) for stage in Stage}

    def step(stage: Stage) -> Callable[..., Any]:
        async def work(store: MemoryStore) -> Stage:
            await asyncio.sleep(dice.expovariate(stage.value))
            store.put(keys[stage], stage.value)
            if stage is Stage.CHECK and dice.random() < 0.05:
                raise OSError("no connection")
            at = next(left, None)
            if at is None:
                return Stage.DONE
            phase = [Stage.FETCH, Stage.PARSE, Stage.CHECK] if at % 2500 < 1500 else [Stage.ENRICH, Stage.STORE]
            return dice.choice(phase)

        return work

    for stage in [*Stage][:-1]:
        workflow.register(stage, step(stage), retry=Retry.fixed(6, 0.1))
    return timeline_of(workflow)


def hostile() -> Timeline:
    """A run whose states, tasks, keys and errors have names that try to be something else."""
    stages: Any = Enum("stages", {"S" + name: number for number, name in enumerate(HOSTILE)})  # type: ignore[misc]
    workflow = Workflow(stages, name=HOSTILE[0], initial=next(iter(stages)))
    for number, (stage, name) in enumerate(zip(stages, HOSTILE, strict=True)):
        if number == len(HOSTILE) - 1:
            workflow.add_exit_states(stage)
            break
        key = StoreKey("".join(char for char in name if char not in "\x00\x1b\ud800"), str)  # those no key may have

        async def task(store: MemoryStore, key: Any = key, number: int = number, name: str = name) -> Any:
            await asyncio.sleep(1)
            store.put(key, "hunter2")
            if number == 4:
                raise ValueError(name)
            return [*stages][number + 1]

        task.__qualname__ = task.__name__ = name
        workflow.register(stage, task)
    return timeline_of(workflow, error=ValueError)


SAMPLES: dict[str, Callable[[], Timeline]] = {
    "small": small,
    "split": split,
    "failed": failed,
    "cancelled": cancelled,
    "nested": nested,
    "hostile": hostile,
    "long": long,
    "nothing": Timeline,
}


def is_in_order(run: RunLine) -> bool:
    """Say whether bars lie within the run, in them what is in them, and each visit and attempt after the last."""
    return all(_is_within(bar, 0.0, run.end) for bar in run.bars) and all(
        _follow([bar for bar in run.bars if bar.name == name]) for name in run.states
    )


def _is_within(bar: Bar, start: float, end: float) -> bool:
    inner = all(_is_within(one, bar.start, bar.end) for one in bar.bars)
    return start <= bar.start <= bar.end <= end and inner and _follow(bar.attempts())


def _follow(bars: list[Bar]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(bars))

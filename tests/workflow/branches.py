"""Workflows of one split, and branches that end as a script says: what the tests of splits share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

import pytest
from tests.workflow.books import DONE, LOAD, TITLE, Stage

from keyrack.errors import JoinError
from keyrack.keys.key import StoreKey
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Branch, JoinConfig, JoinStrategy, Observer, Retry, SplitSummary, Workflow

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

SUMMARY = StoreKey("summary", SplitSummary)
BEGUN, ENDED, CLEANED = (
    tuple(StoreKey(f"{moment} {number}", float) for number in range(6)) for moment in ("begun", "ended", "cleaned")
)
"""When each branch began, ended, and was cancelled."""


def split(
    tasks: Iterable[Any],
    strategy: JoinStrategy | None = None,
    /,
    *,
    timeout: float | None = None,
    concurrency: int | None = None,
    summary: StoreKey[Any] | None = SUMMARY,
    retry: Retry | None = None,
    attempt_timeout: float | None = None,
    executor: Executor | None = None,
    observers: Iterable[Observer] = (),
    limit: float | None = None,
) -> Workflow[Stage, MemoryStore]:
    """A workflow of one split, in LOAD, joined by all in DONE; *limit* is the time limit of a run."""
    workflow = Workflow(Stage, name="books", initial=LOAD, observers=observers, timeout=limit)
    join = JoinConfig(
        JoinStrategy.all() if strategy is None else strategy,
        DONE,
        timeout=timeout,
        concurrency=concurrency,
        summary=summary,
    )
    workflow.register_split(LOAD, tasks, join, retry=retry, attempt_timeout=attempt_timeout, executor=executor)
    return workflow.add_exit_states(DONE)


def now() -> float:
    """The time of the event loop."""
    return asyncio.get_running_loop().time()


def ending(number: int, after: float) -> Callable[[MemoryStore], Coroutine[Any, Any, None]]:
    """A branch that takes a number of seconds, and puts when it begins, ends, or is cancelled."""

    async def branch(store: MemoryStore) -> None:
        store.put(BEGUN[number], now())
        try:
            await asyncio.sleep(after)
        except asyncio.CancelledError:
            store.put(CLEANED[number], now())
            raise
        store.put(ENDED[number], now())

    return branch


def moments(store: MemoryStore, keys: Sequence[StoreKey[float]]) -> dict[int, float]:
    """When branches began, ended or were cancelled, by their numbers."""
    put = ((number, store.get(key, None)) for number, key in enumerate(keys))
    return {number: moment for number, moment in put if moment is not None}


async def never(_store: MemoryStore) -> NoReturn:
    """A branch that ends when it is cancelled."""
    await asyncio.Event().wait()
    raise AssertionError


async def stubborn(store: MemoryStore) -> None:
    """A branch that is cancelled and goes on for an hour all the same."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(3600)
        store.put(TITLE, "written all the same")


async def cancels_itself(_store: MemoryStore) -> None:
    raise asyncio.CancelledError


def nothing_runs() -> bool:
    """Say whether the asyncio task that asks is the only one."""
    return asyncio.all_tasks() == {asyncio.current_task()}


def finished(workflow: Workflow[Stage, MemoryStore]) -> float:
    """Run a workflow to DONE in virtual time, and give how long it took; nothing of it is left."""

    async def timed() -> float:
        assert await workflow.orchestrate() is DONE
        assert nothing_runs()
        return now()

    return run_in_virtual_time(timed())


def join_error(workflow: Workflow[Stage, MemoryStore]) -> JoinError:
    """Run a workflow whose split fails, and give the error."""
    with pytest.raises(JoinError) as caught:
        run_in_virtual_time(workflow.orchestrate())
    return caught.value


def numbers(branches: Iterable[Branch]) -> list[int]:
    return [branch.number for branch in branches]


# --- scripts --------------------------------------------------------------------------------------

Ending: TypeAlias = Literal["succeeds", "fails", "cancels itself", "never ends"]


class ScriptedError(Exception):
    """What a branch raises that fails."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a branch does."""

    ending: Ending
    after: float
    """The seconds after which it ends."""

    def __str__(self) -> str:
        return self.ending if self.ending == "never ends" else f"{self.ending} after {self.after:g} s"


class Script:
    """Branches that do as the script of the moment says."""

    def __init__(self, branches: int) -> None:
        self.parts: Sequence[Part] = ()
        """What each branch does in the next run."""
        self.tasks = [self._task(number) for number in range(branches)]
        self.errors = [ScriptedError(number) for number in range(branches)]
        """What each of them raises when it fails."""

    def _task(self, number: int) -> Callable[[MemoryStore], Coroutine[Any, Any, object]]:
        async def branch(store: MemoryStore) -> object:
            part = self.parts[number]
            store.put(BEGUN[number], now())
            try:
                if part.ending == "never ends":
                    await asyncio.Event().wait()
                await asyncio.sleep(part.after)
            except asyncio.CancelledError:
                store.put(CLEANED[number], now())
                raise
            store.put(ENDED[number], now())
            if part.ending == "fails":
                raise self.errors[number]
            if part.ending == "cancels itself":
                raise asyncio.CancelledError
            return DONE if number % 2 else None

        return branch


def plainly_failing(_store: MemoryStore) -> NoReturn:
    raise ScriptedError

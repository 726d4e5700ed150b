"""Every strategy at each count of branches that succeed, fail, cancel themselves and run out of time, 1 to 6 of them.

What should happen is said by `should`, straight from what the strategies promise, ending by ending. It knows nothing of
the arithmetic of the engine.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import inf
from typing import Any, NamedTuple

import pytest
from tests.workflow.books import DONE, LOAD
from tests.workflow.branches import (
    BEGUN,
    CLEANED,
    ENDED,
    SUMMARY,
    Ending,
    Part,
    Script,
    ScriptedError,
    moments,
    nothing_runs,
    now,
    split,
)

from keyrack.errors import BranchCancelledError, JoinError, WorkflowTimeoutError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    Branch,
    BranchEnded,
    BranchStarted,
    Joined,
    JoinStrategy,
    Observer,
    SplitRegistration,
)

LIMIT = 1000.0
"""The time limit of every split; what ends does so long before."""

ALL_ORDERS = 6 if os.environ.get("KEYRACK_SOAK") == "1" else 4
"""Up to how many branches end in every order."""

ENDINGS: tuple[Ending, ...] = ("succeeds", "fails", "cancels itself", "never ends")


@dataclass(frozen=True, slots=True)
class Case:
    """A strategy, and what it promises of a number of branches."""

    strategy: JoinStrategy
    branches: int
    needs: int
    """How many have to succeed."""
    waits: bool = False
    """Whether it waits for every branch."""

    def __str__(self) -> str:
        return f"{self.strategy.kind}, {self.needs} of {self.branches}"


def cases(most: int) -> Iterator[Case]:
    for n in range(1, most + 1):
        yield Case(JoinStrategy.all(), n, n, waits=True)
        yield Case(JoinStrategy.any(), n, 1)
        yield Case(JoinStrategy.partial_timeout(), n, 0, waits=True)
        for k in range(1, n + 1):
            yield Case(JoinStrategy.quorum(k), n, k)
            yield Case(JoinStrategy.partial_results(k), n, k)
            yield Case(JoinStrategy.percentage(k / n), n, k)


DIFFERENT = [case for case in cases(4) if case.strategy.kind not in {"partial_results", "percentage"}]
"""Those that differ in more than how they say what they need."""


# --- what the branches do -------------------------------------------------------------------------


def scripts(branches: int) -> Iterator[tuple[Part, ...]]:
    """Give what each branch does: every ending in every order, and which branch does it different each time.

    Each branch takes its own power of two in seconds. So no two end in the same moment, even where some wait for
    others to end before they begin.
    """
    for index, endings in enumerate(orders(branches)):
        parts = deque(Part(ending, 2.0**place) for place, ending in enumerate(endings))
        parts.rotate(index)
        yield tuple(reversed(parts)) if index % 2 else tuple(parts)


def orders(branches: int) -> Iterator[tuple[Ending, ...]]:
    """Give every ending for every branch, by the order of ending.

    Of many branches, each count of each ending comes in a few orders: the successes first, last, and in between.
    """
    if branches <= ALL_ORDERS:
        yield from product(ENDINGS, repeat=branches)
        return
    for endings in combinations_with_replacement(ENDINGS, branches):
        half = -(-branches // 2)
        in_turn: tuple[Ending, ...] = tuple(endings[place // 2 + half * (place % 2)] for place in range(branches))
        yield from dict.fromkeys((endings, endings[::-1], in_turn, in_turn[::-1]))


@pytest.mark.parametrize("branches", range(1, 7))
def test_the_table_has_every_count_of_every_ending(branches: int) -> None:
    seen = {tuple(sorted(order)) for order in orders(branches)}

    assert seen == {tuple(sorted(endings)) for endings in combinations_with_replacement(ENDINGS, branches)}


@pytest.mark.parametrize("branches", range(2, 7))
def test_the_table_has_successes_first_and_last_and_in_turn_with_failures(branches: int) -> None:
    turns: list[Ending] = ["succeeds", "fails"] * 3
    mixed = sorted(turns[:branches])

    assert {tuple(mixed), tuple(mixed[::-1]), tuple(turns[:branches])} <= set(orders(branches))


# --- what should come of it -----------------------------------------------------------------------


class Failed(NamedTuple):
    """A `JoinError`."""

    strategy: str
    succeeded: int
    required: int
    total: int
    cancelled: int
    failures: list[tuple[str, int]]
    """Each with the number of its branch; first those that failed, as they ended, then those that were late."""


@dataclass(slots=True)
class Outcome:
    """What came of a split, by the numbers of its branches."""

    time: float
    error: Failed | None
    """What the run ends with where the branches cannot be joined."""
    successes: list[int]
    """In the order in which they ended, like the failures."""
    failures: list[int]
    timed_out: list[int]
    cancelled: list[int]
    begun: dict[int, float]
    """When."""
    ended: dict[int, float]
    cleaned: dict[int, float]
    """When those that had begun were cancelled."""


def should(case: Case, parts: tuple[Part, ...], at_once: int) -> Outcome:
    """Say what should come of branches of which so many may run at once."""
    outcome = Outcome(0.0, None, [], [], [], [], {}, {}, {})
    waiting = deque(range(len(parts)))
    running: dict[int, float] = {}
    while True:
        while waiting and len(running) < at_once:
            begins = waiting.popleft()
            outcome.begun[begins] = outcome.time
            running[begins] = inf if parts[begins].ending == "never ends" else outcome.time + parts[begins].after
        next_to_end = min(running, key=running.__getitem__)
        outcome.time = min(running[next_to_end], LIMIT)
        if outcome.time == LIMIT:
            outcome.timed_out = sorted([*running, *waiting])
            break
        del running[next_to_end]
        outcome.ended[next_to_end] = outcome.time
        succeeds = parts[next_to_end].ending == "succeeds"
        (outcome.successes if succeeds else outcome.failures).append(next_to_end)
        if is_over(case, outcome, left=len(running) + len(waiting)):
            outcome.cancelled = sorted([*running, *waiting])
            break
    outcome.cleaned = dict.fromkeys(running, outcome.time)
    if len(outcome.successes) < case.needs:
        outcome.error = failed(case, parts, outcome)
    return outcome


def is_over(case: Case, outcome: Outcome, left: int) -> bool:
    if case.waits:
        return left == 0
    return len(outcome.successes) == case.needs or len(outcome.successes) + left < case.needs


def failed(case: Case, parts: tuple[Part, ...], outcome: Outcome) -> Failed:
    failures = [(str(parts[number].ending), number) for number in outcome.failures]
    late = [("time is up", number) for number in outcome.timed_out]
    counts = len(outcome.successes), case.needs, case.branches, len(outcome.cancelled)
    return Failed(case.strategy.kind, *counts, failures + late)


# --- what comes of it -----------------------------------------------------------------------------


class Table:
    """Runs every script under a strategy, one after another on one event loop, and notes what the loop complains of.

    Args:
        at_once: how many branches may run at the same time; None for all of them.
    """

    def __init__(self, case: Case, at_once: int | None = None) -> None:
        self.case = case
        self.script = Script(case.branches)
        self.workflow = split(self.script.tasks, case.strategy, timeout=LIMIT, concurrency=at_once)
        self.complaints: list[dict[str, Any]] = []
        self._at_once = at_once or case.branches

    def __str__(self) -> str:
        return f"{self.case}, {self._at_once} at once"

    async def rows(self) -> AsyncIterator[tuple[str, Outcome]]:
        """Give each script in words, and what should come of it; it is the one of the moment."""
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.complaints.append(context))
        for parts in scripts(self.case.branches):
            self.script.parts = parts
            yield f"{self.case}: {'; '.join(map(str, parts))}", should(self.case, parts, self._at_once)

    async def run(self, store: MemoryStore, *observers: Observer) -> JoinError | None:
        """Run the script of the moment, and give the error that it ends with, if so."""
        try:
            end = await self.workflow.orchestrate(store=store, observers=observers)
        except JoinError as error:
            return error
        assert end is DONE
        return None

    def check(self, test: Callable[[Table], Coroutine[Any, Any, None]]) -> None:
        """Run a test of the whole table; no error of a branch may be left to the event loop."""
        run_in_virtual_time(test(self))

        assert self.complaints == []

    def branch(self, number: int) -> Branch:
        handler = self.workflow.handlers[LOAD]
        assert isinstance(handler, SplitRegistration)
        return Branch(number, handler.names[number])


def came(store: MemoryStore, start: float, error: JoinError | None) -> Outcome:
    """Give what came of a split, as its summary and its branches have put it in the store."""
    summary = store.get(SUMMARY)
    return Outcome(
        now() - start,
        None if error is None else told(error),
        [branch.number for branch in summary.successes],
        [failure.branch.number for failure in summary.errors],
        sorted(branch.number for branch in summary.timed_out),
        sorted(branch.number for branch in summary.cancelled),
        *({n: moment - start for n, moment in moments(store, keys).items()} for keys in (BEGUN, ENDED, CLEANED)),
    )


def told(error: JoinError) -> Failed:
    counts = error.succeeded, error.required, error.total, error.cancelled
    return Failed(error.strategy, *counts, [failure(one) for one in error.exceptions])


def failure(error: Exception) -> tuple[str, int]:
    """Say what a failure of a branch is, and of which."""
    match error:
        case ScriptedError(args=(number,)):
            return "fails", number
        case BranchCancelledError(task=task):
            return "cancels itself", branch_of(task)
        case WorkflowTimeoutError(limit=limit, task=str(task)) if limit == LIMIT:
            return "time is up", branch_of(task)
        case _:
            return repr(error), -1


def branch_of(task: str) -> int:
    return int(task.removeprefix("branch ").partition(",")[0])


async def every_outcome_is_right(table: Table) -> None:
    async for script, expected in table.rows():
        store, start = MemoryStore(), now()
        error = await table.run(store)

        assert came(store, start, error) == expected, script
        assert nothing_runs(), script


@pytest.mark.parametrize("case", [*cases(6)], ids=str)
def test_a_split_ends_in_the_moment_that_decides_it_and_tells_what_became_of_each_branch(case: Case) -> None:
    Table(case).check(every_outcome_is_right)


@pytest.mark.parametrize(
    "table",
    [Table(case, at_once) for case in DIFFERENT for at_once in (1, 2) if at_once < case.branches <= at_once + 2],
    ids=str,
)
def test_a_split_of_few_branches_at_once_is_decided_by_the_same_endings(table: Table) -> None:
    table.check(every_outcome_is_right)


@pytest.mark.parametrize("branches", [1, 2, 3])
def test_a_percentage_between_two_numbers_of_branches_needs_the_higher(branches: int) -> None:
    for needs in range(1, branches + 1):
        case = Case(JoinStrategy.percentage((needs - 0.5) / branches), branches, needs)
        Table(case).check(every_outcome_is_right)


@pytest.mark.parametrize("case", [*cases(3)], ids=str)
def test_a_summary_names_strategy_branches_and_errors(case: Case) -> None:
    errors = {"fails": "ScriptedError", "cancels itself": "BranchCancelledError"}

    async def test(table: Table) -> None:
        async for script, expected in table.rows():
            store = MemoryStore()
            await table.run(store)
            summary = store.get(SUMMARY)

            assert (str(case.strategy), case.needs) == (summary.strategy, summary.required)
            assert [table.branch(number) for number in expected.successes] == [*summary.successes], script
            assert [
                (table.branch(number), errors[table.script.parts[number].ending]) for number in expected.failures
            ] == [(failure.branch, failure.error) for failure in summary.errors], script
            assert {*map(table.branch, expected.cancelled)} == {*summary.cancelled}, script
            assert {*map(table.branch, expected.timed_out)} == {*summary.timed_out}, script

    Table(case).check(test)


@pytest.mark.parametrize(
    "table", [Table(case, at_once) for case in DIFFERENT for at_once in (1, 3) if case.branches <= 3], ids=str
)
def test_observers_see_each_branch_that_began_end_and_then_the_join(table: Table) -> None:
    case = table.case

    async def test(table: Table) -> None:
        async for script, expected in table.rows():
            recorder = Recorder()
            await table.run(MemoryStore(), recorder)
            begun = [event.branch for event in recorder.of(BranchStarted)]
            ended = {event.branch.number: event.outcome for event in recorder.of(BranchEnded)}
            (joined,) = recorder.of(Joined)
            outcomes = {
                **dict.fromkeys(expected.successes, "succeeded"),
                **dict.fromkeys(expected.failures, "failed"),
                **dict.fromkeys(expected.timed_out, "timed out"),
                **dict.fromkeys(expected.cancelled, "cancelled"),
            }

            assert [table.branch(number) for number in expected.begun] == begun, script
            assert {number: outcomes[number] for number in expected.begun} == ended, script
            assert [*expected.ended] == [*ended][: len(expected.ended)], script
            assert (expected.error is None, len(expected.successes)) == (joined.satisfied, joined.succeeded), script
            assert (case.needs, case.branches) == (joined.required, joined.branches)

    table.check(test)

"""Random workflows, as plans: what each task does, how often it is tried, how branches are joined."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from math import inf
from typing import Any, NamedTuple

from hypothesis import strategies as st

from keyrack.workflow import JoinStrategy

Stage = Enum("Stage", "ONE TWO THREE FOUR DONE LOST")  # nobody registers LOST
WORKING, DONE = list(Stage)[:4], Stage.DONE
STRAY = 5
"""What a task returns that is no state."""


class Step(NamedTuple):
    """What a task does when it is called."""

    seconds: float
    result: Stage | int | type[Exception]
    """What it returns, or raises."""
    cleanup: float
    """How long it goes on when it is cancelled; 0 if it does not."""
    swallows: bool
    """Whether it goes on after that as if nothing had been."""


class Work(NamedTuple):
    """A task: what it does when it is called for the first time, the second time and so on, over and over."""

    name: str
    steps: tuple[Step, ...]
    plain: bool = False


class Policy(NamedTuple):
    attempts: int
    base: float
    factor: int
    ceiling: float
    jitter: float
    chance: float
    on: type[Exception]
    limit: float


class Single(NamedTuple):
    work: Work
    policy: Policy


class Fork(NamedTuple):
    works: tuple[Work, ...]
    policy: Policy
    strategy: JoinStrategy
    target: Stage
    timeout: float
    concurrency: int | None


class Plan(NamedTuple):
    """A workflow."""

    nodes: tuple[Single | Fork, ...]
    timeout: float
    most: int | None
    """How many transitions a run may make."""


RESULTS = st.sampled_from([*WORKING, *WORKING, DONE, DONE, Stage.LOST, STRAY, ValueError, ValueError, KeyError])
STEPS = st.lists(st.tuples(st.integers(0, 12), RESULTS, st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=3)
POLICIES = st.tuples(
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(1, 2),
    st.integers(0, 4),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.integers(0, 7),
    st.sampled_from([Exception, Exception, ValueError, TimeoutError]),
    st.integers(0, 8),
)
SINGLES = st.tuples(STEPS, st.integers(0, 5))
FORKS = st.integers(1, 6).flatmap(
    lambda branches: st.tuples(
        st.lists(STEPS, min_size=branches, max_size=branches),
        strategies(branches),
        st.sampled_from(Stage),
        st.integers(0, 20),
        st.none() | st.integers(1, branches),
    )
)
LIMITS = st.tuples(st.integers(0, 60), st.none() | st.integers(1, 15))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    moments = _moments()

    def moment(whole: int, least: int = 0) -> float:
        return max(whole, least) + next(moments) if whole or least else 0.0

    def limit(whole: int) -> float:
        return moment(whole) or inf

    def work(name: str, drawn: list[tuple[int, Any, int, int]], *, plain: bool = False, least: int = 0) -> Work:
        steps = (
            Step(0.0 if plain else moment(seconds, least), result, 0.0 if plain else moment(cleanup), swallows == 0)
            for seconds, result, cleanup, swallows in drawn
        )
        return Work(name, tuple(steps), plain)

    def policy() -> Policy:
        attempts, base, factor, ceiling, jitter, eighths, on, seconds = draw(POLICIES)
        return Policy(attempts, moment(base), factor, limit(ceiling), jitter, eighths / 8, on, limit(seconds))

    def node(state: Stage) -> Single | Fork:
        if draw(st.booleans()):
            steps, plain = draw(SINGLES)
            return Single(work(state.name, steps, plain=plain == 0), policy())
        branches, strategy, target, timeout, concurrency = draw(FORKS)
        works = tuple(work(f"{state.name} {number}", steps, least=1) for number, steps in enumerate(branches))
        within = moment(timeout, 3) if strategy.kind == "partial_timeout" else limit(timeout)
        return Fork(works, policy(), strategy, target, within, concurrency)

    nodes = tuple(node(state) for state in WORKING)
    seconds, most = draw(LIMITS)
    return Plan(nodes, limit(seconds), most)


def _moments() -> Iterator[float]:
    """Give fractions that no sum of a few others is equal to, except by chance."""
    yield from ((number * number * 40503 + number * 30011 + 12345) % 2**19 / 2**20 for number in range(1, 10**9))


def strategies(branches: int) -> st.SearchStrategy[JoinStrategy]:
    counts = st.integers(1, branches)
    return st.one_of(
        st.just(JoinStrategy.all()),
        st.just(JoinStrategy.any()),
        counts.map(JoinStrategy.quorum),
        counts.map(JoinStrategy.partial_results),
        st.integers(1, 8).map(lambda eighths: JoinStrategy.percentage(eighths / 8)),
        st.just(JoinStrategy.partial_timeout()),
    )

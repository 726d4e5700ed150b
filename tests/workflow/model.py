"""What becomes of a planned workflow.

How it works: nothing that tasks do depends on other tasks. So what becomes of a task follows from when it begins and
when it is cancelled, and the model is arithmetic. No two things happen at the same moment unless one causes the other:
each duration has a fraction of its own, and all of them are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from hypothesis import assume
from tests.workflow.plans import DONE, STRAY, WORKING, Fork, Plan, Policy, Single, Stage, Step, Work

if TYPE_CHECKING:
    from keyrack.workflow import JoinStrategy

Fact: TypeAlias = tuple[object, ...]
"""What an event says, without the names of things."""
OUT_OF_TIME = "out of time"
ENDLESS = 40
"""The transitions after which a run without a limit is taken for endless; it is given this one as its limit."""


@dataclass
class Chain:
    """The attempts at a task from when it begins until it succeeds, fails or is cancelled."""

    work: Work
    policy: Policy
    state: Stage
    branch: int | None
    begun: float
    called: int
    """How often the task was called before."""
    cancel: float = inf
    """When it is cancelled by somebody else."""
    end: float = 0.0
    outcome: Literal["went", "failed", "cancelled"] = "cancelled"
    value: object = None
    lines: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    facts: list[Fact] = field(default_factory=list[Fact])

    def __post_init__(self) -> None:
        self.start, self.calls = self.begun, self.called
        errors: list[object] = []
        while (error := self._attempt()) is not None:
            errors.append(error)
            where = (self.state, self.branch)
            self.facts.append(("attempt failed", self.end, *where, len(errors), error))
            if self.policy.attempts == 1 or not _is_worth_it(self.policy, error):
                self.outcome, self.value = "failed", error
                return
            if len(errors) == self.policy.attempts:
                self.outcome, self.value = "failed", ("exhausted", *errors)
                return
            delay = _delay(self.policy, len(errors))
            self.facts.append(("retry", self.end, *where, len(errors) + 1, delay))
            self.start = self.end + delay
            if self.cancel < self.start:
                self.end = self.cancel
                return

    def cancelled(self, moment: float) -> Chain:
        """Give what becomes of it when it is cancelled."""
        known = (self.work, self.policy, self.state, self.branch, self.begun, self.called)
        return Chain(*known, cancel=moment)

    def _attempt(self) -> object:
        """Make an attempt; give its error if it failed."""
        step = self.work.steps[self.calls % len(self.work.steps)]
        self.calls += 1
        self._log(self.start, "begins")
        natural, limit = self.start + step.seconds, self.start + self.policy.limit
        first, second = sorted([limit, self.cancel])
        _distinct(natural, first)
        if natural < first:
            self.end = natural
            self._log(natural, "ends")
            if isinstance(step.result, type):
                return step.result.__name__
            self.outcome, self.value = "went", step.result
            return None
        whole = self._clean_up(step, first, second)
        if self.cancel <= self.end:
            return None
        if whole and step.swallows:
            self.outcome, self.value = "went", step.result if isinstance(step.result, Stage) else DONE
            return None
        return OUT_OF_TIME

    def _clean_up(self, step: Step, first: float, second: float) -> bool:
        """Clean up when it is cancelled; a branch is cancelled once more, where its split gives it up meanwhile."""
        self.end = first + step.cleanup
        _distinct(self.end, second)
        if not step.cleanup:
            return True
        self._log(first, "cleans up")
        if self.branch is not None and self.cancel == second < self.end:
            self.end = second
            return False
        self._log(self.end, "is clean")
        return True

    def _log(self, time: float, what: str) -> None:
        self.lines.append((time, f"{self.work.name} {self.calls} {what}"))


def _is_worth_it(policy: Policy, error: object) -> bool:
    kinds: dict[object, tuple[type[Exception], ...]] = {"ValueError": (ValueError,), OUT_OF_TIME: (TimeoutError,)}
    return policy.on in {Exception, *kinds.get(error, ())}


def _delay(policy: Policy, failed: int) -> float:
    full = policy.base
    for _ in range(failed - 1):
        full *= policy.factor
    return min(full, policy.ceiling) * (1 - policy.jitter * policy.chance)


def _distinct(*moments: float) -> None:
    finite = sorted(moment for moment in moments if moment < inf)
    assume(all(later - sooner > 1e-8 for sooner, later in pairwise(finite)))


class Model:
    """What becomes of a run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = 0.0
        self.calls: Counter[str] = Counter()
        self.lines: list[tuple[float, str]] = []
        self.facts: list[Fact] = []
        self.summary: Fact | None = None
        self.way: list[str] = []
        self.end = self._run()
        self.facts.append(("finished", self.now, self.end))

    def _run(self) -> object:
        at: object = Stage.ONE
        while at in WORKING:
            assert isinstance(at, Stage)
            if len(self.way) == (self.plan.most or ENDLESS):
                return ("limit", at.name, tuple(self.way[-8:]))
            self.way.append(at.name)
            self.facts.append(("entered", self.now, at))
            node = self.plan.nodes[WORKING.index(at)]
            failed, at = self._single(at, node) if isinstance(node, Single) else self._fork(at, node)
            if self.plan.timeout <= self.now:
                return OUT_OF_TIME
            if failed:
                return at
        return at if at is DONE else "StateNotRegisteredError"

    def chain(self, work: Work, policy: Policy, state: Stage, branch: int | None, cancel: float) -> Chain:
        return Chain(work, policy, state, branch, self.now, self.calls[work.name], cancel)

    def commit(self, chain: Chain) -> None:
        self.lines += chain.lines
        self.facts += chain.facts
        self.calls[chain.work.name] = chain.calls

    def _single(self, state: Stage, node: Single) -> tuple[bool, object]:
        chain = self.chain(node.work, node.policy, state, None, self.plan.timeout)
        self.commit(chain)
        self.now = chain.end
        return chain.outcome == "failed", chain.value

    def _fork(self, state: Stage, fork: Fork) -> tuple[bool, object]:
        split = ForkModel(self, state, fork)
        self.now = split.end
        goes_on = split.verdict == "yes" and split.end < self.plan.timeout
        self.facts.append(("joined", split.end, state, goes_on, len(split.successes), split.required))
        if self.plan.timeout <= split.end:
            return True, None
        self.summary = (
            tuple(split.successes),
            tuple((branch, _class_of(error)) for branch, error in split.errors),
            tuple(split.timed_out),
            tuple(split.cancelled),
        )
        if split.verdict == "yes":
            return False, fork.target
        errors = [*(error for _, error in split.errors), *([OUT_OF_TIME] * len(split.timed_out))]
        counts = (len(split.successes), split.required, len(fork.works), len(split.cancelled))
        return True, ("join", *counts, *errors)


class ForkModel:
    """What becomes of a split."""

    def __init__(self, model: Model, state: Stage, fork: Fork) -> None:
        self.model = model
        self.state = state
        self.fork = fork
        self.successes: list[int] = []
        self.errors: list[tuple[int, object]] = []
        self.timed_out: list[int] = []
        self.cancelled: list[int] = []
        self.required = _required(fork.strategy, len(fork.works))
        self.live: dict[int, Chain] = {}
        self.waiting = list(range(len(fork.works)))
        self.verdict = ""
        start = model.now
        while self.waiting and len(self.live) < (fork.concurrency or 99):
            self._start()
        deadline = start + fork.timeout
        while not self.verdict:
            self._next(deadline)
        self.end = max([model.now, *self._let_go()])

    def _start(self) -> None:
        number = self.waiting.pop(0)
        self.model.facts.append(("branch started", self.model.now, self.state, number))
        work = self.fork.works[number]
        self.live[number] = self.model.chain(work, self.fork.policy, self.state, number, inf)

    def _next(self, deadline: float) -> None:
        """Go to the next moment at which a branch ends, or all have to."""
        model = self.model
        _distinct(deadline, model.plan.timeout, *(chain.end for chain in self.live.values()))
        number, chain = min(self.live.items(), key=lambda item: item[1].end)
        if min(deadline, model.plan.timeout) < chain.end:
            model.now = min(deadline, model.plan.timeout)
            (self.timed_out if deadline < model.plan.timeout else self.cancelled).extend([*self.live, *self.waiting])
            in_time = deadline < model.plan.timeout and self.fork.strategy.kind == "partial_timeout"
            self.verdict = "yes" if in_time else "no"
            return
        model.now = chain.end
        del self.live[number]
        model.commit(chain)
        self._count(number, chain)
        if self.verdict:
            self.cancelled += [*self.live, *self.waiting]
        elif self.waiting:
            self._start()

    def _count(self, number: int, chain: Chain) -> None:
        error = chain.value if chain.outcome == "failed" else None
        if chain.value == STRAY:
            error = "StateNotRegisteredError"
        outcome = "succeeded" if error is None else "failed"
        self.model.facts.append(("branch ended", chain.end, self.state, number, outcome, error))
        if error is None:
            self.successes.append(number)
        else:
            self.errors.append((number, error))
        left = len(self.fork.works) - len(self.successes) - len(self.errors)
        enough, hopeless = len(self.successes) >= self.required, len(self.successes) + left < self.required
        if self.fork.strategy.kind in {"all", "partial_timeout"} and left:
            return
        self.verdict = "yes" if enough else "no" if hopeless else ""

    def _let_go(self) -> Iterator[float]:
        """Cancel what still runs, and give when each has ended."""
        for number, chain in self.live.items():
            ended = chain.cancelled(self.model.now)
            self.model.commit(ended)
            outcome = "timed out" if number in self.timed_out else "cancelled"
            self.model.facts.append(("branch ended", ended.end, self.state, number, outcome, None))
            yield ended.end


def _required(strategy: JoinStrategy, branches: int) -> int:
    match strategy.kind:
        case "all":
            return branches
        case "any":
            return 1
        case "partial_timeout":
            return 0
        case "percentage":
            return ceil(branches * float(strategy.needs or 0))  # eighths are exact
        case "quorum" | "partial_results":
            return int(strategy.needs or 0)


def _class_of(error: object) -> object:
    """Give the class of an error, of the last one of several attempts, which is what a summary says of it."""
    attempts = cast("Fact", error) if isinstance(error, tuple) else (error,)
    last = attempts[-1]
    return "WorkflowTimeoutError" if last == OUT_OF_TIME else last

"""Random workflows on a virtual clock go as a model of theirs foretells."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple

from hypothesis import Phase, event, given, settings
from tests.workflow.model import ENDLESS, OUT_OF_TIME, Fact, Model
from tests.workflow.plans import DONE, WORKING, Plan, Policy, Single, Stage, Step, Work, plans

from keyrack.errors import JoinError, RetryExhaustedError, TransitionLimitError, WorkflowTimeoutError
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, Retry, SplitSummary, Workflow, events

SOAK = os.environ.get("KEYRACK_SOAK") == "1"
LOG = StoreKey[list[tuple[float, str]]]("log", default_factory=list)
SUMMARY = StoreKey("summary", SplitSummary)


class Outcome(NamedTuple):
    """What became of a run."""

    end: object
    time: float
    log: list[tuple[float, str]]
    """What tasks have written, and when; in alphabetical order where it was at the same moment."""
    summary: Fact | None


async def run_of(plan: Plan, *observers: Recorder) -> Outcome:
    """Make the workflow and run it."""
    store = MemoryStore()
    workflow = workflow_of(plan)
    try:
        end: object = await workflow.orchestrate(store=store, observers=observers)
    except Exception as error:  # noqa: BLE001  # compared
        end = known(error)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert_nobody_asks_to_end()
    summary = store.get(SUMMARY, None)
    time = asyncio.get_running_loop().time()
    log = store.get(LOG)
    assert [moment for moment, _ in log] == sorted(moment for moment, _ in log)
    return Outcome(end, time, sorted(log), None if summary is None else told(summary))


def assert_nobody_asks_to_end() -> None:
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


def workflow_of(plan: Plan) -> Workflow[Stage, MemoryStore]:
    timeout = None if plan.timeout == inf else plan.timeout
    workflow = Workflow(Stage, initial=Stage.ONE, timeout=timeout, max_transitions=plan.most)
    for state, node in zip(WORKING, plan.nodes, strict=True):
        retry = retry_of(node.policy)
        limit = None if node.policy.limit == inf else node.policy.limit
        if isinstance(node, Single):
            workflow.register(state, task_of(node.work), retry=retry, attempt_timeout=limit)
        else:
            within = None if node.timeout == inf else node.timeout
            join = JoinConfig(node.strategy, node.target, timeout=within, concurrency=node.concurrency, summary=SUMMARY)
            workflow.register_split(state, map(task_of, node.works), join, retry=retry, attempt_timeout=limit)
    return workflow.add_exit_states(DONE)


def retry_of(policy: Policy) -> Retry:
    return Retry(
        policy.attempts,
        policy.base,
        policy.factor,
        policy.ceiling,
        policy.jitter,
        on=policy.on,
        random=lambda: policy.chance,
    )


def task_of(work: Work) -> Callable[[MemoryStore], Any]:
    calls, loop = 0, asyncio.get_running_loop()

    def called(store: MemoryStore) -> tuple[Step, Callable[[str], None]]:
        nonlocal calls
        step = work.steps[calls % len(work.steps)]
        calls += 1
        name = f"{work.name} {calls}"
        return step, lambda what: store.append(LOG, (loop.time(), f"{name} {what}"))

    def plain(store: MemoryStore) -> Any:
        step, write = called(store)
        write("begins")
        write("ends")
        return result_of(step)

    async def task(store: MemoryStore) -> Any:
        step, write = called(store)
        write("begins")
        try:
            if step.seconds:
                await asyncio.sleep(step.seconds)
        except asyncio.CancelledError:
            if step.cleanup:
                write("cleans up")
                await asyncio.sleep(step.cleanup)
                write("is clean")
            if not step.swallows:
                raise
            return step.result if isinstance(step.result, Stage) else DONE
        write("ends")
        return result_of(step)

    return plain if work.plain else task


def result_of(step: Step) -> Stage | int:
    if isinstance(step.result, type):
        raise step.result
    return step.result


def known(error: BaseException | None) -> object:
    """Give what the model says of an error."""
    match error:
        case None:
            return None
        case WorkflowTimeoutError():
            return OUT_OF_TIME
        case RetryExhaustedError():
            return ("exhausted", *map(known, error.errors))
        case TransitionLimitError():
            return ("limit", error.state, error.recent)
        case JoinError():
            counts = (error.succeeded, error.required, error.total, error.cancelled)
            return ("join", *counts, *map(known, error.exceptions))
        case _:
            return type(error).__name__


def told(summary: SplitSummary) -> Fact:
    return (
        tuple(branch.number for branch in summary.successes),
        tuple((failure.branch.number, failure.error) for failure in summary.errors),
        tuple(branch.number for branch in summary.timed_out),
        tuple(branch.number for branch in summary.cancelled),
    )


def facts(recorder: Recorder) -> list[Fact]:
    """Give what events say, as the model says it."""
    return [fact for one in recorder.events if (fact := _fact(one)) is not None]


def _fact(one: events.Event) -> Fact | None:
    match one:
        case events.StateEntered():
            return ("entered", one.time, one.state)
        case events.AttemptFailed():
            return ("attempt failed", one.time, one.state, one.branch, one.attempt, known(one.error))
        case events.RetryPlanned():
            return ("retry", one.time, one.state, one.branch, one.attempt, one.delay)
        case events.BranchStarted():
            return ("branch started", one.time, one.state, one.branch.number)
        case events.BranchEnded():
            return ("branch ended", one.time, one.state, one.branch.number, one.outcome, known(one.error))
        case events.Joined():
            return ("joined", one.time, one.state, one.satisfied, one.succeeded, one.required)
        case events.RunFinished():
            return ("finished", one.time, one.state if one.error is None else known(one.error))
        case _:
            return None


def in_order(said: list[Fact]) -> list[Fact]:
    return sorted(said, key=lambda fact: (fact[1], repr(fact)))


# --- they agree -----------------------------------------------------------------------------------


QUICKLY = [phase for phase in Phase if phase is not Phase.shrink]  # to shrink a plan takes longer than a test may


@settings(phases=QUICKLY, max_examples=1000 if SOAK else 150, derandomize=not SOAK)
@given(plans())
def test_a_random_workflow_goes_as_the_model_says_observed_or_not(plan: Plan) -> None:
    model = Model(plan)
    if plan.most is None and len(model.way) == ENDLESS:
        plan = plan._replace(most=ENDLESS)
    recorder = Recorder()
    expected = Outcome(model.end, model.now, sorted(model.lines), model.summary)
    event(str(model.end).split(",")[0])

    observed = run_in_virtual_time(run_of(plan, recorder))
    unobserved = run_in_virtual_time(run_of(plan))

    assert observed == expected
    assert in_order(facts(recorder)) == in_order(model.facts)
    assert unobserved == expected

"""How runs, attempts and branches end, in a word: also where a run within another one ran out of time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.workflow.books import DONE, LOAD, PARSE

from keyrack.errors import BranchCancelledError, KeyNotFoundError, WorkflowTimeoutError
from keyrack.tracing.outcomes import Outcome, of_failure, of_last_attempt, of_run, type_of
from keyrack.workflow import AttemptFailed, Branch, BranchEnded, RunFinished

if TYPE_CHECKING:
    from keyrack.workflow.events import BranchOutcome


def late(workflow: str = "books", state: str = "LOAD", task: str | None = None) -> WorkflowTimeoutError:
    return WorkflowTimeoutError(workflow=workflow, state=state, limit=1.0, task=task)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "succeeded"),
        (asyncio.CancelledError(), "cancelled"),
        (GeneratorExit(), "cancelled"),
        (KeyboardInterrupt(), "failed"),
        (ValueError(), "failed"),
        (late(), "timed out"),
        (late(task="'load'"), "failed"),
        (late("inner"), "failed"),
        (TimeoutError(), "failed"),
    ],
    ids=repr,
)
def test_a_run_timed_out_where_its_own_limit_was_reached(error: BaseException | None, outcome: Outcome) -> None:
    assert of_run(RunFinished(1, 0.0, "books", DONE, error)) == outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ValueError(), "failed"),
        (late(task="'load'"), "timed out"),
        (late(), "failed"),
        (late("inner", task="'load'"), "failed"),
        (late(state="PARSE", task="'load'"), "failed"),
    ],
    ids=repr,
)
def test_an_attempt_timed_out_where_its_own_limit_was_reached(error: Exception, outcome: Outcome) -> None:
    assert of_failure(AttemptFailed(1, 0.0, LOAD, "load", None, 1, 1, error), "books") == outcome


@pytest.mark.parametrize(
    ("ended", "error", "outcome"),
    [
        ("succeeded", None, "succeeded"),
        ("failed", None, "failed"),
        ("failed", ValueError(), "succeeded"),
        ("failed", BranchCancelledError(workflow="books", state="LOAD", task="'load'"), "cancelled"),
        ("timed out", None, "cancelled"),
        ("cancelled", None, "cancelled"),
        ("cancelled", ValueError(), "cancelled"),
    ],
    ids=repr,
)
def test_an_attempt_that_did_not_fail_ends_as_its_branch_does(
    ended: BranchOutcome, error: Exception | None, outcome: Outcome
) -> None:
    assert of_last_attempt(BranchEnded(1, 0.0, PARSE, Branch(0, "load"), ended, error)) == outcome


def test_classes_are_named_with_their_module_unless_they_are_of_python_itself() -> None:
    assert type_of(ValueError()) == "ValueError"
    assert type_of(KeyNotFoundError(key="x", store="y")) == "keyrack.errors.KeyNotFoundError"

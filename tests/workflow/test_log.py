"""What goes to the log: failures that nobody would hear of otherwise, under the name of the module that logs them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import DONE, LOAD, Stage
from tests.workflow.told import split, work

from keyrack.errors import RetryExhaustedError
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import JoinStrategy, Retry, Workflow

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


def logged(caplog: pytest.LogCaptureFixture, workflow: Workflow[Stage, MemoryStore]) -> list[tuple[str, int, str]]:
    """Run, and give what was logged: the name of the logger, the level and the message, without places in the code."""
    with caplog.at_level(logging.DEBUG, "keyrack"):
        try:
            run_in_virtual_time(workflow.orchestrate())
        except Exception:  # noqa: BLE001  # what it ends with is not the point here
            assert caplog.records
    handler = workflow.handlers[LOAD]
    place = f" ({handler.file}:{handler.line})"
    return [(record.name, record.levelno, record.getMessage().replace(place, "")) for record in caplog.records]


def retried(retry: Retry, *outcomes: Exception | None) -> Workflow[Stage, MemoryStore]:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    return workflow.register(LOAD, work(1, *outcomes), retry=retry)


def test_an_attempt_that_failed_is_a_warning_with_the_time_until_the_next_one(caplog: pytest.LogCaptureFixture) -> None:
    said = "'task' in state LOAD of workflow 'books' failed in attempt 1: OSError: gone; the next one in 2.5 s"

    assert logged(caplog, retried(Retry.fixed(3, 2.5), OSError("gone"))) == [
        ("keyrack.workflow.attempts", logging.WARNING, said)
    ]


def test_a_task_whose_every_attempt_failed_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    *_, last = logged(caplog, retried(Retry.fixed(2), OSError("gone"), OSError("still")))

    said = "'task' in state LOAD of workflow 'books' failed in all of its 2 attempts; the last one: OSError: still"
    assert last == ("keyrack.workflow.attempts", logging.ERROR, said)


def test_a_failure_that_is_not_worth_another_attempt_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    said = "'task' in state LOAD of workflow 'books' failed in attempt 1 and is not worth another: OSError: gone"

    assert logged(caplog, retried(Retry.fixed(2, on=ValueError), OSError("gone"))) == [
        ("keyrack.workflow.attempts", logging.WARNING, said)
    ]


def test_a_long_reason_is_logged_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    reason = f"nothing comes from {'a-very-long-name.' * 10}example: gone"

    (_, _, said), *_ = logged(caplog, retried(Retry.fixed(2), OSError(reason)))

    assert reason in said


def test_a_task_that_is_tried_once_is_not_logged_because_its_error_goes_to_the_caller() -> None:
    with pytest.raises(OSError, match="gone"):
        run_in_virtual_time(retried(Retry.none(), OSError("gone")).orchestrate())


@pytest.mark.parametrize("outcomes", [(), (None,)], ids=["no failure", "success"])
def test_nothing_is_logged_of_a_run_that_goes_well(caplog: pytest.LogCaptureFixture, outcomes: tuple[Any, ...]) -> None:
    assert logged(caplog, retried(Retry.fixed(3), *outcomes)) == []


def test_a_branch_that_failed_is_a_warning_where_the_run_goes_on_without_it(caplog: pytest.LogCaptureFixture) -> None:
    said = "branch 0, 'task' in state LOAD of workflow 'books' failed, and the run goes on without it: OSError: gone"
    workflow = split(work(1, OSError("gone")), work(2), join=JoinStrategy.any())

    assert logged(caplog, workflow) == [("keyrack.workflow.split", logging.WARNING, said)]


def test_a_secret_is_not_logged_with_the_error_of_its_put(caplog: pytest.LogCaptureFixture) -> None:
    from keyrack.keys.key import StoreKey

    key = StoreKey("token", int, secret=True)

    def put(store: MemoryStore) -> Stage:
        store.at(key).put("hunter2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        return DONE

    workflow = Workflow(Stage, name="books", initial=LOAD).register(LOAD, put, retry=Retry.fixed(2))
    workflow.add_exit_states(DONE)

    with pytest.raises(RetryExhaustedError):
        run_in_virtual_time(workflow.orchestrate())
    assert len(caplog.messages) == 2
    assert "hunter2" not in caplog.text

"""`with_span`: how runs are called in traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import DONE, LOAD, Stage

from keyrack.errors import ConfigurationError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import RunStarted, Span, Workflow

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


def books() -> Workflow[Stage, MemoryStore]:
    return Workflow(Stage, name="books", initial=LOAD).register(LOAD, done).add_exit_states(DONE)


async def done(_store: MemoryStore) -> Stage:
    return DONE


def span_of(workflow: Workflow[Stage, MemoryStore]) -> Span | None:
    recorder = Recorder()
    run_in_virtual_time(workflow.orchestrate(observers=[recorder]))
    (started,) = recorder.of(RunStarted)
    return started.span


def test_observers_are_told_how_a_run_is_called() -> None:
    assert span_of(books().with_span("import", {"team": "data", "tries": 3})) == Span(
        "import", {"team": "data", "tries": 3}
    )


def test_a_run_without_a_name_of_its_own_is_called_nothing() -> None:
    assert span_of(books()) is None


def test_the_last_name_counts() -> None:
    assert span_of(books().with_span("first", {"a": 1}).with_span("last")) == Span("last", {})


def test_what_becomes_of_the_attributes_later_changes_nothing() -> None:
    attributes: dict[str, str | bool | int | float] = {"team": "data"}
    workflow = books().with_span("import", attributes)
    attributes["team"] = "sales"

    assert span_of(workflow) == Span("import", {"team": "data"})


@pytest.mark.parametrize(
    ("name", "attributes", "problem"),
    [
        ("", None, "a span has a name, got '' (str)"),
        (3, None, "a span has a name, got 3 (int)"),
        ("x", ["team"], "the attributes of a span are a mapping, got ['team'] (list)"),
        ("x", {"team": None}, "an attribute of a span is text, a number or a bool, got 'team': None (None)"),
        ("x", {3: "x"}, "an attribute of a span is text, a number or a bool, got 3: 'x' (str)"),
    ],
)
def test_what_makes_no_span_is_refused_and_changes_nothing(name: Any, attributes: Any, problem: str) -> None:
    workflow = books().with_span("import")

    with pytest.raises(ConfigurationError) as caught:
        workflow.with_span(name, attributes)
    assert caught.value.problems == (problem,)
    assert span_of(workflow) == Span("import", {})

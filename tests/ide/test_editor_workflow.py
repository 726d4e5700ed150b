"""What an editor shows of workflows: the options, the ways to join, the states that are left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.ide.editor import Editor

pytestmark = pytest.mark.source

PROGRAM = """\
from enum import Enum

from keyrack import JoinConfig, JoinStrategy, MemoryStore, Retry, SplitSummary, StoreKey, TaskResult, Workflow


class Stage(Enum):
    LOAD = 1
    MERGE = 2
    DONE = 3


SUMMARY = StoreKey("summary", SplitSummary)
store = MemoryStore()
workflow = Workflow(Stage, initial=Stage.LOAD)
join = JoinConfig(JoinStrategy.quorum(2), Stage.MERGE)


async def load(store: MemoryStore) -> Stage:
    return Stage.MERGE


"""

STRATEGIES = {"all", "any", "quorum", "percentage", "partial_results", "partial_timeout"}
OPTIONS = {"retry=", "attempt_timeout=", "executor="}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with Editor(tmp_path_factory.mktemp("folder"), PROGRAM) as editor:
        yield editor


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("JoinStrategy.|", STRATEGIES),
        ("Retry.|", {"none", "fixed", "exponential"}),
        ("TaskResult.|", {"single", "split"}),
        ("workflow.|", {"register", "register_split", "stage", "add_exit_states", "validate", "run", "orchestrate"}),
        ("workflow.register(Stage.LOAD, load, |", OPTIONS),
        ("workflow.register_split(Stage.LOAD, [load], join, |", OPTIONS),
        ("store.get(SUMMARY).|", {"strategy", "required", "successes", "errors", "timed_out", "cancelled"}),
        ("store.get(SUMMARY).errors[0].|", {"branch", "error", "message"}),
        ("workflow.run().|", {"name", "value"}),
    ],
)
def test_what_can_follow_is_offered(editor: Editor, line: str, expected: set[str]) -> None:
    offered = editor.completions(line)

    assert expected <= set(offered)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("JoinStrategy.quo|rum(2)", "fail once they cannot be reached"),
        ("JoinStrategy.partial_time|out()", "until the time limit of the split"),
        ("Retry.expo|nential(3)", "a part of each delay is left to chance"),
        ("workflow.register_sp|lit", "side by side"),
        ("store.get(SUMMARY).timed_|out", "The branches that had not ended at the time limit of the split."),
        ("end = workflow.run(); en|d", "end: Stage"),
        ("joi|n", "join: JoinConfig[Stage]"),
    ],
)
def test_a_name_is_shown_with_its_type_and_documentation(editor: Editor, line: str, expected: str) -> None:
    shown = editor.hover(line)

    assert expected in shown


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("JoinStrategy.quorum(|", "(successes: int, /) -> JoinStrategy"),
        ("JoinStrategy.percentage(|", "(share: float | Fraction, /) -> JoinStrategy"),
        ("JoinConfig(|", "timeout: float | None = None, concurrency: int | None = None"),
        ("Retry.fixed(|", "(attempts: int, /, delay: float = 0,"),
        ("Retry.exponential(5, |", "factor: float = 2, ceiling: float = 30, jitter: float = 0.5, on: Retried"),
        ("JoinConfig(JoinStrategy.all(), Stage.MERGE, |", "summary: StoreKey[SplitSummary] | None = None"),
        ("workflow.run(|", "(start: Stage | None = None, /, *, store: MemoryStore | None = None"),
        ("workflow.register(|", "retry: Retry | None = None, attempt_timeout: float | None = None"),
        ("workflow.register_split(|", "join: JoinConfig[Stage], /"),
    ],
)
def test_a_call_shows_the_types_that_it_wants(editor: Editor, line: str, expected: str) -> None:
    shown = editor.signatures(line)

    assert any(expected in signature for signature in shown), shown

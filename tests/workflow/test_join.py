"""`JoinConfig`, what users write about a join, and `SplitSummary`, what they read about one."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import DONE, LOAD, MERGE, Other, Stage, raising, returning

from keyrack.errors import ConfigurationError, JoinError, TypeMismatchError
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.workflow import Branch, BranchFailure, JoinConfig, JoinStrategy, SplitSummary, Workflow

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

SUMMARY = StoreKey("summary", SplitSummary)
ALL = JoinStrategy.all()


# --- the configuration ----------------------------------------------------------------------------


def test_a_join_needs_a_strategy_and_a_state() -> None:
    join = JoinConfig(ALL, MERGE)

    assert (join.strategy, join.state) == (ALL, MERGE)
    assert (join.timeout, join.concurrency, join.summary) == (None, None, None)


def test_a_join_keeps_what_it_is_given() -> None:
    join = JoinConfig(JoinStrategy.quorum(2), MERGE, timeout=5, concurrency=3, summary=SUMMARY)

    assert (join.timeout, join.concurrency, join.summary) == (5, 3, SUMMARY)


def test_the_options_of_a_join_are_named() -> None:
    make: Any = JoinConfig

    with pytest.raises(TypeError, match="positional"):
        make(ALL, MERGE, 5.0)


def test_joins_are_values() -> None:
    join = JoinConfig(ALL, MERGE, timeout=5.0, summary=SUMMARY)

    assert join == JoinConfig(JoinStrategy.all(), MERGE, timeout=5.0, summary=SUMMARY)
    assert join != replace(join, concurrency=1)
    assert len({join, replace(join), replace(join, state=DONE)}) == 2
    assert pickle.loads(pickle.dumps(join)) == join
    with pytest.raises(FrozenInstanceError):
        join.timeout = 1.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def problems(*args: Any, **options: Any) -> tuple[str, ...]:
    """Give what is wrong with a join."""
    with pytest.raises(ConfigurationError) as caught:
        JoinConfig(*args, **options)
    assert caught.value.subject == "JoinConfig"
    return caught.value.problems


@pytest.mark.parametrize("strategy", ["all", None, 3, Stage.MERGE, JoinStrategy])
def test_what_is_no_strategy_is_refused(strategy: object) -> None:
    [problem] = problems(strategy, MERGE)

    assert problem.startswith("the strategy is a JoinStrategy, got ")
    assert "call it" not in problem


@pytest.mark.parametrize("kind", ["all", "any", "quorum", "percentage", "partial_results", "partial_timeout"])
def test_the_maker_of_a_strategy_in_its_place_is_refused_with_how_to_call_it(kind: str) -> None:
    [problem] = problems(getattr(JoinStrategy, kind), MERGE)

    assert f"; call it: JoinStrategy.{kind}(" in problem


@pytest.mark.parametrize("timeout", [0, -1.0, nan, inf, True, "5", [5], 10**400], ids=lambda value: repr(value)[:20])
def test_a_time_limit_that_is_no_number_of_seconds_is_refused(timeout: object) -> None:
    [problem] = problems(ALL, MERGE, timeout=timeout)

    assert problem.startswith("timeout is a finite number of seconds above 0, or None for no limit, got ")


@pytest.mark.parametrize("concurrency", [0, -1, 2.0, True, "5", inf])
def test_a_number_of_branches_at_a_time_that_is_none_is_refused(concurrency: object) -> None:
    [problem] = problems(ALL, MERGE, concurrency=concurrency)

    assert problem.startswith("concurrency is a whole number of at least 1, got ")


@pytest.mark.parametrize("summary", ["summary", SplitSummary, True, MemoryStore])
def test_a_summary_that_is_no_key_is_refused(summary: object) -> None:
    [problem] = problems(ALL, MERGE, summary=summary)

    assert problem.startswith("summary is a key, got ")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = problems("all", MERGE, timeout=0, concurrency=0, summary="s")

    assert [problem.removeprefix("the ").split()[0] for problem in said] == [
        "strategy",
        "timeout",
        "concurrency",
        "summary",
    ]


def test_a_state_of_another_enum_is_refused_where_the_split_is_registered() -> None:
    elsewhere: Any = JoinConfig(ALL, Other.ELSE)

    with pytest.raises(ConfigurationError, match=r"the state to join in Other\.ELSE is no member of Stage"):
        Workflow(Stage).register_split(LOAD, [returning(None)], elsewhere)


# --- the summary in stores ------------------------------------------------------------------------


FULL = SplitSummary(
    strategy="quorum(2)",
    required=2,
    successes=(Branch(0, "load"), Branch(3, "load")),
    errors=(BranchFailure(Branch(1, "parse"), "OSError", "gone"),),
    timed_out=(Branch(2, "merge"),),
    cancelled=(Branch(4, "merge"),),
)
EMPTY = SplitSummary("all", 0, (), (), (), ())


@pytest.mark.parametrize("summary", [FULL, EMPTY])
def test_a_summary_lies_in_any_store_and_comes_back_equal_and_of_its_own_types(
    store: KeyValueStore, summary: SplitSummary
) -> None:
    store.put(SUMMARY, summary)

    got = store.get(SUMMARY)

    assert got == summary
    assert type(got) is SplitSummary
    assert all(type(branch) is Branch for branch in (*got.successes, *got.timed_out, *got.cancelled))
    assert all(type(failure) is BranchFailure and type(failure.branch) is Branch for failure in got.errors)


def test_summaries_can_be_collected_in_a_list(store: KeyValueStore) -> None:
    history = StoreKey("history", list[SplitSummary])

    store.append(history, FULL)
    store.append(history, EMPTY)

    assert store.get(history) == [FULL, EMPTY]


def test_a_summary_comes_back_from_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == FULL


WRONG: list[dict[str, Any]] = [
    {"strategy": None},
    {"strategy": ALL},
    {"required": "2"},
    {"required": True},
    {"required": 2.0},
    {"successes": [Branch(0, "load")]},
    {"successes": (Branch("0", "load"),)},  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    {"successes": (Branch(0, None),)},  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    {"successes": ("load",)},
    {"successes": None},
    {"errors": (Branch(0, "load"),)},
    {"errors": (OSError("gone"),)},
    {"errors": (BranchFailure(Branch(0, "load"), OSError, "gone"),)},  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    {"errors": ({"branch": Branch(0, "load"), "error": "OSError", "message": "gone"},)},
    {"timed_out": {Branch(0, "load")}},
    {"cancelled": 0},
]


@pytest.mark.parametrize("change", WRONG, ids=repr)
def test_a_summary_with_a_wrong_part_is_refused_and_nothing_is_written(change: dict[str, Any]) -> None:
    store = MemoryStore()
    store.put(SUMMARY, EMPTY)

    with pytest.raises(TypeMismatchError) as caught:
        store.put(SUMMARY, replace(FULL, **change))

    assert caught.value.problems[0].path[0] in change
    assert store.get(SUMMARY) == EMPTY


def test_a_mapping_is_no_summary() -> None:
    mapping: Any = {"strategy": "all", "required": 0, "successes": (), "errors": (), "timed_out": (), "cancelled": ()}

    with pytest.raises(TypeMismatchError):
        MemoryStore().put(SUMMARY, mapping)


# --- the summary of a run -------------------------------------------------------------------------


class SilentError(Exception):
    def __str__(self) -> str:
        raise LookupError("no text")


def split(*tasks: Any, strategy: JoinStrategy = ALL, summary: Any = SUMMARY) -> Workflow[Stage, MemoryStore]:
    join = JoinConfig(strategy, DONE, summary=summary)
    return Workflow(Stage, name="books", initial=LOAD).register_split(LOAD, tasks, join).add_exit_states(DONE)


def test_the_summary_of_a_join_says_what_became_of_each_branch() -> None:
    workflow = split(returning(None), raising(OSError("gone")), returning(MERGE), strategy=JoinStrategy.quorum(2))

    workflow.run()

    assert workflow.store.get(SUMMARY) == SplitSummary(
        "quorum(2)",
        2,
        (Branch(0, "task"), Branch(2, "task")),
        (BranchFailure(Branch(1, "fail"), "OSError", "gone"),),
        (),
        (),
    )


def test_the_summary_of_a_join_that_fails_is_there_too() -> None:
    workflow = split(returning(None), raising(KeyError("k")))

    with pytest.raises(JoinError):
        workflow.run()

    assert workflow.store.get(SUMMARY).errors == (BranchFailure(Branch(1, "fail"), "KeyError", "'k'"),)


def test_a_failure_that_cannot_say_what_it_is_is_summed_up_all_the_same() -> None:
    workflow = split(raising(SilentError()), returning(None), strategy=JoinStrategy.any())

    assert workflow.run() is DONE
    [failure] = workflow.store.get(SUMMARY).errors
    assert failure.error == "SilentError"


def test_half_of_a_surrogate_pair_in_the_message_of_a_failure_is_kept_as_an_escape() -> None:
    workflow = split(raising(ValueError("lone \udc80 half")), returning(None), strategy=JoinStrategy.any())

    workflow.run()

    assert workflow.store.get(SUMMARY).errors[0].message == "lone \\udc80 half"


@pytest.mark.parametrize("text", ["", "two\nlines", "long " * 10_000])
def test_the_message_of_a_failure_is_kept_as_it_is(text: str) -> None:
    workflow = split(raising(ValueError(text)), returning(None), strategy=JoinStrategy.any())

    workflow.run()

    assert workflow.store.get(SUMMARY).errors[0].message == text


def test_a_summary_is_put_on_the_store_of_the_run() -> None:
    workflow, store = split(returning(None)), MemoryStore()

    workflow.run(store=store)

    assert store.contains_key(SUMMARY)
    assert not workflow.store.contains_key(SUMMARY)


def test_a_summary_is_replaced_by_that_of_the_next_visit() -> None:
    workflow = split(returning(None))
    workflow.store.put(SUMMARY, FULL)

    workflow.run()

    assert workflow.store.get(SUMMARY).successes == (Branch(0, "task"),)


def test_a_key_that_takes_no_summary_is_refused_before_anything_runs() -> None:
    ran: list[object] = []
    workflow = split(ran.append, summary=StoreKey("number", int))

    with pytest.raises(
        ConfigurationError, match=r"keeps its SplitSummary under 'number' \(int\), which does not take it"
    ):
        workflow.run()

    assert ran == []


def test_a_key_may_take_more_than_summaries() -> None:
    summary = StoreKey("summary", SplitSummary | None)
    workflow = split(returning(None), summary=summary)

    workflow.run()

    assert workflow.store.get(summary) == SplitSummary("all", 1, (Branch(0, "task"),), (), (), ())

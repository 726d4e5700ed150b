"""Where a task says that it goes: what its return annotation names."""

from __future__ import annotations

import functools
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn
from unittest.mock import Mock

import pytest

from keyrack.stores import MemoryStore  # noqa: TC001  # annotations are resolved at run time
from keyrack.workflow import Node, TaskResult
from keyrack.workflow.task import declared_targets, name_of

if TYPE_CHECKING:
    from decimal import Decimal  # not there at run time: that is its point


class Stage(Enum):
    LOAD = 1
    MERGE = 2
    DONE = 3


class Other(Enum):
    LOAD = 1


if TYPE_CHECKING:
    Missing = Other


class Mixed(Node[Stage, int, str]):
    def prep(self, _store: MemoryStore) -> int: ...  # type: ignore[empty-body]
    def exec(self, data: int) -> str: ...  # type: ignore[empty-body]
    def post(self, _store: MemoryStore, result: str) -> Stage: ...  # type: ignore[empty-body]


def plain_wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(store: MemoryStore) -> Any:
        return function(store)

    return wrapper


Next = Literal[Stage.MERGE, Stage.DONE]
Never = NoReturn


def one_target(_: MemoryStore) -> Literal[Stage.MERGE]: ...  # type: ignore[empty-body]
async def two_targets(_: MemoryStore) -> Literal[Stage.MERGE, Stage.DONE]: ...  # type: ignore[empty-body]
def union(_: MemoryStore) -> Literal[Stage.DONE] | Literal[Stage.MERGE]: ...  # type: ignore[empty-body]  # noqa: PYI030
def alias(_: MemoryStore) -> Next: ...  # type: ignore[empty-body]
def annotated(_: MemoryStore) -> Annotated[Next, "why"]: ...  # type: ignore[empty-body]
def twice(_: MemoryStore) -> Literal[Stage.DONE, Stage.DONE]: ...  # type: ignore[empty-body]  # noqa: PYI062
def awaitable(_: MemoryStore) -> Awaitable[Literal[Stage.DONE]]: ...  # type: ignore[empty-body]
def coroutine(_: MemoryStore) -> Coroutine[Any, Any, Literal[Stage.DONE]]: ...  # type: ignore[empty-body]
def raises(_: MemoryStore) -> NoReturn:
    raise NotImplementedError


def only_for_checkers(_store: MemoryStore, _price: Decimal) -> Literal[Stage.DONE]: ...  # type: ignore[empty-body]


@contextmanager
def quietly() -> Generator[None]:
    """As a decorator it wraps in a function of another module."""
    yield


def result(_: MemoryStore) -> TaskResult[Literal[Stage.MERGE, Stage.DONE]]: ...  # type: ignore[empty-body]
async def result_or_state(_: MemoryStore) -> TaskResult[Literal[Stage.DONE]] | Literal[Stage.MERGE]: ...  # type: ignore[empty-body]
def awaitable_result(_: MemoryStore) -> Awaitable[TaskResult[Next]]: ...  # type: ignore[empty-body]
def quoted_result(_: MemoryStore) -> "TaskResult[Literal[Stage.DONE]]": ...  # type: ignore[empty-body]  # noqa: UP037


class SaysResult(Mixed):
    def post(self, _store: MemoryStore, result: str) -> TaskResult[Literal[Stage.DONE]]: ...  # type: ignore[empty-body,override]


class Says(Mixed):
    def post(self, _store: MemoryStore, result: str) -> Literal[Stage.DONE]: ...  # type: ignore[empty-body]


class SaysInRun:
    def run(self, _store: MemoryStore) -> Literal[Stage.DONE]: ...  # type: ignore[empty-body]


class SaysInCall:
    async def __call__(self, _store: MemoryStore) -> Literal[Stage.DONE]: ...  # type: ignore[empty-body]

    def method(self, _store: MemoryStore) -> Literal[Stage.MERGE]: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("task", "targets"),
    [
        (one_target, [Stage.MERGE]),
        (two_targets, [Stage.MERGE, Stage.DONE]),
        (union, [Stage.DONE, Stage.MERGE]),
        (alias, [Stage.MERGE, Stage.DONE]),
        (annotated, [Stage.MERGE, Stage.DONE]),
        (twice, [Stage.DONE]),
        (awaitable, [Stage.DONE]),
        (coroutine, [Stage.DONE]),
        (raises, []),
        (only_for_checkers, [Stage.DONE]),
        (functools.partial(one_target), [Stage.MERGE]),
        (plain_wrapper(one_target), [Stage.MERGE]),
        (quietly()(one_target), [Stage.MERGE]),
        (Says(), [Stage.DONE]),
        (SaysInRun(), [Stage.DONE]),
        (SaysInCall(), [Stage.DONE]),
        (SaysInCall().method, [Stage.MERGE]),
        (result, [Stage.MERGE, Stage.DONE]),
        (result_or_state, [Stage.DONE, Stage.MERGE]),
        (awaitable_result, [Stage.MERGE, Stage.DONE]),
        (quoted_result, [Stage.DONE]),
        (SaysResult(), [Stage.DONE]),
    ],
)
def test_a_literal_return_annotation_names_the_targets(task: object, targets: list[Stage]) -> None:
    assert tuple(targets) == declared_targets(task, Stage)


def unresolvable(_: MemoryStore) -> Literal[Missing.LOAD]: ...  # type: ignore[empty-body]
def other_enum(_: MemoryStore) -> Literal[Other.LOAD]: ...  # type: ignore[empty-body]
def not_only(_: MemoryStore) -> Literal[Stage.DONE] | None: ...
def no_state(_: MemoryStore) -> Literal["MERGE"]: ...  # type: ignore[empty-body]
def whole_enum(_: MemoryStore) -> Stage: ...  # type: ignore[empty-body]
def any_result(_: MemoryStore) -> TaskResult[Stage]: ...  # type: ignore[empty-body]
def result_of_other(_: MemoryStore) -> TaskResult[Literal[Other.LOAD]]: ...  # type: ignore[empty-body]
def result_or_any(_: MemoryStore) -> TaskResult[Literal[Stage.DONE]] | Stage: ...  # type: ignore[empty-body]


def bare_result(_: MemoryStore) -> object: ...


bare_result.__annotations__["return"] = TaskResult


@pytest.mark.parametrize(
    "task",
    [
        unresolvable,
        other_enum,
        not_only,
        no_state,
        whole_enum,
        any_result,
        bare_result,
        result_of_other,
        result_or_any,
        lambda: None,
        Mock(),
        len,
        3,
        Mixed(),
    ],
    ids=name_of,
)
def test_any_other_return_annotation_says_nothing(task: object) -> None:
    assert declared_targets(task, Stage) is None


def test_an_enum_inside_a_function_is_found_through_the_closure() -> None:
    class Local(Enum):
        A = 1
        B = 2

    def task(_store: MemoryStore) -> Literal[Local.B]:
        return Local.B

    assert declared_targets(task, Local) == (Local.B,)


def test_a_closure_variable_that_is_not_set_yet_hides_nothing() -> None:
    def task(_store: MemoryStore) -> Literal[Stage.DONE]:
        return later  # pyright: ignore[reportUnboundVariable]

    targets = declared_targets(task, Stage)
    later: Literal[Stage.DONE] = Stage.DONE

    assert targets == (Stage.DONE,)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement is new in 3.12")
def test_a_type_statement_names_the_targets() -> None:
    space: dict[str, Any] = {"Literal": Literal, "Stage": Stage}
    exec("type Next = Literal[Stage.DONE]\ndef task(store) -> Next: ...", space)  # noqa: S102

    assert declared_targets(space["task"], Stage) == (Stage.DONE,)

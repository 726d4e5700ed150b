"""What a task is: what is accepted, what it is called, where it says that it goes."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn
from unittest.mock import AsyncMock, Mock

import pytest

from keyrack.stores import MemoryStore
from keyrack.workflow.task import Node, Task, declared_targets, entries, name_of, step_of, unfit

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


async def fetch(_store: MemoryStore) -> Stage:
    return Stage.MERGE


def load(_store: MemoryStore) -> Stage:
    return Stage.MERGE


def load_part(_part: int, _store: MemoryStore, /, *, loudly: bool = False) -> Stage:
    return Stage.DONE if loudly else Stage.MERGE


async def fetch_part(_part: int, _store: MemoryStore) -> Stage:
    return Stage.MERGE


def hand_over(store: MemoryStore) -> Awaitable[Stage]:
    return fetch(store)


class Runs:
    def run(self, _store: MemoryStore) -> Stage:
        return Stage.MERGE


class RunsAsync:
    async def run(self, _store: MemoryStore) -> Stage:
        return Stage.MERGE


class Called:
    def __call__(self, _store: MemoryStore) -> Stage:
        return Stage.MERGE


class CalledAsync:
    async def __call__(self, _store: MemoryStore) -> Stage:
        return Stage.MERGE

    async def method(self, _store: MemoryStore) -> Stage:
        return Stage.MERGE

    @staticmethod
    def static(_store: MemoryStore) -> Stage:
        return Stage.MERGE

    @classmethod
    def of_class(cls, _store: MemoryStore) -> Stage:
        return Stage.MERGE


class Mixed(Node[Stage, int, str]):
    """Notes which thread each part runs in."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def prep(self, _store: MemoryStore) -> int:
        self.seen.append(("prep", threading.get_ident()))
        return 3

    async def exec(self, data: int) -> str:
        self.seen.append((f"exec {data}", threading.get_ident()))
        return "abc"

    def post(self, _store: MemoryStore, result: str) -> Stage:
        self.seen.append((f"post {result}", threading.get_ident()))
        return Stage.MERGE


def plain_wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(store: MemoryStore) -> Any:
        return function(store)

    return wrapper


def typed(task: Task[Stage, MemoryStore]) -> Task[Stage, MemoryStore]:
    return task


TASKS: dict[str, Any] = {
    "coroutine function": fetch,
    "plain function": load,
    "lambda": typed(lambda _store: Stage.MERGE),
    "function that returns a coroutine": hand_over,
    "lambda that returns a coroutine": typed(lambda store: fetch_part(1, store)),
    "decorated coroutine function": plain_wrapper(fetch),
    "partial": functools.partial(load_part, 1),
    "partial of a partial": functools.partial(functools.partial(load_part, 1), loudly=False),
    "partial of a coroutine function": functools.partial(fetch_part, 1),
    "partial of an async callable": functools.partial(CalledAsync()),
    "object with run": Runs(),
    "object with an async run": RunsAsync(),
    "object with a run of its own": SimpleNamespace(run=load),
    "callable object": Called(),
    "async callable object": CalledAsync(),
    "method": CalledAsync().method,
    "static method": CalledAsync.static,
    "class method": CalledAsync.of_class,
    "node": Mixed(),
    "mock": Mock(return_value=Stage.MERGE),
    "async mock": AsyncMock(return_value=Stage.MERGE),
}


@pytest.mark.parametrize("kind", TASKS)
def test_every_kind_of_task_is_accepted_and_gives_the_next_state(kind: str) -> None:
    task = TASKS[kind]

    async def run() -> object:
        return await step_of(task)(MemoryStore())

    assert list(unfit(task)) == []
    assert Stage.MERGE is asyncio.run(run())


@pytest.mark.parametrize("task", [fetch, functools.partial(fetch_part, 1), CalledAsync(), CalledAsync().method])
def test_a_coroutine_function_is_its_own_step(task: object) -> None:
    assert task == step_of(task)


def test_the_plain_parts_of_a_node_run_in_threads_and_the_others_on_the_loop() -> None:
    node = Mixed()

    async def run() -> None:
        await step_of(node)(MemoryStore())

    asyncio.run(run())

    assert [part for part, _ in node.seen] == ["prep", "exec 3", "post abc"]
    here = threading.get_ident()
    assert [ident == here for _, ident in node.seen] == [False, True, False]


def test_a_node_without_one_of_its_parts_cannot_be_made() -> None:
    class Half(Node[Stage, int, int]):
        def prep(self, _store: MemoryStore) -> int:
            return 1

    half: Any = Half

    with pytest.raises(TypeError, match="abstract"):
        half()


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (fetch, "fetch"),
        (functools.partial(load_part, 1), "load_part"),
        (lambda: None, "<lambda>"),
        (CalledAsync().method, "CalledAsync.method"),
        (CalledAsync(), "CalledAsync"),
        (Mixed(), "Mixed"),
        (plain_wrapper(load), "load"),
        (Mock(), "Mock"),
        (3, "int"),
    ],
)
def test_a_task_is_called_by_its_function_or_class(task: object, name: str) -> None:
    assert name == name_of(task)


def test_a_function_inside_a_function_is_called_by_its_own_name() -> None:
    def inner() -> None: ...

    assert name_of(inner) == "inner"


# --- what is refused ------------------------------------------------------------------------------


def yields(_store: MemoryStore) -> Iterator[Stage]:
    yield Stage.MERGE


async def yields_async(_store: MemoryStore) -> AsyncIterator[Stage]:
    yield Stage.MERGE


def two(store: MemoryStore, limit: int) -> Stage: ...  # type: ignore[empty-body]
def none() -> Stage: ...  # type: ignore[empty-body]
def keyword_only(*, store: MemoryStore) -> Stage: ...  # type: ignore[empty-body]


class NarrowPost(Mixed):
    def post(self, store: MemoryStore) -> Stage: ...  # type: ignore[empty-body,override]  # pyright: ignore[reportIncompatibleMethodOverride]


class NoTask:
    prep = exec = post = staticmethod(load)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (Mixed, "it is a class; register an instance: Mixed()"),
        (two, "two takes (store, limit) and is called with (store)"),
        (none, "none takes () and is called with (store)"),
        (keyword_only, "keyword_only takes (store) and is called with (store)"),
        (NarrowPost(), "NarrowPost.post takes (store) and is called with (store, result)"),
        (yields, "it is a generator function; a task returns the next state and yields nothing"),
        (
            functools.partial(yields_async),
            "it is a generator function; a task returns the next state and yields nothing",
        ),
        (3, "it is no function, has no run(store) and is no Node: 3 (int)"),
        (None, "it is no function, has no run(store) and is no Node: None (None)"),
        (SimpleNamespace(run=3), "it is no function, has no run(store) and is no Node: "),
        (NoTask(), "it is no function, has no run(store) and is no Node: "),
    ],
)
def test_what_cannot_be_a_task_is_refused_with_the_reason(task: object, reason: str) -> None:
    [said] = unfit(task)

    assert said.startswith(reason)


def test_a_coroutine_in_place_of_its_function_is_refused() -> None:
    coroutine = fetch(MemoryStore())

    [said] = unfit(coroutine)
    coroutine.close()

    assert said == "it was called already; register the function itself, without parentheses"


def test_a_wrapper_is_asked_what_it_takes_and_not_what_it_wraps() -> None:
    @functools.wraps(two)
    def wrapper(store: MemoryStore) -> Stage:
        return two(store, 3)

    assert list(unfit(wrapper)) == []


def test_a_callable_that_cannot_say_what_it_takes_is_accepted() -> None:
    class Silent:
        __signature__ = "no signature"

        def __call__(self, _store: MemoryStore) -> Stage:
            return Stage.MERGE

    assert list(unfit(Silent())) == []


def test_a_class_has_no_entries() -> None:
    assert entries(Mixed) == ()


# --- where it says that it goes -------------------------------------------------------------------

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
    ],
)
def test_a_literal_return_annotation_names_the_targets(task: object, targets: list[Stage]) -> None:
    assert tuple(targets) == declared_targets(task, Stage)


def unresolvable(_: MemoryStore) -> Literal[Missing.LOAD]: ...  # type: ignore[empty-body]
def other_enum(_: MemoryStore) -> Literal[Other.LOAD]: ...  # type: ignore[empty-body]
def not_only(_: MemoryStore) -> Literal[Stage.DONE] | None: ...
def no_state(_: MemoryStore) -> Literal["MERGE"]: ...  # type: ignore[empty-body]
def whole_enum(_: MemoryStore) -> Stage: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    "task",
    [
        unresolvable,
        other_enum,
        not_only,
        no_state,
        whole_enum,
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

"""What a task is: what is accepted, how it is made ready to run, what it is called."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import AsyncMock, Mock

import pytest

from keyrack.stores import MemoryStore
from keyrack.workflow.graph import Place
from keyrack.workflow.site import Site
from keyrack.workflow.task import Node, Task, entries, name_of, step_of, unfit


class Stage(Enum):
    LOAD = 1
    MERGE = 2
    DONE = 3


class Other(Enum):
    LOAD = 1


if TYPE_CHECKING:
    Missing = Other


SITE = Site("books", Stage.LOAD, "load", Place("app.py", 12))


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
        return await step_of(task, SITE)(MemoryStore())

    assert list(unfit(task)) == []
    assert Stage.MERGE is asyncio.run(run())


@pytest.mark.parametrize("task", [fetch, functools.partial(fetch_part, 1), CalledAsync(), CalledAsync().method])
def test_a_coroutine_function_is_its_own_step(task: object) -> None:
    assert task == step_of(task, SITE)


def test_the_plain_parts_of_a_node_run_in_threads_and_the_others_on_the_loop() -> None:
    node = Mixed()

    async def run() -> None:
        await step_of(node, SITE)(MemoryStore())

    asyncio.run(run())

    assert [part for part, _ in node.seen] == ["prep", "exec 3", "post abc"]
    here = threading.get_ident()
    assert [ident == here for _, ident in node.seen] == [False, True, False]


class Noted(ThreadPoolExecutor):
    """Notes the threads that it has."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        super().__init__(1, initializer=lambda: self.threads.add(threading.get_ident()))


def here(_store: MemoryStore) -> int:
    return threading.get_ident()


def test_a_plain_function_runs_where_its_executor_is() -> None:
    async def run(executor: Noted) -> int:
        step = step_of(here, SITE, executor)
        ident: int = await step(MemoryStore())
        return ident

    with Noted() as executor:
        ran = asyncio.run(run(executor))

        assert {ran} == executor.threads


def test_the_executor_of_a_node_runs_its_exec_alone() -> None:
    class Plain(Node[Stage, int, int]):
        seen: ClassVar[dict[str, int]] = {}

        def prep(self, _store: MemoryStore) -> int:
            return self.seen.setdefault("prep", threading.get_ident())

        def exec(self, data: int) -> int:
            return self.seen.setdefault("exec", threading.get_ident())

        def post(self, _store: MemoryStore, result: int) -> Stage:
            self.seen["post"] = threading.get_ident()
            return Stage.MERGE

    async def run(executor: Noted) -> None:
        await step_of(Plain(), SITE, executor)(MemoryStore())

    with Noted() as executor:
        asyncio.run(run(executor))

        assert {name for name, ident in Plain.seen.items() if ident in executor.threads} == {"exec"}


def test_a_coroutine_function_does_not_go_to_the_executor() -> None:
    with Noted() as executor:
        assert step_of(fetch, SITE, executor) is fetch


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


def any_keywords(**options: object) -> Stage: ...  # type: ignore[empty-body]


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
        (keyword_only, "keyword_only takes (*, store) and is called with (store)"),
        (any_keywords, "any_keywords takes (**options) and is called with (store)"),
        (functools.partial(two, store=MemoryStore()), "two takes (*, store, limit) and is called with (store)"),
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

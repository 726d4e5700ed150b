"""A workflow of each kind of task, and the parts of others: what the tests of this folder share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, NoReturn, TypeAlias

from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.workflow import Node, Workflow

Task: TypeAlias = Callable[[MemoryStore], Coroutine[Any, Any, Any]]

COUNT = StoreKey("count", int)
LIMIT = StoreKey[int]("limit", default=3)
TITLE = StoreKey("title", str)


class Stage(Enum):
    LOAD = "load"
    PARSE = "parse"
    MERGE = "merge"
    DONE = "done"
    FAILED = "failed"


LOAD, PARSE, MERGE, DONE, FAILED = Stage


class Other(Enum):
    LOAD = 1
    ELSE = 2


def line() -> int:
    """The line that calls this."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


async def load(store: MemoryStore) -> Stage:
    store.put(COUNT, 1)
    return PARSE


def parse(store: MemoryStore) -> Stage:
    store.put(COUNT, store.get(COUNT) + 1)
    return MERGE


class Merge(Node[Stage, int, int]):
    async def prep(self, store: MemoryStore) -> int:
        return store.get(COUNT)

    def exec(self, data: int) -> int:
        return data * 10

    async def post(self, store: MemoryStore, result: int) -> Stage:
        store.put(COUNT, result)
        return DONE


def books() -> Workflow[Stage, MemoryStore]:
    """A workflow of one task of each kind."""
    return (
        Workflow(Stage, name="books", initial=LOAD)
        .register(LOAD, load)
        .register(PARSE, parse)
        .register(MERGE, Merge())
        .add_exit_states(DONE, FAILED)
    )


def single(task: Any, **options: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow of one task, in LOAD."""
    workflow = Workflow(Stage, name="books", initial=LOAD, **options)
    return workflow.register(LOAD, task).add_exit_states(DONE)


def returning(value: object) -> Task:
    async def task(store: MemoryStore) -> object:
        store.put(COUNT, 1)
        return value

    return task


def raising(error: BaseException) -> Callable[[MemoryStore], Coroutine[Any, Any, NoReturn]]:
    async def fail(store: MemoryStore) -> NoReturn:
        store.put(COUNT, 1)
        raise error

    return fail


def counted(number: int) -> MemoryStore:
    store = MemoryStore()
    store.put(COUNT, number)
    return store

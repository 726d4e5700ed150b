"""What goes along with a call into another process: given by the context of the task, and around the call there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from tests.workflow.calls import SITE
from tests.workflow.clock import run_by_hand

from keyrack.errors import ExecutorError
from keyrack.workflow.executors import Carrier, carriers, in_executor

WHO = ContextVar("WHO", default="nobody")


@contextmanager
def being(who: str) -> Generator[None]:
    token = WHO.set(who)
    try:
        yield
    finally:
        WHO.reset(token)


@contextmanager
def failing(_: object) -> Generator[None]:
    raise LookupError("no such thing here")
    yield


def who() -> str:
    return WHO.get()


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(autouse=True)
def _no_carriers_left() -> Iterator[None]:
    before = [*carriers]
    yield
    carriers[:] = before


def called_by(name: str, pool: ProcessPoolExecutor, *added: Carrier) -> Any:
    carriers.extend(added)

    async def call() -> Any:
        WHO.set(name)
        return await in_executor(who, SITE, pool)

    return run_by_hand(call())


def test_what_a_carrier_gives_stands_around_the_call_in_the_other_process(pool: ProcessPoolExecutor) -> None:
    assert called_by("Ada", pool, lambda: (being, WHO.get())) == "Ada"


def test_nothing_of_it_is_left_for_the_next_call(pool: ProcessPoolExecutor) -> None:
    assert called_by("Ada", pool, lambda: (being, WHO.get())) == "Ada"
    carriers.clear()
    assert called_by("Bob", pool) == "nobody"


def test_a_carrier_that_has_nothing_to_carry_gives_none(pool: ProcessPoolExecutor) -> None:
    assert called_by("Ada", pool, lambda: None) == "nobody"


def test_the_last_carrier_stands_nearest_to_the_call(pool: ProcessPoolExecutor) -> None:
    assert called_by("Ada", pool, lambda: (being, "first"), lambda: (being, "last")) == "last"


def test_what_a_carrier_raises_in_the_other_process_is_what_the_call_raises(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(LookupError, match="no such thing here"):
        called_by("Ada", pool, lambda: (failing, None))


def test_what_cannot_be_sent_along_is_an_error_of_the_executor(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(ExecutorError, match="cannot be sent to another process"):
        called_by("Ada", pool, lambda: (being, lambda: None))


def test_a_carrier_is_not_asked_for_a_call_in_a_thread() -> None:
    asked: list[str] = []

    def carrier() -> None:
        asked.append(WHO.get())

    carriers.append(carrier)

    async def call() -> Any:
        return await in_executor(who, SITE, None)

    assert run_by_hand(call()) == "nobody"
    assert asked == []

"""A task that takes functions of both kinds asks which it has, or what it was given back."""

import asyncio
import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "RUN READ DONE")


class Keys(KeyRegistry):
    waited: StoreKey[int]
    at_once: StoreKey[int]
    later: StoreKey[int]


async def wait(store: MemoryStore) -> None:
    store.put(Keys.waited, 1)


def do(store: MemoryStore) -> None:
    store.put(Keys.at_once, 1)


async def finish(store: MemoryStore) -> None:
    store.put(Keys.later, 1)


async def call(job: Callable[[MemoryStore], Any], store: MemoryStore) -> None:
    if inspect.iscoroutinefunction(job):
        await job(store)
    else:
        job(store)


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def run(store: MemoryStore) -> Literal[Stage.READ]:
    for job in (wait, do):
        await call(job, store)
    result = finish(store)
    if asyncio.iscoroutine(result):
        await settled(result)
    return Stage.READ


def read(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(Keys.waited), store.get(Keys.at_once), store.get(Keys.later))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.RUN).register(Stage.RUN, run).register(Stage.READ, read).add_exit_states(Stage.DONE)
)

"""A list that is filled from a generator has nothing to do with the store; a task may lie in its own object."""

import asyncio
import json
from collections.abc import Iterator
from enum import Enum
from typing import Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "FILL START READ DONE")


class Keys(KeyRegistry):
    text: StoreKey[str]
    count: StoreKey[int]


def words() -> Iterator[str]:
    for word in json.loads('["a", "b"]'):
        yield word.strip()


class Poller:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.task: asyncio.Task[None] = asyncio.create_task(self.poll())

    async def poll(self) -> None:
        self.store.put(Keys.count, 1)


def fill(store: MemoryStore) -> Literal[Stage.START]:
    parts: list[str] = []
    for word in words():
        parts.append(word)  # noqa: PERF402  # one by one
    store.put(Keys.text, "".join(parts) + json.dumps(parts))
    return Stage.START


async def start(store: MemoryStore) -> Literal[Stage.READ]:
    poller = Poller(store)
    await poller.task
    return Stage.READ


def read(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(Keys.text), store.get(Keys.count))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FILL)
    .register(Stage.FILL, fill)
    .register(Stage.START, start)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

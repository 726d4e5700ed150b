"""An ``except`` for what a call raises does not catch a put that is refused: what is put before the call is there."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum
from typing import Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK READ DONE")


class Keys(KeyRegistry):
    status: StoreKey[Literal["running", "failed"]]
    started: StoreKey[list[str]]
    number: StoreKey[int]
    closed: StoreKey[str | None]


class DownError(Exception):
    """The other side does not answer."""


def call() -> None:
    raise DownError


async def work(store: MemoryStore) -> Literal[Stage.READ]:
    try:
        store.put(Keys.status, "running")
        call()
    except DownError:
        store.put(Keys.started, ["failed"])
    else:
        store.put(Keys.started, [])
    try:
        store.put(Keys.number, 1)
        int("x")
    except ValueError:
        pass
    with suppress(DownError):
        try:
            call()
        finally:
            store.put(Keys.closed, "yes")
    return Stage.READ


def read(store: MemoryStore) -> Literal[Stage.DONE]:
    store.get(Keys.status)
    store.get(Keys.started)
    store.get(Keys.number)
    store.get(Keys.closed)
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WORK)
    .register(Stage.WORK, work)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

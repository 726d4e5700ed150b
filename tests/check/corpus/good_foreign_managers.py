"""Context managers of objects that are not known let exceptions pass, where none of the user's own can be meant."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from typing import Any, Literal

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "OPEN READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


@contextmanager
def told(name: str) -> Generator[str]:
    try:
        yield name
    except ValueError:
        print(name)
        raise


class Timed:
    def __enter__(self) -> None:
        print("begin")

    def __exit__(self, *exc: object) -> Literal[False]:
        print("end")
        return False


def condition_of(anything: dict[str, Any]) -> Any:
    return anything.copy()["lock"]


class Holder:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()


async def open_(store: MemoryStore) -> Stage:
    gate = threading.RLock()
    lock = condition_of({"lock": gate})
    holder = Holder()
    async with holder.lock:
        with lock, told("open"), gate, Timed():
            store.put(Keys.a, len(str(lock)))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    connection = condition_of({"lock": threading.Condition()})
    with connection._lock:
        store.put(Keys.b, store.get(Keys.a))
    print(store.get(Keys.b))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.OPEN)
    .register(Stage.OPEN, open_)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

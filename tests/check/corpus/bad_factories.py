"""A closure sees what its variable is in the end: tasks that a loop makes all write the last key."""

from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "FIRST SECOND READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


Task = Callable[[MemoryStore], Coroutine[Any, Any, Stage]]


def writers() -> list[Task]:
    made: list[Task] = []
    for key in (Keys.a, Keys.b):

        async def write(store: MemoryStore) -> Stage:
            written = Keys.b in store
            store.put(key, 1)  # noqa: B023
            return Stage.READ if written else Stage.SECOND

        made.append(write)
    return made


FIRST, SECOND = writers()


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.b))
    print(store.get(Keys.a))  # expect: KR101 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.FIRST)
    .register(Stage.FIRST, FIRST)
    .register(Stage.SECOND, SECOND)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

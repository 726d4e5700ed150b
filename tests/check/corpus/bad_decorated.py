"""A wrapper that now and then does not call what it wraps: `__wrapped__` is not what runs."""

from collections.abc import Awaitable, Callable
from enum import Enum
from functools import wraps

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")
Task = Callable[[MemoryStore], Awaitable[Stage]]


class Keys(KeyRegistry):
    skip: StoreKey[bool] = StoreKey(default=True)
    own: StoreKey[int]


def skipped(task: Task) -> Task:
    @wraps(task)
    async def wrapper(store: MemoryStore) -> Stage:
        if store.get(Keys.skip):
            return Stage.READ
        return await task(store)

    return wrapper


@skipped
async def write(store: MemoryStore) -> Stage:
    store.put(Keys.own, 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.own))  # expect: KR102 own
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

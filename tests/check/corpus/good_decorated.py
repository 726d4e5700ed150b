"""Decorated tasks and helpers: what the wrapper does counts, and so does what it wraps."""

from collections.abc import Awaitable, Callable
from enum import Enum
from functools import wraps

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")
Task = Callable[[MemoryStore], Awaitable[Stage]]


class Keys(KeyRegistry):
    before: StoreKey[int]
    own: StoreKey[int]
    after: StoreKey[int]


def logged(task: Task) -> Task:
    @wraps(task)
    async def wrapper(store: MemoryStore) -> Stage:
        store.put(Keys.before, 1)
        following = await task(store)
        store.put(Keys.after, 1)
        return following

    return wrapper


@logged
async def write(store: MemoryStore) -> Stage:
    store.put(Keys.own, store.get(Keys.before))
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.before), store.get(Keys.own), store.get(Keys.after))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

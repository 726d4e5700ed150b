"""The next state in a variable, from a ternary, from a dict, from a helper, in a TaskResult."""

from enum import Enum
from typing import Final

from keyrack import KeyRegistry, MemoryStore, StoreKey, TaskResult, Workflow


class Stage(Enum):
    VARIABLE = "variable"
    TERNARY = "ternary"
    DICT = "dict"
    LOCAL = "local"
    HELPER = "helper"
    RESULT = "result"
    READ = "read"
    DONE = "done"


class Keys(KeyRegistry):
    flag: StoreKey[bool] = StoreKey(default=True)
    a: StoreKey[int]
    b: StoreKey[int]
    c: StoreKey[int]


NEXT: Final = {True: Stage.LOCAL, False: Stage.HELPER}


async def variable(store: MemoryStore) -> Stage:
    nxt = Stage.DONE
    if store.get(Keys.flag):
        store.put(Keys.a, 1)
        nxt = Stage.TERNARY
    print("on we go")
    return nxt


async def ternary(store: MemoryStore) -> Stage:
    store.put(Keys.b, store.get(Keys.a))
    return Stage.DICT if store.get(Keys.flag) else Stage.LOCAL


async def from_dict(store: MemoryStore) -> Stage:
    print(store.get(Keys.b))
    return NEXT[store.get(Keys.flag)]


async def local(store: MemoryStore) -> Stage:
    return {True: Stage.HELPER, False: Stage.RESULT}[store.get(Keys.flag)]


def following(store: MemoryStore) -> Stage:
    if store.get(Keys.flag):
        store.put(Keys.c, 2)
        return Stage.RESULT
    return Stage.DONE


async def helper(store: MemoryStore) -> Stage:
    return following(store)


async def result(store: MemoryStore) -> TaskResult[Stage]:
    if not store.contains_key(Keys.c):
        return TaskResult.single(Stage.DONE)
    return TaskResult.single(Stage.READ)


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a), store.get(Keys.b), store.get(Keys.c))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.VARIABLE)
    .register(Stage.VARIABLE, variable)
    .register(Stage.TERNARY, ternary)
    .register(Stage.DICT, from_dict)
    .register(Stage.LOCAL, local)
    .register(Stage.HELPER, helper)
    .register(Stage.RESULT, result)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

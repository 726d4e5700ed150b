"""A handler that leaves or raises leaves the way behind it to the paths that came through."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LOAD USE FAILED DONE")


class Keys(KeyRegistry):
    size: StoreKey[str] = StoreKey(default="12")
    number: StoreKey[int]
    half: StoreKey[int]


async def load(store: MemoryStore) -> Stage:
    try:
        number = int(store.get(Keys.size))
    except ValueError:
        return Stage.FAILED
    else:
        store.put(Keys.number, number)
    try:
        store.put(Keys.half, store.get(Keys.number) // 2)
    except ZeroDivisionError as problem:
        message = "that was not possible"
        raise RuntimeError(message) from problem
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    print(store.get(Keys.number), store.get(Keys.half))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD)
    .register(Stage.LOAD, load)
    .register(Stage.USE, use)
    .add_exit_states(Stage.DONE, Stage.FAILED)
)

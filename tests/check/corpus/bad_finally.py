"""What stands behind a call that raises is not written when the error is caught; `finally` always runs."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "LOAD USE DONE")


class Keys(KeyRegistry):
    size: StoreKey[str] = StoreKey(default="twelve")
    number: StoreKey[int]
    closed: StoreKey[bool]


async def load(store: MemoryStore) -> Stage:
    try:
        number = int(store.get(Keys.size))
        store.put(Keys.number, number)
    except ValueError:
        print("no number")
    finally:
        store.put(Keys.closed, value=True)
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    print(store.get(Keys.closed))
    print(store.get(Keys.number))  # expect: KR102 number
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD).register(Stage.LOAD, load).register(Stage.USE, use).add_exit_states(Stage.DONE)
)

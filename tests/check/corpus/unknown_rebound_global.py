"""A global that a function rebinds is not what it was when the check began."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "TURN WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]


current = Keys.a


async def turn(store: MemoryStore) -> Stage:
    global current  # noqa: PLW0603
    current = Keys.b
    print(len(store))
    return Stage.WRITE


async def write(store: MemoryStore) -> Stage:
    store.put(current, 1)  # expect: KR902
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.a))  # expect: KR106 a
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.TURN)
    .register(Stage.TURN, turn)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)

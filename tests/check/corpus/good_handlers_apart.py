"""Only the handler that catches it sees the missing key: the one for ValueError comes from after the read."""

from enum import Enum

from keyrack import KeyNotFoundError, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "READ USE NOTHING DONE")


class Keys(KeyRegistry):
    text: StoreKey[str]


async def read(store: MemoryStore) -> Stage:
    try:
        text = store.get(Keys.text)
        print(int(text))
    except KeyNotFoundError:
        return Stage.NOTHING
    except ValueError:
        print(store.get(Keys.text))
        return Stage.USE
    return Stage.USE


async def use(store: MemoryStore) -> Stage:
    print(store.get(Keys.text))
    return Stage.DONE


async def nothing(store: MemoryStore) -> Stage:
    store.put(Keys.text, "none")
    return Stage.USE


workflow = (
    Workflow(Stage, initial=Stage.READ)
    .register(Stage.READ, read)
    .register(Stage.USE, use)
    .register(Stage.NOTHING, nothing)
    .add_exit_states(Stage.DONE)
)

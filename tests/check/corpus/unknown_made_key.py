"""Keys that a task makes of a name from the data: which they are is only known at run time."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "READ DONE")


class Keys(KeyRegistry):
    name: StoreKey[str] = StoreKey(default="missing")


async def read(store: MemoryStore) -> Stage:
    print(store.get(StoreKey(store.get(Keys.name), int)))  # expect: KR902
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.READ).register(Stage.READ, read).add_exit_states(Stage.DONE)

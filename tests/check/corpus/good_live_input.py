"""What lies in the workflow's store when it is checked is there when it runs."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK DONE")


class Keys(KeyRegistry):
    source: StoreKey[int]


async def work(store: MemoryStore) -> Stage:
    print(store.get(Keys.source))
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.WORK).register(Stage.WORK, work).add_exit_states(Stage.DONE)
workflow.store.put(Keys.source, 1)

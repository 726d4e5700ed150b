"""The state in which runs start has no task and is no exit."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "BEGIN WORK DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]


async def work(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.BEGIN)  # expect: KR207 BEGIN
    .register(Stage.WORK, work)
    .add_exit_states(Stage.DONE)
)
